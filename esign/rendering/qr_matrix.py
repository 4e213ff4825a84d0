"""The modules of a QR code over octets, at error level M under one mask (ISO/IEC 18004:2015, clause 7).

    rows = octet_matrix(b"https://licence.example.gov.cn/v/1")      # rows of octets 0 and 1, None for what belongs in another mode

What does not depend on the octets is taken from segno once for each version: the function patterns, and where which bit goes. The rest
is a polynomial division and one permutation, a tenth of the time segno takes, which makes any code; the tests hold each against the other.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import zip_longest
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final, cast

import segno
from segno import consts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MASK: Final = 3  # (row + column) mod 3 = 0, table 10
_LAST: Final = 13  # version: 331 octets
_OCTET_MODE: Final = 4  # table 2
_LONG_COUNT: Final = 10  # from this version on the count takes 16 bits, table 3
_VERSION_TOLD: Final = 7  # from this version on its number stands in the code, 7.10
_PADS: Final = bytes.fromhex("ec11")  # 7.4.10
_FIELD: Final = 0x11D  # 7.5.2
_LAYOUTS: Final = cast("dict[int, dict[int, tuple[Any, ...]]]", consts.ECC)  # table 9
_CENTRES: Final = cast("tuple[tuple[int, ...], ...]", consts.ALIGNMENT_POS)  # annex E, from version 2 on
_OF_OTHER_MODES: Final = re.compile(rb"[0-9A-Z $%*+./:-]*")  # digits and capitals alone take fewer bits there


def octet_matrix(text: bytes) -> tuple[bytes, ...] | None:
    """Return the rows of the smallest code for ASCII octets, without a quiet zone; None where segno would take another mode or version."""
    if not text.isascii() or _OF_OTHER_MODES.fullmatch(text):
        return None
    for version in range(1, _LAST + 1):
        frame = _frame(version)
        if frame.head + 8 * len(text) <= 8 * frame.room:
            return frame.rows(frame.message(text))
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Frame:
    """What all codes of a version share. `room` is octets of data, `head` bits of mode and count before them.

    `blocks` are data octets of each block, `checks` octets of its error correction, `table` the multiples of the generator; `mask`
    what the bits of the message are taken with, in their order; `placed` makes the modules of them and of a 0 and a 1.
    """

    side: int
    room: int
    head: int
    blocks: tuple[int, ...]
    checks: int
    table: tuple[int, ...] = field(repr=False)
    bits: int
    mask: int = field(repr=False)
    placed: Callable[[bytes], tuple[int, ...]] = field(repr=False)

    def message(self, text: bytes) -> bytes:
        """Return data and error correction of all blocks, interleaved (7.4, 7.5, 7.6)."""
        start = (_OCTET_MODE << (self.head - 4)) | len(text)
        # the terminator of four bits ends an octet; segno adds an octet of zeros here, which nobody reads, and so do we
        data = (((start << 8 * len(text)) | int.from_bytes(text, "big")) << 4).to_bytes(
            self.head // 8 + len(text) + 1, "big"
        )
        data = (data + b"\0" + _PADS * self.room)[: self.room]
        blocks, at = [], 0
        for size in self.blocks:
            blocks.append(data[at : at + size])
            at += size
        return _interleaved(blocks) + _interleaved([self._correction(block) for block in blocks])

    def _correction(self, block: bytes) -> bytes:
        top, kept, rest = 8 * (self.checks - 1), (1 << 8 * (self.checks - 1)) - 1, 0
        for octet in block:
            rest = ((rest & kept) << 8) ^ self.table[(rest >> top) ^ octet]
        return rest.to_bytes(self.checks, "big")

    def rows(self, message: bytes) -> tuple[bytes, ...]:
        """Return the modules row by row."""
        bits = int.from_bytes(message, "big") << (self.bits - 8 * len(message)) ^ self.mask
        modules = bytes(self.placed(f"{bits:0{self.bits}b}".encode("ascii").translate(_DIGITS) + b"\0\1"))
        return tuple(modules[at : at + self.side] for at in range(0, len(modules), self.side))


_DIGITS: Final = bytes.maketrans(b"01", b"\0\1")


@lru_cache(maxsize=_LAST)
def _frame(version: int) -> _Frame:
    made = segno.make("x", version=version, error="m", mode="byte", micro=False, boost_error=False, mask=MASK)
    modules = [module for row in made.matrix for module in row]
    side = len(made.matrix)
    order = [(row, column) for row, column in _zigzag(side) if not _is_function(row, column, side, version)]
    places = {row * side + column: number for number, (row, column) in enumerate(order)}
    wanted = [places.get(at, len(order) + module) for at, module in enumerate(modules)]
    layout = _LAYOUTS[version][consts.ERROR_LEVEL_M]
    blocks = tuple(each.num_data for each in layout for _ in range(each.num_blocks))
    checks = layout[0].num_total - layout[0].num_data
    return _Frame(
        side=side,
        room=sum(blocks),
        head=4 + (8 if version < _LONG_COUNT else 16),
        blocks=blocks,
        checks=checks,
        table=_multiples(checks),
        bits=len(order),
        mask=int("".join("1" if (row + column) % 3 == 0 else "0" for row, column in order), 2),
        placed=itemgetter(*wanted),
    )


def _zigzag(side: int) -> Iterator[tuple[int, int]]:
    """Yield rows and columns as the message runs: two columns at a time from the right, upwards and downwards in turn (7.7.3)."""
    rights = [right if right > 6 else right - 1 for right in range(side - 1, 0, -2)]  # noqa: PLR2004 - the timing pattern
    for turn, right in enumerate(rights):
        for row in range(side - 1, -1, -1) if turn % 2 == 0 else range(side):
            yield row, right
            yield row, right - 1


def _is_function(row: int, column: int, side: int, version: int) -> bool:
    """Whether a module belongs to a pattern, to the format or to the version (6.3)."""
    if 6 in {row, column}:  # noqa: PLR2004 - the timing patterns
        return True
    near_top, near_left, near_bottom, near_right = row < 9, column < 9, row >= side - 8, column >= side - 8  # noqa: PLR2004
    if (near_top and (near_left or near_right)) or (near_bottom and near_left):
        return True
    if version >= _VERSION_TOLD and ((row < 6 and column >= side - 11) or (column < 6 and row >= side - 11)):  # noqa: PLR2004
        return True
    centres = _CENTRES[version - 2] if version > 1 else ()
    return any(
        abs(row - y) <= 2 and abs(column - x) <= 2  # noqa: PLR2004 - the pattern's half
        for y in centres
        for x in centres
        if (y, x) not in {(6, 6), (6, centres[-1]), (centres[-1], 6)}
    )


def _multiples(checks: int) -> tuple[int, ...]:
    """Return each octet times the generator polynomial of a degree, without its leading one (7.5.2, annex A)."""
    generator = [1]
    root = 1
    for _ in range(checks):
        generator = [a ^ _product(b, root) for a, b in zip([*generator, 0], [0, *generator], strict=True)]
        root = _product(root, 2)
    return tuple(int.from_bytes(bytes(_product(octet, each) for each in generator[1:]), "big") for octet in range(256))


def _product(first: int, second: int) -> int:
    """Return a product in the field of 256 elements."""
    found = 0
    while second:
        if second & 1:
            found ^= first
        first <<= 1
        if first & 0x100:
            first ^= _FIELD
        second >>= 1
    return found


def _interleaved(blocks: list[bytes]) -> bytes:
    return bytes(octet for each in zip_longest(*blocks) for octet in each if octet is not None)
