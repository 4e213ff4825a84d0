"""Licence identifiers and holder codes: every slip of one character is caught, and nothing but our error escapes."""

from __future__ import annotations

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from esign.licence.identifier import compose_identifier, parse_identifier
from tests.support.examples import scaled
from trustkit.encoding.check_characters import (
    citizen_id_check_character,
    organisation_check_character,
    uscc_check_character,
)
from trustkit.encoding.holder_codes import (
    parse_citizen_id,
    parse_uscc,
)
from trustkit.errors import TrustError

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
TODAY = date(2026, 11, 24)
BORN = st.dates(date(1900, 1, 1), TODAY)


def _uscc(head: str, organisation: str) -> str:
    body = head + organisation + organisation_check_character(organisation)
    return body + uscc_check_character(body)


USCC = st.builds(
    _uscc,
    st.from_regex(r"[1-9A-HJ-NPQRTUWXY][1-9][0-9]{6}", fullmatch=True),
    st.text(USCC_ALPHABET, min_size=8, max_size=8),
)
IDENTIFIER = st.builds(
    lambda authority, kind, issuer, serial, version: compose_identifier(
        type_code=f"{authority}{kind:03d}", issuer=issuer, serial=serial, version=version
    ),
    USCC,
    st.integers(0, 999),
    USCC,
    st.text(ALPHABET, min_size=1, max_size=64),
    st.integers(1, 999),
)


@settings(max_examples=scaled(100), deadline=None)
@given(IDENTIFIER, st.data())
def test_every_identifier_round_trips_and_no_change_of_one_character_passes(
    identifier: object, data: st.DataObject
) -> None:
    text = str(identifier)
    assert parse_identifier(text) == identifier
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.sampled_from((ALPHABET + ". -Ａ").replace(text[place], "")))  # a dot for a dot changes nothing
    with pytest.raises(TrustError):
        parse_identifier(text[:place] + other + text[place + 1 :])


@settings(max_examples=scaled(150), deadline=None)
@given(USCC, st.data())
def test_no_uscc_with_one_character_changed_passes(code: str, data: st.DataObject) -> None:
    assert parse_uscc(code).text == code
    place = data.draw(st.integers(0, 17))
    other = data.draw(st.sampled_from(ALPHABET.replace(code[place], "")))
    with pytest.raises(TrustError):
        parse_uscc(code[:place] + other + code[place + 1 :])


@settings(max_examples=scaled(150), deadline=None)
@given(st.integers(100000, 999999), BORN, st.integers(0, 999), st.data())
def test_no_citizen_id_with_one_character_changed_passes(
    area: int, born: date, order: int, data: st.DataObject
) -> None:
    body = f"{area}{born:%Y%m%d}{order:03d}"
    number = body + citizen_id_check_character(body)
    assert parse_citizen_id(number, today=TODAY).born == born
    place = data.draw(st.integers(0, 17))
    other = data.draw(st.sampled_from("0123456789X".replace(number[place], "")))
    with pytest.raises(TrustError):
        parse_citizen_id(number[:place] + other + number[place + 1 :], today=TODAY)


@settings(max_examples=scaled(200), deadline=None)
@given(
    st.one_of(st.text(max_size=200), st.text(ALPHABET + ".", max_size=100), st.from_regex(r"1\.2\.156\.3005\.2\..*"))
)
def test_strange_texts_raise_our_error_alone(text: str) -> None:
    for parse in (parse_identifier, parse_uscc, lambda value: parse_citizen_id(value, today=TODAY)):
        with suppress(TrustError):
            parse(text)
