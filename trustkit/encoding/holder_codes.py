"""Codes of those who hold or issue licences: read strictly, with their check characters, and masked for display.

GB 32100-2015 unified social credit code (18 characters, with the organisation code of GB 11714 inside) and GB 11643
citizen identity number (18 characters, ISO 7064 MOD 11-2). A code that is refused is never quoted: it may be personal
data, and a wrong one may be somebody else's.

    code = parse_uscc("91370100MA3EXAMP0X")
    number = parse_citizen_id("110…", today=now.date())
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Final

from trustkit.encoding.check_characters import CITIZEN_CHECKS, citizen_id_check_character, uscc_problem
from trustkit.errors import ErrorCode, TrustError

CITIZEN_ID_LENGTH: Final = 18
EARLIEST_BIRTH: Final = date(1900, 1, 1)  # nobody alive was born earlier
_DIGITS: Final = frozenset("0123456789")
_MASK: Final = "*"
_SHOWN: Final = 2  # at either end


@dataclass(frozen=True, slots=True, kw_only=True)
class UnifiedSocialCreditCode:
    """A code that passed both its checks."""

    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True, kw_only=True)
class CitizenId:
    """A citizen identity number that passed its check: personal data, so neither its repr nor its str shows it."""

    text: str = field(repr=False)
    born: date = field(repr=False)

    def __str__(self) -> str:
        return mask_citizen_id(self.text)


def parse_uscc(text: str) -> UnifiedSocialCreditCode:
    """Return a unified social credit code (GB 32100-2015).

    Raises:
        TrustError: HOLDER_CODE, its detail naming the rule: length, characters, check character, or organisation code.
    """
    if problem := uscc_problem(text):
        rule, detail = problem
        raise _refused(detail, rule)
    return UnifiedSocialCreditCode(text=text)


def parse_citizen_id(text: str, *, today: date) -> CitizenId:
    """Return a citizen identity number (GB 11643), its date of birth between 1900 and `today`.

    Raises:
        TrustError: HOLDER_CODE, its detail naming the rule: length, characters, date of birth or check character.
    """
    if len(text) != CITIZEN_ID_LENGTH:
        raise _refused("a citizen identity number has 18 characters", "citizen-id-length")
    if not set(text[:17]) <= _DIGITS or text[17] not in CITIZEN_CHECKS or text[0] == "0":
        raise _refused("17 digits, the first not 0, then a digit or a capital X", "citizen-id-characters")
    try:
        born = date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError as error:
        raise _refused("positions 7 to 14 are no date", "citizen-id-date") from error
    if not EARLIEST_BIRTH <= born <= today:
        raise _refused("the date of birth is not plausible", "citizen-id-date")
    if citizen_id_check_character(text[:17]) != text[17]:
        raise _refused("wrong check character of the citizen identity number (GB 11643)", "citizen-id-check")
    return CitizenId(text=text, born=born)


def mask_citizen_id(text: str) -> str:
    """Return the number with its first and last two characters alone: no area, no birthday."""
    if len(text) <= 2 * _SHOWN:
        return _MASK * len(text)
    return text[:_SHOWN] + _MASK * (len(text) - 2 * _SHOWN) + text[-_SHOWN:]


def _refused(detail: str, rule: str) -> TrustError:
    return TrustError(ErrorCode.HOLDER_CODE, detail, rule=rule)
