"""The QR code on a licence, as one SVG path (ISO/IEC 18004, error level M).

    svg = qr_svg("https://licence.example.gov.cn/v/1.2.156.3005.2…")

The data mask is a fixed one. The standard has the encoder try all eight and keep the best looking; every reader takes
any of them, and the trial would take five times as long as the rest.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import segno
from segno.encoder import DataOverflowError

from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_QR_OCTETS: Final = 300  # version 13 at most: modules of 0.36 mm at 25 mm, which telephones still read from paper
QUIET_ZONE: Final = 4  # modules, ISO/IEC 18004 6.3.8
_MASK: Final = 3
_DARK: Final = re.compile(rb"\x01+")


def qr_svg(text: str) -> str:
    """Return an SVG document with the QR code of a text, its quiet zone included.

    Raises:
        TrustError: LICENCE_DATA when the text is empty or longer than `MAX_QR_OCTETS` in UTF-8.
    """
    octets = len(text.encode("utf-8"))
    if not 0 < octets <= MAX_QR_OCTETS:
        raise TrustError(ErrorCode.LICENCE_DATA, "the QR text is empty or too long", octets=octets, limit=MAX_QR_OCTETS)
    try:
        code = segno.make(text, error="m", micro=False, boost_error=False, mask=_MASK)
    except (DataOverflowError, ValueError) as error:
        raise TrustError(ErrorCode.LICENCE_DATA, "the QR text cannot be encoded", octets=octets) from error
    rows = tuple(bytes(row) for row in code.matrix)
    side = len(rows) + 2 * QUIET_ZONE
    path = "".join(_boxes(rows))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" width="{side}" height="{side}">'
        f'<path d="M0 0h{side}v{side}h-{side}z" fill="#fff"/><path d="{path}"/></svg>'
    )


def _boxes(rows: tuple[bytes, ...]) -> Iterator[str]:
    """Yield a rectangle for each horizontal run of dark modules, and one for all that lie below each other."""
    begun: dict[tuple[int, int], int] = {}
    for y, row in enumerate((*rows, b"")):
        runs = {run.span() for run in _DARK.finditer(row)}
        for start, end in [run for run in begun if run not in runs]:
            top, width = begun.pop((start, end)), end - start
            yield f"M{start + QUIET_ZONE} {top + QUIET_ZONE}h{width}v{y - top}h-{width}z"
        for run in sorted(runs):
            begun.setdefault(run, y)
