"""What is packed or spelt is undone where every reader undoes it alike, against what other programs pack, and within bounds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from esign.pdf.plain_decoding import from_base_85, from_hexadecimal, from_lzw, from_runs, inflated
from tests.support.attacks.packed import base_85, hexadecimal, lzw, runs

if TYPE_CHECKING:
    from collections.abc import Callable

_MOST = 1 << 20
_WAYS = {from_base_85: base_85, from_hexadecimal: hexadecimal, from_lzw: lzw, from_runs: runs}
_NAMES = [each.__name__ for each in _WAYS]
_CLEAR, _END = 256, 257


def _codes(*codes: int) -> bytes:
    """Return codes of nine bits each."""
    return _packed("".join(f"{code:09b}" for code in codes))


def _packed(bits: str) -> bytes:
    return bytes(int(bits[at : at + 8].ljust(8, "0"), 2) for at in range(0, len(bits), 8))


def _width(letters: int) -> int:
    """Return how wide a code is behind so many letters: from the second on each gives out another, and all grow one early."""
    return min(12, max(9, (258 + max(0, letters - 1) + 1).bit_length()))


@pytest.mark.parametrize(("undo", "pack"), _WAYS.items(), ids=_NAMES)
def test_what_others_pack_is_undone(undo: Callable[[bytes, int], bytes | None], pack: Callable[[bytes], bytes]) -> None:
    @given(st.binary(min_size=1, max_size=600) | st.text("ab ", min_size=1, max_size=600).map(str.encode))
    def undone(octets: bytes) -> None:
        assert undo(pack(octets), _MOST) == octets
        assert undo(pack(octets) + b"\r\n", _MOST) == octets
        assert undo(pack(octets) + b"\r\nq", _MOST) is None
        assert undo(pack(octets)[:-1], _MOST) != octets or undo is from_lzw  # of the last octet all bits may be spare

    undone()


def test_tables_of_lzw_grow_and_are_cleared() -> None:
    octets = " ".join(f"{number * number % 9973} {number % 61} Td" for number in range(20_000)).encode()
    assert from_lzw(lzw(octets), _MOST) == octets
    assert from_lzw(lzw(bytes(_MOST)), _MOST) == bytes(_MOST)


@pytest.mark.parametrize(("undo", "pack"), _WAYS.items(), ids=_NAMES)
def test_no_more_than_is_asked_for(undo: Callable[[bytes, int], bytes | None], pack: Callable[[bytes], bytes]) -> None:
    assert undo(pack(bytes(300)), 299) is None


@pytest.mark.parametrize(
    ("undo", "octets"),
    [
        (from_base_85, b"87cUR"),  # no end
        (from_base_85, b"87cUR~"),
        (from_base_85, b"87cUR~ >"),
        (from_base_85, b"87cUR\f~>"),
        (from_base_85, b"<~87cUR~>"),
        (from_base_85, b"87cUR8~>"),  # a group of one
        (from_base_85, b"87zcU~>"),
        (from_base_85, b"uuuuu~>"),  # more than four octets
        (from_base_85, b"87cUv~>"),
        (from_hexadecimal, b"7120"),
        (from_hexadecimal, b"712>"),
        (from_hexadecimal, b"71\f20>"),
        (from_hexadecimal, b"7g>"),
        (from_runs, b""),
        (from_runs, b"\x02q Q"),
        (from_runs, b"\x05q Q\x80"),
        (from_runs, b"\xfe"),
        (from_runs, b"\xfe\x80"),
        (from_lzw, b""),
        (from_lzw, _codes(65, _END)),  # no cleared table to begin with
        (from_lzw, _codes(_END)),
        (from_lzw, _codes(_CLEAR, 65)),  # no end
        (from_lzw, _codes(_CLEAR, 258, _END)),  # given out by nobody
        (from_lzw, _codes(_CLEAR, 65, 259, _END)),
        (from_lzw, _codes(*([_CLEAR] * 1000))),
    ],
)
def test_what_readers_may_mend_is_not_undone(undo: Callable[[bytes, int], bytes | None], octets: bytes) -> None:
    assert undo(octets, _MOST) is None


def test_a_code_may_be_the_one_that_is_given_out_next() -> None:
    assert from_lzw(_codes(_CLEAR, 65, 258, _END), _MOST) == b"AAA"
    assert from_lzw(_codes(_CLEAR, 65, _CLEAR, _CLEAR, 66, _END), _MOST) == b"AB"


@pytest.mark.parametrize(("letters", "expected"), [(3838, b"A" * 3838), (3839, None)])
def test_a_full_table_is_taken_in_several_ways(letters: int, expected: bytes | None) -> None:
    bits = "".join(f"{65:0{_width(given_out)}b}" for given_out in range(letters))
    octets = _packed(f"{_CLEAR:09b}{bits}{_END:0{_width(letters)}b}")
    assert from_lzw(octets, _MOST) == expected


def test_a_deflation_tells_how_much_was_inflated_of_it() -> None:
    assert inflated(b"no deflation", _MOST) == (None, 0)
    octets, size = inflated(bytes.fromhex("789c4b040000620062"), _MOST)
    assert (octets, size) == (b"a", 1)
