from __future__ import annotations

import pytest

from esign.licence.amount import parse_amount


@pytest.mark.parametrize(
    ("text", "numerals"),
    [
        ("CNY 10000000.00", "壹仟万元整"),
        ("CNY 10000000", "壹仟万元整"),
        ("CNY 0", "零元整"),
        ("CNY 10", "壹拾元整"),
        ("CNY 1001", "壹仟零壹元整"),
        ("CNY 100050", "壹拾万零伍拾元整"),
        ("CNY 1001000", "壹佰万壹仟元整"),
        ("CNY 10010001", "壹仟零壹万零壹元整"),
        ("CNY 100000000", "壹亿元整"),
        ("CNY 100010000", "壹亿零壹万元整"),
        ("CNY 1000000001", "壹拾亿零壹元整"),
        ("CNY 1000000000001", "壹万亿零壹元整"),
        ("CNY 10000100000000", "壹拾万零壹亿元整"),
        ("CNY 99999999999999", "玖拾玖万玖仟玖佰玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元整"),
        ("CNY 1.50", "壹元伍角整"),
        ("CNY 100.05", "壹佰元零伍分"),
        ("CNY 20300.45", "贰万零叁佰元肆角伍分"),
        ("CNY 0.05", "伍分"),
        ("CNY 0.50", "伍角整"),
        ("USD 5000000.00", "伍佰万美元"),
        ("HKD 0", "零港元"),
        ("EUR 1234.50", "欧元1,234.50"),
    ],
)
def test_numerals(text: str, numerals: str) -> None:
    assert parse_amount(text).numerals == numerals


def test_an_amount_is_kept_in_one_form() -> None:
    assert str(parse_amount("CNY 10000000")) == "CNY 10000000.00"
    assert parse_amount(str(parse_amount("USD 0.05"))) == parse_amount("USD 0.05")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "10000000",
        "CNY10000000",
        "CNY -1",
        "CNY 01",
        "CNY 1.5",
        "CNY 1,000",
        "CNY 1.00 ",
        "cny 1",
        "XXX 1",
        "CNY １",
        "CNY 999999999999999",
        "CNY 1e3",
        "CNY nan",
    ],
)
def test_refused(text: str) -> None:
    with pytest.raises(ValueError, match="an amount is written like"):
        parse_amount(text)
