"""The QR code of an offer: a file for a page or print, or lines for a terminal. Whoever sees it can fetch the licence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from esign.capsule.picture import qr_png
from esign.rendering.qr import MAX_SCREEN_OCTETS, qr_code, qr_lines
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ENDINGS: Final = (".png", ".svg", ".txt")


def offer_drawing(target: Path) -> Callable[[str], bytes]:
    """Return what makes the file of an offer's link. Raise USAGE for another ending than those of `ENDINGS`."""
    ending = target.suffix.lower()
    if ending not in ENDINGS:
        raise TrustError(ErrorCode.USAGE, f"--out ends in one of {', '.join(ENDINGS)}")
    return {
        ".png": lambda link: qr_png(qr_code(link, most=MAX_SCREEN_OCTETS)),
        ".svg": lambda link: qr_code(link, most=MAX_SCREEN_OCTETS).svg.encode("ascii"),
        ".txt": lambda link: f"{link}\n".encode("ascii"),
    }[ending]


def offer_lines(link: str) -> tuple[str, ...]:
    """Return the lines a terminal shows the code of a link with."""
    return tuple(qr_lines(link))
