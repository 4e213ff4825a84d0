"""What the content of one of typst's pages draws, as glyphs, paths and pictures in millimetres."""

# pyHanko ships its types with gaps:
# mypy: untyped-calls-exclude="pyhanko"

from __future__ import annotations

from copy import copy
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from pyhanko.pdf_utils.decode_limits import DecodePurpose
from pyhanko.pdf_utils.generic import StreamObject

from esign.ofd.colour_space import GREY, RGB
from esign.ofd.content_scan import PathData, Step, TextBlock, scan, unreadable
from esign.ofd.layout import PlacedImage, Shape
from esign.ofd.typeset_resources import Resources
from esign.ofd.typeset_state import OPAQUE, State, times
from esign.ofd.typeset_text import UPRIGHT, TextPen, plain_pieces, shown_runs, text_paint
from esign.pdf.reader import entry, name_of, numbers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyhanko.pdf_utils.generic import DictionaryObject

    from esign.ofd.layout import Box, Colour, Item, Matrix, Paint

MAX_SAVED: Final = 64  # q without Q
MAX_DEPTH: Final = 4  # forms inside forms
_IDLE: Final = frozenset((b"BDC", b"BMC", b"EMC", b"ri", b"i", b"MP", b"DP"))  # nothing of what they say is seen
_PAINTED: Final = {  # by operator: filled, by the even-odd rule, lined, closed before (8.5.3)
    b"f": (True, False, False),
    b"F": (True, False, False),
    b"f*": (True, True, False),
    b"B": (True, False, True),
    b"B*": (True, True, True),
    b"S": (False, False, True),
    b"n": (False, False, False),
}
_COLOURS: Final = frozenset(b"cs CS sc scn SC SCN g G rg RG".split())
_TEXT: Final = frozenset((b"BT", b"ET", b"Tf", b"Tm", b"Td", b"Tr", b"Ts", b"Tj", b"TJ"))
_CHANNEL: Final = 255
_KEPT: Final = 256  # paints of text
_MATRIX: Final = 6
_EDGES: Final = 4
_FLIPPED: Final[Matrix] = (1, 0, 0, -1, 0, 1)  # the unit square of a picture: up in PDF, down in OFD
_NORMAL: Final = ("/Normal", "/Compatible")


class Painter:
    """Reads one content; `depth` counts the forms it stands in."""

    def __init__(self, resources: Resources, state: State, depth: int = 0) -> None:
        self._resources = resources
        self._state = state
        self._saved: list[State] = []
        self._path: PathData | None = None
        self._clipping = False
        self._text = TextPen(resources)
        self._depth = depth

    def items(self, content: bytes) -> Iterator[Item]:
        """Yield what is drawn, in order. Raise RENDERING_FAILED for what has no place in our OFD pages."""
        for step in scan(content):
            if isinstance(step, TextBlock):
                yield from self._block(step)
            elif isinstance(step, PathData):
                self._path = step
            elif step.name in _TEXT:
                yield from self._text.act(step, self._state)
            elif step.name in _PAINTED:
                yield from self._painted(*_PAINTED[step.name])
            elif step.name == b"Do":
                yield from self._shown(step)
            elif step.name not in _IDLE:
                self._act(step)

    def _block(self, block: TextBlock) -> Iterator[Item]:
        """Yield what a run of text between q and Q shows; nothing of what it sets outlasts it."""
        place = times(Step(b"cm", block.place).numbers(_MATRIX), self._state.place)  # type: ignore[arg-type] # six, as asked
        yield from shown_runs(
            plain_pieces(block.shown),
            font=self._resources.font(f"/{block.font.decode('ascii')}"),
            size=float(block.size),
            place=times(UPRIGHT, place),
            clip=self._state.clip,
            paint=_paint_of(block.paint, block.mode, place[:4], self._state.painting(), self._resources.spaces()),
        )

    def _act(self, step: Step) -> None:
        state = self._state
        match step.name:
            case b"q":
                if len(self._saved) >= MAX_SAVED:
                    raise unreadable(b"q")
                self._saved.append(copy(state))
            case b"Q":
                if not self._saved:
                    raise unreadable(b"Q")
                self._state = self._saved.pop()
            case b"cm":
                state.place = times(step.numbers(_MATRIX), state.place)  # type: ignore[arg-type] # six, as asked
            case b"W":
                self._clipping = True
            case _ if step.name in _COLOURS:
                self._colour(step)
            case _:
                self._set(step)

    def _colour(self, step: Step) -> None:
        state = self._state
        match step.name:
            case b"cs":
                state.fill_parts = self._resources.parts(step.operands.decode("ascii").strip())
            case b"CS":
                state.stroke_parts = self._resources.parts(step.operands.decode("ascii").strip())
            case b"sc" | b"scn":
                state.fill = _colour(step.numbers(state.fill_parts))
            case b"SC" | b"SCN":
                state.stroke = _colour(step.numbers(state.stroke_parts))
            case b"g" | b"rg":
                state.fill = _colour(step.numbers(GREY if step.name == b"g" else RGB))
            case _:
                state.stroke = _colour(step.numbers(GREY if step.name == b"G" else RGB))

    def _set(self, step: Step) -> None:
        state = self._state
        match step.name:
            case b"w":
                (state.width,) = step.numbers(1)
            case b"J":
                state.cap = int(step.numbers(1)[0])
            case b"j":
                state.join = int(step.numbers(1)[0])
            case b"M":
                (state.miter,) = step.numbers(1)
            case b"d":
                array, _, start = step.operands.partition(b"]")
                state.dashes = tuple(map(float, array.strip(b" \n[").split()))
                state.dash_start = float(start)
            case b"gs":
                self._take(self._resources.look("/ExtGState", step.operands.decode("ascii").strip()))
            case _:
                raise unreadable(step.name)

    def _take(self, found: DictionaryObject) -> None:
        """Take the opacity of a graphics state (8.4.5). Raise RENDERING_FAILED for blending and soft masks."""
        if name_of(found, "/BM") not in {None, *_NORMAL} or name_of(found, "/SMask") not in {None, "/None"}:
            raise unreadable(b"gs")
        if "/SMask" in found and name_of(found, "/SMask") is None:
            raise unreadable(b"SMask")
        self._state.fill_alpha = round(float(entry(found, "/ca", 1)) * OPAQUE)
        self._state.stroke_alpha = round(float(entry(found, "/CA", 1)) * OPAQUE)

    def _painted(self, fill: bool, even_odd: bool, stroke: bool) -> Iterator[Shape]:  # noqa: FBT001 - a row of the table
        path, self._path = self._path, None
        clipping, self._clipping = self._clipping, False
        if path is None:
            raise unreadable(b"a path that is none")
        state = self._state
        if clipping:
            window = path.rectangle(state.place)
            if window is None:
                raise unreadable(b"W of another shape than an upright box")
            state.clip = _common(state.clip, window)
        if not (fill or stroke) or _is_empty(state.clip):
            return
        paint = state.paint(fill=fill, stroke=stroke)
        if stroke:  # programs disagree on whether a line's width is scaled: so nothing is left to scale
            yield Shape(data=path.moved(state.place), matrix=None, even_odd=even_odd, clip=state.clip, paint=paint)
        else:
            yield Shape(data=path.data.strip(), matrix=state.place, even_odd=even_odd, clip=state.clip, paint=paint)

    def _shown(self, step: Step) -> Iterator[Item]:
        """Yield a picture, or what a form draws (8.10)."""
        found = self._resources.look("/XObject", step.operands.decode("ascii").strip())
        state = self._state
        if not isinstance(found, StreamObject):
            raise unreadable(b"Do")
        if name_of(found, "/Subtype") == "/Image":
            matrix = times(_FLIPPED, state.place)
            if not _is_empty(state.clip):
                image = self._resources.image(found)
                yield PlacedImage(image=image, matrix=matrix, clip=state.clip, alpha=state.fill_alpha)
            return
        if self._depth >= MAX_DEPTH:
            raise unreadable(b"forms inside forms")
        inner = copy(state)
        own = numbers(entry(found, "/Matrix"), _MATRIX) if "/Matrix" in found else (1, 0, 0, 1, 0, 0)
        edges = numbers(entry(found, "/BBox"), _EDGES)
        if own is None or edges is None or own[1] or own[2] or state.place[1] or state.place[2]:
            raise unreadable(b"a turned form")
        if "/Group" in found and state.fill_alpha != OPAQUE:
            raise unreadable(b"a group that is seen through")
        inner.place = times(own, state.place)  # type: ignore[arg-type] # six, as asked
        a, _, _, d, e, f = inner.place
        xs, ys = sorted(a * x + e for x in edges[0::2]), sorted(d * y + f for y in edges[1::2])
        inner.clip = _common(inner.clip, (xs[0], ys[0], xs[1], ys[1]))
        painter = Painter(self._resources.inside(found), inner, self._depth + 1)
        yield from painter.items(found.read_data(DecodePurpose.GENERIC))


@lru_cache(maxsize=_KEPT)
def _paint_of(
    paint: bytes,
    mode: bytes,
    turn: tuple[float, ...],
    painting: tuple[object, ...],
    spaces: tuple[tuple[str, int], ...],
) -> Paint:
    """Return what a run of text is painted with: a page has some hundred runs, and all of a type a handful of paints."""
    state = State.painted((*turn, 0.0, 0.0), painting)  # type: ignore[arg-type] # six with these
    painter = Painter(Resources(None, None, dict(spaces)), state)
    for step in scan(paint):
        if isinstance(step, Step):
            painter._act(step)  # noqa: SLF001 - a painter of this module
    return text_paint(state, int(mode))


def _colour(parts: tuple[float, ...]) -> Colour:
    channels = [min(_CHANNEL, max(0, round(part * _CHANNEL))) for part in parts]
    return (channels[0], channels[0], channels[0]) if len(channels) == GREY else (channels[0], channels[1], channels[2])


def _common(first: Box, second: Box) -> Box:
    return (
        max(first[0], second[0]),
        max(first[1], second[1]),
        min(first[2], second[2]),
        min(first[3], second[3]),
    )


def _is_empty(box: Box) -> bool:
    return box[0] >= box[2] or box[1] >= box[3]
