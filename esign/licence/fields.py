"""The formats of licence fields: how a value in a data file is read, kept in metadata, and shown on the page.

A refusal tells the rule and never the value: it may be personal data.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import date
from enum import StrEnum, unique
from typing import Final

from esign.licence.amount import parse_amount
from trustkit.encoding.holder_codes import parse_citizen_id, parse_uscc
from trustkit.errors import ErrorCode, TrustError

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


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldText:
    """One value in its two forms: `kept` in the metadata, `shown` on the page."""

    kept: str
    shown: str


def read_field(form: FieldFormat, text: str, *, today: date) -> FieldText:
    """Return a value in both its forms.

    Raises:
        TrustError: LICENCE_DATA or, for a code of a holder, HOLDER_CODE; the detail is the rule that is broken.
    """
    if not text or text != text.strip():
        raise _refused("empty, or with a space at an end")
    if any(unicodedata.category(character) in _REFUSED for character in text):
        raise _refused("a control, invisible, private or unassigned character")
    match form:
        case FieldFormat.TEXT:
            return FieldText(kept=text, shown=text)
        case FieldFormat.USCC:
            return FieldText(kept=parse_uscc(text).text, shown=text)
        case FieldFormat.CITIZEN_ID:
            return FieldText(kept=parse_citizen_id(text, today=today).text, shown=text)
        case FieldFormat.DATE:
            return _date(text)
        case FieldFormat.DATE_OR_OPEN:
            return FieldText(kept=text, shown=text) if text == OPEN_ENDED else _date(text)
        case FieldFormat.MONEY:
            return _money(text)


def shown_date(day: date) -> str:
    """Return a date as a licence shows it: 2026年03月01日."""
    return f"{day.year}年{day.month:02d}月{day.day:02d}日"


def _date(text: str) -> FieldText:
    try:
        day = date.fromisoformat(text) if len(text) == _ISO_LENGTH else None
    except ValueError:
        day = None
    if day is None or day.isoformat() != text or not EARLIEST <= day < LATEST:
        raise _refused("a date is written like 2026-11-24, from 1900 to 2199")
    return FieldText(kept=text, shown=shown_date(day))


def _money(text: str) -> FieldText:
    try:
        amount = parse_amount(text)
    except ValueError as error:
        raise _refused("an amount is written like CNY 10000000.00, in a currency of the list") from error
    return FieldText(kept=str(amount), shown=amount.numerals)


def _refused(detail: str) -> TrustError:
    return TrustError(ErrorCode.LICENCE_DATA, detail)
