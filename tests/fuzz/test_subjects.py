"""What officers type of people: read or refused, and the same document is one whatever way it is typed."""

from __future__ import annotations

from contextlib import suppress
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from idp.subject.documents import DocumentKind, parse_document
from trustkit.encoding.check_characters import citizen_id_check_character
from trustkit.errors import TrustError

TODAY = date(2026, 11, 26)
WIDE = str.maketrans("0123456789X", "\uff10\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18\uff19\uff38")
BODIES = st.builds(
    lambda area, born, order: f"{area}{born:%Y%m%d}{order:03}",
    st.integers(110000, 659999),
    st.dates(date(1900, 1, 1), TODAY),
    st.integers(0, 999),
)


@given(kind=st.one_of(st.sampled_from(DocumentKind), st.text(max_size=12)), typed=st.text(max_size=70))
def test_any_text(kind: str, typed: str) -> None:
    with suppress(TrustError):
        found = parse_document(kind, typed, today=TODAY)
        assert parse_document(found.kind, found.number, today=TODAY) == found
        assert found.number.isascii()
        assert found.number not in repr(found)


@given(body=BODIES)
def test_a_number_is_one_whatever_way_it_is_typed(body: str) -> None:
    number = body + citizen_id_check_character(body)
    found = parse_document("citizen-id", number, today=TODAY)
    for typed in (number.lower(), number.translate(WIDE), f" {number}\t"):
        assert parse_document("citizen-id", typed, today=TODAY) == found
