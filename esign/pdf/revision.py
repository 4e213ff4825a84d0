"""One more revision of a PDF: what is added is appended, and nothing that is there is written anew (ISO 32000-1 7.5.6)."""

from __future__ import annotations

from typing import Final

from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

PDF_2: Final = (2, 0)  # before it, what PAdES adds is announced as an extension


class RevisionWriter(IncrementalPdfFileWriter):
    """Appends without rewriting the XMP packet, which would break PDF/A (the packet's schema URIs change kind)."""

    def _update_meta(self) -> None:
        """Leave metadata as they are."""


def with_final_line_end(pdf: bytes) -> bytes:
    """Return the octets with a final line end: without one pyHanko begins its update on the line of %%EOF, against PDF/A."""
    return pdf if pdf.endswith((b"\n", b"\r")) else pdf + b"\n"
