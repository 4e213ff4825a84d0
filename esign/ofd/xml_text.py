"""Texts and numbers inside what we write: what has a meaning in XML is escaped, what it cannot hold is refused (XML 1.0, 2.2)."""

from __future__ import annotations

import html
import re
from functools import lru_cache
from typing import Final

from trustkit.errors import ErrorCode, TrustError

DECLARATION: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'
_FOREIGN: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SPECIAL: Final = re.compile(
    "[^\t\n\r !#-%'-;=?-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
)  # foreign, or to be escaped
_PLACES: Final = 4  # of a millimetre
_KEPT: Final = 8192  # numbers: licences of a type have most of theirs in common


def escaped(text: str) -> str:
    """Return a text as it stands in an element or an attribute. Raise RENDERING_FAILED for a character that XML has not."""
    if _SPECIAL.search(text) is None:
        return text
    if _FOREIGN.search(text):
        raise TrustError(ErrorCode.RENDERING_FAILED, "a text has a character that XML cannot hold")
    return html.escape(text, quote=False).replace('"', "&quot;")


@lru_cache(maxsize=_KEPT)
def number(value: float, places: int = _PLACES) -> str:
    """Return a number as OFD and PDF take it: no exponent, no zeros at the end; four places are a tenth of a micrometre."""
    text = f"{value:.4f}" if places == _PLACES else f"{value:.{places}f}"  # a fixed form takes half the time
    text = text.rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text
