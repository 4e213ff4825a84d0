"""The visible seal that was ordered of signatures into PDF files: what it shows and where, before any file or key is looked at.

order = SealWish(shape=SealShape.ROUND, place=PagePlace(x_mm=20, y_mm=20))
order.seal_order(SealFacts(name="示例市市场监督管理局", at=now))      # for `esign.pdf.sealing`
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final, assert_never

from esign.pdf.placement import SealOrder
from esign.pdf.places import UsualPlace
from esign.rendering.chop_style import ChopStyle
from esign.rendering.handwriting import MAX_OCTETS, read_handwriting
from esign.rendering.seal_drawing import SealDesign, draw_seal
from esign.rendering.seal_oval import OvalDesign, draw_oval
from esign.rendering.seal_square import SquareDesign, draw_square
from esign.rendering.signature_block import MAX_NAME, SignatureDesign, draw_signature
from esign.seal.picture import seal_drawing
from esign.seal.read import parse_seal
from trustkit.app.files import read_input
from trustkit.app.nested_picture import nested_png
from trustkit.app.place_json import place_from_json, place_to_json, riding_from_json, riding_to_json
from trustkit.app.seal_shape import SealShape
from trustkit.clock import CHINA
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from esign.pdf.places import Place
    from esign.pdf.riding_edge import RidingEdge
    from esign.rendering.drawing import SealDrawing
    from esign.rendering.handwriting import Handwriting


_USUAL_MM: Final = {  # width and height; where only a width is given the height keeps the proportion
    SealShape.ROUND: (42.0, 42.0),
    SealShape.OVAL: (40.0, 30.0),
    SealShape.SQUARE: (20.0, 20.0),
    SealShape.SIGNATURE: (60.0, 24.0),
    SealShape.IMAGE: (60.0, 24.0),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SealFacts:
    """What one signature brings to its seal: who signs, when, why and where."""

    name: str
    at: datetime
    reason: str = ""
    location: str = ""


@dataclass(frozen=True, kw_only=True)
class SealWish:
    """A seal as it was asked for. `name` empty takes the signer's; `width_mm`, `height_mm` None take the usual size.

    `line` stands below (round, oval), `code` on the lower arc or across; `texts` are the lines of a signature block, None
    for reason, place and time; `style` is how a square chop is cut. `picture` is a PNG of handwriting. `place` None puts no seal into
    one place: then `riding` is there. `shape` None is the electronic seal that is signed with, which has a picture and a size of its own:
    `electronic` is its file or its number in the registry, None for the one there that fits.
    """

    shape: SealShape | None
    electronic: str | None = None
    name: str = ""
    line: str = ""
    code: str = ""
    texts: tuple[str, ...] | None = None
    picture: Path | None = None
    width_mm: float | None = None
    height_mm: float | None = None
    style: ChopStyle = ChopStyle.YANG
    place: Place | None = field(default_factory=UsualPlace)
    riding: RidingEdge | None = None

    def __post_init__(self) -> None:
        """Raise USAGE for words that do not go together."""
        if self.shape is SealShape.IMAGE and self.picture is None:
            raise TrustError(ErrorCode.USAGE, "--seal image shows a picture: --seal-image")
        if self.picture is not None and self.shape not in {SealShape.IMAGE, SealShape.SIGNATURE}:
            raise TrustError(ErrorCode.USAGE, "--seal-image goes with --seal image or signature")
        if (self.line or self.code) and self.shape not in {SealShape.ROUND, SealShape.OVAL}:
            raise TrustError(ErrorCode.USAGE, "--seal-line and --seal-code stand on round and oval seals")
        if self.style is not ChopStyle.YANG and self.shape is not SealShape.SQUARE:
            raise TrustError(ErrorCode.USAGE, "--seal-style goes with --seal square")
        if self.texts is not None and self.shape is not SealShape.SIGNATURE:
            raise TrustError(ErrorCode.USAGE, "--seal-text goes with --seal signature")
        if self.height_mm is not None and self.shape in {SealShape.ROUND, SealShape.SQUARE}:
            raise TrustError(ErrorCode.USAGE, "a round or square seal has one size")

    @cached_property
    def handwriting(self) -> Handwriting | None:
        """The picture, read once. Raise INPUT_* and SEAL_PICTURE."""
        return None if self.picture is None else read_handwriting(read_input(self.picture, limit=MAX_OCTETS))

    def seal_order(self, facts: SealFacts) -> SealOrder:
        """Return the drawing and where it goes.

        Raises:
            TrustError: SEAL_DESIGN, GLYPH_MISSING, FONT_MISSING, SEAL_PICTURE, INPUT_*; USAGE for an electronic seal, whose picture only
                `electronic_order` has.
        """
        if self.shape is None:
            raise TrustError(ErrorCode.USAGE, "an electronic seal shows its own picture")
        return SealOrder(drawing=self._drawing(self.shape, facts), place=self.place, riding=self.riding)

    def electronic_order(self, seal: bytes) -> SealOrder:
        """Return the picture of an electronic seal (SESeal, DER) and where it goes.

        Raises:
            TrustError: SEAL_PICTURE, what parsing the seal raises, and `nested_png` of a picture that is a document.
        """
        return SealOrder(drawing=seal_drawing(parse_seal(seal), nested_png), place=self.place, riding=self.riding)

    def _drawing(self, shape: SealShape, facts: SealFacts) -> SealDrawing:
        name = self.name or facts.name
        usual_width, usual_height = _USUAL_MM[shape]
        width = usual_width if self.width_mm is None else self.width_mm
        height = width * usual_height / usual_width if self.height_mm is None else self.height_mm
        match shape:
            case SealShape.ROUND:
                return draw_seal(SealDesign(name=name, lower_line=self.line, code=self.code, diameter_mm=width))
            case SealShape.OVAL:
                oval = OvalDesign(name=name, lower_line=self.line, code=self.code, width_mm=width, height_mm=height)
                return draw_oval(oval)
            case SealShape.SQUARE:
                return draw_square(SquareDesign(name=name, side_mm=width, style=self.style))
            case SealShape.SIGNATURE | SealShape.IMAGE:
                block = SignatureDesign(
                    name=name[:MAX_NAME],
                    lines=self._lines(facts),
                    handwriting=self.handwriting,
                    width_mm=width,
                    height_mm=height,
                )
                return draw_signature(block)
        assert_never(shape)

    def _lines(self, facts: SealFacts) -> tuple[str, ...]:
        """Return the lines of a block: reason, place and time unless told otherwise, without labels in some language."""
        if self.shape is SealShape.IMAGE:
            return ()
        if self.texts is not None:
            return self.texts
        time = f"{facts.at.astimezone(CHINA):%Y-%m-%d %H:%M} +08:00"
        return tuple(line for line in (facts.reason, facts.location, time) if line)

    def to_json(self) -> dict[str, object]:
        """Return what `from_json` reads again."""
        return {
            **{key: getattr(self, key) for key in ("name", "line", "code", "width_mm", "height_mm")},
            "shape": None if self.shape is None else self.shape.value,
            "electronic": self.electronic,
            "style": self.style.value,
            "texts": None if self.texts is None else list(self.texts),
            "picture": None if self.picture is None else str(self.picture),
            "place": place_to_json(self.place),
            "riding": riding_to_json(self.riding),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, object]) -> SealWish:
        """Return what `to_json` wrote."""
        found = dict(value)
        texts, picture, place, riding = (found.pop(key) for key in ("texts", "picture", "place", "riding"))
        shape = None if value["shape"] is None else SealShape(str(value["shape"]))
        return cls(
            **found | {"shape": shape, "style": ChopStyle(str(value["style"]))},  # type: ignore[arg-type] # names and numbers as written
            texts=tuple(str(each) for each in texts) if isinstance(texts, list) else None,
            picture=Path(str(picture)) if picture is not None else None,
            place=place_from_json(place),
            riding=riding_from_json(riding),
        )
