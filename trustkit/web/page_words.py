"""The words of a room's pages, in 中文 and English, from the ``words.toml`` in its package.

say = words_in("idp.pages", Language.ZH)
say("login.title"), say("consent.asks", client="…")
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
def all_words(package: str) -> Mapping[str, Mapping[str, str]]:
    """Return every entry by its dotted name, as {language: text}. Raise BUG when the file is missing or no TOML."""
    try:
        text = files(package).joinpath("words.toml").read_text(encoding="utf-8")
        sections = cast("Mapping[str, Mapping[str, Mapping[str, str]]]", tomllib.loads(text))
    except (OSError, ValueError) as error:
        raise TrustError(ErrorCode.BUG, "the words of the pages are missing or damaged") from error
    return {f"{section}.{name}": entry for section, entries in sections.items() for name, entry in entries.items()}


def words_in(package: str, language: Language) -> Callable[..., str]:
    """Return the function templates call: a name and the values of its placeholders give plain text, escaped by the template."""

    def say(name: str, /, **values: object) -> str:
        entry = all_words(package).get(name)
        if entry is None:
            raise TrustError(ErrorCode.BUG, "a page asks for words there are none of", missing=name)
        return entry[language.value].format(**values)

    return say


def other(language: Language) -> Language:
    """Return the language a page offers beside its own."""
    return Language.EN if language is Language.ZH else Language.ZH
