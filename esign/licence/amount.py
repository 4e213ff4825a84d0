"""Amounts of money: read from ``CNY 10000000.00``, written as a licence shows them, 壹仟万元整.

Chinese financial numerals leave no room for an added stroke or digit; a run of zeros is one 零, also between groups of
four digits when the lower group does not fill its places.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

_FORM: Final = re.compile(r"([A-Z]{3}) (0|[1-9][0-9]{0,13})(?:\.([0-9]{2}))?")  # below 100 万亿 of any currency
_DIGITS: Final = "零壹贰叁肆伍陆柒捌玖"
_PLACES: Final = ("仟", "佰", "拾", "")
_GROUPS: Final = ("", "万", "亿", "万亿")
_GROUP: Final = 4
# The currencies of ISO 4217 that foreign investment in China names most; add a line for another.
CURRENCIES: Final = MappingProxyType(
    {
        "CNY": "元",
        "AUD": "澳大利亚元",
        "CAD": "加拿大元",
        "CHF": "瑞士法郎",
        "EUR": "欧元",
        "GBP": "英镑",
        "HKD": "港元",
        "JPY": "日元",
        "KRW": "韩元",
        "MOP": "澳门元",
        "SGD": "新加坡元",
        "TWD": "新台币元",
        "USD": "美元",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """An amount in hundredths of a unit of its currency (ISO 4217 code)."""

    currency: str
    hundredths: int

    def __str__(self) -> str:
        return f"{self.currency} {self.hundredths // 100}.{self.hundredths % 100:02d}"

    @property
    def numerals(self) -> str:
        """The amount in financial numerals, such as 壹仟万元整 or 伍佰万美元."""
        unit = CURRENCIES[self.currency]
        whole, rest = divmod(self.hundredths, 100)
        head = financial_numerals(whole) + unit if whole else ""
        if rest == 0:
            return f"{head or _DIGITS[0] + unit}整" if self.currency == "CNY" else head or _DIGITS[0] + unit
        if self.currency != "CNY":
            return f"{unit}{whole:,}.{rest:02d}"  # 角 and 分 are the fractions of the yuan
        tenths, last = divmod(rest, 10)
        middle = f"{_DIGITS[tenths]}角" if tenths else (_DIGITS[0] if head else "")
        return head + middle + (f"{_DIGITS[last]}分" if last else "整")


def parse_amount(text: str) -> Amount:
    """Return the amount written as ``CNY 10000000.00`` or ``CNY 10000000``; the inverse of `str`.

    Raises:
        ValueError: another form, or a currency that is not in `CURRENCIES`.
    """
    found = _FORM.fullmatch(text)
    if found is None or found[1] not in CURRENCIES:
        message = "an amount is written like CNY 10000000.00"
        raise ValueError(message)
    return Amount(currency=found[1], hundredths=int(found[2]) * 100 + int(found[3] or 0))


def financial_numerals(number: int) -> str:
    """Return a whole number from 1 to 9999 万亿 in Chinese financial numerals."""
    text = str(number)
    groups = len(text) // _GROUP + 1
    padded = text.zfill(groups * _GROUP)
    parts: list[str] = []
    pending_zero = False
    for place in range(groups):
        digits = padded[place * _GROUP : (place + 1) * _GROUP]
        if int(digits) == 0:
            pending_zero = bool(parts)
            continue
        zero = parts and (pending_zero or digits[0] == "0")
        parts.append((_DIGITS[0] if zero else "") + _four(digits) + _GROUPS[groups - place - 1])
        pending_zero = False
    # 万亿 is one unit only when no 亿 group of its own follows to carry the 亿.
    joined = "".join(parts)
    return joined.replace("万亿", "万", 1) if joined.count("亿") > 1 else joined


def _four(digits: str) -> str:
    text = "".join(
        _DIGITS[int(digit)] + (place if digit != "0" else "") for digit, place in zip(digits, _PLACES, strict=True)
    )
    return re.sub("零+", "零", text).strip("零")
