from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from esign.licence.fields import FieldFormat, FieldText, read_field
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from trustkit.error_family import Code

TODAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("form", "text", "kept", "shown"),
    [
        (FieldFormat.TEXT, "示例市云杉信息技术有限公司", None, None),
        (FieldFormat.TEXT, "Spruce (Sample) Co., Ltd. · 云杉", None, None),
        (FieldFormat.USCC, "91990100MA7TRYQ01H", None, None),
        (FieldFormat.CITIZEN_ID, "11010519491231002X", None, None),
        (FieldFormat.DATE, "2019-03-01", None, "2019年03月01日"),
        (FieldFormat.DATE_OR_OPEN, "2039-02-28", None, "2039年02月28日"),
        (FieldFormat.DATE_OR_OPEN, "长期", None, None),
        (FieldFormat.MONEY, "CNY 10000000", "CNY 10000000.00", "壹仟万元整"),
    ],
)
def test_read(form: FieldFormat, text: str, kept: str | None, shown: str | None) -> None:
    assert read_field(form, text, today=TODAY) == FieldText(kept=kept or text, shown=shown or text)


@pytest.mark.parametrize(
    ("form", "text", "code"),
    [
        (FieldFormat.TEXT, "", ErrorCode.LICENCE_DATA),
        (FieldFormat.TEXT, " 示例", ErrorCode.LICENCE_DATA),
        (FieldFormat.TEXT, "示例\u3000", ErrorCode.LICENCE_DATA),
        (FieldFormat.TEXT, "示\n例", ErrorCode.LICENCE_DATA),
        (FieldFormat.TEXT, "示\0例", ErrorCode.LICENCE_DATA),
        (FieldFormat.TEXT, "示\u200b例", ErrorCode.LICENCE_DATA),
        (FieldFormat.TEXT, "示\u202e例", ErrorCode.LICENCE_DATA),
        (FieldFormat.TEXT, "示\u2028例", ErrorCode.LICENCE_DATA),
        (FieldFormat.TEXT, "示\ue000例", ErrorCode.LICENCE_DATA),
        (FieldFormat.TEXT, "示\ud800例", ErrorCode.LICENCE_DATA),
        (FieldFormat.TEXT, "示\u0378例", ErrorCode.LICENCE_DATA),
        (FieldFormat.USCC, "91990100MA7TRYQ01J", ErrorCode.HOLDER_CODE),
        (FieldFormat.CITIZEN_ID, "110105194912310021", ErrorCode.HOLDER_CODE),
        (FieldFormat.DATE, "2019-02-29", ErrorCode.LICENCE_DATA),
        (FieldFormat.DATE, "20190301", ErrorCode.LICENCE_DATA),
        (FieldFormat.DATE, "2019-W09-5", ErrorCode.LICENCE_DATA),
        (FieldFormat.DATE, "2019年3月1日", ErrorCode.LICENCE_DATA),
        (FieldFormat.DATE, "1899-12-31", ErrorCode.LICENCE_DATA),
        (FieldFormat.DATE, "2200-01-01", ErrorCode.LICENCE_DATA),
        (FieldFormat.DATE, "长期", ErrorCode.LICENCE_DATA),
        (FieldFormat.DATE_OR_OPEN, "永久", ErrorCode.LICENCE_DATA),
        (FieldFormat.MONEY, "1000 元", ErrorCode.LICENCE_DATA),
    ],
)
def test_refused_without_the_value(form: FieldFormat, text: str, code: Code) -> None:
    with pytest.raises(TrustError) as caught:
        read_field(form, text, today=TODAY)
    assert caught.value.code is code
    assert not text or text not in str(caught.value)
