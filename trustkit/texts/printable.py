"""Strings out of files, and the names of files, made fit to be shown: none can move the cursor or turn the reading direction round."""

from __future__ import annotations

import unicodedata


def is_shown(character: str) -> bool:
    """Whether a terminal shows the character as it stands: letters, marks and every kind of space, U+3000 among them."""
    return character.isprintable() or unicodedata.category(character) == "Zs"


def printable(text: str) -> str:
    r"""Return the text with control, format and other unprintable characters replaced by U+FFFD.

    An octet of a file's name that is no UTF-8 is told as ``\udcXX``: such names exist, and are no fault.
    """
    return text if text.isprintable() else "".join(map(_shown, text))


def _shown(character: str) -> str:
    if is_shown(character):
        return character
    return f"\\u{ord(character):04x}" if "\ud800" <= character <= "\udfff" else "\N{REPLACEMENT CHARACTER}"
