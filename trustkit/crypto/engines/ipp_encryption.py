"""SM2 encryption by Intel's libippcp: its ECES functions, with a fresh scalar drawn by `FreshScalar`.

NOTE: the library also has ippsGFpECEncryptSM2_Ext and DecryptSM2_Ext. Published sources of them keep the hash state in a
static variable, which two threads would share; the ECES functions keep everything in memory of the caller.
"""

from __future__ import annotations

from collections import deque
from typing import Any, Final

from trustkit.crypto.engines.ippcp import NO_ERROR, IppCurve, require
from trustkit.crypto.engines.scalar import FreshScalar
from trustkit.crypto.sm2 import ELEMENT_SIZE
from trustkit.crypto.sm2_cipher_forms import HASH_SIZE, Sm2Ciphertext
from trustkit.errors import ErrorCode, TrustError

_POOL: Final = 16  # as many threads as ever encrypt at once; about 10 kB each
_TRIES: Final = 64  # a draw falls outside 1…n−1 once in 2^32; the key stream for one octet is zero once in 256
_ZERO: Final = bytes(ELEMENT_SIZE)


class EncryptionState:
    """The library's state of one encryption or decryption, on the curve it is used with. It holds secrets until wiped."""

    __slots__ = ("_memory", "_size", "curve", "handle", "result", "tag")

    def __init__(self, curve: IppCurve) -> None:
        ffi, lib = curve.ffi, curve.lib
        size = ffi.new("int *")
        require(lib.ippsGFpECESGetSize_SM2(curve.curve, size))
        self.curve, self._size = curve, size[0]
        self._memory: Any = ffi.new("unsigned char[]", self._size)
        self.handle: Any = ffi.cast("IppsECESState_SM2 *", self._memory)
        self.tag: Any = ffi.new("Ipp8u[]", HASH_SIZE)
        self.result: Any = ffi.new("int *")

    def start(self, secret: Any, point: Any) -> int:  # noqa: ANN401 - cffi pointers
        """Take [secret]point as the shared secret; return the library's status."""
        lib, curve = self.curve.lib, self.curve
        require(lib.ippsGFpECESInit_SM2(curve.curve, self.handle, self._size))
        status = lib.ippsGFpECESSetKey_SM2(secret, point, self.handle, curve.curve, curve.scratch)
        return int(status or lib.ippsGFpECESStart_SM2(self.handle))

    def finish(self) -> int:
        """Put C3 into `tag`; the status says when the key stream was all zeros."""
        return int(self.curve.lib.ippsGFpECESFinal_SM2(self.tag, HASH_SIZE, self.handle))

    def wipe(self) -> None:
        """Overwrite the shared secret and the hash states with zeros."""
        self.curve.ffi.memmove(self._memory, bytes(self._size), self._size)


class _Desk:
    """What one encryption is computed on."""

    __slots__ = ("curve", "draw", "ephemeral", "point", "recipient", "state")

    def __init__(self) -> None:
        self.curve = IppCurve()
        self.ephemeral: Any = self.curve.number()
        self.point: Any = self.curve.point()
        self.recipient: Any = self.curve.point()
        self.draw = FreshScalar(ErrorCode.ENCRYPTION_FAILED)
        self.state = EncryptionState(self.curve)


class IppEncryption:
    """Encrypts to SM2 keys. Each call takes working memory of its own from a pool."""

    name: Final = "ipp"

    def __init__(self) -> None:
        """Bind the library. Raise ENGINE_MISSING, ENGINE_SELF_TEST."""
        self._desks: deque[_Desk] = deque((_Desk(),), maxlen=_POOL)

    def encrypt(self, point: bytes, plaintext: bytes) -> Sm2Ciphertext:
        """Return the ciphertext for the owner of `point` (X ‖ Y). Raise KEY_MALFORMED, ENCRYPTION_FAILED."""
        try:
            desk = self._desks.pop()
        except IndexError:
            desk = _Desk()
        try:
            if not desk.curve.set_point(desk.recipient, point, desk.state.result):
                raise TrustError(ErrorCode.KEY_MALFORMED, "not a point of the SM2 curve")
            for _ in range(_TRIES):
                ciphertext = _attempt(desk, plaintext)
                if ciphertext is not None:
                    return ciphertext
        finally:
            self._desks.append(desk)
        raise TrustError(ErrorCode.ENCRYPTION_FAILED, "no usable scalar was drawn")


def _attempt(desk: _Desk, plaintext: bytes) -> Sm2Ciphertext | None:
    """Return a ciphertext under a fresh scalar, or nothing when another must be drawn (GB/T 32918.4 6.1 A1, A5)."""
    lib, curve, state = desk.curve.lib, desk.curve, desk.state
    output = curve.ffi.new("Ipp8u[]", len(plaintext))
    try:
        if not desk.draw.draw():
            return None
        require(lib.ippsSetOctString_BN(desk.draw.octets, ELEMENT_SIZE, desk.ephemeral))
        require(lib.ippsGFpECPublicKey(desk.ephemeral, desk.point, curve.curve, curve.scratch))
        require(state.start(desk.ephemeral, desk.recipient))
        require(lib.ippsGFpECESEncrypt_SM2(plaintext, output, len(plaintext), state.handle))
        if state.finish() != NO_ERROR:
            return None
        buffer = curve.ffi.buffer
        return Sm2Ciphertext(curve.read_point(desk.point), bytes(buffer(state.tag)), bytes(buffer(output)))
    finally:
        desk.draw.wipe()
        lib.ippsSetOctString_BN(_ZERO, ELEMENT_SIZE, desk.ephemeral)
        state.wipe()
