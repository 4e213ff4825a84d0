"""The words of the pages, in 中文 and English, from ``words.toml`` beside this module.

words = words_in(Language.ZH)
words("login.title"), words("consent.asks", client="…")
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, cast

from trustkit.errors import ErrorCode, TrustError
from trustkit.texts.catalogue import Language

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@cache
def all_words() -> Mapping[str, Mapping[str, str]]:
    """Return every entry by its dotted name, as {language: text}. Raise BUG when the file is missing or no TOML."""
    try:
        text = files("idp.pages").joinpath("words.toml").read_text(encoding="utf-8")
        sections = cast("Mapping[str, Mapping[str, Mapping[str, str]]]", tomllib.loads(text))
    except (OSError, ValueError) as error:
        raise TrustError(ErrorCode.BUG, "the words of the pages are missing or damaged") from error
    return {f"{section}.{name}": entry for section, entries in sections.items() for name, entry in entries.items()}


def words_in(language: Language) -> Callable[..., str]:
    """Return the function templates call: a name and the values of its placeholders give plain text, escaped by the template."""

    def say(name: str, /, **values: object) -> str:
        entry = all_words().get(name)
        if entry is None:
            raise TrustError(ErrorCode.BUG, "a page asks for words there are none of", missing=name)
        return entry[language.value].format(**values)

    return say


def scopes_in(language: Language) -> Callable[[str], str]:
    """Return the function that says what a scope allows; one without words of its own is called by its name."""
    say = words_in(language)

    def scope(name: str, /) -> str:
        return (
            say(f"scope.{name}")
            if f"scope.{name}" in all_words() and name != "unknown"
            else say("scope.unknown", name=name)
        )

    return scope


def other(language: Language) -> Language:
    """Return the language a page offers beside its own."""
    return Language.EN if language is Language.ZH else Language.ZH
