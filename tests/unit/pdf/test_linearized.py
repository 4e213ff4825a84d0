"""Files that some readers begin at the head, because the first object names the length they have."""

from __future__ import annotations

import pytest

from esign.pdf.linearized import is_two_files, says_it_grows
from tests.support.attacks.documents import FREE, append, last_table
from tests.support.attacks.library import Library
from tests.support.attacks.linearized import linearized
from trustkit.errors import ErrorCode, TrustError

_PAGE = linearized()


def _grown(spelt: bytes) -> bytes:
    """Return a linearized file with an update, which says it has the length it then has."""
    said, octets = 0, b""
    while len(octets) != said or not said:
        said = len(octets) or 10_000
        octets = append(linearized(said, spelt=spelt), {FREE: b"<< >>"})
    return octets


@pytest.mark.parametrize(
    "spelt",
    [
        b"/Linearized 1 /L %d",
        b"/L %d /Linearized 1",
        b"/Linearized 1 /L %05d",
        b"/Linearized 1 /L %d.0",
        b"/Linearized 1 /X (endobj 30 0 obj << /L 1) /L %d",
        b"/#4cinearized 1 /#4C\n%%\n%d",
        b"/Linearized 1 /L %d /X (" + b"x" * 5000 + b")",
    ],
)
def test_an_update_of_a_file_that_says_it_has_its_length_is_seen_by_some_only(spelt: bytes) -> None:
    octets = _grown(spelt)
    assert b"%d" % len(octets) in octets
    assert is_two_files(octets, last_table(octets))


def test_a_linearized_file_as_it_was_written_is_one_file() -> None:
    assert not is_two_files(_PAGE, last_table(_PAGE))
    assert not says_it_grows(_PAGE)


def test_an_update_of_a_linearized_file_that_says_how_long_it_was_is_seen_by_all() -> None:
    octets = append(_PAGE, {FREE: b"<< >>"})
    assert not is_two_files(octets, last_table(octets))
    assert not says_it_grows(octets)


@pytest.mark.parametrize("octets", [b"", b"%PDF-1.7\n", b"%PDF-1.7\n1 0 obj << /L 60000 >>", b"%" * 100])
def test_other_octets_announce_nothing(octets: bytes) -> None:
    assert not is_two_files(octets, 0)
    assert not says_it_grows(octets)


def test_a_file_that_says_it_will_be_longer_is_not_signed() -> None:
    with pytest.raises(TrustError) as caught:
        Library().approve(linearized(60_000))
    assert caught.value.code is ErrorCode.PDF_UNSIGNABLE
