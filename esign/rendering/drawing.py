"""A seal or signature as it is drawn: one path in one colour made of outlines, and perhaps a picture of handwriting.

The same value serves as PDF operators and as SVG, so that a signed PDF needs no font for it. `esign.rendering.seal_drawing`
and its neighbours make these values.

    drawing.box; drawing.pdf_operators(); drawing.svg()
"""

from __future__ import annotations

import html
from base64 import b64encode
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from esign.rendering.handwriting import Handwriting
    from esign.rendering.outlines import Contour

POINTS_PER_MM: Final = 72 / 25.4
UNITS: Final = 1000.0  # a drawing measures this across, whatever its size
BOLDNESS: Final = 2.6  # a line of 0.1 mm around every stroke of 42 mm: thin strokes survive printing and copying
PICTURE_NAME: Final = "Picture"  # what the operators call the picture among their resources

Colour = tuple[float, float, float]  # sRGB, 0 to 1
RED: Final[Colour] = (0.84, 0.04, 0.07)  # seal red
INK: Final[Colour] = (0.07, 0.09, 0.22)  # blue-black, as documents are signed in


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedPicture:
    """A picture of handwriting and the box (left, bottom, right, top) it fills, in thousandths as the contours are."""

    handwriting: Handwriting
    box: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class SealDrawing:
    """A drawn seal: `width` and `height` in points; contours in thousandths of the width around the centre, y upwards."""

    width: float
    height: float
    title: str
    contours: tuple[Contour, ...] = field(repr=False)
    operators: bytes = field(repr=False)
    colour: Colour = RED
    boldness: float = BOLDNESS
    picture: PlacedPicture | None = field(default=None, repr=False)

    @property
    def box(self) -> tuple[float, float, float, float]:
        """The bounding box (0 0 width height) in points."""
        return 0.0, 0.0, self.width, self.height

    def pdf_operators(self) -> bytes:
        """Return the content stream of a form XObject with `box` as its BBox (ISO 32000-1 8.5, 8.10).

        The colour is DeviceRGB: a PDF/A needs an RGB output intent for it, which our licence pages have. It uses no
        resource but, where there is a picture, the image XObject `PICTURE_NAME`.
        """
        return self.operators

    def svg(self) -> str:
        """Return the same drawing as an SVG document of its true size."""
        width, height = (f"{side / POINTS_PER_MM:g}mm" for side in (self.width, self.height))
        tall = UNITS * self.height / self.width
        path = "".join(_svg_contour(contour) for contour in self.contours)
        colour = "#" + "".join(f"{round(value * 255):02x}" for value in self.colour)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"'
            f' viewBox="-{UNITS / 2:g} -{tall / 2:g} {UNITS:g} {tall:g}"><title>{html.escape(self.title, quote=False)}</title>'
            f'{self._svg_picture()}<path fill="{colour}" stroke="{colour}" stroke-width="{self.boldness:g}"'
            f' stroke-linejoin="round" d="{path}"/></svg>\n'
        )

    def _svg_picture(self) -> str:
        if self.picture is None:
            return ""
        left, bottom, right, top = self.picture.box
        data = b64encode(self.picture.handwriting.png).decode("ascii")
        return (
            f'<image x="{left:g}" y="{-top:g}" width="{right - left:g}" height="{top - bottom:g}"'
            f' preserveAspectRatio="none" href="data:image/png;base64,{data}"/>'
        )


def drawn(
    contours: Iterable[Contour],
    *,
    title: str,
    width_mm: float,
    height_mm: float,
    colour: Colour = RED,
    boldness: float = BOLDNESS,
    picture: PlacedPicture | None = None,
) -> SealDrawing:
    """Return the drawing of these contours, which are in thousandths of the width around the centre."""
    kept = tuple(contours)
    width, height = width_mm * POINTS_PER_MM, height_mm * POINTS_PER_MM
    pen = " ".join(f"{value:g}" for value in colour)
    scale = width / UNITS
    lines = ["q", f"{scale:.6f} 0 0 {scale:.6f} {width / 2:.4f} {height / 2:.4f} cm"]
    if picture is not None:
        left, bottom, right, top = picture.box
        lines += [
            "q",
            f"{right - left:.2f} 0 0 {top - bottom:.2f} {left:.2f} {bottom:.2f} cm",
            f"/{PICTURE_NAME} Do",
            "Q",
        ]
    if kept:
        lines += [f"{pen} rg", *((f"{pen} RG", f"{boldness:g} w 1 j") if boldness else ())]
        lines += [
            *(_pdf_contour(contour) for contour in kept),
            "B" if boldness else "f",
        ]  # a line of width 0 is not none
    return SealDrawing(
        width=width,
        height=height,
        title=title,
        contours=kept,
        operators="\n".join([*lines, "Q", ""]).encode("ascii"),
        colour=colour,
        boldness=boldness,
        picture=picture,
    )


def require_between(field: str, value: float, least: float, most: float, unit: str) -> None:
    """Raise SEAL_DESIGN, naming the field, when a count or a length of a design is out of bounds or no number."""
    if not least <= value <= most:
        raise TrustError(ErrorCode.SEAL_DESIGN, f"{least:g} to {most:g} {unit}", field=field, found=f"{value:g}")


def _pdf_contour(contour: Contour) -> str:
    x, y = contour.start
    parts = [f"{x:.1f} {y:.1f} m"]
    for segment in contour.segments:
        points = " ".join([f"{x:.1f} {y:.1f}" for x, y in segment])  # a tenth of a unit is 4 µm on a 42 mm seal
        parts.append(f"{points} {'l' if len(segment) == 1 else 'c'}")
    return "\n".join([*parts, "h"])


def _svg_contour(contour: Contour) -> str:
    x, y = contour.start
    parts = [f"M{x:.1f} {-y:.1f}"]
    for segment in contour.segments:
        points = " ".join([f"{x:.1f} {-y:.1f}" for x, y in segment])  # SVG measures downwards
        parts.append(f"{'L' if len(segment) == 1 else 'C'}{points}")
    return "".join([*parts, "Z"])
