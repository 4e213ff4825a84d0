"""Byte ranges that overlap, leave out, begin late or end early: what is digested is not the file around one gap."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.support.attacks.model import BYTE_RANGE, CHANGED, DIGEST, PASSED, Row
from tests.support.attacks.surgery import contents_of, cut, fill_gap, numbers

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.attacks.model import Told


def _bent(name: str, bend: Callable[[int, int, int], tuple[int, ...]], told: Told = BYTE_RANGE) -> Row:
    def build(library: object) -> bytes:
        octets: bytes = library.contract  # type: ignore[attr-defined]
        found = cut(octets)
        return numbers(octets, *bend(found.start, found.end, found.rest))

    return Row(f"range-{name}", "contract", build, told)


def _signed_so(name: str, bend: Callable[[int, int, int], tuple[int, ...]], told: Told) -> Row:
    """Make a row whose signer really signed such a range: the digest holds."""
    return Row(f"range-signed-{name}", "contract", lambda library: library.resigned(bend), told)


ROWS: Final = (
    _bent("three-ranges", lambda a, b, c: (0, a, b, c - 50, b + c - 50, 50)),
    _bent("six-numbers", lambda a, b, c: (0, a, b, c, 0, 0)),
    _bent("three-numbers", lambda a, b, _: (0, a, b)),
    _bent("two-numbers", lambda _, b, c: (0, b + c)),
    _bent("begins-late", lambda a, b, c: (9, a - 9, b, c)),
    _bent("overlapping", lambda a, b, c: (0, b, a, c + b - a)),
    _bent("swapped", lambda a, b, c: (b, c, 0, a)),
    _bent("same-twice", lambda a, _, __: (0, a, 0, a)),
    _bent("past-the-end", lambda a, b, c: (0, a, b, c + 1)),
    _bent("short-of-the-end", lambda a, b, c: (0, a, b, c - 10), DIGEST),
    _bent("no-gap", lambda a, b, c: (0, a, a, c + b - a)),
    _bent("gap-elsewhere", lambda a, b, c: (0, a - 400, b - 400, c + 400)),
    _signed_so("short-of-the-end", lambda a, b, c: (0, a, b, c - 10), CHANGED),
    _signed_so("nothing-after", lambda a, b, _: (0, a, b, 0), CHANGED),
    _signed_so("half-before", lambda a, b, c: (0, a // 2, b, c), BYTE_RANGE),
    _signed_so("begins-late", lambda a, b, c: (9, a - 9, b, c), BYTE_RANGE),
    _signed_so("three-ranges", lambda a, b, c: (0, a, b, 10, b + 20, c - 20), BYTE_RANGE),
    _signed_so("wide-gap", lambda a, b, c: (0, a, b + 12, c - 12), BYTE_RANGE),
    _signed_so("narrow-gap", lambda a, b, c: (0, a + 1, b - 1, c + 1), BYTE_RANGE),
    _signed_so("as-usual", lambda a, b, c: (0, a, b, c), PASSED),
    Row("padding-not-zero", "contract", lambda lib: _padded(lib.contract, b"00" * 20 + b"01"), BYTE_RANGE),
    Row("padding-odd-digit", "contract", lambda lib: _padded(lib.contract, b"0"), BYTE_RANGE),
    Row("digits-in-the-other-case", "contract", lambda lib: _other_case(lib.contract), PASSED),
)


def _padded(octets: bytes, tail: bytes) -> bytes:
    digits = contents_of(octets)
    kept = digits[: len(digits) - len(tail)] if len(tail) > 1 else digits[:-1]
    return fill_gap(octets, b"<%s%s>" % (kept, tail if len(tail) > 1 else b""))


def _other_case(octets: bytes) -> bytes:
    return fill_gap(octets, b"<%s>" % contents_of(octets).swapcase())
