"""The options of a visible seal, and how they become what was ordered."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from esign.pdf.places import Corner, FieldPlace, KeywordPlace, PagePlace, Side, UsualPlace
from esign.rendering.chop_style import ChopStyle
from trustkit.app.seal_shape import SealShape
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from esign.pdf.places import Place
    from esign.pdf.riding_edge import RidingEdge
    from trustkit.app.seal_order import SealWish

_SEAL: Final = "PDF: the visible seal"
_PAIR: Final = 2


class EdgeWord(StrEnum):
    """``--riding-edge``."""

    RIGHT = "right"
    LEFT = "left"
    RIGHT_ONLY = "right-only"
    LEFT_ONLY = "left-only"


def _option(*names: str, words: str, metavar: str | None = None) -> typer.models.OptionInfo:
    found: typer.models.OptionInfo = typer.Option(*names, help=words, metavar=metavar, rich_help_panel=_SEAL)
    return found


Seal = Annotated[
    SealShape | None,
    _option(
        "--seal",
        words="What is drawn: a round 公章, oval, square chop, signature block, or picture of handwriting. Unless told where, in the only empty field, else at the lower right of the last page.",
    ),
]
SealName = Annotated[
    str,
    _option("--seal-name", metavar="NAME", words="The name on it.  [default: the authority's, or the certificate's]"),
]
SealLine = Annotated[str, _option("--seal-line", metavar="TEXT", words="Round, oval: the line below, e.g. 合同专用章.")]
SealCode = Annotated[str, _option("--seal-code", metavar="TEXT", words="Round, oval: the code on the arc or across.")]
SealTexts = Annotated[
    list[str] | None,
    _option("--seal-text", metavar="TEXT", words="Signature: a line.  [default: reason, location and time]"),
]
SealImage = Annotated[
    Path | None, _option("--seal-image", metavar="PNG", words="Signature, image: a picture of handwriting.")
]
SealStyle = Annotated[
    ChopStyle | None,
    _option(
        "--seal-style",
        words="Square: yang 朱文, red characters; yin 白文, characters of paper in red.  [default: yang]",
    ),
]
Size = Annotated[
    str | None, _option("--size", metavar="MM", words="Width in millimetres, or WIDTHxHEIGHT.  [default: the usual]")
]
Page = Annotated[
    int | None, _option("--page", metavar="N", words="Page, from 1; from the last below 0.  [default: -1]")
]
At = Annotated[
    str | None,
    _option(
        "--at",
        metavar="X,Y",
        words="Millimetres between seal and corner (20,20); with --beside, to the right and up (0,0).",
    ),
]
FromCorner = Annotated[Corner | None, _option("--corner", words="Of the page as shown.  [default: bottom-right]")]
Beside = Annotated[
    str | None, _option("--beside", metavar="WORDS", words="Beside these words in the text of the file, not by --page.")
]
Hit = Annotated[
    int | None,
    _option("--hit", metavar="N", words="Which of their places, from 1; from the last below 0.  [default: 1]"),
]
OnSide = Annotated[Side | None, _option("--side", words="On which side of the words.  [default: right]")]
Riding = Annotated[
    EdgeWord | None,
    _option("--riding-edge", words="骑缝章: slices of the seal on this edge of every page; -only: and no whole seal."),
]
DryRun = Annotated[
    bool, _option("--dry-run", words="Sign nothing: write FILE.page-N.png, pictures of where the seal would be.")
]


@dataclass(frozen=True, slots=True)
class PlaceWords:
    """``--page``, ``--at`` and their kin."""

    page: int | None
    at: str | None
    corner: Corner | None
    beside: str | None
    hit: int | None
    side: Side | None

    @property
    def any(self) -> bool:
        """Whether anything was said."""
        return self.at is not None or self.by_page or self.by_words

    @property
    def by_page(self) -> bool:
        """Whether a page or a corner of it was named."""
        return self.page is not None or self.corner is not None

    @property
    def by_words(self) -> bool:
        """Whether words, or what goes with them, were named."""
        return any(word is not None for word in (self.beside, self.hit, self.side))

    def place(self, fields: tuple[str, ...]) -> Place:
        """Return where the seal goes: beside words, into the first of the fields, on a page, or as usual. Raise USAGE."""
        if self.by_page + self.by_words + bool(fields) > 1 or (fields and self.at is not None):
            raise TrustError(ErrorCode.USAGE, "a seal goes to a page, beside words, or into the --field: one of them")
        if fields:
            return FieldPlace(name=fields[0])
        if self.by_words:
            if self.beside is None:
                raise TrustError(ErrorCode.USAGE, "--hit and --side go with --beside")
            x, y = _pair(self.at or "0,0")
            hit = 1 if self.hit is None else self.hit
            return KeywordPlace(keyword=self.beside, hit=hit, side=self.side or Side.RIGHT, x_mm=x, y_mm=y)
        if not self.any:
            return UsualPlace()
        x, y = _pair(self.at or "20,20")
        page = -1 if self.page is None else self.page
        return PagePlace(page=page, x_mm=x, y_mm=y, corner=self.corner or Corner.BOTTOM_RIGHT)


@dataclass(frozen=True, slots=True)
class DrawnWords:
    """``--seal``, ``--size`` and what the seal shows."""

    shape: SealShape | None
    name: str
    line: str
    code: str
    texts: list[str] | None
    image: Path | None
    size: str | None
    style: ChopStyle | None = None

    @property
    def any(self) -> bool:
        """Whether anything was said."""
        return any((self.shape, self.name, self.line, self.code, self.texts, self.image, self.size, self.style))


@dataclass(frozen=True, slots=True)
class SealWords:
    """What the command line says of a seal."""

    drawn: DrawnWords
    place: PlaceWords
    riding: EdgeWord | None
    dry_run: bool

    @property
    def any(self) -> bool:
        """Whether anything was said."""
        return self.drawn.any or self.place.any or any((self.riding, self.dry_run))

    def wish(self, fields: tuple[str, ...]) -> SealWish | None:
        """Return the seal that was asked for, None for an invisible signature. Raise USAGE for words that do not fit."""
        from trustkit.app.seal_order import SealWish

        drawn = self.drawn
        if drawn.shape is None:
            if self.any:
                raise TrustError(ErrorCode.USAGE, "what the seal shows and where it goes are said with --seal")
            return None
        edge_only = self.riding in {EdgeWord.RIGHT_ONLY, EdgeWord.LEFT_ONLY}
        if edge_only and self.place.any:
            raise TrustError(ErrorCode.USAGE, "a seal on the edges only goes to no other place")
        width, height = _size(drawn.size)
        return SealWish(
            shape=drawn.shape,
            name=drawn.name,
            line=drawn.line,
            code=drawn.code,
            texts=None if drawn.texts is None else tuple(drawn.texts),
            picture=None if drawn.image is None else drawn.image.absolute(),
            width_mm=width,
            height_mm=height,
            style=drawn.style or ChopStyle.YANG,
            place=None if edge_only else self.place.place(fields),
            riding=self._riding(),
        )

    def _riding(self) -> RidingEdge | None:
        from esign.pdf.riding_edge import Edge, RidingEdge

        return None if self.riding is None else RidingEdge(edge=Edge(self.riding.value.removesuffix("-only")))


def _pair(text: str) -> tuple[float, float]:
    parts = text.split(",")
    try:
        numbers = [float(part) for part in parts]
    except ValueError:
        numbers = []
    if len(numbers) != _PAIR:
        raise TrustError(ErrorCode.USAGE, "--at takes two numbers of millimetres, such as 20,30")
    return numbers[0], numbers[1]


def _size(text: str | None) -> tuple[float | None, float | None]:
    if text is None:
        return None, None
    try:
        numbers = [float(part) for part in text.lower().replace("×", "x").split("x")]
    except ValueError:
        numbers = []
    if not 1 <= len(numbers) <= _PAIR:
        raise TrustError(ErrorCode.USAGE, "--size takes millimetres, such as 42 or 40x30")
    return numbers[0], numbers[1] if len(numbers) == _PAIR else None
