"""Ask an independent checker whether a PDF is PDF/A-3B."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import page

from esign.pdf.model import ChangeKind
from esign.pdf.read import read_pdf

if TYPE_CHECKING:
    from pathlib import Path

# The checker takes a carriage return or line feed that ends a stream's data for the end-of-line marker before
# "endstream" and then misses one octet. Deflated data end so in one of a hundred streams.
_LENGTH_RULE: Final = "PDFA3B-STREAM-LENGTH-001"
# The checker wants every byte range to cover the whole file. A signature that another one follows covers its own revision, and cannot
# cover what was not there: by that reading no file signed twice could pass.
_RANGE_RULE: Final = "PDFA3B-SIGNATURE-BYTERANGE-001"
_STREAM: Final = re.compile(rb"\b(\d+) 0 obj\s*<<((?:(?!endobj).)*?)>>\s*stream\r?\n", re.DOTALL)
_LENGTH: Final = re.compile(rb"/Length (\d+)(?! \d+ R)")
_END: Final = re.compile(rb"\r?\nendstream\b")


def pdfa_failures(path: Path) -> list[str]:
    """Return what the checker has against a file, less what is shown here to be its own slip."""
    result = page.validate_pdf(str(path), profile=page.ValidationProfile.PDF_A_3B)
    data = path.read_bytes()
    slips = {
        rule
        for rule, is_right in ((_LENGTH_RULE, _lengths_are_right), (_RANGE_RULE, _ranges_are_right))
        if is_right(data)
    }
    return [f"{failure.rule_id}: {failure.message}" for failure in result.failures if failure.rule_id not in slips]


def rules_broken(path: Path) -> list[str]:
    """Return the rules the checker says are broken, less that of lengths where it is shown to be its own slip."""
    result = page.validate_pdf(str(path), profile=page.ValidationProfile.PDF_A_3B)
    slips = {_LENGTH_RULE} if _lengths_are_right(path.read_bytes()) else set()
    return [failure.rule_id for failure in result.failures if failure.rule_id not in slips]


def _ranges_are_right(data: bytes) -> bool:
    """Whether the newest signature covers the whole file, and each before it a whole revision that lawfully went on."""
    signatures = read_pdf(data).signatures
    later = [each.later_changes.kind for each in signatures]
    return bool(later) and signatures[-1].covers_whole_file and set(later[:-1]) <= {ChangeKind.ALLOWED}


def _lengths_are_right(data: bytes) -> bool:
    streams = list(_STREAM.finditer(data))
    lengths = [_LENGTH.search(stream[2]) for stream in streams]
    return bool(streams) and all(
        length is not None and _END.match(data, stream.end() + int(length[1]))
        for stream, length in zip(streams, lengths, strict=True)
    )
