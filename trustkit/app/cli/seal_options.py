"""The options of a visible seal, and how they become what was ordered."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, TypeVar

import typer

from esign.pdf.places import Corner, FieldPlace, KeywordPlace, PagePlace, Side, UsualPlace
from esign.rendering.chop_style import ChopStyle
from trustkit.app.seal_shape import SealShape
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from esign.pdf.places import Place
    from esign.pdf.riding_edge import RidingEdge
    from trustkit.app.seal_order import SealWish

_T = TypeVar("_T")
_SEAL: Final = "PDF: the visible seal"
_PAIR: Final = 2
_BLANK: Final = ("", 0, Path())  # says nothing of its seal


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
    list[SealShape] | None,
    _option(
        "--seal",
        words="What is drawn: a round 公章, oval, square chop, signature block, or picture of handwriting; again for each further signer. The other options are said once, or once for each --seal in turn, blank ("
        " or 0) where they say nothing of it. Unless told where, in the only empty field, else at the lower right of the last page.",
    ),
]
SealName = Annotated[
    list[str] | None,
    _option(
        "--seal-name",
        metavar="NAME",
        words="The name on it, once for each.  [default: the authority's, or the certificate's]",
    ),
]
SealLine = Annotated[
    list[str] | None, _option("--seal-line", metavar="TEXT", words="Round, oval: the line below, e.g. 合同专用章.")
]
SealCode = Annotated[
    list[str] | None, _option("--seal-code", metavar="TEXT", words="Round, oval: the code on the arc or across.")
]
SealTexts = Annotated[
    list[str] | None,
    _option("--seal-text", metavar="TEXT", words="Signature: a line.  [default: reason, location and time]"),
]
SealImage = Annotated[
    list[Path] | None, _option("--seal-image", metavar="PNG", words="Signature, image: a picture of handwriting.")
]
SealStyle = Annotated[
    list[ChopStyle] | None,
    _option(
        "--seal-style",
        words="Square: yang 朱文, red characters; yin 白文, characters of paper in red.  [default: yang]",
    ),
]
ElectronicSeal = Annotated[
    list[str] | None,
    typer.Option(
        "--esl",
        metavar="SEAL",
        help="PDF and OFD: sign with this electronic seal, whose picture is shown: a .esl file or a number of the home's registry; again for each further signer."
        "  [default: the newest in force there that lists the certificate]",
        rich_help_panel=_SEAL,
    ),
]
Size = Annotated[
    list[str] | None,
    _option("--size", metavar="MM", words="Width in millimetres, or WIDTHxHEIGHT.  [default: the usual]"),
]
Page = Annotated[
    list[int] | None, _option("--page", metavar="N", words="Page, from 1; from the last below 0.  [default: -1]")
]
At = Annotated[
    list[str] | None,
    _option(
        "--at",
        metavar="X,Y",
        words="Millimetres between seal and corner (20,20); with --beside, to the right and up (0,0).",
    ),
]
FromCorner = Annotated[list[Corner] | None, _option("--corner", words="Of the page as shown.  [default: bottom-right]")]
Beside = Annotated[
    list[str] | None,
    _option("--beside", metavar="WORDS", words="Beside these words in the text of the file, not by --page."),
]
Hit = Annotated[
    list[int] | None,
    _option("--hit", metavar="N", words="Which of their places, from 1; from the last below 0.  [default: 1]"),
]
OnSide = Annotated[list[Side] | None, _option("--side", words="On which side of the words.  [default: right]")]
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
        """Return where the seal goes: beside words, into the signer's field, on a page, or as usual. Raise USAGE."""
        if self.by_page + self.by_words + bool(fields) > 1 or (fields and self.at is not None):
            raise TrustError(ErrorCode.USAGE, "a seal goes to a page, beside words, or into the --field: one of them")
        if fields:
            return FieldPlace(name=fields[0])
        if self.by_words:
            if self.beside is None:
                raise TrustError(ErrorCode.USAGE, "--hit and --side go with --beside")
            x, y = _pair("0,0" if self.at is None else self.at)
            hit = 1 if self.hit is None else self.hit
            return KeywordPlace(keyword=self.beside, hit=hit, side=self.side or Side.RIGHT, x_mm=x, y_mm=y)
        if not self.any:
            return UsualPlace()
        x, y = _pair("20,20" if self.at is None else self.at)
        page = -1 if self.page is None else self.page
        return PagePlace(page=page, x_mm=x, y_mm=y, corner=self.corner or Corner.BOTTOM_RIGHT)


@dataclass(frozen=True, slots=True)
class PlaceOptions:
    """The same, each option as often as it was given."""

    pages: list[int] | None
    ats: list[str] | None
    corners: list[Corner] | None
    besides: list[str] | None
    hits: list[int] | None
    sides: list[Side] | None

    @property
    def any(self) -> bool:
        """Whether anything was said."""
        return any((self.pages, self.ats, self.corners, self.besides, self.hits, self.sides))

    def each(self, shapes: Sequence[SealShape], *, edge_only: bool) -> tuple[PlaceWords, ...]:
        """Return what was said of each seal; of several, what was said once goes to those it fits. Raise USAGE as `_each`.

        With `edge_only` the first has no place beside the edges. A corner and a side, which have no blank, say nothing of
        a seal that lies beside words or on a page.
        """
        placed = [not edge_only or number > 0 for number in range(len(shapes))]
        besides = _each(self.besides, shapes, "--beside", placed)
        mixed = len(shapes) > 1 and bool(self.besides)
        by_words = [word is not None for word in besides] if mixed else placed
        by_page = [free and word is None for free, word in zip(placed, besides, strict=True)] if mixed else placed
        pages = _each(self.pages, shapes, "--page", by_page)
        corners = _each(self.corners, shapes, "--corner", by_page)
        hits = _each(self.hits, shapes, "--hit", by_words)
        sides = _each(self.sides, shapes, "--side", by_words)
        ats = _each(self.ats, shapes, "--at", placed)
        return tuple(
            PlaceWords(
                page=pages[number],
                at=ats[number],
                corner=corners[number] if by_page[number] or not mixed else None,
                beside=besides[number],
                hit=hits[number],
                side=sides[number] if by_words[number] or not mixed else None,
            )
            for number in range(len(shapes))
        )


@dataclass(frozen=True, slots=True)
class DrawnWords:
    """One ``--seal``, its ``--size`` and what it shows."""

    shape: SealShape
    name: str
    line: str
    code: str
    texts: list[str] | None
    image: Path | None
    size: str | None
    style: ChopStyle | None


@dataclass(frozen=True, slots=True)
class SealWords:
    """What the command line says of seals: each option as often as it was given."""

    shapes: list[SealShape] | None
    names: list[str] | None
    lines: list[str] | None
    codes: list[str] | None
    texts: list[str] | None
    images: list[Path] | None
    sizes: list[str] | None
    styles: list[ChopStyle] | None
    places: PlaceOptions
    riding: EdgeWord | None
    dry_run: bool

    @property
    def any(self) -> bool:
        """Whether anything was said."""
        return self.drawn_any or self.places.any or any((self.riding, self.dry_run))

    @property
    def drawn_any(self) -> bool:
        """Whether anything was said of what a seal shows."""
        return any((self.shapes, self.names, self.lines, self.codes, self.texts, self.images, self.sizes, self.styles))

    def places_of(self, shapes: Sequence[SealShape], fields: tuple[str, ...] = ()) -> tuple[Place | None, ...]:
        """Return where each seal goes, None for one that is on the edges only. Raise USAGE for words that do not fit."""
        edge_only = self.riding in {EdgeWord.RIGHT_ONLY, EdgeWord.LEFT_ONLY}
        places = self.places.each(shapes, edge_only=edge_only)
        if edge_only and places[0].any:
            raise TrustError(ErrorCode.USAGE, "a seal on the edges only goes to no other place")
        return tuple(
            None if edge_only and number == 0 else each.place(fields[number : number + 1])
            for number, each in enumerate(places)
        )

    def wishes(self, fields: tuple[str, ...]) -> tuple[SealWish, ...]:
        """Return the seals that were asked for, none for invisible signatures. Raise USAGE for words that do not fit."""
        count = len(self.shapes or ())
        if not count:
            if self.any:
                raise TrustError(ErrorCode.USAGE, "what the seal shows and where it goes are said with --seal")
            return ()
        drawn = self._drawn(count)
        places = self.places_of(self.shapes or (), fields)
        return tuple(
            _wish(one, places[number], self.riding_edge() if number == 0 else None) for number, one in enumerate(drawn)
        )

    def _drawn(self, count: int) -> tuple[DrawnWords, ...]:
        """Return what each shows; of several seals what was said once goes to those whose shape takes it."""
        shapes = self.shapes or []
        lined = _taken_by(shapes, SealShape.ROUND, SealShape.OVAL)
        pictured = _taken_by(shapes, SealShape.SIGNATURE, SealShape.IMAGE)
        names = [*(self.names or ()), *[""] * (count - len(self.names or ()))]
        if len(names) > count:
            raise TrustError(ErrorCode.USAGE, "more --seal-name than --seal")
        lines = _each(self.lines, shapes, "--seal-line", lined)
        codes = _each(self.codes, shapes, "--seal-code", lined)
        images = _each(self.images, shapes, "--seal-image", pictured)
        styles = _each(self.styles, shapes, "--seal-style", _taken_by(shapes, SealShape.SQUARE))
        sizes = _each(self.sizes, shapes, "--size")
        blocks = count == 1 or not self.texts
        return tuple(
            DrawnWords(
                shape=shape,
                name=names[number],
                line=lines[number] or "",
                code=codes[number] or "",
                texts=self.texts if blocks or shape is SealShape.SIGNATURE else None,
                image=images[number],
                size=sizes[number],
                style=styles[number],
            )
            for number, shape in enumerate(shapes)
        )

    def riding_edge(self) -> RidingEdge | None:
        """Return how the seal rides on the edges, None when it does not."""
        from esign.pdf.riding_edge import Edge, RidingEdge

        return None if self.riding is None else RidingEdge(edge=Edge(self.riding.value.removesuffix("-only")))


def _each(
    values: Sequence[_T] | None, shapes: Sequence[SealShape], option: str, taking: Sequence[bool] | None = None
) -> tuple[_T | None, ...]:
    """Return the value of an option for each seal, None where a blank was said in its turn; what was said once goes to those that take it.

    What was said once is never a blank: it is of all of them, and 0 or "" is as wrong there as with one seal.

    Raise USAGE unless it was said once, or once for each.
    """
    found = tuple(values or ())
    if len(found) > 1 and len(found) != len(shapes):
        raise TrustError(ErrorCode.USAGE, f"{option} is said once, or once for each --seal", seals=len(shapes))
    if not found or len(shapes) == 1:
        return found or (None,) * len(shapes)
    if len(found) > 1:
        return tuple(None if value in _BLANK else value for value in found)
    return tuple(found[0] if takes else None for takes in taking or (True,) * len(shapes))


def _taken_by(shapes: Sequence[SealShape], *taking: SealShape) -> tuple[bool, ...]:
    return tuple(shape in taking for shape in shapes)


def _wish(drawn: DrawnWords, place: Place | None, riding: RidingEdge | None) -> SealWish:
    from trustkit.app.seal_order import SealWish

    width, height = read_size(drawn.size)
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
        place=place,
        riding=riding,
    )


def _pair(text: str) -> tuple[float, float]:
    parts = text.split(",")
    try:
        numbers = [float(part) for part in parts]
    except ValueError:
        numbers = []
    if len(numbers) != _PAIR:
        raise TrustError(ErrorCode.USAGE, "--at takes two numbers of millimetres, such as 20,30")
    return numbers[0], numbers[1]


def read_size(text: str | None) -> tuple[float | None, float | None]:
    """Return width and height in millimetres, None for what was not said. Raise USAGE."""
    if text is None:
        return None, None
    try:
        numbers = [float(part) for part in text.lower().replace("×", "x").split("x")]
    except ValueError:
        numbers = []
    if not 1 <= len(numbers) <= _PAIR:
        raise TrustError(ErrorCode.USAGE, "--size takes millimetres, such as 42 or 40x30")
    return numbers[0], numbers[1] if len(numbers) == _PAIR else None
