"""Which certificates may sign in, and what a certificate that may says of its holder: by configuration, never by the certificate alone.

A connector is for one kind of certificates. That it is an organisation's, or that its key cannot leave its device, is believed only of
certificates with a policy its authority issues for that (RFC 5280 4.2.1.4): a name in a subject proves neither.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from idp.evidence import OrganisationClaim
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.encoding.check_characters import uscc_problem
from trustkit.errors import TrustError
from trustkit.identity_codes import IdentityCode
from trustkit.x509 import oids
from trustkit.x509.name import parse_name
from trustkit.x509.path import ValidatedPath, validate_path
from trustkit.x509.path_policy import ANY_POLICY_WILL_DO, PolicyDemand
from trustkit.x509.path_revocation import OwnEvidence, revocation_of_path
from trustkit.x509.purpose import Purpose
from trustkit.x509.revocation import RevocationState

if TYPE_CHECKING:
    from datetime import datetime

    from trustkit.x509.certificate import Certificate
    from trustkit.x509.trust_store import TrustStore

BY_KEY: Final = ""  # the subject is the key itself
ROLES: Final = ("legal-representative", "handler", "administrator")
_MAX_VALUE: Final = 256  # characters of an attribute that tells who somebody is


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateRules:
    """What a certificate must be.

    Attributes:
        pool: certificates between the anchors and the holders; a login hands in the holder's alone.
        policies: one of these (dotted OIDs) must hold for the whole path; empty asks for none. Where the authorities between carry no
            policies, the one that issues to holders is itself the anchor.
        identifier: the attribute of the subject (dotted OID) by which the authority tells its holders apart for good; empty for the
            key: the holder of a new key is then somebody new. Names do not tell people apart, so there is no default attribute.
        organisation_role: the role a certificate of an organisation gives its holder; empty when it is no organisation's.
        uscc_attribute: the attribute of the subject that holds the unified social credit code.
        hardware: whether `policies` are issued for keys that cannot leave their device.
    """

    anchors: TrustStore
    pool: tuple[Certificate, ...] = ()
    policies: frozenset[str] = frozenset()
    identifier: str = BY_KEY
    organisation_role: str = ""
    uscc_attribute: str = oids.UNIT
    hardware: bool = False

    def __post_init__(self) -> None:
        if self.organisation_role and self.organisation_role not in ROLES:
            raise TrustError(IdentityCode.IDP_CONNECTOR, f"organisation_role is one of {', '.join(ROLES)}")
        if (self.organisation_role or self.hardware) and not self.policies:
            raise TrustError(
                IdentityCode.IDP_CONNECTOR, "organisation_role and hardware need policies that stand for them"
            )

    def path(self, certificate: Certificate, *, now: datetime) -> ValidatedPath:
        """Return the certificate's path to an anchor.

        Raises:
            TrustError: IDP_CERTIFICATE with the fact `rule`: the code of what path validation found, ``authority`` for a certificate
                of an authority or an anchor itself, ``usage`` for a key that is not for signing challenges.
        """
        if certificate.is_ca or certificate in self.anchors:
            raise TrustError(IdentityCode.IDP_CERTIFICATE, "an authority does not sign in", rule="authority")
        if certificate.key_usage is not None and "digitalSignature" not in certificate.key_usage:
            raise TrustError(IdentityCode.IDP_CERTIFICATE, "keyUsage lacks digitalSignature", rule="usage")
        demand = PolicyDemand(acceptable=self.policies, explicit=True) if self.policies else ANY_POLICY_WILL_DO
        try:
            _ = certificate.public_key
            return validate_path(
                certificate,
                anchors=self.anchors,
                pool=self.pool,
                at=now,
                purpose=Purpose.DOCUMENT_SIGNING,
                policies=demand,
            )
        except TrustError as error:
            raise TrustError(IdentityCode.IDP_CERTIFICATE, error.detail, rule=error.code.value) from error

    def subject(self, path: ValidatedPath) -> str:
        """Return what names the holder for good: the key's digest, or the anchor's and the attribute. Raise IDP_CERTIFICATE (``identifier``)."""
        if self.identifier == BY_KEY:
            return f"key:{digest(DigestAlgorithm.SM3, path.leaf.spki).hex()}"
        value = _only(path.leaf, self.identifier)
        if value is None:
            raise TrustError(IdentityCode.IDP_CERTIFICATE, "not one value that names the holder", rule="identifier")
        return f"{path.anchor.fingerprint_sm3}:{self.identifier}:{value}"

    def organisations(self, certificate: Certificate) -> tuple[OrganisationClaim, ...]:
        """Return the organisation whose certificate it is. Raise IDP_CERTIFICATE (``organisation``) when it names none."""
        if not self.organisation_role:
            return ()
        uscc = _only(certificate, self.uscc_attribute)
        name = _only(certificate, oids.ORGANISATION)
        if uscc is None or name is None or uscc_problem(uscc) is not None:
            raise TrustError(
                IdentityCode.IDP_CERTIFICATE, "names no organisation by code and name", rule="organisation"
            )
        return (OrganisationClaim(uscc=uscc, name=name, role=self.organisation_role),)


def require_not_revoked(path: ValidatedPath, evidence: OwnEvidence, *, now: datetime) -> None:
    """Return when every certificate of the path is known not to be revoked.

    Raises:
        TrustError: IDP_CERTIFICATE (``revoked``); IDP_CERTIFICATE_STATUS when it is not known: a login that was let in by an
            unreachable list would be one that a thief of keys could arrange.
    """
    statuses = revocation_of_path(
        path, evidence.crls, at=now, answers=evidence.answers, pool=evidence.pool, own=evidence
    )
    if any(each.state is RevocationState.REVOKED for each in statuses):
        raise TrustError(IdentityCode.IDP_CERTIFICATE, "revoked", rule="revoked")
    if not statuses or any(each.state is not RevocationState.GOOD or each.issuer_ended for each in statuses):
        detail = next((each.detail for each in statuses if each.state is not RevocationState.GOOD), "no status")
        raise TrustError(IdentityCode.IDP_CERTIFICATE_STATUS, detail)


def _only(certificate: Certificate, oid: str) -> str | None:
    """Return the one value of an attribute of the subject; None for none, several, or one that is no short text."""
    try:
        found = [each for rdn in parse_name(certificate.subject_der) for each in rdn if each.oid == oid]
    except TrustError:
        return None
    if len(found) != 1 or not found[0].is_string or not 0 < len(found[0].text) <= _MAX_VALUE:
        return None
    return found[0].text
