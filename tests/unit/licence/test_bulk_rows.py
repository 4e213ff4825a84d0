"""Files of many licences: both forms, the limits, and what is said of a row that cannot be one."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

import pytest

from esign.licence import bulk_rows
from esign.licence.bulk_check import check_rows
from esign.licence.bulk_rows import parse_bulk_rows
from esign.licence.metadata import issue_date
from esign.rendering.fonts import find_fonts
from trustkit.errors import TrustError

if TYPE_CHECKING:
    from datetime import datetime

    from esign.licence.types import LicenceType
    from trustkit.identity import Organisation


def _table(*rows: list[str]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode("utf-8")


def test_a_table_and_lines_of_json_say_the_same(sample: bytes) -> None:
    fields = json.loads(sample)
    note = fields.pop("$comment")
    table = b"\xef\xbb\xbf" + _table([*fields, "empty"], [*fields.values(), " "])
    lines = json.dumps({"$comment": note, **fields}).encode() + b"\n\n" + json.dumps(fields, indent=None).encode()
    (first,), (second, third) = parse_bulk_rows(table), parse_bulk_rows(lines)
    assert first.data == second.data == third.data
    assert (first.number, second.number, third.number) == (2, 1, 3)
    assert json.loads(first.data) == fields


@pytest.mark.parametrize(
    ("octets", "code"),
    [
        (b"", "esign:licence-rows:malformed"),
        (b"name\r\n", "esign:licence-rows:malformed"),
        (b"name,name\r\na,b\r\n", "esign:licence-rows:malformed"),
        (b"name,\r\na,b\r\n", "esign:licence-rows:malformed"),
        (b'name\r\n"a', "esign:licence-rows:malformed"),
        (b'name\r\n"a"b\r\n', "esign:licence-rows:malformed"),
        ("名称\r\n甲\r\n".encode("gb18030"), "esign:licence-rows:malformed"),
        (",".join(map(str, range(65))).encode(), "esign:licence-rows:malformed"),
        (b"a\r\n" + b"1\r\n" * 4, "app:input:too-large"),
        (b"a\r\n" + b"1" * 2000, "app:input:too-large"),
    ],
)
def test_what_is_no_file_of_rows(octets: bytes, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk_rows, "MAX_ROWS", 3)
    monkeypatch.setattr(bulk_rows, "MAX_ROWS_SIZE", 1000)
    with pytest.raises(TrustError) as caught:
        parse_bulk_rows(octets)
    assert caught.value.code.value == code


def test_each_row_is_told_by_itself_and_no_value_is(
    kind: LicenceType, sample: bytes, issuer: Organisation, now: datetime
) -> None:
    good = json.loads(sample)
    rows = [
        good,
        {**good, "credit_code": "91990100MA7TRYQ01X"},
        {**good, "$comment": "the first again"},
        {key: value for key, value in good.items() if key != "name"},
        {**good, "legal_representative": "秘密\ue000"},
        [good],
    ]
    octets = b"\n".join([*(json.dumps(row).encode() for row in rows), b'{"name": "a", "name": "b"}'])
    faults = check_rows(kind, parse_bulk_rows(octets), issuer=issuer, fonts=find_fonts(), today=issue_date(now))
    assert [(each.row, each.field, each.code.value) for each in faults] == [
        (2, "credit_code", "esign:holder:code"),
        (3, "", "esign:licence-rows:twice"),
        (4, "name", "esign:licence:data"),
        (5, "legal_representative", "esign:licence:data"),
        (6, "", "esign:licence:data"),
        (7, "", "encoding:json:duplicate-key"),
    ]
    told = repr(faults)
    for secret in ("秘密", "91990100", "示例市"):
        assert secret not in told
