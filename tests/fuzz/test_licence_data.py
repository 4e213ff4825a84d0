"""Licence data and descriptions of types: whatever stands in the file, only our error escapes, and no value is told."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from esign.licence.amount import CURRENCIES, Amount, financial_numerals, parse_amount
from esign.licence.data import read_licence_data
from esign.licence.fields import FieldFormat, read_field
from esign.licence.type_file import TypeTable
from esign.licence.types import load_licence_type
from tests.support.examples import scaled
from trustkit.errors import TrustError

if TYPE_CHECKING:
    from collections.abc import Callable

TODAY = date(2026, 11, 24)
FOLDER = Path(__file__).resolve().parents[2] / "policies" / "licences" / "business-licence"
KIND = load_licence_type(FOLDER)
SAMPLE: dict[str, str] = json.loads((FOLDER / "sample.json").read_bytes())
MARK = "秘密7788"
VALUES = st.one_of(st.text(max_size=60), st.integers(), st.none(), st.booleans(), st.lists(st.text(max_size=3)))


@settings(max_examples=scaled(150), deadline=None)
@given(st.binary(max_size=300))
def test_any_octets(octets: bytes) -> None:
    with suppress(TrustError):
        read_licence_data(KIND, octets, today=TODAY)


@settings(max_examples=scaled(200), deadline=None)
@given(st.dictionaries(st.sampled_from([*SAMPLE, "other"]), VALUES, max_size=5))
def test_any_values(changes: dict[str, object]) -> None:
    octets = json.dumps(SAMPLE | changes).encode()
    with suppress(TrustError):
        data = read_licence_data(KIND, octets, today=TODAY)
        for value in data.values:
            again = read_field(value.rule.format, value.text.kept, today=TODAY)
            assert again == value.text, "what is kept reads back as the same"


@settings(max_examples=scaled(200), deadline=None)
@given(st.sampled_from(list(FieldFormat)), st.text(max_size=20), st.text(max_size=20))
def test_no_value_is_told(form: FieldFormat, before: str, after: str) -> None:
    try:
        read_field(form, before + MARK + after, today=TODAY)
    except TrustError as error:
        told = str(error)
    else:
        told = ""
    assert MARK not in told


@settings(max_examples=scaled(300), deadline=None)
@given(st.sampled_from(sorted(CURRENCIES)), st.integers(0, 10**16 - 1))
def test_amounts_round_trip(currency: str, hundredths: int) -> None:
    amount = Amount(currency=currency, hundredths=hundredths)
    assert parse_amount(str(amount)) == amount
    assert amount.numerals


@settings(max_examples=scaled(300), deadline=None)
@given(st.integers(1, 10**14 - 1))
def test_numerals_read_back(number: int) -> None:
    assert _read(financial_numerals(number)) == number


def _read(text: str) -> int:
    """Read Chinese numerals by the rule that a larger unit multiplies all that stands before it."""
    for unit, value in (("亿", 10**8), ("万", 10**4), ("仟", 1000), ("佰", 100), ("拾", 10)):
        head, found, tail = text.rpartition(unit)
        if found:
            return _read(head) * value + (_read(tail.lstrip("零")) if tail.strip("零") else 0)
    digits = text.strip("零")
    return "零壹贰叁肆伍陆柒捌玖".index(digits)


@settings(max_examples=scaled(150), deadline=None)
@given(
    st.dictionaries(st.sampled_from(["a", "b"]), st.one_of(VALUES, st.floats(), st.dictionaries(st.just("c"), VALUES)))
)
def test_any_table(entries: dict[str, object]) -> None:
    takes: tuple[Callable[[TypeTable], object], ...] = (
        lambda table: table.text("a"),
        lambda table: table.integer("a"),
        lambda table: table.number("a", 0, 1),
        lambda table: table.boolean("a"),
        lambda table: table.table("a"),
        lambda table: table.tables("a", 3),
        TypeTable.close,
    )
    for take in takes:
        with suppress(TrustError):
            take(TypeTable(entries, "x"))
