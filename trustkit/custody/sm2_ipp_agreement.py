"""SM2 key agreement by Intel's libippcp: ippsGFpECKeyExchangeSM2_* (GB/T 32918.3)."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Final

from trustkit.crypto.engines.ippcp import NO_ERROR, IppCurve, require
from trustkit.crypto.sm2 import ELEMENT_SIZE, z_value
from trustkit.custody.agreement import (
    CONFIRMATION_SIZE,
    AgreedKey,
    ExchangeRole,
    PeerShare,
    refused_share,
    require_agreed_size,
)
from trustkit.custody.ephemeral import EphemeralScalar
from trustkit.custody.secrecy import Secretive
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable

_ROLES: Final = {ExchangeRole.INITIATOR: 15, ExchangeRole.RESPONDER: 16}  # IppsKeyExchangeRoleSM2: requester, responder
_SAME: Final = 1
# NOTE: published sources of these functions keep a hash state in a static variable, which two threads would share.
_LOCK: Final = threading.Lock()


class IppSm2Exchange(Secretive):
    """One run on one side, with memory of its own. See `KeyExchange`."""

    __slots__ = ("_curve", "_ephemeral", "_own_point", "_points", "_role", "_scalar", "_z", "share")

    name: Final = "ipp"

    def __init__(
        self, scalar: bytes, point: bytes, role: ExchangeRole, own_id: bytes, ephemeral: bytes | None = None
    ) -> None:
        """Draw the ephemeral scalar unless it is given, and compute its point. Raise SIGNING_FAILED, USAGE (ID too long)."""
        self._z = z_value(point, own_id)
        self._curve = IppCurve()
        self._role, self._scalar, self._own_point = role, scalar, point
        self._points: list[Any] = [self._curve.point() for _ in range(4)]  # own, peer; own and peer's ephemeral
        self._ephemeral: Any = self._draw() if ephemeral is None else self._number(ephemeral)
        lib, curve = self._curve.lib, self._curve
        require(lib.ippsGFpECPublicKey(self._ephemeral, self._points[2], curve.curve, curve.scratch))
        self.share: bytes = curve.read_point(self._points[2])

    def agree(self, peer: PeerShare, /, *, size: int) -> AgreedKey:
        """See `KeyExchange.agree`. Raise AGREEMENT_FAILED, USAGE."""
        require_agreed_size(size)
        ephemeral, self._ephemeral = self._ephemeral, None
        if ephemeral is None:
            raise TrustError(ErrorCode.USAGE, "an ephemeral share serves once")
        lib, ffi = self._curve.lib, self._curve.ffi
        key, confirmation = ffi.new("Ipp8u[]", size), ffi.new("Ipp8u[]", CONFIRMATION_SIZE)
        secret = self._number(self._scalar)
        try:
            memory, state = self._set_up(peer)
            with _LOCK:
                status = lib.ippsGFpECKeyExchangeSM2_SharedKey(
                    key, size, confirmation, secret, ephemeral, state, self._curve.scratch
                )
            if status != NO_ERROR:  # B5, A5: the sum is the point at infinity
                raise refused_share()
            return AgreedKey(
                key=bytes(ffi.buffer(key)),
                confirmation=bytes(ffi.buffer(confirmation)),
                is_same=self._comparison(memory, state),
            )
        finally:
            for number in (secret, ephemeral):
                lib.ippsSetOctString_BN(bytes(ELEMENT_SIZE), ELEMENT_SIZE, number)
            ffi.memmove(key, bytes(size), size)

    def _set_up(self, peer: PeerShare) -> tuple[Any, Any]:
        """Return the library's state, and the memory it lies in, for this run."""
        curve, ffi, lib = self._curve, self._curve.ffi, self._curve.lib
        result, own_size = ffi.new("int *"), ffi.new("int *")
        own, other, own_share, other_share = self._points
        if not (
            peer.public_key.sm2_point
            and curve.set_point(own, self._own_point, result)
            and curve.set_point(other, peer.public_key.sm2_point, result)
            and curve.set_point(other_share, peer.share, result)
        ):
            raise refused_share()
        require(lib.ippsGFpECKeyExchangeSM2_GetSize(curve.curve, own_size))
        memory = ffi.new("unsigned char[]", own_size[0])
        state = ffi.cast("IppsGFpECKeyExchangeSM2State *", memory)
        require(lib.ippsGFpECKeyExchangeSM2_Init(state, _ROLES[self._role], curve.curve))
        z_peer = z_value(peer.public_key.sm2_point, peer.identity)
        arguments = (self._z, z_peer, own, other, own_share, other_share, state)
        require(lib.ippsGFpECKeyExchangeSM2_Setup(*arguments))
        return memory, state

    def _comparison(self, memory: Any, state: Any) -> Callable[[bytes], bool]:  # noqa: ANN401 - cffi pointers
        curve, kept = self._curve, (memory, *self._points)  # what the state points at lives as long as the comparison

        def is_same(received: bytes, _kept: object = kept) -> bool:
            result = curve.ffi.new("int *")
            with _LOCK:
                require(curve.lib.ippsGFpECKeyExchangeSM2_Confirm(received, result, state))
            return bool(result[0] == _SAME)

        return is_same

    def _draw(self) -> Any:  # noqa: ANN401 - a cffi pointer has no static type
        drawn = EphemeralScalar()
        try:
            drawn.draw_usable()
            return self._number(drawn.octets)
        finally:
            drawn.wipe()

    def _number(self, octets: Any) -> Any:  # noqa: ANN401 - bytes or cffi memory
        number = self._curve.number()
        require(self._curve.lib.ippsSetOctString_BN(octets, ELEMENT_SIZE, number))
        return number
