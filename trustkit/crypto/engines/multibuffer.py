"""Engine `multibuffer`: eight SM2 verifications in one call, by Intel's libcrypto_mb on a CPU with AVX512-IFMA.

What goes into one call is decided by `trustkit.crypto.engines.lanes`; what fits nowhere goes to the single engine. No
lane is ever NULL: a short group repeats its first lane, and the repeats' answers are not looked at.

The library does not give out the digests it makes on the way, and one answer of its needs them (`is_own_digest`), so e is hashed
once more, sixteen lanes a call.
"""

from __future__ import annotations

from collections import deque
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from trustkit.crypto.engines.crypto_mb import crypto_mb
from trustkit.crypto.engines.lanes import LANES, MAX_LANE_ID, MAX_LANE_MESSAGE, SLACK, group_lanes
from trustkit.crypto.engines.port import EngineAnswer
from trustkit.crypto.sm2 import ELEMENT_SIZE, is_own_digest, z_value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trustkit.crypto.engines.port import Sm2Engine, Sm2Item

_POOL: Final = 64  # as in `trustkit.crypto.engines.ipp`; about half a megabyte each
_POINT_CACHE: Final = 4096
_LANE_BITS: Final = 4
_LANE_STATUS: Final = 0xF  # bits are or-ed and overlap: zero is valid, everything else is not
_ID_STRIDE: Final = MAX_LANE_ID + 1 + SLACK
_GAP: Final = bytes(SLACK)
_ALMOST_N: Final = b"\xff\xff\xff"  # how every number from n on begins
_VALID: Final = EngineAnswer.VALID
_HASHED: Final = 2 * LANES  # lanes of one call of mbx_sm3_msg_digest_mb16


class _Desk:
    """What one call reads: eight lanes of fixed places, and the arrays that point at them.

    Lanes of one call mostly have the IDs and lengths of the call before, so those are only written when they change.
    """

    __slots__ = (
        "_hashed_lengths",
        "_hashed_starts",
        "_id_lengths",
        "_ids",
        "_lengths",
        "_messages",
        "_move",
        "_pairs",
        "_points",
        "_seen",
        "_starts",
        "arguments",
        "digests",
        "hashing",
    )

    def __init__(self, ffi: Any) -> None:  # noqa: ANN401 - cffi's FFI has no static type
        self._move = ffi.memmove
        self._pairs, rs, ss = _places(ffi, "uint8_t", 2 * ELEMENT_SIZE, (0, ELEMENT_SIZE))
        self._points, xs, ys = _places(ffi, "uint64_t", 2 * ELEMENT_SIZE, (0, ELEMENT_SIZE))
        self._ids, ids = _places(ffi, "uint8_t", _ID_STRIDE, (0,))
        self._messages: Any = ffi.new("uint8_t[]", LANES * (ELEMENT_SIZE + MAX_LANE_MESSAGE + SLACK))
        self._starts: Any = ffi.new("uint8_t *[]", LANES)
        self._id_lengths: Any = ffi.new("int[]", LANES)
        self._lengths: Any = ffi.new("int[]", LANES)
        self._seen: tuple[tuple[bytes, ...], list[int]] = ((), [])
        self.arguments: tuple[Any, ...] = (
            *(rs, ss, ids, self._id_lengths, self._starts, self._lengths, xs, ys),
            *(ffi.NULL, ffi.NULL),
        )
        self.digests: Any = ffi.new("uint8_t[]", _HASHED * ELEMENT_SIZE)
        hashes = ffi.new("uint8_t *[]", [self.digests + lane * ELEMENT_SIZE for lane in range(_HASHED)])
        self._hashed_starts: Any = ffi.new("uint8_t *[]", [self._messages] * _HASHED)
        self._hashed_lengths: Any = ffi.new("int[]", _HASHED)  # the upper eight stay empty
        self.hashing: tuple[Any, ...] = (self._hashed_starts, self._hashed_lengths, hashes)

    def lay_out(self, lanes: Sequence[Sm2Item]) -> None:
        """Copy eight items of one block class into their places: each message behind its Z, and with slack behind it."""
        move = self._move
        points, ids, messages, signatures = zip(*lanes, strict=True)
        move(self._pairs, b"".join(chain.from_iterable(signatures)), LANES * 2 * ELEMENT_SIZE)
        move(self._points, b"".join(map(_limbs, points)), LANES * 2 * ELEMENT_SIZE)
        text = _GAP.join(map(bytes.__add__, map(z_value, points, ids), messages))
        move(self._messages, text, len(text))
        sizes = list(map(len, messages))
        if self._seen != (ids, sizes):
            placed = b"".join([one.ljust(_ID_STRIDE, b"\0") for one in ids])
            move(self._ids, placed, len(placed))
            self._id_lengths[0:LANES] = list(map(len, ids))
            self._lengths[0:LANES] = sizes
            starts = [self._messages + sum(sizes[:lane]) + lane * (ELEMENT_SIZE + SLACK) for lane in range(LANES)]
            self._starts[0:LANES] = [start + ELEMENT_SIZE for start in starts]
            self._hashed_starts[0:LANES] = starts
            self._hashed_lengths[0:LANES] = [ELEMENT_SIZE + size for size in sizes]
            self._seen = (ids, sizes)


def _places(ffi: Any, kind: str, stride: int, offsets: tuple[int, ...]) -> tuple[Any, ...]:  # noqa: ANN401 - as above
    """Return memory for eight lanes of `stride` octets, and for each offset the array of pointers to it in every lane."""
    memory = ffi.new("uint64_t[]", LANES * stride // 8)  # aligned for limbs
    octets = ffi.cast("uint8_t *", memory)
    pointers = ([ffi.cast(f"{kind} *", octets + lane * stride + offset) for lane in range(LANES)] for offset in offsets)
    return memory, *(ffi.new(f"{kind} *[]", each) for each in pointers)


class MultibufferEngine:
    """SM2 verification of many signatures through mbx_sm2_ecdsa_verify_mb8."""

    name: Final = "multibuffer"

    def __init__(self, single: Sm2Engine) -> None:
        """Bind the library; `single` verifies what fills no lanes. Raise ENGINE_MISSING."""
        library = crypto_mb()
        self.version: str = f"ipp-crypto {library.version}"
        self._ffi, self._call, self._single = library.ffi, library.lib.mbx_sm2_ecdsa_verify_mb8, single
        self._hash = library.lib.mbx_sm3_msg_digest_mb16
        self._desks: deque[_Desk] = deque(maxlen=_POOL)

    def verify_many(self, items: Sequence[Sm2Item], /) -> tuple[EngineAnswer, ...]:
        """See `Sm2BatchEngine.verify_many`."""
        groups, rest = group_lanes([(len(item.signer_id), len(item.message)) for item in items])
        answers = [EngineAnswer.INVALID] * len(items)
        for position in rest:
            answers[position] = self._single.verify(*items[position])
        try:
            desk = self._desks.pop()
        except IndexError:
            desk = _Desk(self._ffi)
        try:
            for group in groups:
                self._verify_group(desk, items, group, answers)
        finally:
            self._desks.append(desk)
        return tuple(answers)

    def _verify_group(
        self, desk: _Desk, items: Sequence[Sm2Item], group: tuple[int, ...], answers: list[EngineAnswer]
    ) -> None:
        lanes = [items[position] for position in group]
        lanes += lanes[:1] * (LANES - len(lanes))
        desk.lay_out(lanes)
        status = self._call(*desk.arguments) | self._hash(*desk.hashing)  # the upper lanes of hashing are not looked at
        digests = self._ffi.buffer(desk.digests, LANES * ELEMENT_SIZE)[:]
        large = _ALMOST_N in digests  # an e beyond n may be among them
        for lane, (position, item) in enumerate(zip(group, lanes, strict=False)):
            r = item.signature.r
            # Seldom is r anywhere among the digests, so the exact question is seldom asked.
            suspect = (large or r in digests) and is_own_digest(r, digests[lane * ELEMENT_SIZE :][:ELEMENT_SIZE])
            if status & _LANE_STATUS == 0 and not suspect:
                answers[position] = _VALID
            status >>= _LANE_BITS


@lru_cache(maxsize=_POINT_CACHE)
def _limbs(point: bytes) -> bytes:
    """Return X and Y as the library wants them: 64-bit limbs, least significant first, on a little-endian CPU."""
    return point[ELEMENT_SIZE - 1 :: -1] + point[: ELEMENT_SIZE - 1 : -1]
