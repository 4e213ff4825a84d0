"""The picture of a seal that is applied for: drawn as visible seals are, or brought as a PNG and taken as it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - a parameter of a public method
from pathlib import Path  # noqa: TC003 - a field type of a public dataclass
from typing import TYPE_CHECKING, Final

from esign.seal.model import SealPicture
from esign.seal.order import MAX_PICTURE_OCTETS, MAX_SIDE_MM
from esign.seal.picture import picture_of, read_picture
from esign.seal.picture_kind import PictureKind, picture_facts
from trustkit.app.files import read_input
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
            data = read_input(self.file, limit=MAX_PICTURE_OCTETS)
            if picture_facts(data).kind is not PictureKind.PNG:
                raise TrustError(ErrorCode.SEAL_PICTURE, "a picture that is brought is a PNG")
            width = self.width_mm or _USUAL_MM
            height = self.height_mm or width
            brought = SealPicture(type=PictureKind.PNG.value, data=data, width=_whole(width), height=_whole(height))
            read_picture(brought)  # it is one in full; the octets stay those the applicant signs
            return brought
        if self.drawn is None or self.file is not None:
            raise TrustError(ErrorCode.USAGE, "a seal is drawn, or a picture is brought")
        return picture_of(self.drawn.seal_order(SealFacts(name=self.drawn.name, at=at)).drawing)


def _whole(millimetres: float) -> int:
    """Return whole millimetres, in which seals are measured. Raise USAGE for less than one."""
    if not 1 <= millimetres <= MAX_SIDE_MM:
        raise TrustError(ErrorCode.USAGE, f"a side has 1 to {MAX_SIDE_MM} mm")
    return round(millimetres)
