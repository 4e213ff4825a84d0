"""The objects of a page: texts, paths, pictures, composite units and blocks of them, each drawn in its own coordinates.

    Drawer(material, resources).block(canvas, layer, ())

An object lies at its Boundary's corner after its CTM; what passes the Boundary is cut off (GB/T 33190-2016 on graphic units),
of texts excepted: a font that stands in for another may reach farther, and what a file says is rather shown than hidden.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from esign.ofd.draw.canvas import Canvas
from esign.ofd.draw.clips import clip_to
from esign.ofd.draw.colour import BLACK, Paint
from esign.ofd.draw.elements import attribute, child, children, flag, identifier, number, opacity, whole_text
from esign.ofd.draw.fills import FULL_BOX, fill_special, group
from esign.ofd.draw.geometry import IDENTITY, Box, Matrix, reaches_beyond, read_box, read_matrix, scaling, shift
from esign.ofd.draw.layout import glyph_steps, has_uneven_exchange, lay_out, shown_by_its_text
from esign.ofd.draw.limits import MAX_DASH_COUNT, MAX_DEPTH
from esign.ofd.draw.notes import Lack, Undrawable
from esign.ofd.draw.path_data import length_of, points_of, read_path
from esign.ofd.draw.reading import draw_letters
from esign.ofd.draw.style import read_style
from esign.ofd.xml import local_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lxml.etree import _Element

    from esign.ofd.draw.colour import Rgb
    from esign.ofd.draw.geometry import Point
    from esign.ofd.draw.layout import Fonts, PlacedGlyph
    from esign.ofd.draw.material import Material
    from esign.ofd.draw.path_data import Step
    from esign.ofd.draw.resources import Resources
    from esign.ofd.draw.style import Style

OVERHANG: Final = 1.0  # millimetres: what is cut off of less nobody reads
_BOLD: Final = 600  # of Weight, 100 to 1000
_WORDY: Final = 16  # characters of a path that cost as much as a step
_CORNERS: Final = ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0))  # of a picture
_INK: Final = Paint(colour=BLACK, bare=BLACK)
SILENT: Final = frozenset(("Actions",))  # not of the look
Outer = tuple["_Element", ...]  # draw parameters that hold for what is within


class Drawer:
    """Draws objects onto canvases, by the definitions of one page."""

    def __init__(self, material: Material, resources: Resources) -> None:
        self.material = material
        self.resources = resources
        self.notes = material.notes
        self._depth = 0
        self._units: list[str] = []  # composite units that are being drawn, each inside the one before

    def block(self, canvas: Canvas, element: _Element, outer: Outer) -> None:
        """Draw all objects of a page block, layer or appearance, in order. Raise Exhausted."""
        self._depth += 1
        try:
            if self._depth > MAX_DEPTH:
                self.notes.add(Lack.RECURSION, local_name(element))
                return
            for each in children(element):
                self.one(canvas, each, outer)
        finally:
            self._depth -= 1

    def one(self, canvas: Canvas, element: _Element, outer: Outer) -> None:
        """Draw one object; what of it cannot be drawn is told. Raise Exhausted."""
        self.material.budget.take("objects")
        before = self.notes.object_id
        self.notes.object_id = element.get("ID") or before
        try:
            if not flag(element, "Visible", default=True):
                self.notes.add(Lack.HIDDEN, local_name(element))
                if self.material.leaves_out():
                    return
            self._draw(canvas, element, outer)
        except Undrawable as error:
            self.notes.add(error.lack, error.detail)
        finally:
            self.notes.object_id = before

    def _draw(self, canvas: Canvas, element: _Element, outer: Outer) -> None:
        match local_name(element):
            case "TextObject":
                self._text(canvas, element, outer)
            case "PathObject":
                self._path(canvas, element, outer)
            case "ImageObject":
                self._image(canvas, element)
            case "CompositeObject":
                self._composite(canvas, element, outer)
            case "PageBlock" | "Layer":
                inner = self.resources.parameters(identifier(element, "DrawParam"))
                self.block(canvas, element, (*inner, *outer))
            case name:
                if name not in SILENT:
                    self.notes.add(Lack.UNKNOWN, name)

    @contextmanager
    def _placed(
        self, canvas: Canvas, element: _Element, margin: float | None, points: Iterable[Point] | None = None
    ) -> Iterator[Box | None]:
        """Give the object's coordinates to what is drawn within, cut off at its Boundary and a margin, and at its Clips.

        `points` are around all that is drawn, None where that is not known.
        """
        boundary = attribute(element, "Boundary")
        box = read_box(boundary) if boundary is not None else None
        matrix = read_matrix(attribute(element, "CTM"))
        if matrix.is_flat and not self.material.leaves_out():
            matrix = IDENTITY
        with canvas.kept():
            if box is not None:
                if margin is not None and self._is_cut(box, matrix, points):
                    grown = Box(box.x - margin, box.y - margin, box.width + 2 * margin, box.height + 2 * margin)
                    canvas.cut(grown)
                canvas.concat(shift(box.x, box.y))
            canvas.concat(matrix)
            clip_to(self, canvas, element)
            yield box

    def _is_cut(self, box: Box, matrix: Matrix, points: Iterable[Point] | None) -> bool:
        """Whether an object is cut off at its Boundary: always, but where all is drawn that any reader may show."""
        if self.material.reading is None:
            return True
        reaches = points is None or reaches_beyond(map(matrix.apply, points), box, OVERHANG)
        return not reaches or self.material.leaves_out()

    # paths

    def _path(self, canvas: Canvas, element: _Element, outer: Outer) -> None:
        style = read_style(element, outer, self.resources, self.notes)
        steps = self.steps(element)
        stroke = flag(element, "Stroke", default=True)
        fill = self._filled(element, style, stroke=stroke)
        margin = style.width / 2 * self._stretch(element) if stroke else 0.0
        even_odd = (attribute(element, "Rule") or "").lower() == "even-odd" and self.material.leaves_out()
        with self._placed(canvas, element, margin, points_of(steps)):
            self.shape(canvas, steps, style, fill, stroke=stroke, alpha=opacity(element), even_odd=even_odd)

    def _filled(self, element: _Element, style: Style, *, stroke: bool) -> Paint | None:
        """Return what a path is filled with; what is to be neither filled nor stroked, or filled with nothing said, some readers fill."""
        is_filled = flag(element, "Fill", default=False)
        if is_filled and style.fill is not None:
            return style.fill
        is_bare = is_filled or not stroke
        return _INK if is_bare and not self.material.leaves_out() else None

    def steps(self, element: _Element) -> tuple[Step, ...]:
        """Return the path of a path object, or of a clip; that it is cut short is told."""
        data = child(element, "AbbreviatedData")
        text = whole_text(data, limit=None) if data is not None else ""
        budget = self.material.budget
        budget.take("segments", len(text) // _WORDY)  # it is read whatever comes of it
        steps, complete = read_path(text, budget.room("segments") + 1)
        budget.take("segments", len(steps))
        if not complete:
            self.notes.add(Lack.PATH_CUT)
        return steps

    @staticmethod
    def _stretch(element: _Element) -> float:
        return read_matrix(attribute(element, "CTM")).stretch

    def shape(
        self,
        canvas: Canvas,
        steps: tuple[Step, ...],
        style: Style,
        fill: Paint | None,
        *,
        stroke: bool,
        alpha: float,
        even_odd: bool,
    ) -> None:
        """Fill and stroke a path; lines are black where nothing says otherwise."""
        if not steps:
            return
        if fill is not None and fill.special is not None and self.material.leaves_out():
            with canvas.kept():
                self._opacity(canvas, alpha * fill.alpha, 1.0)
                fill_special(self, canvas, steps, fill, even_odd=even_odd)
            fill = None
        if stroke and style.stroke is not None and style.stroke.special is not None:
            self.notes.add(Lack.GRADIENT, "StrokeColor")
        if fill is None and not stroke:
            return
        line = style.stroke
        self._opacity(
            canvas, alpha * (fill.alpha if fill is not None else 1.0), alpha * (line.alpha if line is not None else 1.0)
        )
        canvas.colours(
            fill=self._colour(fill),
            stroke=(self._colour(line) or (0.0, 0.0, 0.0)) if stroke else None,
        )
        if stroke:
            canvas.write(self._lines(style, steps).line_operators)
        canvas.path(steps)
        canvas.paint(fill=fill is not None, stroke=stroke, even_odd=even_odd)

    def _lines(self, style: Style, steps: tuple[Step, ...]) -> Style:
        """Return the style of lines; without dashes where there would be more of them than anybody can see, which is told."""
        if style.dashes and not self.material.leaves_out():
            return replace(style, dashes=())
        if not style.dashes or length_of(steps) <= MAX_DASH_COUNT * sum(style.dashes) / len(style.dashes):
            return style
        self.notes.add(Lack.STYLE, "DashPattern")
        return replace(style, dashes=())

    def _opacity(self, canvas: Canvas, fill: float, stroke: float) -> None:
        if (fill < 1.0 or stroke < 1.0) and self.material.leaves_out():
            canvas.do("ExtGState", self.material.store.state(fill=fill, stroke=stroke), "gs")

    def _colour(self, paint: Paint | None) -> Rgb | None:
        if paint is None or paint.bare == paint.colour or self.material.leaves_out():
            return None if paint is None else paint.colour
        return paint.bare

    # texts

    def _text(self, canvas: Canvas, element: _Element, outer: Outer) -> None:
        style = read_style(element, outer, self.resources, self.notes)
        is_filled = flag(element, "Fill", default=True) or not self.material.leaves_out()
        is_stroked = flag(element, "Stroke", default=False) and style.stroke is not None
        glyphs = self.glyphs(element)
        with self._placed(canvas, element, None):
            if is_stroked or (style.fill is not None and style.fill.special is not None):
                fill = style.fill if is_filled else None
                for glyph in glyphs:
                    steps = glyph_steps(glyph)
                    self.material.budget.take("segments", len(steps))
                    self.shape(canvas, steps, style, fill, stroke=is_stroked, alpha=opacity(element), even_odd=False)
            elif is_filled:
                self._show(canvas, glyphs, style, opacity(element))

    def glyphs(self, element: _Element) -> Iterator[PlacedGlyph]:
        """Yield the glyphs of a text object, or of a clip."""
        bold = number(element, "Weight", 400.0) >= _BOLD
        fonts = self.material.fonts_of(self.resources, identifier(element, "Font"), bold=bold)
        exchanged = not has_uneven_exchange(element) or self.material.leaves_out()
        for glyph in lay_out(element, fonts, self.notes, exchanged=exchanged):
            self.material.budget.take("glyphs")
            yield glyph if self.material.reading is None else self._as_read(glyph, fonts)

    def _as_read(self, glyph: PlacedGlyph, fonts: Fonts) -> PlacedGlyph:
        """Return a glyph as others show it that go by its text, where that is asked for and its own shows nothing."""
        other = shown_by_its_text(glyph, fonts)
        return glyph if other is glyph or self.material.leaves_out() else other

    def _show(self, canvas: Canvas, glyphs: Iterator[PlacedGlyph], style: Style, alpha: float) -> None:
        colour = self._colour(style.fill) or (0.0, 0.0, 0.0)
        opaque = alpha * (style.fill.alpha if style.fill is not None else 1.0)
        self._opacity(canvas, opaque, opaque)
        canvas.colours(fill=colour, stroke=colour)
        with canvas.text() as show:
            for glyph in glyphs:
                place, code = self.material.store.glyph(glyph.key, glyph.outline, glyph.text, bold=glyph.is_bold)
                show(place, code, glyph.matrix)

    # pictures and composites

    def _image(self, canvas: Canvas, element: _Element) -> None:
        place = self.material.picture(
            self.resources, identifier(element, "ResourceID"), identifier(element, "ImageMask")
        )
        border, other = child(element, "Border"), attribute(element, "Substitution")
        if border is not None:
            self.notes.add(Lack.BORDER)
        if (border is not None or other is not None) and not self.material.leaves_out():
            place = None  # others show a frame, or another picture
        corners = () if attribute(element, "CTM") is None else _CORNERS
        with self._placed(canvas, element, 0.0, corners) as box:
            if attribute(element, "CTM") is None and box is not None:
                canvas.concat(scaling(box.width, box.height))  # as readers do, else it were one millimetre large
            if place is None:
                draw_letters(canvas, self.material.store)
                return
            self._opacity(canvas, opacity(element), 1.0)
            canvas.concat(Matrix(1, 0, 0, -1, 0, 1))  # PDF's unit square has its first row on top, at 1
            canvas.do("XObject", place, "Do")

    def _composite(self, canvas: Canvas, element: _Element, outer: Outer) -> None:
        unit_id = identifier(element, "ResourceID") or ""
        unit = self.resources.composites.get(unit_id)
        if unit is None:
            raise Undrawable(Lack.RESOURCE, f"CompositeGraphicUnit {unit_id}")
        if unit_id in self._units:
            raise Undrawable(Lack.RECURSION, f"CompositeGraphicUnit {unit_id}")
        inner = (*self.resources.parameters(identifier(element, "DrawParam")), *outer)
        alpha = opacity(element)
        self._units.append(unit_id)
        try:
            with self._placed(canvas, element, 0.0):
                other = next(children(unit, "Substitution", "Thumbnail"), None)
                if other is not None and not self.material.leaves_out():
                    canvas.concat(scaling(*(number(unit, side, 0.0) for side in ("Width", "Height"))))
                    draw_letters(canvas, self.material.store)  # others show a picture in its place
                    return
                if alpha == 1.0 or not self.material.leaves_out():
                    self._content(canvas, unit, inner)
                    return
                self.material.budget.take("groups")
                inside = Canvas(self.material.budget)
                self._content(inside, unit, inner)
                self._opacity(canvas, alpha, alpha)
                canvas.do("XObject", group(self.material.store.file, inside, FULL_BOX), "Do")
        finally:
            self._units.pop()

    def _content(self, canvas: Canvas, unit: _Element, outer: Outer) -> None:
        for content in children(unit, "Content"):
            self.block(canvas, content, outer)
