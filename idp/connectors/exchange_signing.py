"""Signatures over calls and answers of an exchange: HMAC-SM3 under a shared secret, or SM2.

Both sides' signatures are computed over octets as they are sent and as they came; nothing is written anew to be checked.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from trustkit.crypto.mac import MacAlgorithm, compute_mac, verify_mac
from trustkit.crypto.suites import SignatureSuite
from trustkit.crypto.verify import verify_signature
from trustkit.encoding.text64 import decode_base64, encode_base64
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity_codes import IdentityCode

if TYPE_CHECKING:
    from trustkit.crypto.public_key import PublicKey
    from trustkit.custody.port import Signer

_MAX_SIGNATURE_TEXT: Final = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeKeys:
    """What an exchange signs and checks with. `signer` and `provider_key` are SM2 keys; None where they are not configured."""

    secret: bytes = field(default=b"", repr=False)
    signer: Signer | None = field(default=None, repr=False)
    provider_key: PublicKey | None = None

    def require(self, algorithm: str, *, answers: bool) -> None:
        """Raise IDP_CONNECTOR unless what an algorithm needs is configured."""
        if algorithm == "hmac-sm3":
            there = bool(self.secret)
        else:
            there = self.provider_key is not None if answers else self._signs_sm2
        if not there:
            what = "answers" if answers else "calls"
            raise TrustError(
                IdentityCode.IDP_CONNECTOR, f"{algorithm} of {what} needs a secret or an SM2 key", key="signature"
            )

    @property
    def _signs_sm2(self) -> bool:
        return self.signer is not None and self.signer.suite is SignatureSuite.SM2_SM3

    def sign(self, algorithm: str, message: bytes, encoding: str) -> str:
        """Return the signature over a call as text; SM2 in DER. Raise SIGNING_FAILED, IDP_CONNECTOR."""
        self.require(algorithm, answers=False)
        if algorithm == "hmac-sm3":
            octets = compute_mac(MacAlgorithm.HMAC_SM3, self.secret, message)
        elif self.signer is not None:
            octets = self.signer.sign(message)
        else:
            raise TrustError(ErrorCode.BUG, "no signer")
        return octets.hex() if encoding == "hex" else encode_base64(octets)

    def require_signed(self, algorithm: str, message: bytes, signature: str, encoding: str) -> None:
        """Return when an answer's signature holds. Raise IDP_UPSTREAM_ANSWER (``signature``)."""
        self.require(algorithm, answers=True)
        try:
            octets = _octets(signature, encoding)
            if self.provider_key is None or algorithm == "hmac-sm3":
                verify_mac(MacAlgorithm.HMAC_SM3, self.secret, message, octets)
            else:
                verify_signature(suite=SignatureSuite.SM2_SM3, key=self.provider_key, message=message, signature=octets)
        except TrustError as error:
            detail = "the answer is not signed by the provider"
            raise TrustError(IdentityCode.IDP_UPSTREAM_ANSWER, detail, rule="signature") from error


def _octets(text: str, encoding: str) -> bytes:
    if len(text) > _MAX_SIGNATURE_TEXT:
        raise TrustError(ErrorCode.SIGNATURE_MALFORMED, "no signature")
    try:
        return bytes.fromhex(text) if encoding == "hex" else decode_base64(text)
    except ValueError as error:
        raise TrustError(ErrorCode.SIGNATURE_MALFORMED, "no signature") from error
