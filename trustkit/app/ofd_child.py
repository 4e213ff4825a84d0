"""The program that draws OFD documents as PDF, in a process of its own: fonts and pictures of strangers are among what it parses.

    python -m trustkit.app.ofd_child

`trustkit.app.ofd_drawer` starts it and says what is drawn.
"""

from __future__ import annotations

from typing import Any

from esign.ofd.draw.draw import count_pages, draw_ofd
from esign.rendering.fonts import find_fonts
from trustkit.app.child_main import serve_requests
from trustkit.app.jbig2_pixels import decode_jbig2
from trustkit.errors import TrustError


def _answer(request: dict[str, Any], data: bytes) -> tuple[dict[str, object], bytes]:
    pages = request.get("pages")
    try:
        if request.get("act") == "count":
            return {"page_count": count_pages(data)}, b""
        drawn = draw_ofd(data, fonts=find_fonts(), pages=pages, jbig2=decode_jbig2)
    except TrustError as error:
        return {"refused": error.code.value, "detail": error.detail, "facts": dict(error.facts)}, b""
    told: dict[str, object] = {
        "pages": [[page.number, page.width, page.height] for page in drawn.pages],
        "page_count": drawn.page_count,
        "notes": [[note.lack.value, note.page, note.detail, note.object_id, note.count] for note in drawn.notes],
    }
    return told, drawn.pdf


def main() -> None:
    """Answer requests until standard input ends."""
    serve_requests(_answer)


if __name__ == "__main__":
    main()
