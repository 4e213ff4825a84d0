"""QR codes, on a licence as one SVG path, at a terminal as blocks (ISO/IEC 18004, error level M).

    svg = qr_svg("https://licence.example.gov.cn/v/1.2.156.3005.2…")
    code = qr_code(…); code.svg, code.stand_in, code.boxes
    lines = qr_lines("otpauth://totp/…")

The encoder changes its mode where that saves modules: addresses of licences are half capitals and digits, and take two versions less.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias

import zxingcpp

from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Iterator

Box: TypeAlias = tuple[int, int, int, int]  # left, top, right, bottom in modules
MAX_QR_OCTETS: Final = 300  # version 13 at most: modules of 0.36 mm at 25 mm, which telephones still read from paper
MAX_SCREEN_OCTETS: Final = 1500  # a screen shows finer codes than paper, and addresses of Chinese names are long
QUIET_ZONE: Final = 4  # modules, ISO/IEC 18004 6.3.8
STAND_IN: Final[tuple[Box, ...]] = ((1, 2, 3, 3), (2, 0, 3, 1), (0, 1, 1, 2))  # where every code is quiet
_DARK: Final = re.compile(rb"\x00+")
_LIGHT: Final = b"\xff"
_INK: Final = bytes([1]) + bytes(255)
_HALVES: Final = " ▄▀█"  # by the upper module twice and the lower once
_DARK_ON_LIGHT: Final = "\x1b[38;5;16;48;5;231m"
_PLAIN: Final = "\x1b[0m"


@dataclass(frozen=True, slots=True, kw_only=True)
class QrCode:
    """A QR code as dark boxes on a square of so many modules, its quiet zone included."""

    side: int
    boxes: tuple[Box, ...] = field(repr=False)

    @property
    def svg(self) -> str:
        """The code as an SVG document."""
        return self._svg(self.boxes)

    @property
    def stand_in(self) -> str:
        """A document of the same size with the boxes `STAND_IN`: for who typesets a page and puts the code in its place later."""
        return self._svg(STAND_IN)

    def _svg(self, boxes: tuple[Box, ...]) -> str:
        side = self.side
        path = "".join([f"M{x} {y}h{right - x}v{end - y}h-{right - x}z" for x, y, right, end in boxes])
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" width="{side}" height="{side}">'
            f'<path d="M0 0h{side}v{side}h-{side}z" fill="#fff"/><path d="{path}"/></svg>'
        )


def qr_code(text: str, *, most: int = MAX_QR_OCTETS) -> QrCode:
    """Return the QR code of a text; `most` is how many octets it may have in UTF-8.

    Raises:
        TrustError: LICENCE_DATA when the text is empty or longer.
    """
    rows = _modules(text, most)
    return QrCode(side=len(rows) + 2 * QUIET_ZONE, boxes=tuple(_boxes(rows)))


def qr_svg(text: str, *, most: int = MAX_QR_OCTETS) -> str:
    """Return an SVG document with the QR code of a text, its quiet zone included. Raise as `qr_code` does."""
    return qr_code(text, most=most).svg


def qr_lines(text: str) -> tuple[str, ...]:
    """Return the QR code of a text as lines of half blocks, dark on light, its quiet zone included; two modules high each.

    Colours are set by ANSI sequences, since telephones read no code that is light on dark.

    Raises:
        TrustError: LICENCE_DATA when the text is empty or longer than `MAX_SCREEN_OCTETS` in UTF-8.
    """
    rows = [row.translate(_INK) for row in _modules(text, MAX_SCREEN_OCTETS)]
    side = len(rows) + 2 * QUIET_ZONE
    empty = bytes(side)
    edge = bytes(QUIET_ZONE)
    grid = [empty] * QUIET_ZONE + [edge + row + edge for row in rows] + [empty] * (QUIET_ZONE + side % 2)
    pairs = zip(grid[::2], grid[1::2], strict=True)
    return tuple(
        _DARK_ON_LIGHT + "".join(_HALVES[2 * up + down] for up, down in zip(*pair, strict=True)) + _PLAIN
        for pair in pairs
    )


def _modules(text: str, most: int) -> tuple[bytes, ...]:
    """Return the rows of the code, an octet a module: 0 where it is dark, 255 where it is light."""
    octets = len(text.encode("utf-8"))
    if not 0 < octets <= most:
        raise TrustError(ErrorCode.LICENCE_DATA, "the QR text is empty or too long", octets=octets, limit=most)
    # as a text it would be put into Latin-1 or GB 18030 where it fits, and telephones expect UTF-8
    content = text if text.isascii() else text.encode("utf-8")
    try:
        code = zxingcpp.create_barcode(content, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    except ValueError as error:
        raise TrustError(ErrorCode.LICENCE_DATA, "the QR text cannot be encoded", octets=octets) from error
    image = code.to_image(add_quiet_zones=False)
    across, _ = image.shape  # a square
    modules = bytes(image)  # type: ignore[call-overload] # its stub forgets the buffer
    return tuple(modules[start : start + across] for start in range(0, across * across, across))


def _boxes(rows: tuple[bytes, ...]) -> Iterator[Box]:
    """Yield a box for each horizontal run of dark modules, and one for all that lie below each other; from the top downwards."""
    stride = len(rows[0]) + 1
    high: dict[tuple[int, int], int] = {}  # how many rows, by the span of the uppermost
    for start, end in reversed([run.span() for run in _DARK.finditer(_LIGHT.join(rows))]):
        high[start, end] = high.pop((start + stride, end + stride), 0) + 1
    for (start, end), height in reversed(high.items()):
        y, x = divmod(start, stride)
        yield x + QUIET_ZONE, y + QUIET_ZONE, x + QUIET_ZONE + end - start, y + QUIET_ZONE + height
