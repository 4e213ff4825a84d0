"""Sentences and remedies, by code and language.

Guarantees: each `ErrorCode` and each `CheckId` has a sentence in English and 中文, and a remedy wherever somebody can do
something (tests/unit/texts demands it). The texts stand in TOML files beside this module, one for each room that owns
codes, read when first asked for. Sentences hold no placeholders: what varies stands in `TrustError.detail` and
`Check.detail`, which speak to an operator.

    error_text(ErrorCode.DER_MALFORMED, Language.ZH).sentence
    check_text(CheckId.SIGNATURE_VALUE, CheckStatus.FAILED, Language.EN).remedy
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from enum import StrEnum, unique
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, cast

from trustkit.errors import ErrorCode, TrustError
from trustkit.verdict import CheckStatus

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trustkit.error_family import Code
    from trustkit.verdict import CheckId

    Entry = Mapping[str, str | Mapping[str, str]]


@unique
class Language(StrEnum):
    """Languages every text exists in (BCP 47 primary tags)."""

    EN = "en"
    ZH = "zh"


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorText:
    """What to tell someone about an error. `clause` is empty where no standard is behind it."""

    sentence: str
    remedy: str
    clause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckText:
    """What to tell a citizen (`sentence`) and an operator (`remedy`, empty when nothing need be done) about a check."""

    sentence: str
    remedy: str
    clause: str


def remedy_for_people(remedy: str) -> str:
    """Return a remedy, empty when it is an operator's: one that names a command or a setting, which texts put in backquotes."""
    return "" if "`" in remedy else remedy


# A warning and an information say the same thing about a check; only the weight differs.
_SECTIONS = {
    CheckStatus.PASSED: "passed",
    CheckStatus.FAILED: "failed",
    CheckStatus.UNKNOWN: "unknown",
    CheckStatus.WARNING: "note",
    CheckStatus.INFORMATION: "note",
}


@cache
def _read(name: str) -> Mapping[str, Entry]:
    """Return the entries of one file; raise TrustError BUG when the package lacks it or it is no TOML."""
    try:
        text = files("trustkit.texts").joinpath(f"{name}.toml").read_text(encoding="utf-8")
        return cast("Mapping[str, Entry]", tomllib.loads(text))
    except (OSError, ValueError) as error:
        raise TrustError(ErrorCode.BUG, "a file of texts is missing or damaged", file=name) from error


def _entry(name: str, key: str) -> Entry:
    found = _read(name).get(key)
    if found is None:
        raise TrustError(ErrorCode.BUG, "a code has no text", missing=key)
    return found


def _text(entry: Mapping[str, object], key: str) -> str:
    found = entry.get(key, "")
    return found if isinstance(found, str) else ""


def error_text(code: Code, language: Language) -> ErrorText:
    """Return the sentence, remedy and clause of an error code; raise TrustError BUG when there is no text for it."""
    room = code.value.partition(":")[0]
    entry = _entry(f"errors_{room}", code.value)
    return ErrorText(
        sentence=_text(entry, language.value),
        remedy=_text(entry, f"{language.value}_remedy"),
        clause=_text(entry, "clause"),
    )


@cache  # as many as there are checks, outcomes and languages
def check_text(check: CheckId, status: CheckStatus, language: Language) -> CheckText:
    """Return what a check's outcome means, and the clause it rests on; raise TrustError BUG when there is no text."""
    entry = _entry("checks", check.value)
    section = entry.get(_SECTIONS[status], {})
    words: Mapping[str, str] = {} if isinstance(section, str) else section
    return CheckText(
        sentence=_text(words, language.value),
        remedy=_text(words, f"{language.value}_remedy"),
        clause=_text(entry, "clause"),
    )


def coverage_text(role: str, language: Language) -> str:
    """Return what could be changed by a file that no signature covers, by its role; raise TrustError BUG for an unknown one."""
    return _text(_entry("coverage", role), language.value)
