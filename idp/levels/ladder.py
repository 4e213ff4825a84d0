"""Ladders: what the words of provinces, providers and registers are worth on one of our two axes, as data.

    ladder = parse_ladder("guangdong", path.read_bytes())       # policies/assurance/guangdong.toml
    ladder.rung(EvidenceKind.REAL_NAME, "L4")                   # None for a word it does not know, which is worth nothing

There is no national ladder that all follow, so the mapping is a security officer's to read and change. A source has words for who
somebody is (`real_name`), for how he signed in (`login`), or for both; the two never count for one another. Rungs stand lowest
first and never fall; level 3 of a login needs what level 3 is: phishing-resistant and in hardware. A ladder nobody has verified is
shipped to be seen, and is worth nothing until an officer who asked the provider marks it `agreed`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum, unique
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, TypeVar

from idp.evidence import EvidenceKind
from idp.factors.port import FactorClass
from trustkit.errors import TrustError
from trustkit.identity import MOST_AUTHENTICATION, MOST_IDENTITY
from trustkit.identity_codes import IdentityCode

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_LADDER_SIZE: Final = 64 * 1024
MAX_WORD: Final = 128
MOST_HOURS: Final = 24 * 36_525  # a hundred years
_MAX_RUNGS: Final = 32
_MAX_WORDS: Final = 32
_MAX_TEXT: Final = 300
LADDER_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,63}", flags=re.ASCII)
_KEYS: Final = frozenset({"status", "basis", "title_en", "title_zh"})
_AXES: Final = {EvidenceKind.REAL_NAME: "real_name", EvidenceKind.LOGIN: "login"}
_RUNG_KEYS: Final = frozenset({"words", "level", "title_en", "title_zh"})
_LOGIN_KEYS: Final = frozenset({"classes", "phishing_resistant", "hardware"})
_Word = TypeVar("_Word", bound=StrEnum)


@unique
class LadderStatus(StrEnum):
    """How it is known that the words mean what the ladder says."""

    CONFIRMED = "confirmed"  # a text or program of the provider's was read
    AGREED = "agreed"  # an officer of this home agreed it with the provider
    UNVERIFIED = "unverified"  # hearsay: worth nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """What some words are worth: `level` on the ladder's axis. The classes a login rested on are those that are known."""

    words: tuple[str, ...]
    level: int
    title_en: str
    title_zh: str
    classes: frozenset[FactorClass] = frozenset()
    phishing_resistant: bool = False
    hardware: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """The rungs of one axis, lowest first. Evidence counts for `good_for` from its own time on, None without an end."""

    rungs: tuple[Rung, ...]
    good_for: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """One ladder; `basis` says where it is known from. It has one axis or both."""

    name: str
    status: LadderStatus
    basis: str
    title_en: str
    title_zh: str
    axes: Mapping[EvidenceKind, Axis]

    def rung(self, kind: EvidenceKind, word: str) -> Rung | None:
        """Return the rung a word stands on, exactly as it is spelt; None for any other word, or one of the other axis."""
        axis = self.axes.get(kind)
        return next((rung for rung in axis.rungs if word in rung.words), None) if axis is not None else None

    def top(self, kind: EvidenceKind) -> Rung | None:
        """Return the highest rung of an axis, None where the ladder has no such axis or is not verified."""
        axis = self.axes.get(kind)
        return axis.rungs[-1] if axis is not None and self.status is not LadderStatus.UNVERIFIED else None

    def most(self, kind: EvidenceKind) -> int:
        """Return the highest level on an axis, 0 where the ladder has no such axis or is not verified."""
        top = self.top(kind)
        return top.level if top is not None else 0


def parse_ladder(name: str, data: bytes) -> Ladder:
    """Return the ladder in the octets of a TOML file.

    Raises:
        TrustError: IDP_LADDER naming the key that is wrong: unknown or missing keys, a word twice, a level outside of its axis, a rung
            that is worth less than the one below it.
    """
    if LADDER_NAME.fullmatch(name) is None:
        raise _malformed("a ladder is called by small letters, digits and hyphens", "name")
    if len(data) > MAX_LADDER_SIZE:
        raise _malformed("too large", "file")
    try:
        table = tomllib.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise TrustError(IdentityCode.IDP_LADDER, "not TOML", key="file") from error
    hours = {f"{axis}_hours" for axis in _AXES.values() if axis in table}
    require_keys(table, needed=_KEYS, known=_KEYS | set(_AXES.values()) | hours, within="ladder")
    axes = {kind: _axis(table, kind) for kind, axis in _AXES.items() if axis in table}
    if not axes:
        raise _malformed("a ladder has rungs", " or ".join(_AXES.values()))
    return Ladder(
        name=name,
        status=_word(table["status"], LadderStatus, "status"),
        basis=_line(table["basis"], "basis"),
        title_en=_line(table["title_en"], "title_en"),
        title_zh=_line(table["title_zh"], "title_zh"),
        axes=MappingProxyType(axes),
    )


def _axis(table: Mapping[str, object], kind: EvidenceKind) -> Axis:
    key = _AXES[kind]
    rungs = tuple(_rung(each, kind, f"{key}.{at}") for at, each in enumerate(_rung_tables(table[key], key), 1))
    _require_rising(rungs, key)
    hours = table.get(f"{key}_hours")
    ends = None if hours is None else timedelta(hours=whole_number(hours, f"{key}_hours", 1, MOST_HOURS))
    return Axis(rungs=rungs, good_for=ends)


def _rung_tables(value: object, key: str) -> list[Mapping[str, object]]:
    if (
        not isinstance(value, list)
        or not 0 < len(value) <= _MAX_RUNGS
        or not all(isinstance(each, Mapping) for each in value)
    ):
        raise _malformed(f"a list of tables, 1 to {_MAX_RUNGS}, is needed", key)
    return value


def _rung(table: Mapping[str, object], kind: EvidenceKind, within: str) -> Rung:
    login = kind is EvidenceKind.LOGIN
    require_keys(table, needed=_RUNG_KEYS, known=_RUNG_KEYS | (_LOGIN_KEYS if login else frozenset()), within=within)
    rung = Rung(
        words=_texts(table["words"], f"{within}.words"),
        level=whole_number(table["level"], f"{within}.level", 0, MOST_AUTHENTICATION if login else MOST_IDENTITY),
        title_en=_line(table["title_en"], f"{within}.title_en"),
        title_zh=_line(table["title_zh"], f"{within}.title_zh"),
        classes=known_words(table.get("classes", []), FactorClass, f"{within}.classes"),
        phishing_resistant=truth(table.get("phishing_resistant", False), f"{within}.phishing_resistant"),
        hardware=truth(table.get("hardware", False), f"{within}.hardware"),
    )
    if login and rung.level == MOST_AUTHENTICATION and not (rung.phishing_resistant and rung.hardware):
        raise _malformed("level 3 needs phishing_resistant and hardware", within)
    if login and rung.level == 0 and (rung.classes or rung.phishing_resistant or rung.hardware):
        raise _malformed("a login that is worth nothing rests on nothing", within)
    return rung


def _require_rising(rungs: tuple[Rung, ...], key: str) -> None:
    seen: set[str] = set()
    for number, rung in enumerate(rungs, 1):
        if seen.intersection(rung.words) or len(set(rung.words)) != len(rung.words):
            raise _malformed("a word stands twice", f"{key}.{number}.words")
        seen.update(rung.words)
    for number, (lower, upper) in enumerate(pairwise(rungs), 2):
        if not (
            lower.level <= upper.level
            and lower.phishing_resistant <= upper.phishing_resistant
            and lower.hardware <= upper.hardware
        ):
            raise _malformed("a rung is worth less than the one below it", f"{key}.{number}")


def require_keys(table: Mapping[str, object], *, needed: Iterable[str], known: Iterable[str], within: str) -> None:
    """Raise IDP_LADDER unless a table has the keys it needs and no other than those known."""
    missing, odd = sorted(set(needed) - set(table)), sorted(set(table) - set(known))
    if missing or odd:
        told = "unknown key" if odd else "a key is missing"
        raise _malformed(told, f"{within}.{(odd or missing)[0][:64]}")


def whole_number(value: object, key: str, least: int, most: int) -> int:
    """Return a number from a file of levels; raise IDP_LADDER for anything that is no whole number in the range."""
    if type(value) is not int or not least <= value <= most:
        raise _malformed(f"a whole number from {least} to {most}", key)
    return value


def truth(value: object, key: str) -> bool:
    """Return true or false from a file of levels; raise IDP_LADDER for anything else."""
    if not isinstance(value, bool):
        raise _malformed("true or false", key)
    return value


def known_words(value: object, kind: type[_Word], key: str) -> frozenset[_Word]:
    """Return a list of known words from a file of levels; raise IDP_LADDER for anything else."""
    if not isinstance(value, list) or len(value) > len(kind):
        raise _malformed(f"a list of {', '.join(kind)}", key)
    return frozenset(_word(each, kind, key) for each in value)


def _word(value: object, kind: type[_Word], key: str) -> _Word:
    if not isinstance(value, str) or value not in tuple(kind):
        raise _malformed(f"one of {', '.join(kind)}", key)
    return kind(value)


def _texts(value: object, key: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not 0 < len(value) <= _MAX_WORDS:
        raise _malformed(f"a list of 1 to {_MAX_WORDS} words", key)
    return tuple(_line(each, key, most=MAX_WORD) for each in value)


def _line(value: object, key: str, most: int = _MAX_TEXT) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= most or not value.isprintable() or value != value.strip():
        raise _malformed(f"a line of text of up to {most} characters", key)
    return value


def _malformed(demand: str, key: str) -> TrustError:
    return TrustError(IdentityCode.IDP_LADDER, demand, key=key)
