"""Lists in one text: what is read is written the same, nothing but our error escapes, and no name or code is told."""

from __future__ import annotations

import csv
import io
import json
from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from esign.licence.bulk_rows import parse_bulk_rows
from esign.licence.text_lists import MAX_ROWS, NATURAL, parse_holder_list, parse_pairs
from tests.support.examples import scaled
from trustkit.encoding.check_characters import citizen_id_check_character
from trustkit.errors import TrustError

TODAY = date(2026, 11, 24)
CELL = st.text(st.characters(categories=("Lu", "Lo", "Nd"), include_characters="-"), min_size=1, max_size=12)
MARKS = st.text(st.sampled_from("|; /%1290.01示例\u3000\u200b"), max_size=80)
MARK = "秘密7788"


def _citizen(order: int) -> str:
    body = f"11010519491231{order:03d}"
    return body + citizen_id_check_character(body)


@settings(max_examples=scaled(200), deadline=None)
@given(st.lists(CELL, min_size=1, max_size=MAX_ROWS), st.booleans())
def test_holders_round_trip(names: list[str], together: bool) -> None:  # noqa: FBT001 - drawn by hypothesis
    shares = "" if together or len(names) == 1 else f" | 1/{len(names)}"
    text = "; ".join(f"{name} | {NATURAL} | {_citizen(order)}{shares}" for order, name in enumerate(names))
    holders = parse_holder_list(text, today=TODAY)
    assert "; ".join(str(each) for each in holders) == text
    assert [each.name for each in holders] == names
    with pytest.raises(TrustError):  # whoever stands there twice
        parse_holder_list(f"{text}; {text}", today=TODAY)


@settings(max_examples=scaled(200), deadline=None)
@given(st.dictionaries(CELL, CELL, min_size=1, max_size=MAX_ROWS))
def test_pairs_round_trip(pairs: dict[str, str]) -> None:
    text = "; ".join(f"{label} | {value}" for label, value in pairs.items())
    assert dict(parse_pairs(text)) == pairs


@settings(max_examples=scaled(300), deadline=None)
@given(st.one_of(st.text(max_size=80), MARKS))
def test_strange_texts_raise_our_error_alone(text: str) -> None:
    with suppress(TrustError):
        parse_pairs(text)
    with suppress(TrustError):
        again = parse_holder_list(text, today=TODAY)
        assert parse_holder_list("; ".join(str(each) for each in again), today=TODAY) == again


@settings(max_examples=scaled(150), deadline=None)
@given(MARKS, MARKS)
def test_no_value_is_told(before: str, after: str) -> None:
    for parse in (parse_pairs, lambda text: parse_holder_list(text, today=TODAY)):
        told = ""
        try:
            parse(f"{before}{MARK}{after}")
        except TrustError as error:
            told = str(error)
        assert MARK not in told


@settings(max_examples=scaled(200), deadline=None)
@given(st.lists(st.dictionaries(CELL, CELL, min_size=1, max_size=5), min_size=1, max_size=6))
def test_rows_round_trip(rows: list[dict[str, str]]) -> None:
    lines = b"\n".join(json.dumps(row).encode() for row in rows)
    assert [json.loads(row.data) for row in parse_bulk_rows(lines)] == rows
    names = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO(newline="")
    table = csv.DictWriter(text, names)
    table.writeheader()
    table.writerows(rows)
    assert [json.loads(row.data) for row in parse_bulk_rows(text.getvalue().encode())] == rows


@settings(max_examples=scaled(300), deadline=None)
@given(
    st.one_of(st.binary(max_size=200), st.text(st.sampled_from('{}[]",:\r\n \\ab\x00示'), max_size=120).map(str.encode))
)
def test_strange_files_of_rows_raise_our_error_alone(octets: bytes) -> None:
    with suppress(TrustError):
        for row in parse_bulk_rows(octets):
            assert (row.fault is None) == bool(row.data)
            assert MARK not in repr(row)
