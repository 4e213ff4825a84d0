"""The program that draws OFD documents as PDF, in a process of its own: fonts and pictures of strangers are among what it parses.

`trustkit.app.ofd_drawer` starts it by a fork server and says what is drawn.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from esign.ofd.draw.beneath import Allowance, draw_beneath
from esign.ofd.draw.draw import count_pages, draw_ofd
from esign.rendering.fonts import find_fonts
from esign.rendering.outlines import outline_of
from trustkit.app.child_main import serve_requests
from trustkit.app.jbig2_pixels import decode_jbig2
from trustkit.errors import TrustError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from esign.ofd.draw.notes import Note


def _answer(request: dict[str, Any], data: bytes) -> tuple[dict[str, object], bytes]:
    pages = request.get("pages")
    if request.get("act") == "beneath":
        return _beneath(request, data)
    try:
        if request.get("act") == "count":
            return {"page_count": count_pages(data)}, b""
        drawn = draw_ofd(data, fonts=find_fonts(), pages=pages, jbig2=decode_jbig2)
    except TrustError as error:
        return _refused(error), b""
    told: dict[str, object] = {
        "pages": [[page.number, page.width, page.height] for page in drawn.pages],
        "page_count": drawn.page_count,
        "notes": _notes(drawn.notes),
    }
    return told, drawn.pdf


def _beneath(request: dict[str, Any], data: bytes) -> tuple[dict[str, object], bytes]:
    """Answer each look in turn, all out of one allowance: how many octets its PDF has among those behind the answer, or why there is none."""
    allowance, told, pdfs = Allowance(), [], bytearray()
    for look in request["looks"]:
        names = {each: look[each] for each in ("kept", "over", "absent")}
        try:
            drawn = draw_beneath(data, **names, allowance=allowance, fonts=find_fonts(), jbig2=decode_jbig2)
        except TrustError as error:
            told.append(_refused(error))
            continue
        parts = [[each.page, each.file] for each in drawn.parts]
        told.append({"parts": parts, "notes": _notes(drawn.notes), "size": len(drawn.pdf)})
        pdfs += drawn.pdf
    return {"looks": told}, bytes(pdfs)


def _refused(error: TrustError) -> dict[str, object]:
    return {"refused": error.code.value, "detail": error.detail, "facts": dict(error.facts)}


def _notes(notes: Sequence[Note]) -> list[list[object]]:
    return [[note.lack.value, note.page, note.detail, note.object_id, note.count] for note in notes]


def prepare() -> None:
    """Read the fonts of this house, so that each process has them."""
    with suppress(TrustError):  # told by the drawing that needs one
        for face in find_fonts().faces:
            outline_of(face, "A")


def main() -> None:
    """Answer requests until standard input ends."""
    serve_requests(_answer)
