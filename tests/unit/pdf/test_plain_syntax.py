"""What counts as plainly written: tokens that every program reads alike, and pyHanko reads the same ones."""

from __future__ import annotations

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyhanko.pdf_utils.generic import Reference, read_object
from pyhanko.pdf_utils.reader import PdfFileReader

from esign.pdf import plain_syntax
from esign.pdf.plain_syntax import PlainSyntax, UnplainError
from tests.support.attacks.documents import contract
from trustkit.errors import ErrorCode, TrustError

PIECES = [
    b"<<",
    b">>",
    b"[",
    b"]",
    b"<",
    b">",
    b"(",
    b")",
    b"/A",
    b"/B",
    b"/",
    b"/#41",
    b"1",
    b"-1",
    b"+.5",
    b"1 0 R",
    b"R",
]
PIECES += [b"0" * 12, b"null", b"true", b"%x\n", b"\x0b", b"\0", b"\\", b"<41>", b"(a)", b"--1", b"1.", b"."]


@pytest.mark.parametrize(
    "value",
    [
        b"<< /Type /Page /Kids [1 0 R 22 0 R] /Box [0 -1 +2.5 .5 3.] /A (a(b)\\)) /B <41 4> /C null /D true >>",
        b"[ ]",
        b"<<>>",
        b"(\xfe\xff\0a)",
        b"/A#20B",
        b"<</A/B/C(d)/E[/F]>>",
    ],
)
def test_plain_values_end_where_they_end(value: bytes) -> None:
    assert PlainSyntax(value + b" endobj").after_value(0) == len(value)


@pytest.mark.parametrize(
    "value",
    [
        b"<< /A 1 >x",
        b"<< /A 1 > >",
        b"<< / /A >>",
        b"<< /A 1 /A 2 >>",
        b"<< /A 1 /#41 2 >>",
        b"<< /A >>",
        b"<< 1 /A >>",
        b"<< /A 1 ]",
        b"[ >>",
        b"[ 1",
        b"/A#4",
        b"/A#00",
        b"/" + b"A" * 127,
        b"/A\x80",
        b"0" * 11,
        b"1." + b"0" * 21,
        b"--1",
        b"[1 0 R0]",
        b"[1\x0b0 R]",
        b"<< /A 1 %c\n >>",
        b"<4G>",
        b"(a",
        b"truer",
        b"[" * 66,
        b"",
    ],
)
def test_what_programs_read_in_several_ways_is_not_plain(value: bytes) -> None:
    with pytest.raises(UnplainError):
        PlainSyntax(value + b" ").after_value(0)


def test_a_stream_has_its_length_and_an_object_its_end() -> None:
    octets = b"5 0 obj\n<< /Length 3 >>\nstream\nabc\nendstream\nendobj\n6 0 obj\n(a)\nendobj "
    syntax = PlainSyntax(octets)
    number, generation, value = syntax.object_at(0) or (0, 0, 0)
    begin = syntax.stream_at(syntax.after_value(value))
    assert (number, generation) == (5, 0)
    assert begin is not None
    end = syntax.after_spaces(syntax.after_stream(begin, 3))
    for length in (2, 6, -1):
        with pytest.raises(UnplainError):
            syntax.after_stream(begin, length)
    number, generation, value = syntax.object_at(end) or (0, 0, 0)
    assert syntax.stream_at(syntax.after_value(value)) is None
    assert syntax.after_end(syntax.after_value(value)) == len(octets) - 1
    assert syntax.object_at(1) is None


def test_tokens_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plain_syntax, "MAX_TOKENS", 10)
    with pytest.raises(TrustError) as caught:
        PlainSyntax(b"[" + b"1 " * 20 + b"]").after_value(0)
    assert caught.value.code is ErrorCode.PDF_LIMIT


@given(st.lists(st.sampled_from(PIECES), max_size=12).map(b" ".join))
def test_what_is_plain_is_read_alike_by_pyhanko(value: bytes) -> None:
    try:
        end = PlainSyntax(value + b" ").after_value(0)
    except UnplainError:
        return
    stream = BytesIO(value + b" ")
    reader = PdfFileReader(BytesIO(contract()))
    read_object(stream, Reference(1, 0, reader))
    assert value[end : stream.tell()].strip() == b""
    assert stream.tell() >= end
