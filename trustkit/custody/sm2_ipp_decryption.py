"""SM2 decryption by Intel's libippcp. The shared secret stays in its memory, which is wiped after each ciphertext."""

from __future__ import annotations

from collections import deque
from hmac import compare_digest
from typing import TYPE_CHECKING, Any, Final

from trustkit.crypto.engines.ipp_encryption import EncryptionState
from trustkit.crypto.engines.ippcp import NO_ERROR, IppCurve, require
from trustkit.crypto.sm2 import ELEMENT_SIZE
from trustkit.custody.secrecy import Secretive
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from trustkit.crypto.sm2_ciphertext import Sm2Ciphertext

_POOL: Final = 16  # as in `trustkit.custody.sm2_ipp`


class _Desk(Secretive):
    """What one decryption is computed on."""

    __slots__ = ("curve", "key", "point", "state")

    def __init__(self, scalar: bytes) -> None:
        self.curve = IppCurve()
        self.key: Any = self.curve.number()
        self.point: Any = self.curve.point()
        self.state = EncryptionState(self.curve)
        require(self.curve.lib.ippsSetOctString_BN(scalar, ELEMENT_SIZE, self.key))


class IppSm2Decryption(Secretive):
    """Decrypts with one SM2 key. Each call takes working memory of its own from a pool."""

    __slots__ = ("_desks", "_scalar")

    name: Final = "ipp"

    def __init__(self, scalar: bytes) -> None:
        """Hold d. Raise ENGINE_MISSING, ENGINE_SELF_TEST."""
        self._scalar = scalar
        self._desks: deque[_Desk] = deque((_Desk(scalar),), maxlen=_POOL)

    def decrypt(self, ciphertext: Sm2Ciphertext) -> bytes:
        """Return the plaintext. Raise DECRYPTION_FAILED, CIPHERTEXT_POINT."""
        try:
            desk = self._desks.pop()
        except IndexError:
            desk = _Desk(self._scalar)
        try:
            return _decrypt(desk, ciphertext)
        finally:
            desk.state.wipe()
            self._desks.append(desk)


def _decrypt(desk: _Desk, ciphertext: Sm2Ciphertext) -> bytes:
    lib, curve, state = desk.curve.lib, desk.curve, desk.state
    # GB/T 32918.4 7.1 B1: a point of another curve would tell d, piece by piece.
    if not curve.set_point(desk.point, ciphertext.point, state.result):
        raise TrustError(ErrorCode.CIPHERTEXT_POINT, "C1 is not a point of the SM2 curve")
    size = len(ciphertext.body)
    output = curve.ffi.new("Ipp8u[]", size)
    require(state.start(desk.key, desk.point))
    require(lib.ippsGFpECESDecrypt_SM2(ciphertext.body, output, size, state.handle))
    status = state.finish()  # B4: an error when the key stream was all zeros
    same = compare_digest(bytes(curve.ffi.buffer(state.tag)), ciphertext.hash)  # B6
    if status != NO_ERROR or not same:
        curve.ffi.memmove(output, bytes(size), size)
        raise TrustError(ErrorCode.DECRYPTION_FAILED, "SM2 ciphertext")
    return bytes(curve.ffi.buffer(output))
