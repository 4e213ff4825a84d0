"""Check characters of Chinese codes: pure arithmetic over codes whose characters were already found to be right.

GB 32100-2015 (unified social credit code), GB 11714 (the organisation code inside it), GB 11643 (citizen identity number).
"""

from __future__ import annotations

from typing import Final

_USCC_LENGTH: Final = 18
_USCC_ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # GB 32100: no I O S V Z
_USCC_CHARACTERS: Final = frozenset(_USCC_ALPHABET)
_USCC_VALUE: Final = {character: value for value, character in enumerate(_USCC_ALPHABET)}
_USCC_WEIGHTS: Final = tuple(pow(3, place, 31) for place in range(17))
_ORGANISATION_WEIGHTS: Final = (3, 7, 9, 10, 5, 8, 4, 2)  # GB 11714
_ORGANISATION_CHECKS: Final = "0123456789X"
CITIZEN_CHECKS: Final = "10X98765432"  # ISO 7064 MOD 11-2: the check character of each remainder
_DIGITS: Final = frozenset("0123456789")


def uscc_problem(text: str) -> tuple[str, str] | None:
    """Return what is wrong with a unified social credit code, as (rule, sentence), or None when it is right (GB 32100)."""
    if len(text) != _USCC_LENGTH:
        return "uscc-length", "a unified social credit code has 18 characters"
    if not set(text) <= _USCC_CHARACTERS or not set(text[2:8]) <= _DIGITS:
        return "uscc-characters", "only digits and capitals without I O S V Z; positions 3 to 8 are digits"
    if uscc_check_character(text[:17]) != text[17]:
        return "uscc-check", "wrong check character of the unified social credit code (GB 32100)"
    if organisation_check_character(text[8:16]) != text[16]:
        return "organisation-check", "wrong check character of the organisation code inside (GB 11714)"
    return None


def uscc_check_character(body: str) -> str:
    """Return the 18th character for the first 17 (GB 32100: weights 3^i mod 31, the complement to 31)."""
    total = sum(_USCC_VALUE[character] * weight for character, weight in zip(body, _USCC_WEIGHTS, strict=True))
    return _USCC_ALPHABET[-total % 31]


def organisation_check_character(body: str) -> str:
    """Return the ninth character of an organisation code for the first eight (GB 11714, MOD 11; A counts 10 … Z 35)."""
    total = sum(int(character, 36) * weight for character, weight in zip(body, _ORGANISATION_WEIGHTS, strict=True))
    return _ORGANISATION_CHECKS[-total % 11]


def citizen_id_check_character(body: str) -> str:
    """Return the 18th character for the first 17 (GB 11643, ISO 7064 MOD 11-2)."""
    total = sum(int(digit) * pow(2, 17 - place, 11) for place, digit in enumerate(body))
    return CITIZEN_CHECKS[total % 11]
