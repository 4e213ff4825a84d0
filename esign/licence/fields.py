"""The formats of licence fields: how a value in a data file is read, kept in metadata, and shown on the page.

A refusal tells the rule and never the value: it may be personal data.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from enum import StrEnum, unique
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from esign.licence.amount import parse_amount
from esign.licence.text_lists import LEGAL, NATURAL, parse_holder_list, parse_pairs
from trustkit.encoding.check_characters import uscc_problem
from trustkit.encoding.holder_codes import parse_citizen_id, parse_uscc
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

OPEN_ENDED: Final = "长期"
EARLIEST: Final = date(1900, 1, 1)  # a licence of today names no earlier date
LATEST: Final = date(2200, 1, 1)
_ISO_LENGTH: Final = 10  # fromisoformat also takes 20261124 and week dates, which we do not
# Controls, invisible formatting (it can reorder what is read), surrogates, private and unassigned characters, and line
# separators: none of them can be compared by eye with a paper.
_REFUSED: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


@unique
class FieldFormat(StrEnum):
    """What a field holds."""

    TEXT = "text"
    USCC = "uscc"  # GB 32100
    CITIZEN_ID = "citizen-id"  # GB 11643
    DATE = "date"  # 2026-11-24
    DATE_OR_OPEN = "date-or-open"  # the same, or 长期
    MONEY = "money"  # CNY 10000000.00
    PAST_DATE = "past-date"  # a date that is not after today
    TIME = "time"  # 08:15
    CHOICE = "choice"  # one of the field's choices
    WHOLE_NUMBER = "whole-number"  # 3250
    DECIMAL = "decimal"  # 89.50
    BIRTH_NUMBER = "birth-number"  # of a birth certificate: a letter and nine digits
    HOLDER_TYPE = "holder-type"  # 001 or 111 (GB/T 36903 annex A): which code the holder has
    HOLDER_CODE = "holder-code"  # a unified social credit code or a citizen identity number
    HOLDERS = "holders"  # NAME | TYPE | CODE | SHARE; NAME | …
    PAIRS = "pairs"  # LABEL | VALUE; LABEL | …


# What the holder's code is, by its type (GB/T 36903 annex A).
HOLDER_TYPES: Final = MappingProxyType({LEGAL: "统一社会信用代码", NATURAL: "公民身份号码"})
# Formats that are a form and nothing more, with what a refusal says of them.
FORMS: Final = MappingProxyType(
    {
        FieldFormat.WHOLE_NUMBER: (re.compile(r"0|[1-9][0-9]{0,11}"), "a whole number is written like 3250"),
        FieldFormat.DECIMAL: (re.compile(r"(?:0|[1-9][0-9]{0,11})(?:\.[0-9]{1,4})?"), "a number is written like 89.50"),
        FieldFormat.TIME: (re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]"), "a time is written like 08:15"),
        FieldFormat.BIRTH_NUMBER: (re.compile(r"[A-Z][0-9]{9}"), "a capital letter and nine digits"),
        FieldFormat.HOLDER_TYPE: (re.compile("|".join(HOLDER_TYPES)), f"one of {', '.join(HOLDER_TYPES)}"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldText:
    """One value in its two forms: `kept` in the metadata, `shown` on the page, in `rows` where a page sets it as a table."""

    kept: str
    shown: str
    rows: tuple[tuple[str, str], ...] = ()


def read_field(form: FieldFormat, text: str, *, today: date) -> FieldText:
    """Return a value in both its forms.

    Raises:
        TrustError: LICENCE_DATA or, for a code of a holder, HOLDER_CODE; the detail is the rule that is broken.
    """
    if not text or text != text.strip():
        raise _refused("empty, or with a space at an end")
    if any(unicodedata.category(character) in _REFUSED for character in text):
        raise _refused("a control, invisible, private or unassigned character")
    return _READERS[form](text, today)


def shown_date(day: date) -> str:
    """Return a date as a licence shows it: 2026年03月01日."""
    return f"{day.year}年{day.month:02d}月{day.day:02d}日"


def _plain(text: str, _today: date) -> FieldText:
    return FieldText(kept=text, shown=text)


def _uscc(text: str, _today: date) -> FieldText:
    return FieldText(kept=parse_uscc(text).text, shown=text)


def _citizen_id(text: str, today: date) -> FieldText:
    return FieldText(kept=parse_citizen_id(text, today=today).text, shown=text)


def _holder_code(text: str, today: date) -> FieldText:
    """Read the code of either kind; the holder's type, another field, says which it has to be."""
    return _citizen_id(text, today) if uscc_problem(text) is not None else FieldText(kept=text, shown=text)


def _date(text: str, _today: date) -> FieldText:
    try:
        day = date.fromisoformat(text) if len(text) == _ISO_LENGTH else None
    except ValueError:
        day = None
    if day is None or day.isoformat() != text or not EARLIEST <= day < LATEST:
        raise _refused("a date is written like 2026-11-24, from 1900 to 2199")
    return FieldText(kept=text, shown=shown_date(day))


def _date_or_open(text: str, today: date) -> FieldText:
    return FieldText(kept=text, shown=text) if text == OPEN_ENDED else _date(text, today)


def _past_date(text: str, today: date) -> FieldText:
    found = _date(text, today)
    if text > today.isoformat():
        raise _refused("a day that has not come yet")
    return found


def _money(text: str, _today: date) -> FieldText:
    try:
        amount = parse_amount(text)
    except ValueError as error:
        raise _refused("an amount is written like CNY 10000000.00, in a currency of the list") from error
    return FieldText(kept=str(amount), shown=amount.numerals)


def _of_form(form: FieldFormat) -> Callable[[str, date], FieldText]:
    pattern, rule = FORMS[form]

    def read(text: str, _today: date) -> FieldText:
        if not pattern.fullmatch(text):
            raise _refused(rule)
        return FieldText(kept=text, shown=HOLDER_TYPES.get(text, text) if form is FieldFormat.HOLDER_TYPE else text)

    return read


def _holders(text: str, today: date) -> FieldText:
    holders = parse_holder_list(text, today=today)
    return FieldText(
        kept="; ".join(str(each) for each in holders),
        shown="、".join(each.shown for each in holders),
        rows=tuple((each.name, each.share) for each in holders),
    )


def _pairs(text: str, _today: date) -> FieldText:
    pairs = parse_pairs(text)
    kept = "; ".join(" | ".join(pair) for pair in pairs)
    return FieldText(kept=kept, shown="；".join(f"{label}：{value}" for label, value in pairs), rows=pairs)


def _refused(detail: str) -> TrustError:
    return TrustError(ErrorCode.LICENCE_DATA, detail)


_READERS: Final[Mapping[FieldFormat, Callable[[str, date], FieldText]]] = MappingProxyType(
    {
        FieldFormat.TEXT: _plain,
        FieldFormat.CHOICE: _plain,
        FieldFormat.USCC: _uscc,
        FieldFormat.CITIZEN_ID: _citizen_id,
        FieldFormat.HOLDER_CODE: _holder_code,
        FieldFormat.DATE: _date,
        FieldFormat.DATE_OR_OPEN: _date_or_open,
        FieldFormat.PAST_DATE: _past_date,
        FieldFormat.MONEY: _money,
        FieldFormat.HOLDERS: _holders,
        FieldFormat.PAIRS: _pairs,
        **{form: _of_form(form) for form in FORMS},
    }
)
