from __future__ import annotations

import hashlib
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trustkit.audit.personal_data import require_impersonal
from trustkit.errors import ErrorCode, TrustError

# Made up by the algorithm of GB 11643 for regions and dates nobody need have.
REFUSED = (
    "11010519491231002X",
    "11010519491231002x",
    "id:11010519491231002X",
    "id11010519491231002X;",
    "440524188001010014",
    "13812345678",
    "+8613812345678",
    "86-138-1234-5678",
    "138 1234 5678",
    "tel13812345678",
    "clerk@example.cn",
    "mailto:clerk.one@mail.example.gov.cn",
)
ACCEPTED = (
    "",
    "110105194912310021",  # wrong check digit
    "110105194913310024",  # no such month
    "010105194912310027",  # no such region
    "911101051234567890123",  # longer than an id
    "91370100MA3C12345X",  # a unified social credit code
    "1.2.156.3005.2.11100000000013338W001.11100000000013127D.SX2026000001.001.Q",
    "23812345678",
    "12812345678",
    "138123456789",
    "2026-12-01T00:00:00Z",
    "business-licence",
    "clerk@host",
)


@pytest.mark.parametrize("text", REFUSED)
def test_refuses_the_forms_of_personal_data_without_repeating_them(text: str) -> None:
    with pytest.raises(TrustError) as caught:
        require_impersonal("object_id", text)
    assert caught.value.code is ErrorCode.AUDIT_PERSONAL_DATA
    assert caught.value.facts == {"at": "object_id"}
    assert text not in str(caught.value)


@pytest.mark.parametrize("text", ACCEPTED)
def test_lets_codes_pass(text: str) -> None:
    require_impersonal("object_id", text)


@given(st.binary(max_size=64))
def test_never_takes_a_digest_for_a_person(data: bytes) -> None:
    require_impersonal("fact", hashlib.sha256(data).hexdigest())


@given(
    region=st.integers(100000, 899999),
    born=st.dates(min_value=date(1900, 1, 1), max_value=date(2099, 12, 31)),
    order=st.integers(0, 999),
    before=st.text(alphabet="abc:/-", max_size=5),
)
def test_finds_every_citizen_id(region: int, born: date, order: int, before: str) -> None:
    body = f"{region}{born:%Y%m%d}{order:03d}"
    weights = [pow(2, 17 - place, 11) for place in range(17)]  # GB 11643: 2^(i-1) mod 11 from the right
    total = sum(weight * int(digit) for weight, digit in zip(weights, body, strict=True))
    check = next(mark for value, mark in enumerate("0123456789X") if (total + value) % 11 == 1)
    with pytest.raises(TrustError):
        require_impersonal("fact", before + body + check)


@given(st.text(max_size=200))
def test_only_refuses_or_passes(text: str) -> None:
    try:
        require_impersonal("fact", text)
    except TrustError as error:
        assert error.code is ErrorCode.AUDIT_PERSONAL_DATA  # noqa: PT017 - both ways are right
