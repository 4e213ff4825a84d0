from __future__ import annotations

from datetime import date

import pytest

from trustkit.encoding.check_characters import citizen_id_check_character, uscc_check_character
from trustkit.encoding.holder_codes import (
    mask_citizen_id,
    parse_citizen_id,
    parse_uscc,
)
from trustkit.errors import ErrorCode, TrustError

TODAY = date(2026, 11, 24)
# The published example of GB 11643-1999, of a person who never was.
CITIZEN = "11010519491231002X"


# Authorities named in type codes and identifiers of real licences.
@pytest.mark.parametrize(
    "text",
    ["11100000MB0143028R", "1110000000001332XW", "11330105002500287C", "11430000006122244L", "11220000013544541J"],
)
def test_real_codes_pass(text: str) -> None:
    code = parse_uscc(text)
    assert code.text == str(code) == text


def _with_check(body: str) -> str:
    return body + uscc_check_character(body)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", "uscc-length"),
        ("11100000MB0143028", "uscc-length"),
        ("11100000MB0143028RR", "uscc-length"),
        ("11100000mb0143028r", "uscc-characters"),
        ("11100000MB0143O28R", "uscc-characters"),
        ("111000A0MB0143028R", "uscc-characters"),
        ("11100000MB0143028\n", "uscc-characters"),
        ("11100000MB01430２8R", "uscc-characters"),
        ("11100000MB0143028Q", "uscc-check"),
        ("11100000MB0143082R", "uscc-check"),
        (_with_check("11100000MB0143027"), "organisation-check"),
    ],
)
def test_wrong_uscc_is_refused_by_rule_and_never_quoted(text: str, rule: str) -> None:
    with pytest.raises(TrustError) as caught:
        parse_uscc(text)
    assert caught.value.code is ErrorCode.HOLDER_CODE
    assert caught.value.facts["rule"] == rule
    assert not text or text not in str(caught.value)


def test_citizen_id() -> None:
    number = parse_citizen_id(CITIZEN, today=TODAY)
    assert number.text == CITIZEN
    assert number.born == date(1949, 12, 31)
    assert CITIZEN not in repr(number)
    assert str(number) == "11**************2X"


def _citizen(body: str) -> str:
    return body + citizen_id_check_character(body)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("110105491231002", "citizen-id-length"),
        (CITIZEN.lower(), "citizen-id-characters"),
        ("01010519491231002X", "citizen-id-characters"),
        ("1101051949123１002X", "citizen-id-characters"),
        (_citizen("11010519490231002"), "citizen-id-date"),
        (_citizen("11010518991231002"), "citizen-id-date"),
        (_citizen("11010520261125002"), "citizen-id-date"),
        (CITIZEN[:-1] + "0", "citizen-id-check"),
        ("11010519491231003X", "citizen-id-check"),
    ],
)
def test_wrong_citizen_id_is_refused_by_rule_and_never_quoted(text: str, rule: str) -> None:
    with pytest.raises(TrustError) as caught:
        parse_citizen_id(text, today=TODAY)
    assert caught.value.code is ErrorCode.HOLDER_CODE
    assert caught.value.facts["rule"] == rule
    assert text not in str(caught.value)


def test_born_today_is_plausible() -> None:
    assert parse_citizen_id(_citizen("11010520261124002"), today=TODAY).born == TODAY


def test_masks() -> None:
    assert mask_citizen_id(CITIZEN) == "11**************2X"
    assert mask_citizen_id("123") == "***"
