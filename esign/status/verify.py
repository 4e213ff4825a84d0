"""Verifying a status list token: its signature, its address, its time. Trust in its signer is judged by the verifier.

verified = verify_status_list(parse_status_list(octets), uri=licence_status_uri, at=now)
verified.status(index)
"""

from __future__ import annotations

from dataclasses import InitVar, dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from trustkit.cose.verify import verify_sign1
from trustkit.errors import ErrorCode, TrustError
from trustkit.jose.model import UnverifiedJws
from trustkit.jose.verify import verify_jws
from trustkit.x509.certificate import Certificate, seen_certificate

if TYPE_CHECKING:
    from esign.status.model import LicenceStatus, StatusEntries, UnverifiedStatusList
    from trustkit.cose.model import UnverifiedSign1
    from trustkit.crypto.public_key import PublicKey

CLOCK_TOLERANCE: Final = timedelta(minutes=5)  # how far an issuer's clock may run ahead of ours
_MADE_HERE: Final = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedStatusList:
    """A list signed under `certificate`. `chain` holds the token's certificates, the signer's first; `octets` are the token as found."""

    uri: str
    issued_at: datetime
    expires_at: datetime | None
    ttl: timedelta | None
    certificate: Certificate
    chain: tuple[Certificate, ...] = field(repr=False)
    entries: StatusEntries
    octets: bytes = field(repr=False)
    made_here: InitVar[object]

    def __post_init__(self, made_here: object) -> None:
        if made_here is not _MADE_HERE:
            message = "a VerifiedStatusList comes from verify_status_list"
            raise TypeError(message)

    def status(self, index: int) -> LicenceStatus:
        """Return the status at `index`. Raise STATUS_LIST_INDEX beyond the list's end."""
        return self.entries.status(index)


def verify_status_list(
    unverified: UnverifiedStatusList, *, uri: str | None = None, at: datetime | None = None
) -> VerifiedStatusList:
    """Return the verified list (draft-ietf-oauth-status-list clause 8.3).

    With `uri` the list must be the one a licence names; with `at` it must be in force then.

    Raises:
        TrustError: STATUS_LIST_ISSUER when no certificate is inside or the list lives elsewhere; STATUS_LIST_EXPIRED outside its
            time; CERTIFICATE_MALFORMED; KEY_*; ALGORITHM_MISMATCH; COSE_MALFORMED; SIGNATURE_*.
    """
    if not unverified.certificates:
        raise TrustError(ErrorCode.STATUS_LIST_ISSUER, "no certificate in the token (x5c, x5chain)")
    chain = tuple(seen_certificate(octets) for octets in unverified.certificates)
    _verify_message(unverified.message, chain[0].public_key)
    if uri is not None and uri != unverified.uri:
        raise TrustError(ErrorCode.STATUS_LIST_ISSUER, "the list is another one than the licence names")
    verified = VerifiedStatusList(
        uri=unverified.uri,
        issued_at=unverified.issued_at,
        expires_at=unverified.expires_at,
        ttl=unverified.ttl,
        certificate=chain[0],
        chain=chain,
        entries=unverified.entries,
        octets=unverified.octets,
        made_here=_MADE_HERE,
    )
    if at is not None:
        require_current(verified, at=at)
    return verified


def _verify_message(message: UnverifiedJws | UnverifiedSign1, key: PublicKey) -> None:
    if isinstance(message, UnverifiedJws):
        verify_jws(message, key)
    else:
        verify_sign1(message, key)


def require_current(verified: VerifiedStatusList, *, at: datetime) -> None:
    """Refuse a list outside its time: before `iat`, or at `exp` and after. Raise STATUS_LIST_EXPIRED."""
    require_issued(verified, at=at)
    if verified.expires_at is not None and at >= verified.expires_at:
        raise TrustError(ErrorCode.STATUS_LIST_EXPIRED, "expired")


def require_issued(verified: VerifiedStatusList, *, at: datetime) -> None:
    """Refuse a list that was not there yet: before `iat`. Raise STATUS_LIST_EXPIRED."""
    if verified.issued_at - at > CLOCK_TOLERANCE:
        raise TrustError(ErrorCode.STATUS_LIST_EXPIRED, "issued later than the time asked about")
