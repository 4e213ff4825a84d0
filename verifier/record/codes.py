"""Codes by their value: a record names refusals of any room."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from trustkit.code_families import EVERY_CODE
from verifier.record.members import malformed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trustkit.error_family import Code

_BY_VALUE: Final[Mapping[str, Code]] = MappingProxyType({code.value: code for code in EVERY_CODE})


def code_named(value: str) -> Code:
    """Return the code of this value, of whichever enumeration. Raise RECORD_MALFORMED for one this program does not know."""
    found = _BY_VALUE.get(value)
    if found is None:
        raise malformed("code", "no code of this program")
    return found
