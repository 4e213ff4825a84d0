"""The message that goes into a PDF's signature dictionary, and how much room to keep for it before it exists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from esign.pdf.request import PdfForm
from esign.seal.sign import seal_message
from trustkit.cms.sign import SignedAttributes, sign_message
from trustkit.crypto.public_key import KeyKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from esign.pdf.request import SigningRequest
    from trustkit.crypto.public_key import PublicKey
    from trustkit.crypto.suites import SignatureSuite
    from trustkit.custody.port import Signer

BYTE_RANGE: Final = "ByteRange"  # propertyInfo: what the digest inside a seal signature is of
_SLACK: Final = 32  # of lengths written with an octet or two more than in the trial
_LONGEST: Final = {  # octets of a signature: SEQUENCE of two INTEGERs with a sign octet, or what FIPS 204 table 2 has
    KeyKind.SM2: 72,
    KeyKind.EC_P256: 72,
    KeyKind.EC_P384: 104,
    KeyKind.ED25519: 64,
    KeyKind.ML_DSA_44: 2420,
    KeyKind.ML_DSA_65: 3309,
    KeyKind.ML_DSA_87: 4627,
}


@dataclass(frozen=True, slots=True)
class _Trial:
    """Signs nothing: gives as many octets as the longest signature of the key has."""

    suite: SignatureSuite
    public_key: PublicKey

    def sign(self, _: bytes, /) -> bytes:
        """Return zeros."""
        return bytes(longest_signature(self.public_key))


def longest_signature(key: PublicKey) -> int:
    """Return the most octets a signature by this key has; with RSA as many as its modulus, shorter than the key itself."""
    return _LONGEST[key.kind] if key.kind in _LONGEST else len(key.subject_public_key)


def signature_message(
    request: SigningRequest, digest: bytes, signer: Signer, timestamp: Callable[[bytes], bytes] | None
) -> bytes:
    """Return the message over a byte range's digest, DER.

    Raises:
        TrustError: what `trustkit.cms.sign.sign_message` raises, or with a seal `esign.seal.sign.seal_message`.
    """
    if request.seal is not None:
        return seal_message(
            request.seal,
            data_hash=digest,
            property_info=BYTE_RANGE,
            signer=signer,
            certificate=request.certificate,
            at=request.signing_time,
            stamp=timestamp,
        )
    pades = request.form is PdfForm.PADES
    return sign_message(
        content=None,
        content_digest=digest,
        signer=signer,
        certificate=request.certificate,
        chain=request.chain,
        dialect=request.form.dialect,
        detached=True,
        # in PAdES the time is that of /M and stands nowhere else (EN 319 142-1 6.3)
        attributes=SignedAttributes(signing_time=None if pades else request.signing_time),
        timestamp=timestamp,
    )


def message_room(request: SigningRequest) -> int:
    """Return the octets to keep for the message: those of a trial with the longest signature and a token of the room asked for."""
    stamp = None if request.timestamp is None else lambda _: bytes(request.timestamp_room)
    trial = _Trial(request.signer.suite, request.signer.public_key)
    return len(signature_message(request, bytes(request.digest_algorithm.size), trial, stamp)) + _SLACK
