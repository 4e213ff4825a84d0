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
        (FieldFormat.PAST_DATE, "2026-11-24", None, "2026年11月24日"),
        (FieldFormat.TIME, "08:15", None, None),
        (FieldFormat.WHOLE_NUMBER, "3250", None, None),
        (FieldFormat.DECIMAL, "98.65", None, None),
        (FieldFormat.BIRTH_NUMBER, "Z990100001", None, None),
        (FieldFormat.HOLDER_TYPE, "111", None, "公民身份号码"),
        (FieldFormat.HOLDER_CODE, "91990100MA7TRYQ01H", None, None),
        (FieldFormat.HOLDER_CODE, "11010519491231002X", None, None),
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
        (FieldFormat.PAST_DATE, "2026-11-25", ErrorCode.LICENCE_DATA),
        (FieldFormat.TIME, "24:00", ErrorCode.LICENCE_DATA),
        (FieldFormat.TIME, "07:75", ErrorCode.LICENCE_DATA),
        (FieldFormat.WHOLE_NUMBER, "03", ErrorCode.LICENCE_DATA),
        (FieldFormat.WHOLE_NUMBER, "-3", ErrorCode.LICENCE_DATA),
        (FieldFormat.WHOLE_NUMBER, "٣", ErrorCode.LICENCE_DATA),
        (FieldFormat.DECIMAL, "1,5", ErrorCode.LICENCE_DATA),
        (FieldFormat.BIRTH_NUMBER, "z990100001", ErrorCode.LICENCE_DATA),
        (FieldFormat.HOLDER_TYPE, "999", ErrorCode.LICENCE_DATA),
        (FieldFormat.HOLDER_CODE, "91990100MA7TRYQ01J", ErrorCode.HOLDER_CODE),
        (FieldFormat.HOLDERS, "张甲乙 | 111", ErrorCode.LICENCE_DATA),
        (FieldFormat.HOLDERS, "张甲乙 | 999 | 11010519491231002X", ErrorCode.LICENCE_DATA),
        (FieldFormat.HOLDERS, "张甲乙 | 001 | 11010519491231002X", ErrorCode.HOLDER_CODE),
        (FieldFormat.HOLDERS, "张甲乙 | 111 | 11010519491231002X | 1/2", ErrorCode.LICENCE_DATA),
        (FieldFormat.HOLDERS, "张甲乙 | 111 | 11010519491231002X | 1/0", ErrorCode.LICENCE_DATA),
        (FieldFormat.HOLDERS, "张甲乙 | 111 | 11010519491231002X;", ErrorCode.LICENCE_DATA),
        (FieldFormat.PAIRS, "没有值", ErrorCode.LICENCE_DATA),
        (FieldFormat.PAIRS, "标签 | 一; 标签 | 二", ErrorCode.LICENCE_DATA),
        (FieldFormat.PAIRS, "; ".join(f"标{n} | 一" for n in range(25)), ErrorCode.LICENCE_DATA),
    ],
)
def test_refused_without_the_value(form: FieldFormat, text: str, code: Code) -> None:
    with pytest.raises(TrustError) as caught:
        read_field(form, text, today=TODAY)
    assert caught.value.code is code
    assert not text or text not in str(caught.value)


def test_lists_keep_their_rows_and_are_kept_in_one_form() -> None:
    owners = "张示例|111|11010519491231002X|1/3;示例公司 | 001 | 91990100MA7TRYQ01H | 2/3"
    read = read_field(FieldFormat.HOLDERS, owners, today=TODAY)
    assert read.kept == "张示例 | 111 | 11010519491231002X | 1/3; 示例公司 | 001 | 91990100MA7TRYQ01H | 2/3"
    assert read.shown == "张示例 1/3、示例公司 2/3"
    assert read_field(FieldFormat.HOLDERS, read.kept, today=TODAY) == read
    pairs = read_field(FieldFormat.PAIRS, "地点|示例路;面积 | 6平方米", today=TODAY)
    assert (pairs.kept, pairs.rows) == ("地点 | 示例路; 面积 | 6平方米", (("地点", "示例路"), ("面积", "6平方米")))
