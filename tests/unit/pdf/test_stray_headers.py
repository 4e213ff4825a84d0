"""What a mending reader would take for the header of an object."""

from __future__ import annotations

import pytest

from esign.pdf import stray_headers
from esign.pdf.stray_headers import stray_header
from trustkit.errors import ErrorCode, TrustError


@pytest.mark.parametrize(
    "octets",
    [
        b"x 5 0 obj",
        b"x 5 0obj",
        b"x 5\0\t\r\n0\f obj",
        b"x 5 % and so\n0 obj",
        b"x 5 %a\n%b %c\n0 %\robj",
        b"x 5" + b" " * 5000 + b"0 obj",
        b"x 5 0" + b" " * 5000 + b"obj",
        b"x 5 " + b"%a\n" * 40 + b"0 obj",
    ],
)
def test_it_is_found_however_it_is_spaced(octets: bytes) -> None:
    assert stray_header(octets, 0, 10**6, set()) == octets.index(b"obj")


@pytest.mark.parametrize("octets", [b"endobj", b"object of 5", b"x obj", b"x0 obj", b"5 x0 obj", b"the 2 objects", b""])
def test_other_words_are_none(octets: bytes) -> None:
    assert stray_header(b"-" + octets, 0, 10**6, set()) is None


def test_those_that_are_listed_are_none() -> None:
    octets = b"\n12 0 obj\n<< >>\nendobj\n13 0 obj"
    assert stray_header(octets, 0, 10**6, {1, octets.index(b"13")}) is None
    assert stray_header(octets, 0, 10**6, {1}) == octets.rindex(b"obj")


def test_its_work_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stray_headers, "_MAX_MARKS", 10)
    with pytest.raises(TrustError) as refused:
        stray_header(b"-obj" * 11, 0, 10**6, set())
    assert refused.value.code is ErrorCode.PDF_LIMIT
