"""The keys that credentials of a suite, and their status lists, are signed with: two certificates under one authority of its kind of key."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from esign.credential.issuance import CredentialIssuer
from esign.licence.status_publication import StatusPublisher
from trustkit.app.keys import KeyName, Keys
from trustkit.app.own_signers import document_signer
from trustkit.credential_codes import CredentialCode
from trustkit.errors import TrustError

if TYPE_CHECKING:
    from esign.credential.suites import CredentialSuite
    from trustkit.app.opened import OpenedHome
    from trustkit.x509.certificate import Certificate


SUITE_KEYS: Final = (KeyName.CREDENTIAL, KeyName.CREDENTIAL_STATUS)


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteCertificates:
    """The current certificates of a suite. `authority` is what the register calls who issued them."""

    authority: str
    credential: Certificate
    status: Certificate


def key_file(name: KeyName, suite: CredentialSuite) -> str:
    """Return what the keys of a suite are called."""
    return f"{name.value}-{suite.value}"


def suite_authority(home: OpenedHome, suite: CredentialSuite) -> str | None:
    """Return the authority that a suite's newest certificate for credentials is under, None when it was never set up."""
    found: list[tuple[Certificate, str]] = []
    for authority in home.publications().names():
        newest = home.authorities.newest_under(authority, KeyName.CREDENTIAL.value)
        if newest is not None and newest[1].public_key.kind is suite.key_kind:
            found.append((newest[1], authority))
    return max(found, key=lambda each: each[0].not_before)[1] if found else None


def suite_certificates(home: OpenedHome, suite: CredentialSuite) -> SuiteCertificates:
    """Return the certificates of a suite. Raise CREDENTIAL_KEYS when there are none, or they have expired or were revoked."""
    authority = suite_authority(home, suite)
    if authority is None:
        raise _unfit(suite, "missing")
    current, now = [], home.clock.now()
    for name in SUITE_KEYS:
        newest = home.authorities.newest_under(authority, name.value)
        if newest is None:
            raise _unfit(suite, "missing")
        row, certificate = newest
        if row.revoked_at is not None or now > certificate.not_after:
            raise _unfit(suite, "expired" if row.revoked_at is None else "revoked")
        current.append(certificate)
    credential, status = current
    return SuiteCertificates(authority=authority, credential=credential, status=status)


def credential_issuer(home: OpenedHome, keys: Keys, suite: CredentialSuite) -> CredentialIssuer:
    """Return what signs credentials of a suite. Raise as `suite_certificates`, ALGORITHM_SUNSET, KEY_*."""
    certificate = suite_certificates(home, suite).credential
    return CredentialIssuer(
        signer=document_signer(home, keys, key_file(KeyName.CREDENTIAL, suite), certificate),
        chain=(certificate, home.authorities.issuer_of(certificate)),
    )


def credential_publisher(home: OpenedHome, keys: Keys, suite: CredentialSuite) -> StatusPublisher:
    """Return what signs the status lists of a suite's credentials. Raise as `credential_issuer`."""
    certificate = suite_certificates(home, suite).status
    publication = home.settings.publication
    return StatusPublisher(
        signer=document_signer(home, keys, key_file(KeyName.CREDENTIAL_STATUS, suite), certificate),
        chain=(certificate, home.authorities.issuer_of(certificate)),
        lifetime=timedelta(hours=publication.status_list_hours),
        ttl=timedelta(seconds=publication.status_list_ttl_seconds),
        suite=suite.value,
    )


def _unfit(suite: CredentialSuite, state: str) -> TrustError:
    told = f"their certificates are {state}; `trustkit licence credential-setup --suite {suite.value}` makes them"
    return TrustError(CredentialCode.CREDENTIAL_KEYS, told, suite=suite.value, state=state)
