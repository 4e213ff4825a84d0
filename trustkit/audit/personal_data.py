"""The last guard: forms of personal data that must not enter the trail, wherever they hide.

The tables of `trustkit.audit.facts` keep free text out; this looks at what remains for the three forms that fit into
codes and identifiers: an 18-digit citizen id (GB 11643, with birth date and check digit right), a mainland mobile
number, an e-mail address. It errs on the side of refusing.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from trustkit.errors import ErrorCode, TrustError

# Digests and serials are long hex; by chance alone some hold a number of these forms, so they are not looked into.
_LONG_HEX = re.compile(r"(?<![0-9A-Za-z])[0-9a-f]{32,}(?![0-9A-Za-z])")
_CITIZEN_ID = re.compile(r"(?<!\d)(?=([1-8]\d{16}[\dXx])(?!\d))")
_MOBILE = re.compile(r"(?<!\d)(?:86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?!\d)")
_MAIL = re.compile(r"[^\s@:/]{1,64}@[^\s@]{1,190}\.[^\s@.]{2}")

# What each of the three has: most texts have it not, and are looked at once.
_PART_OF_ANY = re.compile(r"@|\d{3}[ -]?\d{4}[ -]?\d{4}")

_LONG: Final = 32  # characters that are looked at as a digest or a serial

# Nobody born outside of these years holds a number.
_BIRTH_YEARS: Final = range(1850, 2101)
# GB 11643: weights of the first seventeen digits, and the check characters by the sum modulo 11.
_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS: Final = "10X98765432"


def require_impersonal(place: str, text: str) -> None:
    """Raise AUDIT_PERSONAL_DATA when `text` holds one of the forms; the error names the place, never the text."""
    if len(text) >= _LONG:
        text = _LONG_HEX.sub("#", text)
    if not _PART_OF_ANY.search(text):
        return
    if _MAIL.search(text) or _MOBILE.search(text):
        raise TrustError(ErrorCode.AUDIT_PERSONAL_DATA, "a value has the form of a telephone or mail address", at=place)
    if any(_is_citizen_id(found.group(1)) for found in _CITIZEN_ID.finditer(text)):
        raise TrustError(ErrorCode.AUDIT_PERSONAL_DATA, "a value has the form of a citizen id", at=place)


def _is_citizen_id(text: str) -> bool:
    try:
        born = date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        return False
    if born.year not in _BIRTH_YEARS:
        return False
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, text[:17], strict=True))
    return _CHECKS[total % 11] == text[17].upper()
