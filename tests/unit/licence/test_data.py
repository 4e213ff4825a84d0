from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from esign.licence.data import read_licence_data
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from datetime import datetime

    from esign.licence.types import LicenceType
    from trustkit.error_family import Code


def _with(sample: bytes, **changes: object) -> bytes:
    tree: dict[str, Any] = json.loads(sample) | changes
    return json.dumps({key: value for key, value in tree.items() if value is not None}).encode()


def test_the_sample_is_read_and_says_that_it_is_invented(kind: LicenceType, sample: bytes, now: datetime) -> None:
    assert "Invented" in json.loads(sample)["$comment"]
    data = read_licence_data(kind, sample, today=now.date())
    assert [value.rule.key for value in data.values] == [rule.key for rule in kind.fields]
    assert data.kept("CZZT") == data.shown("name") == "示例市云杉信息技术有限公司"
    assert data.kept("KZ_ZCZB") == "CNY 10000000.00"
    assert data.shown("registered_capital") == "壹仟万元整"
    assert data.kept("ZZYXQJZRQ") == "长期"
    assert data.kept("KZ_NIX") is data.shown("nix") is None
    assert "云杉" not in repr(data)


def test_optional_fields_may_be_absent(kind: LicenceType, sample: bytes, now: datetime) -> None:
    octets = _with(sample, registered_capital=None, term_start=None, term_end=None)
    data = read_licence_data(kind, octets, today=now.date())
    assert data.shown("registered_capital") is None


@pytest.mark.parametrize(
    ("changes", "code", "told"),
    [
        ({"name": None}, ErrorCode.LICENCE_DATA, "name: missing"),
        ({"name": 7}, ErrorCode.LICENCE_DATA, "name: a text in quotation marks is wanted"),
        ({"name": ""}, ErrorCode.LICENCE_DATA, "name: empty"),
        ({"name": "秘密" * 51}, ErrorCode.LICENCE_DATA, "name: longer than 100 characters"),
        ({"name": "秘密\u202e"}, ErrorCode.LICENCE_DATA, "name: a control, invisible"),
        ({"colour": "秘密"}, ErrorCode.LICENCE_DATA, "colour: no such field"),
        ({"张秘密": "x"}, ErrorCode.LICENCE_DATA, "(a key): no such field"),
        ({"credit_code": "91990100MA7TRYQ01J"}, ErrorCode.HOLDER_CODE, "credit_code: wrong check character"),
        ({"credit_code": "91990100MA7TRYQ01J", "name": None}, ErrorCode.LICENCE_DATA, "name: missing"),
        ({"established_on": "2019-13-01"}, ErrorCode.LICENCE_DATA, "established_on: a date is written like"),
        ({"registered_capital": "10"}, ErrorCode.LICENCE_DATA, "registered_capital: an amount is written like"),
        ({"term_end": "2019-02-28"}, ErrorCode.LICENCE_DATA, "term_end: before its start"),
    ],
)
def test_refused_by_field_and_rule_without_values(  # noqa: PLR0917 - fixtures and a table
    kind: LicenceType, sample: bytes, now: datetime, changes: dict[str, object], code: Code, told: str
) -> None:
    with pytest.raises(TrustError) as caught:
        read_licence_data(kind, _with(sample, **changes), today=now.date())
    assert caught.value.code is code
    assert told in caught.value.detail
    assert "秘密" not in str(caught.value)
    assert "91990100MA7TRYQ01" not in str(caught.value)


def test_all_faults_are_told_at_once(kind: LicenceType, now: datetime) -> None:
    with pytest.raises(TrustError) as caught:
        read_licence_data(kind, b"{}", today=now.date())
    assert caught.value.facts == {"field": "credit_code", "faults": 7}
    assert caught.value.detail.count("missing") == 7


@pytest.mark.parametrize(
    ("octets", "code"),
    [
        (b"", ErrorCode.JSON_MALFORMED),
        (b"[]", ErrorCode.LICENCE_DATA),
        (b'{"name": "a", "name": "b"}', ErrorCode.JSON_DUPLICATE_KEY),
        (b'{"name": [[[[[]]]]]}', ErrorCode.JSON_DEPTH),
        (b" " * (256 * 1024 + 1), ErrorCode.INPUT_TOO_LARGE),
    ],
)
def test_what_is_no_data_file(kind: LicenceType, now: datetime, octets: bytes, code: Code) -> None:
    with pytest.raises(TrustError) as caught:
        read_licence_data(kind, octets, today=now.date())
    assert caught.value.code is code
