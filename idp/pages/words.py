"""The words of the pages of signing in, in 中文 and English, from ``words.toml`` beside this module.

words = words_in(Language.ZH)
words("login.title"), words("consent.asks", client="…")
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from trustkit.web import page_words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from trustkit.texts.catalogue import Language

PACKAGE: Final = "idp.pages"


def all_words() -> Mapping[str, Mapping[str, str]]:
    """Return every entry by its dotted name, as {language: text}. Raise BUG when the file is missing or no TOML."""
    return page_words.all_words(PACKAGE)


def words_in(language: Language) -> Callable[..., str]:
    """Return the function templates call: a name and the values of its placeholders give plain text, escaped by the template."""
    return page_words.words_in(PACKAGE, language)


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
