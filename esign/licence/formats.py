"""The formats a licence's document comes in."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum, unique
from typing import Final

_PDF_MARK: Final = b"%PDF-"


@unique
class LicenceFormat(StrEnum):
    """A format; the value is the ending of its files."""

    PDF = "pdf"
    OFD = "ofd"


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceDocument:
    """A document of a licence; `sm3` is the hex digest of its octets."""

    format: LicenceFormat
    octets: bytes = field(repr=False)
    sm3: str


def format_of(octets: bytes) -> LicenceFormat:
    """Return the format of a document of ours, which is one of two."""
    return LicenceFormat.PDF if octets.startswith(_PDF_MARK) else LicenceFormat.OFD
