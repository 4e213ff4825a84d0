"""Codes by their value: a record names refusals of any room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustkit.code_families import CODES
from verifier.record.members import malformed

if TYPE_CHECKING:
    from trustkit.error_family import Code


def code_named(value: str) -> Code:
    """Return the code of this value, of whichever enumeration. Raise RECORD_MALFORMED for one this program does not know."""
    found = CODES.get(value)
    if found is None:
        raise malformed("code", "no code of this program")
    return found
