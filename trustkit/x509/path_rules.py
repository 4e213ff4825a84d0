"""The rules a chain of certificates must keep, in the order of RFC 5280 6.1.

Signatures and the linking of names are proved while the chain is built (`trustkit.x509.path_search`); revocation is
judged apart (`trustkit.x509.revocation`); policies are kept in `trustkit.x509.path_policy`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from trustkit.errors import ErrorCode, TrustError
from trustkit.x509 import oids
from trustkit.x509.name import names_equal
from trustkit.x509.name_constraints import NamesWithin
from trustkit.x509.path_policy import PolicyProcessing
from trustkit.x509.path_work import PathWork
from trustkit.x509.purpose import fits_extended_usage

if TYPE_CHECKING:
    from datetime import datetime

    from trustkit.x509.certificate import Certificate
    from trustkit.x509.name_constraints import NameConstraints
    from trustkit.x509.path_policy import PathPolicies, PolicyDemand
    from trustkit.x509.purpose import Purpose

_VERSION_3: Final = 3
_PROCESSED: Final = frozenset(
    {
        oids.AUTHORITY_INFO_ACCESS,
        oids.AUTHORITY_KEY_IDENTIFIER,
        oids.BASIC_CONSTRAINTS,
        oids.CERTIFICATE_POLICIES,
        oids.CRL_DISTRIBUTION_POINTS,
        oids.EXTENDED_KEY_USAGE,
        oids.INHIBIT_ANY_POLICY,
        oids.KEY_USAGE,
        oids.NAME_CONSTRAINTS,
        oids.POLICY_CONSTRAINTS,
        oids.POLICY_MAPPINGS,
        oids.SUBJECT_ALT_NAME,
        oids.SUBJECT_KEY_IDENTIFIER,
    }
)
_MUST_BE_READABLE: Final = frozenset({oids.BASIC_CONSTRAINTS, oids.EXTENDED_KEY_USAGE, oids.KEY_USAGE})


class PathRules:
    """The rules for all chains of one search: what is asked of them, and how much work judging them may take."""

    def __init__(self, *, at: datetime, purpose: Purpose, policies: PolicyDemand, work: PathWork | None) -> None:
        """Hold what is asked, and what work is left; None for all of it."""
        self._at = at
        self._purpose = purpose
        self._policies = policies
        self._work = PathWork() if work is None else work
        self._names = NamesWithin(self._work)

    def require(self, chain: tuple[Certificate, ...]) -> PathPolicies:
        """Return the policies that hold for a chain (leaf first, anchor last, at least two); raise the first rule it breaks.

        The anchor's period is not looked at: it is trusted as given (RFC 5280 6.1.1 (d)). What it says about its own power
        to issue is kept (RFC 5937 3.2), so that an end certificate among the anchors cannot act as an authority; what it
        says of policies is not, for it is the relying party that names them.
        """
        *certificates, anchor = chain
        _require_issuing_power(anchor, len(certificates), self._purpose, as_anchor=True)
        longest = len(certificates) if anchor.path_length is None else anchor.path_length
        constraints = self._collect((), anchor)
        policies = PolicyProcessing(self._policies, len(certificates), self._work)
        for depth in range(len(certificates) - 1, -1, -1):
            certificate, final = certificates[depth], depth == 0
            require_period(certificate, self._at, depth)
            self_issued = names_equal(certificate.subject_der, certificate.issuer_der)
            if final or not self_issued:
                for constraint in constraints:
                    self._names.require(certificate, constraint)
            require_understood(certificate, depth)
            policies.take(certificate, depth=depth, self_issued=self_issued)
            if final:
                break
            policies.prepare(certificate, depth=depth, self_issued=self_issued)
            _require_issuing_power(certificate, depth, self._purpose)
            if not self_issued:
                if longest <= 0:
                    raise TrustError(ErrorCode.PATH_LENGTH, "more authorities below than allowed", depth=depth)
                longest -= 1
            if certificate.path_length is not None:
                longest = min(longest, certificate.path_length)
            constraints = self._collect(constraints, certificate)
        return policies.finish(certificates[0])

    def _collect(self, so_far: tuple[NameConstraints, ...], certificate: Certificate) -> tuple[NameConstraints, ...]:
        found = self._names.constraints_of(certificate)
        return so_far if found is None else (*so_far, found)


def require_period(certificate: Certificate, at: datetime, depth: int = 0) -> None:
    """Raise CERTIFICATE_EXPIRED or CERTIFICATE_NOT_YET_VALID (RFC 5280 6.1.3 (a)(2)); both ends belong to the period."""
    if at < certificate.not_before:
        raise TrustError(
            ErrorCode.CERTIFICATE_NOT_YET_VALID,
            "",
            depth=depth,
            not_before=f"{certificate.not_before:%Y-%m-%dT%H:%M:%SZ}",
        )
    if at > certificate.not_after:
        raise TrustError(
            ErrorCode.CERTIFICATE_EXPIRED, "", depth=depth, not_after=f"{certificate.not_after:%Y-%m-%dT%H:%M:%SZ}"
        )


def require_understood(certificate: Certificate, depth: int = 0) -> None:
    """Raise CERTIFICATE_UNKNOWN_CRITICAL or CERTIFICATE_MALFORMED for extensions that must not be passed over.

    RFC 5280 6.1.4 (o), 6.1.5 (f): every critical extension is processed, or the path fails.
    """
    for oid, extension in certificate.extensions.items():
        if extension.critical and oid not in _PROCESSED:
            raise TrustError(ErrorCode.CERTIFICATE_UNKNOWN_CRITICAL, "critical extension", oid=oid, depth=depth)
        if oid in certificate.unreadable and (extension.critical or oid in _MUST_BE_READABLE):
            raise TrustError(ErrorCode.CERTIFICATE_MALFORMED, "unreadable extension", oid=oid, depth=depth)


def _require_issuing_power(certificate: Certificate, depth: int, purpose: Purpose, *, as_anchor: bool = False) -> None:
    """Raise PATH_CA_FLAG or CERTIFICATE_PURPOSE unless the certificate may sign certificates (RFC 5280 6.1.4 (k), (n)).

    Version 1 has no extensions to say so; such a certificate issues only as an anchor, where the caller vouches for it.
    """
    vouched_for = as_anchor and certificate.version < _VERSION_3 and not certificate.extensions
    if not certificate.is_ca and not vouched_for:
        raise TrustError(ErrorCode.PATH_CA_FLAG, "basicConstraints does not say CA", depth=depth)
    if certificate.key_usage is not None and "keyCertSign" not in certificate.key_usage:
        raise TrustError(ErrorCode.PATH_CA_FLAG, "keyUsage lacks keyCertSign", depth=depth)
    if not fits_extended_usage(certificate.extended_key_usage, purpose):
        raise TrustError(ErrorCode.CERTIFICATE_PURPOSE, "the authority is for other services", depth=depth)
