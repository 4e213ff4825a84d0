"""What a copy says of itself: written, read back, and refused where it says less or other than it must."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from esign.copies.making import fields_of, page_mark
from esign.copies.model import MEMBER, MOST_TEXT, CopyDemand, CopyTerms, demand_of, purpose_of, recipient_of
from esign.copies.read import read_copy_terms
from esign.licence.data import read_licence_data
from esign.licence.types import load_licence_type
from trustkit.copy_codes import CopyCode
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from trustkit.encoding.canonical_json import JsonValue
    from trustkit.error_family import Code

LICENCES = Path(__file__).parents[3] / "policies" / "licences"
NOW = datetime(2026, 12, 1, tzinfo=UTC)
USCC = "91990100MA7TRYQ01H"
TERMS = CopyTerms(
    number="A" * 16,
    purpose="办理开户",
    recipient=recipient_of(USCC, "示例银行"),
    valid_from=NOW,
    valid_until=NOW + timedelta(days=1),
    authorisation="B" * 16,
    licence_sm3="ab" * 32,
)
PLAIN = st.text(st.characters(categories=["Lu", "Ll", "Nd", "Lo"]), min_size=2, max_size=MOST_TEXT)


@given(
    purpose=PLAIN,
    name=PLAIN,
    begins=st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1)),  # noqa: DTZ001 - in UTC below
    lasts=st.integers(1, 10**7),
)
def test_what_is_written_is_read(purpose: str, name: str, begins: datetime, lasts: int) -> None:
    try:
        recipient, wanted = recipient_of(USCC, name), purpose_of(purpose)
    except TrustError:
        return  # letters that are written in two ways
    start = begins.replace(tzinfo=UTC)
    terms = CopyTerms(
        number="A" * 16,
        purpose=wanted,
        recipient=recipient,
        valid_from=start,
        valid_until=start + timedelta(seconds=lasts),
        authorisation="7" * 16,
        licence_sm3="0" * 64,
    )
    assert read_copy_terms({MEMBER: terms.to_json()}) == terms
    assert terms.purpose in page_mark(terms).heading


def test_a_licence_is_no_copy() -> None:
    assert read_copy_terms({"ZZBS": "1.2"}) is None


@pytest.mark.parametrize(
    "change",
    [
        {"version": 2},
        {"number": "a" * 16},
        {"number": "A" * 15},
        {"number": 7},
        {"authorisation": "0" * 16},
        {"licence_sm3": "AB" * 32},
        {"purpose": "x"},
        {"purpose": None},
        {"purpose": "x" * (MOST_TEXT + 1)},
        {"recipient": "示例银行"},
        {"recipient": {"name": "示例银行"}},
        {"recipient": {"name": "示例银行", "uscc": "91990100MA7TRYQ010"}},
        {"recipient": {"name": "示例\u202e银行", "uscc": USCC}},
        {"valid_from": "2026-12-01"},
        {"valid_from": "2026-12-01T00:00:00+00:00"},
        {"valid_until": "2026-12-01T00:00:00Z"},
        {"more": "x"},
    ],
    ids=str,
)
def test_what_says_less_or_other_is_refused(change: dict[str, JsonValue]) -> None:
    with pytest.raises(TrustError) as refusal:
        read_copy_terms({MEMBER: {**TERMS.to_json(), **change}})
    assert refusal.value.code is CopyCode.COPY_MALFORMED
    said = TERMS.to_json()
    for key in said:
        with pytest.raises(TrustError) as refusal:
            read_copy_terms({MEMBER: {name: value for name, value in said.items() if name != key}})
        assert refusal.value.code is CopyCode.COPY_MALFORMED


@pytest.mark.parametrize("value", [None, [], "copy", 1])
def test_what_is_no_object_is_no_copy_either(value: JsonValue) -> None:
    with pytest.raises(TrustError) as refusal:
        read_copy_terms({MEMBER: value})
    assert refusal.value.code is CopyCode.COPY_MALFORMED


@pytest.mark.parametrize(
    ("recipient", "purpose", "code"),
    [
        ("9", "", ErrorCode.HOLDER_CODE),
        ("", "x", CopyCode.COPY_PURPOSE),
        ("", " 开户", CopyCode.COPY_PURPOSE),
        ("", "开\n户", CopyCode.COPY_PURPOSE),
        ("", "e\u0301e\u0301", CopyCode.COPY_PURPOSE),
    ],
)
def test_what_nobody_can_demand(recipient: str, purpose: str, code: Code) -> None:
    with pytest.raises(TrustError) as refusal:
        demand_of(recipient, purpose)
    assert refusal.value.code is code


def test_demands() -> None:
    assert demand_of("", "") is None
    assert demand_of(USCC, "") == CopyDemand(recipient=USCC)
    assert demand_of("", "开户") == CopyDemand(purpose="开户")
    with pytest.raises(TrustError) as refusal:
        recipient_of(USCC, "行")
    assert refusal.value.code is CopyCode.COPY_RECIPIENT


@pytest.mark.parametrize("name", sorted(each.parent.name for each in LICENCES.glob("*/template.typ")))
def test_what_is_kept_of_a_licence_is_read_as_it_was_typed(name: str) -> None:
    """So the face of a copy says what that of the licence says, field for field."""
    kind = load_licence_type(LICENCES / name)
    typed = read_licence_data(kind, (LICENCES / name / "sample.json").read_bytes(), today=NOW.date())
    record: dict[str, JsonValue] = {value.rule.metadata: value.text.kept for value in typed.values}
    again = json.dumps(fields_of(kind, record), ensure_ascii=False).encode()
    assert read_licence_data(kind, again, today=NOW.date()) == typed
