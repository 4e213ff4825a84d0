"""What a signed file holds that makes readers show something else than its pages: told, for who verifies sees pages.

All of it was signed. But who looks at the pages, in a preview or a reader without them, has not seen what others see.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pyhanko.pdf_utils.generic import DictionaryObject

from esign.pdf.reader import FAILURES, entry, name_of, told

if TYPE_CHECKING:
    from collections.abc import Iterator

_PORTFOLIO: Final = "a portfolio: readers show the attached files, and not the pages"
_XFA: Final = "an XFA form: some readers show what it holds, and not the pages"
_SCRIPTS: Final = "scripts, which some readers run when the file is opened"


def shown_otherwise(root: DictionaryObject) -> tuple[str, ...]:
    """Return notes on a catalogue (ISO 32000-1 table 28): portfolios, XFA forms, scripts of the document.

    What refers to nothing is noted too: readers go on without it.
    """
    try:
        return tuple(_found(root))
    except FAILURES as error:
        return (f"the catalogue names what cannot be read: {told(error)[:200]}",)


def _found(root: DictionaryObject) -> Iterator[str]:
    if isinstance(entry(root, "/Collection"), DictionaryObject):
        yield _PORTFOLIO
    form = entry(root, "/AcroForm")
    if isinstance(form, DictionaryObject) and entry(form, "/XFA") is not None:
        yield _XFA
    if _has_scripts(root):
        yield _SCRIPTS


def _has_scripts(root: DictionaryObject) -> bool:
    names, opening = entry(root, "/Names"), entry(root, "/OpenAction")
    named = isinstance(names, DictionaryObject) and entry(names, "/JavaScript") is not None
    opened = isinstance(opening, DictionaryObject) and name_of(opening, "/S") == "/JavaScript"
    return named or opened or entry(root, "/AA") is not None
