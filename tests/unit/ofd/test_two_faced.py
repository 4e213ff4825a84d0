"""Archives that are a PDF to readers of PDF as well."""

from __future__ import annotations

from time import process_time

import pytest

from esign.ofd.two_faced import is_pdf_too

ARCHIVE = b"PK\x03\x04" + b"\0" * 2000
TWO_FACED = {
    "its mark near the beginning": b"PK\x03\x04%PDF-1.7",
    "a table": ARCHIVE + b"startxref\n9",
    "an object": ARCHIVE + b"1 0 obj",
    "an object of odd white space": ARCHIVE + b"12\0\x0c03\r\nobj",
    "a comment inside": ARCHIVE + b"1 % a comment\n0 % another\robj",
    "a comment before the word": ARCHIVE + b"1 0 % a comment\nobj",
    "nothing but white space for long": ARCHIVE + b" " * 5000 + b"obj",
    "very many words": ARCHIVE + b"xobj" * 2000,
}
PLAIN = {
    "nothing": ARCHIVE,
    "its mark far behind": ARCHIVE + b"%PDF-1.7",
    "a word": ARCHIVE + b"7 objects, 0 obj",
    "one number": ARCHIVE + b"a 0 obj",
    "numbers elsewhere": ARCHIVE + b"1 0 R obj",
    "at the very beginning": b"obj",
}


@pytest.mark.parametrize("name", TWO_FACED)
def test_what_opens_as_a_pdf_is_one_too(name: str) -> None:
    assert is_pdf_too(TWO_FACED[name])


@pytest.mark.parametrize("name", PLAIN)
def test_other_archives_are_none(name: str) -> None:
    assert not is_pdf_too(PLAIN[name])


def test_looking_back_takes_no_long_time() -> None:
    started = process_time()
    assert is_pdf_too(ARCHIVE + (b"%0\n\n\n" * 20 + b"%0 obj\n") * 900)
    assert not is_pdf_too(ARCHIVE + (b"0\n" * 2000 + b"x obj") * 900)
    assert process_time() - started < 1
