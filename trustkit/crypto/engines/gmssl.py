"""Engine `gmssl`: SM2 in pure Python, the last resort.

Slow (some fifty verifications a second) and not constant time. It warns when constructed, and production mode refuses
it. Verification handles no secret, so what it says is right; it is the company it keeps that is not wanted.
"""

from __future__ import annotations

import importlib
import warnings
from typing import TYPE_CHECKING, Any, Final

from trustkit.crypto.engines.port import EngineAnswer
from trustkit.crypto.engines.wheel_files import wheel_version
from trustkit.crypto.sm2 import ELEMENT_SIZE, POINT_SIZE, A, B, message_digest
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from trustkit.crypto.sm2 import Sm2Signature

_P: Final = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF  # GB/T 32918.5


class InsecureEngineWarning(UserWarning):
    """An engine is in use that production mode refuses."""


class GmsslEngine:
    """SM2 verification through the package `gmssl`."""

    name: Final = "gmssl"

    def __init__(self) -> None:
        """Import the package and warn. Raise ENGINE_MISSING where it is not installed."""
        self.version: str = f"gmssl {wheel_version('gmssl')}"
        try:
            self._module: Any = importlib.import_module("gmssl.sm2")
        except ImportError as error:
            raise TrustError(ErrorCode.ENGINE_MISSING, "the package gmssl does not load") from error
        text = "SM2 is computed in pure Python: slow, not constant time, refused in production mode"
        warnings.warn(text, InsecureEngineWarning, stacklevel=2)

    def verify(self, point: bytes, signer_id: bytes, message: bytes, signature: Sm2Signature, /) -> EngineAnswer:
        """See `Sm2Engine.verify`. Raise KEY_MALFORMED for a point off the curve."""
        return self.verify_digest(point, message_digest(point, signer_id, message), signature)

    def verify_digest(self, point: bytes, digest: bytes, signature: Sm2Signature, /) -> EngineAnswer:
        """See `Sm2Engine.verify_digest`. Raise KEY_MALFORMED for a point off the curve."""
        if not self.is_on_curve(point):
            raise TrustError(ErrorCode.KEY_MALFORMED, "not a point of the SM2 curve")
        if len(digest) != ELEMENT_SIZE:
            raise TrustError(ErrorCode.USAGE, "an SM3 digest has 32 octets", octets=len(digest))
        machine = self._module.CryptSM2(private_key="", public_key="")
        # Set past the constructor, which strips every leading 0 and 4 from the key's digits (gmssl 3.2.2).
        machine.public_key = point.hex()
        try:
            answer = machine.verify((signature.r + signature.s).hex(), digest)
        except (TypeError, ValueError):  # a sum at infinity: there is no x to compare with r
            return EngineAnswer.INVALID
        return EngineAnswer.VALID if answer is True else EngineAnswer.INVALID

    def is_on_curve(self, point: bytes, /) -> bool:
        """See `Sm2Engine.is_on_curve`. The package has no such check, so the curve's equation is asked here."""
        if len(point) != POINT_SIZE:
            return False
        x, y = int.from_bytes(point[:ELEMENT_SIZE], "big"), int.from_bytes(point[ELEMENT_SIZE:], "big")
        a, b = int.from_bytes(A, "big"), int.from_bytes(B, "big")
        return max(x, y) < _P and (y * y - (x * x * x + a * x + b)) % _P == 0
