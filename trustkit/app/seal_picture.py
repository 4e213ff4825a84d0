"""The picture of a seal that is applied for: drawn as visible seals are, or brought.

A PNG and an OFD of one page are taken as they are, an SVG is made a PNG, so that all who decide see what will stand in the seal.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - a parameter of a public method
from pathlib import Path  # noqa: TC003 - a field type of a public dataclass
from typing import TYPE_CHECKING, Final

from esign.ofd.nested_picture import reaches_beyond
from esign.ofd.stamp_places import LARGER
from esign.rendering.vector_picture import png_of_svg
from esign.seal.model import SealPicture
from esign.seal.order import MAX_PICTURE_OCTETS, MAX_SIDE_MM
from esign.seal.picture import picture_of, read_picture
from esign.seal.picture_kind import PictureKind, picture_facts
from trustkit.app.files import read_input
from trustkit.app.nested_picture import nested_png
from trustkit.app.ofd_drawer import OfdDrawer
from trustkit.app.seal_order import SealFacts
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from trustkit.app.seal_order import SealWish

_USUAL_MM: Final = 42.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureWish:
    """How a seal shall look: `drawn` here, or a `file`, whose sides are said in millimetres (a square of the usual size unless told)."""

    drawn: SealWish | None = None
    file: Path | None = None
    width_mm: float | None = None
    height_mm: float | None = None

    def picture(self, at: datetime) -> SealPicture:
        """Return the picture. Raise SEAL_DESIGN, GLYPH_MISSING, FONT_MISSING, SEAL_PICTURE, INPUT_*; USAGE for neither or both."""
        if self.file is not None and self.drawn is None:
            return self._brought(read_input(self.file, limit=MAX_PICTURE_OCTETS))
        if self.drawn is None or self.file is not None:
            raise TrustError(ErrorCode.USAGE, "a seal is drawn, or a picture is brought")
        return picture_of(self.drawn.seal_order(SealFacts(name=self.drawn.name, at=at)).drawing)

    def _brought(self, data: bytes) -> SealPicture:
        width = _whole(self.width_mm or _USUAL_MM)
        height = _whole(self.height_mm or width)
        kind = picture_facts(data).kind
        if kind is PictureKind.SVG:
            kind, data = PictureKind.PNG, png_of_svg(data, width_mm=width, height_mm=height)
        elif kind is PictureKind.OFD:
            _require_seal(data, max(width, height))
        elif kind is not PictureKind.PNG:
            raise TrustError(ErrorCode.SEAL_PICTURE, "a picture that is brought is a PNG, an SVG or an OFD")
        brought = SealPicture(type=kind.value, data=data, width=width, height=height)
        read_picture(brought, nested_png)  # it is one in full; the octets stay those the applicant signs
        return brought


def _require_seal(ofd: bytes, side: int) -> None:
    """Raise SEAL_PICTURE for a document that is not drawn whole on one page, within the seal; what drawing raises."""
    beyond = reaches_beyond(ofd, side * LARGER)
    if beyond:
        raise TrustError(ErrorCode.SEAL_PICTURE, beyond)
    with OfdDrawer() as drawer:
        drawn = drawer.draw(ofd, pages=(1,))
    missing = next((note for note in drawn.notes if note.is_missing), None)
    if drawn.page_count != 1 or missing is not None:
        lack = "" if missing is None else f", and {missing.lack.value} {missing.detail} is not drawn".rstrip()
        raise TrustError(ErrorCode.SEAL_PICTURE, f"an OFD of {drawn.page_count} pages{lack}")


def _whole(millimetres: float) -> int:
    """Return whole millimetres, in which seals are measured. Raise USAGE for less than one."""
    if not 1 <= millimetres <= MAX_SIDE_MM:
        raise TrustError(ErrorCode.USAGE, f"a side has 1 to {MAX_SIDE_MM} mm")
    return round(millimetres)
