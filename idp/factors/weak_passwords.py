"""Passwords that are guessed first: common ones, rows of keys, digits alone, one's own name; and lists of breached ones.

    weak = WeakPasswords(common_passwords(), breached=BreachedList.open(path))
    weak.reason("P@ssw0rd2026", own_words=("li.hua",))       # WeakReason.COMMON

Common ones are matched by their stem: without case, without what people put before or behind (a year, 123, !), and with the letters
that digits and signs stand for.
"""

from __future__ import annotations

import unicodedata
from enum import StrEnum, unique
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from idp.factors.breached import BreachedList

_FILE: Final = "weak_passwords.txt"
_MOST_ADDED: Final = (
    8  # characters before and behind a common word that make it no better; more may be a secret of its own
)
_LEAST_EFFORT: Final = 5  # keys that do not follow from the one before
_SHORTEST_WORD: Final = 4  # of one's own words: shorter ones are in everything
_LONGEST_PERIOD: Final = 5  # ``abcabcabc``
_LEET: Final = str.maketrans("013457@$!|+", "oieastasiit")
_UNSHIFTED: Final = str.maketrans("!@#$%^&*()", "1234567890")
_ROWS: Final = (
    "1234567890",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    *("1qaz", "2wsx", "3edc", "4rfv", "5tgb", "6yhn", "7ujm", "8ik", "9ol", "0p"),
)
_NEXT: Final = frozenset(pair for row in _ROWS for one, two in pairwise(row) for pair in (one + two, two + one))


@unique
class WeakReason(StrEnum):
    """Why a password is too easily guessed."""

    BREACHED = "breached"
    COMMON = "common"
    DIGITS = "digits"
    OWN_WORD = "own-word"
    REPEATED = "repeated"
    SEQUENCE = "sequence"


class WeakPasswords:
    """The list that is shipped and, where an operator supplied one, that of breached passwords."""

    def __init__(self, common: frozenset[str], *, breached: BreachedList | None = None) -> None:
        self._common = common
        self._breached = breached

    def reason(self, password: str, own_words: Iterable[str] = ()) -> WeakReason | None:
        """Return why a password is weak, None when nothing speaks against it. Raise FACTOR_PASSWORD_LIST."""
        folded = unicodedata.normalize("NFKC", password).casefold()
        guesses = (
            (WeakReason.DIGITS, folded.isdecimal()),
            (WeakReason.OWN_WORD, any(len(word) >= _SHORTEST_WORD and word.casefold() in folded for word in own_words)),
            (WeakReason.REPEATED, _is_repeated(folded)),
            (WeakReason.SEQUENCE, min(_effort(folded), _effort(folded.translate(_UNSHIFTED))) < _LEAST_EFFORT),
            (WeakReason.COMMON, any(stem in self._common for stem in _stems(folded))),
            (WeakReason.BREACHED, self._breached is not None and self._breached.holds(password)),
        )
        return next((reason for reason, found in guesses if found), None)


@cache
def common_passwords() -> frozenset[str]:
    """Return the words of the list that is shipped. Raise BUG when the package lacks it."""
    try:
        text = files("idp.factors").joinpath(_FILE).read_text(encoding="utf-8")
    except OSError as error:
        raise TrustError(ErrorCode.BUG, "the list of weak passwords is missing", file=_FILE) from error
    return frozenset(line for line in text.splitlines() if line and not line.startswith("#"))


def _stems(folded: str) -> set[str]:
    """Return the password, and what is left of it without additions, each also with letters for digits and signs."""
    begin, end = 0, len(folded)
    while begin < end and not folded[begin].isalpha() and folded[begin] not in "@$":
        begin += 1
    while end > begin and not folded[end - 1].isalpha():
        end -= 1
    found = {folded, folded.translate(_UNSHIFTED), "".join(folded.split())}
    if begin + len(folded) - end <= _MOST_ADDED:
        found.add(folded[begin:end])
    letters = folded.rstrip("0123456789!@#$%^&*()-_=+.,~? ")
    if len(folded) - len(letters) <= _MOST_ADDED:
        found.add(letters)
    return found | {stem.translate(_LEET) for stem in found}


def _is_repeated(folded: str) -> bool:
    return any(
        folded == (folded[:period] * len(folded))[: len(folded)]
        for period in range(1, min(_LONGEST_PERIOD, len(folded) // 2) + 1)
    )


def _effort(folded: str) -> int:
    """Count the characters that do not follow from the one before: by the alphabet, the keyboard, or as the same again."""
    follows = (abs(ord(one) - ord(two)) <= 1 or one + two in _NEXT for one, two in pairwise(folded))
    return len(folded) - sum(follows)
