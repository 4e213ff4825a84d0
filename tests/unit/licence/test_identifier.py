from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from esign.licence.identifier import IdentifierFinding, compose_identifier, parse_identifier, shandong_character
from tests.support.testdata import outside
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from trustkit.error_family import Code

# Identifiers of real licences from four provinces; they pass.
REAL = (
    "1.2.156.3005.2.11100000000013338W009.11330105002500287C.2025052201.002.0",
    "1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U",
    "1.2.156.3005.2.11100000000013338W032.11220000013544541J.2430599.001.F",
)
AREA_ISSUER = "1.2.156.3005.2.11100000MB03271699022.340100.000000016.001.9"
# Real too, with the check character of another routine; the standard's would be D and W.
SHANDONG = (
    "1.2.156.3005.2.11100000000013661B006.113700000045046442.209FA4E88F9E4C878F3E9BED2CE7EA49.001.M",
    "1.2.156.3005.2.11100000MB03271699022.11370000MB2852565A.301213AF0610489FBEC46E8AB9C5C25F.001.T",
)
TYPE, ISSUER = "11100000MB0143028R001", "1199010000TRYQK01Q"


@pytest.mark.parametrize("text", REAL)
def test_real_identifiers_pass_and_are_composed_alike(text: str) -> None:
    identifier = parse_identifier(text)
    assert identifier.text == str(identifier) == text
    assert identifier.findings == ()
    composed = compose_identifier(
        type_code=identifier.type_code,
        issuer=identifier.issuer,
        serial=identifier.serial,
        version=identifier.version,
    )
    assert composed == identifier


def test_an_area_code_as_issuer_is_reported() -> None:
    identifier = parse_identifier(AREA_ISSUER)
    assert identifier.text == AREA_ISSUER
    assert identifier.findings == (IdentifierFinding.ISSUER_AREA_CODE,)


def test_codes_that_fail_their_own_check_are_reported() -> None:
    # The check character of the whole is right, those of both codes inside are not.
    text = "1.2.156.3005.2.11100000MB0143028X001.11330105002500287X.1.001."
    found = [parse_identifier(text + c) for c in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ" if _passes(text + c)]
    assert [item.findings for item in found] == [(IdentifierFinding.TYPE_AUTHORITY_CODE, IdentifierFinding.ISSUER_CODE)]


def _passes(text: str) -> bool:
    try:
        parse_identifier(text)
    except TrustError:
        return False
    return True


@pytest.mark.parametrize(("text", "standard"), [(SHANDONG[0], "D"), (SHANDONG[1], "W")])
def test_the_shandong_routine_is_refused_and_named(text: str, standard: str) -> None:
    with pytest.raises(TrustError, match=r"wrong check character \(matches the Shandong routine\)") as caught:
        parse_identifier(text)
    assert caught.value.code is ErrorCode.LICENCE_IDENTIFIER
    assert caught.value.facts["routine"] == "shandong"
    assert parse_identifier(text[:-1] + standard).findings == ()


def test_shandong_character_carries_as_observed() -> None:
    assert [shandong_character(text.removeprefix("1.2.156.3005.2.")[:-2].replace(".", "")) for text in SHANDONG] == [
        "M",
        "T",
    ]


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "root"),
        ("x" * 161, "whole"),
        (REAL[0][:-1] + "1", "check"),
        (REAL[0][:-1], "check"),
        (REAL[0] + "0", "check"),
        (REAL[0] + "\n", "check"),
        (REAL[0].replace("1.2.156.3005.2.", "1.2.156.3005.3."), "root"),
        (REAL[0] + ".1", "whole"),
        (REAL[0].replace("W009", "W09"), "type"),
        (REAL[0].replace("W009", "W00A"), "type"),
        (REAL[0].replace("11330105002500287C", "1133010500250028"), "issuer"),
        (REAL[0].replace("2025052201", ""), "serial"),
        (REAL[0].replace("2025052201", "2025-05"), "serial"),
        (REAL[0].replace("2025052201", "2" * 65), "serial"),
        (REAL[0].replace("002.0", "2.0"), "version"),
        (REAL[0].lower(), "type"),
    ],
)
def test_refused(text: str, part: str) -> None:
    with pytest.raises(TrustError) as caught:
        parse_identifier(text)
    assert caught.value.code is ErrorCode.LICENCE_IDENTIFIER
    assert caught.value.facts["part"] == part


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"type_code": TYPE[:-1]}, ErrorCode.LICENCE_IDENTIFIER),
        ({"type_code": "11100000MB0143028X001"}, ErrorCode.HOLDER_CODE),
        ({"issuer": "340100"}, ErrorCode.LICENCE_IDENTIFIER),
        ({"issuer": "11330105002500287X"}, ErrorCode.HOLDER_CODE),
        ({"serial": ""}, ErrorCode.LICENCE_IDENTIFIER),
        ({"serial": "a1"}, ErrorCode.LICENCE_IDENTIFIER),
        ({"version": 0}, ErrorCode.LICENCE_IDENTIFIER),
        ({"version": 1000}, ErrorCode.LICENCE_IDENTIFIER),
    ],
)
def test_nothing_odd_is_composed(change: dict[str, str | int], code: Code) -> None:
    parts: dict[str, str | int] = {"type_code": TYPE, "issuer": ISSUER, "serial": "1", "version": 1, **change}
    with pytest.raises(TrustError) as caught:
        compose_identifier(**parts)  # type: ignore[arg-type] # one table for parts of both types
    assert caught.value.code is code


def test_outside_identifiers_get_their_verdict() -> None:
    rows = json.loads(outside("licence-ids/ids.json").read_text("utf-8"))
    assert rows
    for row in rows:
        expected = row["expected"]
        if expected.startswith("invalid"):
            with pytest.raises(TrustError):
                parse_identifier(row["id"])
        else:
            findings = parse_identifier(row["id"]).findings
            assert (IdentifierFinding.ISSUER_AREA_CODE in findings) == ("area code" in expected)
