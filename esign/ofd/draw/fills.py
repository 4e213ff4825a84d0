"""What fills an area instead of a colour: gradients and patterns; and groups, which are mixed with the ground as one.

A pattern's cell is drawn once and repeated by whoever shows the PDF (ISO 32000-1 8.7.3); GB/T 33190-2016 on patterns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from esign.ofd.draw.canvas import Canvas
from esign.ofd.draw.elements import attribute, child, number
from esign.ofd.draw.geometry import Box, read_matrix
from esign.ofd.draw.gradient import shading
from esign.ofd.draw.limits import MAX_SIDE_MM
from esign.ofd.draw.notes import Lack, Undrawable
from esign.ofd.draw.pdf_file import numbers
from esign.ofd.xml import local_name

if TYPE_CHECKING:
    from lxml.etree import _Element

    from esign.ofd.draw.colour import Paint
    from esign.ofd.draw.painter import Painter
    from esign.ofd.draw.path_data import Step
    from esign.ofd.draw.pdf_file import PdfFile

FULL_BOX: Final = Box(-MAX_SIDE_MM, -MAX_SIDE_MM, 2 * MAX_SIDE_MM, 2 * MAX_SIDE_MM)
_LEAST_STEP: Final = 0.05  # millimetres: finer cannot be seen, and whoever shows it must not draw millions


def fill_special(drawer: Painter, canvas: Canvas, steps: tuple[Step, ...], paint: Paint, *, even_odd: bool) -> None:
    """Fill a path with a gradient or pattern, or with the mean of its colours where it cannot be drawn, which is told."""
    element = paint.special
    if element is None:
        raise Undrawable(Lack.GRADIENT)
    try:
        match local_name(element):
            case "AxialShd" | "RadialShd":
                _gradient(drawer, canvas, steps, element, even_odd=even_odd)
                return
            case "Pattern":
                _pattern(drawer, canvas, steps, element, even_odd=even_odd)
                return
            case name:
                drawer.notes.add(Lack.GRADIENT, name)
    except Undrawable as error:
        drawer.notes.add(error.lack, error.detail)
    canvas.colours(fill=paint.colour)
    canvas.path(steps)
    canvas.paint(fill=True, stroke=False, even_odd=even_odd)


def _gradient(drawer: Painter, canvas: Canvas, steps: tuple[Step, ...], element: _Element, *, even_odd: bool) -> None:
    matrix, body = shading(element, drawer.resources, drawer.notes)
    place = drawer.material.store.file.add(body)
    with canvas.kept():
        canvas.path(steps)
        canvas.clip(even_odd=even_odd)
        canvas.concat(matrix)
        canvas.do("Shading", place, "sh")


def _pattern(drawer: Painter, canvas: Canvas, steps: tuple[Step, ...], element: _Element, *, even_odd: bool) -> None:
    width, height = number(element, "Width", 0.0), number(element, "Height", 0.0)
    content = child(element, "CellContent")
    matrix = read_matrix(attribute(element, "CTM")).then(canvas.matrix)
    if content is None or min(width, height) < _LEAST_STEP or matrix.is_flat:
        raise Undrawable(Lack.PATTERN)
    if (attribute(element, "ReflectMethod") or "Normal") != "Normal":
        drawer.notes.add(Lack.PATTERN, attribute(element, "ReflectMethod") or "")
    if (attribute(element, "RelativeTo") or "Object") != "Object":
        drawer.notes.add(Lack.PATTERN, "RelativeTo")
    drawer.material.budget.take("patterns")
    cell = Canvas(drawer.material.budget)
    drawer.block(cell, content, ())
    across, down = (max(number(element, name, side), side) for name, side in (("XStep", width), ("YStep", height)))
    resources, octets = cell.content
    place = drawer.material.store.file.add_stream(
        f"/Type /Pattern /PatternType 1 /PaintType 1 /TilingType 1 /BBox [0 0 {numbers(width, height)}]"
        f" /XStep {numbers(across)} /YStep {numbers(down)} /Matrix [{numbers(*matrix)}] /Resources {resources}",
        octets,
    )
    name = canvas.use("Pattern", place)
    canvas.write(f"/Pattern cs /{name} scn")
    canvas.path(steps)
    canvas.paint(fill=True, stroke=False, even_odd=even_odd)


def group(file: PdfFile, canvas: Canvas, box: Box) -> int:
    """Return the object of a canvas that is mixed with the ground as one (ISO 32000-1 11.6.6)."""
    edges = numbers(box.x, box.y, box.x + box.width, box.y + box.height)
    resources, octets = canvas.content
    return file.add_stream(
        f"/Type /XObject /Subtype /Form /FormType 1 /BBox [{edges}] /Resources {resources}"
        " /Group << /S /Transparency /CS /DeviceRGB /I true >>",
        octets,
    )
