"""Where a page shows letters: the areas they fill, in the page's own units (ISO 32000-1 9.4).

For judging whether something later lies over text. Leaders (rows of dots or underscores, where people are to write) are no letters
here, and neither are blanks; rows of codes that say nothing are marks all the same. Where readers may see letters in several places, or the way to them is lost, that is said
(`UnknownLettersError`) and not guessed.
"""

# pyHanko ships its types with gaps:
# mypy: untyped-calls-exclude="pyhanko"

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import groupby
from math import inf
from typing import TYPE_CHECKING, Final

from pyhanko.pdf_utils.generic import DictionaryObject, FloatObject, NumberObject, StreamObject

from esign.pdf.drawings import COLOURS, FAR, read_content
from esign.pdf.drawn_letters import shows_text
from esign.pdf.font_widths import FontWidths
from esign.pdf.marks import ENDING, MAKING, Marks, Path
from esign.pdf.names import spelt
from esign.pdf.operators import SHOWING, Operation
from esign.pdf.pages import EDGES, ONE, at, matrix_of, times
from esign.pdf.paint import BLACK, FILLING, Paint
from esign.pdf.reader import entry, items, name_of, numbers
from esign.pdf.resources import dictionary_of, own_resources, resource, resources_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from esign.pdf.appearance import Box
    from esign.pdf.letter_areas import Run
    from esign.pdf.pages import Matrix, TreeNode

_MAX_DEPTH: Final = 8  # forms inside forms
_MAX_SAVED: Final = 256  # q without Q
# of a size, how far letters reach: commas and tails below the line, digits and capitals above it; neighbours may touch the rest
_BELOW: Final = 0.15
_ABOVE: Final = 0.75
_WIDE_ABOVE: Final = 0.88  # of fonts of two octets a letter, which are those of Chinese
_POINTS: Final = 3  # of a leader: one is the point of an amount
_ROW: Final = 8  # of one and the same code: a leader in a font whose codes say nothing
SETTING: Final = frozenset(b"q Q cm gs Tf TL Tc Tw Tz Ts BT Tm Td TD T* ' \"".split())
_COUNTED: Final = SETTING | SHOWING
_NARROWEST: Final = 0.1  # of a size: a letter said to be narrower reaches as far as a wide one
_END: Final = 0.1  # of a size, left out at the end of a run: letters do not fill their width


class UnknownLettersError(Exception):
    """It cannot be told where a content shows letters."""


@dataclass(frozen=True, slots=True)
class State:
    """What q keeps: where things go, and how letters are set (table 104)."""

    place: Matrix
    font: FontWidths
    size: float = 1
    leading: float = 0
    spacing: float = 0
    word_spacing: float = 0
    scale: float = 1
    rise: float = 0
    paint: Paint = BLACK
    line_width: float = 1


@dataclass
class Pen:
    """The part of the graphics state that says where text goes. What it cannot tell it raises UnknownLettersError over."""

    now: State
    resources: DictionaryObject
    saved: list[State] = field(default_factory=list)
    line: Matrix = ONE
    least: float = 0  # along the line since it began, if letters are as narrow as they may be
    most: float = 0  # if they are as wide
    fonts: dict[int, tuple[object, FontWidths]] = field(default_factory=dict)  # read once, by the font's identity
    painted: dict[int, object] = field(default_factory=dict)  # patterns and masks without text, likewise
    marks: Marks = field(default_factory=Marks)  # all but black letters
    path: Path = field(default_factory=Path)

    def act(self, operation: Operation) -> None:
        """Take an operator of `SETTING` in."""
        numbers = operation.numbers
        match operation.name:
            case b"q":
                if len(self.saved) >= _MAX_SAVED:
                    raise UnknownLettersError
                self.saved.append(self.now)
            case b"Q":
                self.now = self.saved.pop() if self.saved else self.now
            case b"cm":
                self.now = replace(self.now, place=times(matrix_of(numbers), self.now.place))
            case b"Tf":
                font = self._resource("/Font", operation.names[0])
                self.now = replace(self.now, font=self._font(font), size=numbers[0])
            case b"gs":
                self._take(self._resource("/ExtGState", operation.names[0]))
            case b"TL" | b"Tc" | b"Tw" | b"Tz" | b"Ts":
                self._set(operation.name, numbers[0])
            case _:
                self._go(operation.name, numbers)

    def _take(self, state: object) -> None:
        """Take the font of a graphics state, which some readers do and some do not, and what it paints through."""
        if not isinstance(state, DictionaryObject):
            return
        if "/Font" in state:
            raise UnknownLettersError
        width = entry(state, "/LW")
        self.now = replace(self.now, paint=self.now.paint.under(state))
        if isinstance(width, NumberObject | FloatObject):
            self.now = replace(self.now, line_width=float(width))
        mask = entry(state, "/SMask")
        if isinstance(mask, DictionaryObject):
            self._paint(entry(mask, "/G"))

    def take_pattern(self, name: bytes) -> None:
        """Paint with a pattern. Raise UnknownLettersError for one that holds text."""
        self._paint(self._resource("/Pattern", name))

    def note(self, operation: Operation) -> None:
        """Take in what letters are painted with, and marks that are none."""
        name = operation.name
        if name in MAKING:
            self.path.make(operation, self.now.place)
        elif name in ENDING:
            self.path.paint(operation, self.marks, self.now.paint, self.now.line_width, self.now.place)
        elif name == b"w":
            self.now = replace(self.now, line_width=operation.numbers[0])
        elif name == b"BI":
            self.picture()
        elif name == b"sh":
            self.marks.fill_page()
        if name in COLOURS and operation.names:
            self.take_pattern(operation.names[-1])
        if name in FILLING:
            self._fill(operation)

    def _fill(self, operation: Operation) -> None:
        space = self._space(operation) if operation.name == b"cs" else None
        self.now = replace(self.now, paint=self.now.paint.after(operation, space))

    def _space(self, operation: Operation) -> object:
        spaces = resources_of(self.resources, "/ColorSpace")
        return entry(spaces, spelt(operation.names[0])) if operation.names else None

    def picture(self) -> None:
        """Note a picture, which fills the unit square (8.9.5)."""
        place = self.now.place
        self.marks.add((*at(place, 0, 0), *at(place, 1, 0), *_turned(place, 0, 1)))

    def _paint(self, through: object) -> None:
        self.marks.fill_page()  # whatever is painted through it
        if id(through) in self.painted:
            return
        if isinstance(through, StreamObject) and shows_text(through, self.resources):
            raise UnknownLettersError
        self.painted[id(through)] = through

    def _set(self, name: bytes, number: float) -> None:
        match name:
            case b"TL":
                self.now = replace(self.now, leading=number)
            case b"Tc":
                self.now = replace(self.now, spacing=number)
            case b"Tw":
                self.now = replace(self.now, word_spacing=number)
            case b"Ts":
                self.now = replace(self.now, rise=number)
            case _:
                self.now = replace(self.now, scale=number / 100)

    def _go(self, name: bytes, numbers: tuple[float, ...]) -> None:
        """Begin a line."""
        match name:
            case b"BT":
                self.line = ONE
            case b"Tm":
                self.line = matrix_of(numbers)
            case b"Td" | b"TD":
                if name == b"TD":
                    self._set(b"TL", -numbers[1])
                self.line = times((1, 0, 0, 1, numbers[0], numbers[1]), self.line)
            case _:  # T* ' "
                if name == b'"':
                    self.now = replace(self.now, word_spacing=numbers[0], spacing=numbers[1])
                self.line = times((1, 0, 0, 1, 0, -self.now.leading), self.line)
        self.least = self.most = 0

    def _resource(self, kind: str, name: bytes) -> object:
        """Return what a name stands for. Raise UnknownLettersError where readers look on in other resources, or for it."""
        found = resource(self.resources, kind, spelt(name))
        if found is None:
            raise UnknownLettersError
        return found

    def _font(self, font: object) -> FontWidths:
        if id(font) not in self.fonts:
            self.fonts[id(font)] = font, FontWidths(font)
        return self.fonts[id(font)][1]

    def inside(self, name: bytes) -> tuple[StreamObject, Pen] | None:
        """Return the form that an operator shows and the pen that writes it, None for a picture."""
        shown = self._resource("/XObject", name)
        if not isinstance(shown, StreamObject):
            raise UnknownLettersError
        if name_of(shown, "/Subtype") == "/Image":
            return None
        now = replace(self.now, place=times(_own_matrix(shown), self.now.place))
        resources = own_resources(shown, self.resources)
        return shown, Pen(now, resources, fonts=self.fonts, painted=self.painted, marks=self.marks)

    def runs(self, operation: Operation) -> Iterator[Run]:
        """Yield the letters an operation shows, and go on behind them."""
        if not self.now.font.is_told:
            raise UnknownLettersError
        pieces = operation.pieces if operation.name == b"TJ" else operation.texts
        is_black = self.now.paint.is_black and self.now.font.box is None
        if self.now.font.is_embedded:
            self.marks.fill_page()  # its outlines may lie anywhere about where its letters stand
        for piece in pieces:
            if isinstance(piece, bytes):
                for is_letter, run in self._shown(piece):
                    if not is_letter or not is_black:
                        self.marks.add(run)
                    if is_letter:
                        yield run
            else:
                self._advance(-piece / 1000 * self.now.size * self._scale)

    @property
    def _scale(self) -> float:
        return 1 if self.now.font.is_vertical else self.now.scale

    def _advance(self, least: float, most: float | None = None) -> None:
        self.least += least
        self.most += least if most is None else most

    def _shown(self, text: bytes) -> Iterator[tuple[bool, Run]]:
        """Yield where letters are shown, and leaders that may be none."""
        now = self.now
        where = times(self.line, now.place)
        unit, box = now.size * self._scale, now.font.box
        for is_letter, codes in _words(now.font, text):
            begin, end = inf, -inf
            for code, least, most in codes:
                for reach in (0, most if most >= _NARROWEST else 1) if box is None else box[0::2]:
                    begin, end = min(begin, self.least + unit * reach), max(end, self.most + unit * reach)
                blank = now.word_spacing if code == ord(" ") and now.font.is_simple else 0
                step = (now.spacing + blank) * self._scale
                self._advance(*(each + step for each in sorted((least * unit, most * unit))))
            end -= _END * abs(unit) if box is None else 0
            if not is_letter and now.font.leaders is not None:
                continue
            if now.font.is_vertical:  # downwards, about the middle of the letters (9.7.4.3)
                left, right = now.rise - now.size / 2, now.rise + now.size / 2
                yield is_letter, (*at(where, left, -begin), *at(where, left, -end), *_turned(where, right - left, 0))
            else:
                low, high = (
                    now.rise + now.size * edge
                    for edge in ((-_BELOW, _ABOVE if now.font.is_simple else _WIDE_ABOVE) if box is None else box[1::2])
                )
                yield is_letter, (*at(where, begin, low), *at(where, end, low), *_turned(where, 0, high - low))


def _words(font: FontWidths, text: bytes) -> Iterator[tuple[bool, list[tuple[int, float, float]]]]:
    """Yield the codes in groups, each with whether it is of letters."""
    if (leaders := font.leaders) is not None:
        for is_leader, group in groupby(font.advances(text), lambda pair: pair[0] in leaders):
            codes = list(group)
            points = sum(code not in font.blanks for code, *_ in codes)
            yield not is_leader or 0 < points < _POINTS, codes
        return
    for _, group in groupby(font.advances(text), lambda pair: pair[0]):
        codes = list(group)
        yield len(codes) < _ROW, codes


def _turned(matrix: Matrix, x: float, y: float) -> tuple[float, float]:
    """Return a way instead of a place."""
    a, b, c, d, _, _ = matrix
    return a * x + c * y, b * x + d * y


def letters_of_page(page: TreeNode, marks: Marks | None = None) -> Iterator[Run]:
    """Yield each run of letters on the page; put those that are not black, and whatever else it shows, into `marks`.

    Raises:
        UnknownLettersError: readers may see letters elsewhere.
        TrustError: PDF_MALFORMED or PDF_LIMIT for a content that cannot be read.
    """
    contents = entry(page.dictionary, "/Contents")
    inherited = page.inherited.get("/Resources")
    resources = None if inherited is None else inherited.get_object()
    parts = [contents] if isinstance(contents, StreamObject) else items(contents)
    streams = [part for part in parts if isinstance(part, StreamObject)]
    pen = Pen(State(ONE, FontWidths(None)), dictionary_of(resources), marks=Marks() if marks is None else marks)
    yield from _letters(read_content(*streams), pen, 0)


def letters_of_drawing(drawing: StreamObject, box: Box) -> Iterator[Run]:
    """Yield each run of letters of an annotation's drawing that is shown in `box` (12.5.5, algorithm 8.1).

    Raises as `letters_of_page` does.
    """
    own = _own_matrix(drawing)
    edges = numbers(entry(drawing, "/BBox"), EDGES)
    if edges is None:
        raise UnknownLettersError
    corners = [at(own, x, y) for x in edges[0::2] for y in edges[1::2]]
    xs, ys = sorted(x for x, _ in corners), sorted(y for _, y in corners)
    width, height = xs[-1] - xs[0], ys[-1] - ys[0]
    across = (box[2] - box[0]) / width if width else 1
    up = (box[3] - box[1]) / height if height else 1
    place: Matrix = (across, 0, 0, up, box[0] - across * xs[0], box[1] - up * ys[0])
    pen = Pen(State(times(own, place), FontWidths(None)), own_resources(drawing))
    yield from _letters(read_content(drawing), pen, 0)


def _letters(operations: Iterator[Operation], pen: Pen, depth: int) -> Iterator[Run]:
    for operation in operations:
        if not operation.is_proper:
            raise UnknownLettersError
        if operation.name in _COUNTED and any(abs(number) > FAR for number in operation.numbers):
            raise UnknownLettersError  # some readers count in 32 bits
        if operation.name in SETTING:
            pen.act(operation)
        if operation.name in SHOWING:
            yield from pen.runs(operation)
        elif operation.name == b"Do":
            yield from _letters_inside(operation, pen, depth)
        else:
            pen.note(operation)


def _letters_inside(operation: Operation, pen: Pen, depth: int) -> Iterator[Run]:
    inside = pen.inside(operation.names[0])
    if inside is None:
        pen.picture()
        return
    if depth >= _MAX_DEPTH:
        raise UnknownLettersError
    form, inner = inside
    yield from _letters(read_content(form), inner, depth + 1)


def _own_matrix(form: StreamObject) -> Matrix:
    if "/Matrix" not in form:
        return ONE
    found = numbers(entry(form, "/Matrix"), len(ONE))
    if found is None:
        raise UnknownLettersError
    return matrix_of(found)
