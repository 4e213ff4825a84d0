"""Texts with places in braces, as descriptions of exchanges hold them: ``{code}`` stands for a value, and nothing is evaluated.

template = parse_template("{client}{nonce}", known=frozenset({"client", "nonce"}))
template.filled({"client": "a", "nonce": "b"})          # "ab"
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from trustkit.errors import ErrorCode, TrustError
from trustkit.identity_codes import IdentityCode

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_TEMPLATE: Final = 1024  # characters
_PLACE: Final = re.compile(r"\{([a-z][a-z0-9_]{0,31})\}")


@dataclass(frozen=True, slots=True)
class Template:
    """A text and the names of its places."""

    text: str
    names: frozenset[str]

    def filled(self, values: Mapping[str, str]) -> str:
        """Return the text with its places filled, each once: a value's own braces are no places. Raise BUG for a value that is missing."""
        missing = self.names - set(values)
        if missing:
            raise TrustError(ErrorCode.BUG, "a place without a value", name=min(missing))
        return _PLACE.sub(lambda place: values[place.group(1)], self.text)


def parse_template(text: object, *, known: frozenset[str], key: str) -> Template:
    """Return a template whose places are all known. Raise IDP_CONNECTOR naming the key."""
    if not isinstance(text, str) or len(text) > MAX_TEMPLATE or not text.isprintable():
        raise TrustError(IdentityCode.IDP_CONNECTOR, f"{key} is a text of at most {MAX_TEMPLATE} characters", key=key)
    names = frozenset(_PLACE.findall(text))
    rest = _PLACE.sub("", text)
    if "{" in rest or "}" in rest:
        raise TrustError(IdentityCode.IDP_CONNECTOR, f"{key} has a brace that is no place", key=key)
    if unknown := sorted(names - known):
        raise TrustError(IdentityCode.IDP_CONNECTOR, f"{key}: {{{unknown[0]}}} is not known here", key=key)
    return Template(text, names)
