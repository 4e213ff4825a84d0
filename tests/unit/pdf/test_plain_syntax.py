"""What every reader reads alike, and what it does not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from esign.pdf.plain_syntax import Ambiguous, Name, Plainly, Pointer, Text


def read(octets: bytes) -> object:
    value, at = Plainly(octets, len(octets), lambda _: None).value(0)
    assert at <= len(octets)
    return value


@pytest.mark.parametrize(
    ("octets", "value"),
    [
        (b" /Name", Name(b"/Name")),
        (b"/A#42C", Name(b"/ABC")),
        ("/宋体".encode(), Name("/宋体".encode())),
        (b"12 0 R", Pointer(12, 0)),
        (b"12", 12),
        (b"-3.5", -3.5),
        (b".5", 0.5),
        (b"true", True),
        (b"null", None),
        (b"(a(b)\\)\\\\\\000)", Text()),
        (b"<00 ff>", Text()),
        (b"[1 2 0 R/N(x)]", [1, Pointer(2, 0), Name(b"/N"), Text()]),
        (b"<</A<</B 1>>/C[]>>", {b"/A": {b"/B": 1}, b"/C": []}),
    ],
)
def test_plain_values_are_read(octets: bytes, value: object) -> None:
    assert read(octets) == value


@pytest.mark.parametrize(
    "octets",
    [
        b"<< /A 1 >/ ",
        b"<< /A 1 >",
        b"<< /A 1 /A 2 >>",
        b"<< /A 1 /#41 2 >>",
        b"<< 1 2 >>",
        b"[1 2",
        b"1_2",
        b"0x12",
        b"1e5",
        b"--1",
        b"[5\x0b0 R]",
        b"[5 000000000 R]",
        b"/ ",
        b"/A#0",
        b"/A#00",
        b"(a\\q)",
        b"(a\\1(b)",
        b"(a",
        b"<0>",
        b"<00 0 0>",
        b"<0g>",
        b"%c\n1",
        b"2147483648",
        b"0" * 300 + b"842",
        b"[" * 40 + b"]" * 40,
        b"trues",
        b"",
    ],
)
def test_what_readers_read_differently_is_ambiguous(octets: bytes) -> None:
    with pytest.raises(Ambiguous):
        read(octets)


def test_a_stream_ends_where_it_says() -> None:
    octets = b"<< /Length 3 >>\nstream\nabc\nendstream\nendobj\n"
    found = Plainly(octets, len(octets), lambda _: None).object(0)
    assert found.stream is not None
    assert octets[slice(*found.stream)] == b"abc"
    assert octets[found.end :] == b"\n"


def test_a_length_may_stand_elsewhere() -> None:
    octets = b"<< /Length 7 0 R >>\nstream\r\nabc endstream endobj"
    found = Plainly(octets, len(octets), lambda pointer: 4 if pointer == Pointer(7, 0) else None).object(0)
    assert found.stream is not None
    assert octets[slice(*found.stream)] == b"abc "


@pytest.mark.parametrize(
    "octets",
    [
        b"<< /Length 2 >>\nstream\nabc\nendstream\nendobj",
        b"<< /Length 5 >>\nstream\nabc\nendstream\nendobj",
        b"<< /Length 400 >>\nstream\nabc\nendstream\nendobj",
        b"<< /Length true >>\nstream\nabc\nendstream\nendobj",
        b"<< /Length 7 0 R >>\nstream\nabc\nendstream\nendobj",
        b"<< >>\nstream\nabc\nendstream\nendobj",
        b"<< /Length 3 /F (x) >>\nstream\nabc\nendstream\nendobj",
        b"<< /Length 3 >>\nstream\rabc\nendstream\nendobj",
        b"<< /Length 3 >>\nstream\nabc\nendstream",
        b"<< >> endobject",
        b"12 endobj5",
    ],
)
def test_objects_that_do_not_end_plainly_are_ambiguous(octets: bytes) -> None:
    with pytest.raises(Ambiguous):
        Plainly(octets, len(octets), lambda _: None).object(0)


@given(st.binary(max_size=64))
def test_nothing_else_comes_of_any_octets(octets: bytes) -> None:
    try:
        read(octets)
    except Ambiguous as doubt:
        what, place = doubt.args
        assert what
        assert 0 <= place <= len(octets)
