"""Verifying a capsule under a certificate: its signature. Trust in the signer, the term and the status are judged by the verifier.

verified = verify_capsule(parse_capsule(octets), certificate)
"""

from __future__ import annotations

import hmac
from dataclasses import InitVar, dataclass, field
from typing import TYPE_CHECKING, Final

from trustkit.capsule_codes import CapsuleCode
from trustkit.cose.model import CoseAlgorithm  # noqa: TC001 - a field type of a public dataclass
from trustkit.cose.verify import verify_sign1
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.errors import TrustError
from trustkit.x509.certificate import Certificate  # noqa: TC001 - as above

if TYPE_CHECKING:
    from esign.capsule.model import CapsuleContent, UnverifiedCapsule

_MADE_HERE: Final = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedCapsule:
    """A capsule signed under `certificate`."""

    content: CapsuleContent
    algorithm: CoseAlgorithm
    certificate: Certificate = field(repr=False)
    made_here: InitVar[object]

    def __post_init__(self, made_here: object) -> None:
        if made_here is not _MADE_HERE:
            message = "a VerifiedCapsule comes from verify_capsule"
            raise TypeError(message)


def is_named(unverified: UnverifiedCapsule, certificate: Certificate) -> bool:
    """Tell whether a capsule names a certificate as its signer's: by its thumbprint, or by carrying it."""
    carried, thumbprint = unverified.certificates, unverified.message.thumbprint
    if thumbprint and not hmac.compare_digest(digest(DigestAlgorithm.SHA256, certificate.der), thumbprint):
        return False
    return bool(thumbprint) if not carried else carried[0] == certificate.der


def verify_capsule(unverified: UnverifiedCapsule, certificate: Certificate) -> VerifiedCapsule:
    """Return the verified capsule.

    Raises:
        TrustError: CAPSULE_MALFORMED for a certificate it does not name; ALGORITHM_MISMATCH; SIGNATURE_*; KEY_*.
    """
    if not is_named(unverified, certificate):
        raise TrustError(CapsuleCode.CAPSULE_MALFORMED, "signed under another certificate")
    signed = verify_sign1(unverified.message, certificate.public_key)
    return VerifiedCapsule(
        content=unverified.content, algorithm=signed.algorithm, certificate=certificate, made_here=_MADE_HERE
    )
