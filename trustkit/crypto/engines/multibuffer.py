"""Engine `multibuffer`: eight SM2 verifications in one call, by Intel's libcrypto_mb on a CPU with AVX512-IFMA.

What goes into one call is decided by `trustkit.crypto.engines.lanes`; what fits nowhere goes to the single engine. No
lane is ever NULL: a short group repeats its first lane, and the repeats' answers are not looked at.

The library does not give out the digests it makes on the way, and one answer of its needs them (`is_own_digest`), so e is hashed
once more, sixteen lanes a call.
"""

from __future__ import annotations

from collections import deque
from itertools import accumulate, chain
from operator import eq
from struct import Struct
from typing import TYPE_CHECKING, Any, Final

from trustkit.crypto.engines.crypto_mb import crypto_mb
from trustkit.crypto.engines.lanes import HASHED, LANES, MAX_GROUP, MAX_LANE_ID, MAX_OCTETS, SLACK, group_lanes
from trustkit.crypto.engines.port import EngineAnswer
from trustkit.crypto.sm2 import ELEMENT_SIZE, Sm2Signature, is_own_digest, z_value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trustkit.crypto.engines.port import LaneItem, Sm2Engine

_POOL: Final = 64  # as in `trustkit.crypto.engines.ipp`; about a megabyte each
_SIGNER_CACHE: Final = 4096
_LANE_BITS: Final = 4
_LANE_STATUS: Final = 0xF  # bits are or-ed and overlap: zero is valid, everything else is not
_ID_STRIDE: Final = MAX_LANE_ID + 1 + SLACK
_ALMOST_N: Final = b"\xff\xff\xff"  # how every number from n on begins
_elements: Final = Struct(f"{ELEMENT_SIZE}s" * HASHED).iter_unpack
_VALID, _INVALID = EngineAnswer.VALID, EngineAnswer.INVALID


class _Signers(dict[tuple[bytes, bytes], tuple[bytes, bytes]]):
    """By point and ID: X and Y as the library wants them, and what stands before a message in its lane.

    64-bit limbs, least significant first, on a little-endian CPU; the slack of the lane before, then Z. Asked in half the time of
    `functools.lru_cache`.
    """

    def __missing__(self, signer: tuple[bytes, bytes]) -> tuple[bytes, bytes]:
        point, signer_id = signer
        if len(self) >= _SIGNER_CACHE:
            self.clear()
        found = point[ELEMENT_SIZE - 1 :: -1] + point[: ELEMENT_SIZE - 1 : -1], bytes(SLACK) + z_value(point, signer_id)
        self[signer] = found
        return found


_signers: Final = _Signers()


class _Desk:
    """What the calls for one group read: fixed places, and the arrays that point at them, eight or sixteen to a call.

    Lanes mostly have the IDs and lengths of the lanes before, so those are only written when they change.
    """

    __slots__ = (
        "_arrays",
        "_hashed",
        "_ids",
        "_messages",
        "_move",
        "_points",
        "_rs",
        "_seen",
        "_ss",
        "calls",
        "digests",
        "hashings",
    )

    def __init__(self, ffi: Any) -> None:  # noqa: ANN401 - cffi's FFI has no static type
        self._move = ffi.memmove
        self._rs, rs = _places(ffi, "uint8_t", MAX_GROUP, ELEMENT_SIZE)
        self._ss, ss = _places(ffi, "uint8_t", MAX_GROUP, ELEMENT_SIZE)
        self._points, limbs = _places(ffi, "uint64_t", 2 * MAX_GROUP, ELEMENT_SIZE)  # X and Y by turns
        self._ids, ids = _places(ffi, "uint8_t", MAX_GROUP, _ID_STRIDE)
        self.digests, digests = _places(ffi, "uint8_t", MAX_GROUP, ELEMENT_SIZE)
        self._messages: Any = ffi.new("uint8_t[]", MAX_OCTETS + SLACK)
        self._seen: tuple[tuple[bytes, ...], list[int]] = ((), [])
        octets, numbers = "uint8_t *[]", "int[]"
        # Kept here, for what points into an array does not keep it.
        self._arrays = (
            *(ffi.new(octets, rs), ffi.new(octets, ss)),
            *(ffi.new(octets, ids), ffi.new(numbers, MAX_GROUP)),
            *(ffi.new(octets, MAX_GROUP), ffi.new(numbers, MAX_GROUP)),
            *(ffi.new("uint64_t *[]", limbs[first::2]) for first in range(2)),
        )
        self._hashed = (ffi.new(octets, MAX_GROUP), ffi.new(numbers, MAX_GROUP), ffi.new(octets, digests))
        self.calls: list[tuple[Any, ...]] = [
            (*(array + first for array in self._arrays), ffi.NULL, ffi.NULL) for first in range(0, MAX_GROUP, LANES)
        ]
        self.hashings: list[tuple[Any, ...]] = [
            tuple(array + first for array in self._hashed) for first in range(0, MAX_GROUP, HASHED)
        ]

    def lay_out(self, lanes: Sequence[LaneItem]) -> tuple[bytes, ...]:
        """Copy items of one block class into their places: each message behind its Z, and with slack around both.

        Returns r of each.
        """
        points, ids, messages, signatures = zip(*lanes, strict=True)
        rs, ss = zip(*signatures, strict=True)
        limbs, leads = zip(*map(_signers.__getitem__, zip(points, ids, strict=True)), strict=True)
        parts = [b""] * (2 * len(lanes))
        parts[::2], parts[1::2] = leads, messages
        for place, octets in (
            (self._rs, b"".join(rs)),
            (self._ss, b"".join(ss)),
            (self._points, b"".join(limbs)),
            (self._messages, b"".join(parts)),
        ):
            self._move(place, octets, len(octets))
        sizes = list(map(len, messages))
        if self._seen != (ids, sizes):
            self._point(ids, sizes)
            self._seen = (ids, sizes)
        return rs

    def _point(self, ids: tuple[bytes, ...], sizes: list[int]) -> None:
        """Place the IDs, and say where each message begins, with and without its Z, and how long it is."""
        lanes = slice(0, len(sizes))
        _, _, _, id_lengths, starts, lengths, _, _ = self._arrays
        hashed_starts, hashed_lengths, _ = self._hashed
        placed = b"".join([one.ljust(_ID_STRIDE, b"\0") for one in ids])
        self._move(self._ids, placed, len(placed))
        id_lengths[lanes], lengths[lanes] = list(map(len, ids)), sizes
        hashed = [ELEMENT_SIZE + size for size in sizes]
        ends = accumulate([SLACK + size for size in hashed])
        begins = [self._messages + end - size for end, size in zip(ends, hashed, strict=True)]
        starts[lanes] = [begin + ELEMENT_SIZE for begin in begins]
        hashed_starts[lanes], hashed_lengths[lanes] = begins, hashed


def _places(ffi: Any, kind: str, count: int, stride: int) -> tuple[Any, list[Any]]:  # noqa: ANN401 - as above
    """Return memory for `count` values of `stride` octets, and a pointer to each."""
    memory = ffi.new("uint64_t[]", count * stride // 8)  # aligned for limbs
    octets = ffi.cast("uint8_t *", memory)
    return memory, [ffi.cast(f"{kind} *", octets + number * stride) for number in range(count)]


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

    def verify_many(self, items: Sequence[LaneItem], /) -> tuple[EngineAnswer, ...]:
        """See `Sm2BatchEngine.verify_many`."""
        groups, rest = group_lanes([(len(signer_id), len(message)) for _, signer_id, message, _ in items])
        answers = [_INVALID] * len(items)
        for position in rest:
            point, signer_id, message, numbers = items[position]
            answers[position] = self._single.verify(point, signer_id, message, Sm2Signature(*numbers))
        try:
            desk = self._desks.pop()
        except IndexError:
            desk = _Desk(self._ffi)
        try:
            for group in groups:
                lanes = [items[position] for position in group]
                for position, answer in zip(group, self._verify_group(desk, lanes), strict=True):
                    answers[position] = answer
        finally:
            self._desks.append(desk)
        return tuple(answers)

    def _verify_group(self, desk: _Desk, lanes: list[LaneItem]) -> Sequence[EngineAnswer]:
        """Answer for the items of one group."""
        count = len(lanes)
        rs = desk.lay_out(lanes + lanes[:1] * (-count % HASHED))
        status = 0
        for first, arguments in zip(range(0, count, HASHED), desk.hashings, strict=False):
            status |= self._hash(*arguments) << first * _LANE_BITS
        for first, arguments in zip(range(0, count, LANES), desk.calls, strict=False):
            status |= self._call(*arguments) << first * _LANE_BITS
        digests = self._ffi.buffer(desk.digests, len(rs) * ELEMENT_SIZE)[:]
        es = tuple(chain.from_iterable(_elements(digests)))
        # An e beyond n is seldom among them, and r is nowhere e but in a forger's hand.
        if status == 0 and _ALMOST_N not in digests and True not in map(eq, rs, es):
            return [_VALID] * count
        return [
            _INVALID if status >> lane * _LANE_BITS & _LANE_STATUS or is_own_digest(rs[lane], es[lane]) else _VALID
            for lane in range(count)
        ]
