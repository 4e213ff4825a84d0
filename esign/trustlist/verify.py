"""Verifying a trust list: its signature under the certificate it carries. Whether that key may sign it is the pins' to say.

verified = verify_trust_list(parse_trust_list(octets))
require_signer(verified, keys)
"""

from __future__ import annotations

from dataclasses import InitVar, dataclass, field
from typing import TYPE_CHECKING, Final

from trustkit.capsule_codes import CapsuleCode
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.errors import TrustError
from trustkit.jose.verify import verify_jws
from trustkit.x509.certificate import Certificate, parse_certificate

if TYPE_CHECKING:
    from collections.abc import Collection

    from esign.trustlist.model import TrustListContent, UnverifiedTrustList

_MADE_HERE: Final = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedTrustList:
    """A list signed under `certificate`; `octets` are the list as found."""

    content: TrustListContent
    certificate: Certificate = field(repr=False)
    octets: bytes = field(repr=False)
    made_here: InitVar[object]

    def __post_init__(self, made_here: object) -> None:
        if made_here is not _MADE_HERE:
            message = "a VerifiedTrustList comes from verify_trust_list"
            raise TypeError(message)

    @property
    def key(self) -> str:
        """SM3 (hexadecimal) of the signer's SubjectPublicKeyInfo: what pins are written as."""
        return key_name(self.certificate)


def key_name(certificate: Certificate) -> str:
    """Return what a certificate's key is pinned as."""
    return digest(DigestAlgorithm.SM3, certificate.spki).hex()


def verify_trust_list(unverified: UnverifiedTrustList) -> VerifiedTrustList:
    """Return the verified list.

    Raises:
        TrustError: TRUST_LIST_MALFORMED when no certificate is inside; CERTIFICATE_MALFORMED; KEY_*; ALGORITHM_MISMATCH; SIGNATURE_*.
    """
    if not unverified.certificates:
        raise TrustError(CapsuleCode.TRUST_LIST_MALFORMED, "no certificate in the list (x5c)", member="x5c")
    certificate = parse_certificate(unverified.certificates[0])
    verify_jws(unverified.jws, certificate.public_key)
    return VerifiedTrustList(
        content=unverified.content, certificate=certificate, octets=unverified.octets, made_here=_MADE_HERE
    )


def require_signer(verified: VerifiedTrustList, keys: Collection[str]) -> None:
    """Raise TRUST_LIST_SIGNER unless the list is signed by one of the pinned keys."""
    if verified.key not in keys:
        raise TrustError(CapsuleCode.TRUST_LIST_SIGNER, "signed by a key that was not announced", key=verified.key)


def require_later(verified: VerifiedTrustList, before: VerifiedTrustList) -> None:
    """Raise TRUST_LIST_OLDER unless a list is a later edition of another."""
    new, old = verified.content, before.content
    if new.uri != old.uri or new.number <= old.number:
        raise TrustError(CapsuleCode.TRUST_LIST_OLDER, "not a later edition", number=new.number, at_hand=old.number)
