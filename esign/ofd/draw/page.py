"""One page: its size, the templates beneath and above it, its layers, its annotations and the seals upon it.

Layers are drawn by kind, background, body, foreground; within a kind the templates of that ZOrder come first, then the page's own
layers as they stand (GB/T 33190-2016 on page areas, templates and layers). Seals come after the layers, annotations last.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from esign.ofd.draw.annotated import meets
from esign.ofd.draw.canvas import Canvas
from esign.ofd.draw.document import OpenPage
from esign.ofd.draw.elements import attribute, child, children, flag, identifier, same_id, text_of
from esign.ofd.draw.fills import group
from esign.ofd.draw.geometry import Box, read_box, shift
from esign.ofd.draw.limits import MAX_SIDE_MM, MIN_SIDE_MM
from esign.ofd.draw.notes import Lack, Undrawable
from esign.ofd.draw.objects import Drawer
from esign.ofd.xml import local_name
from trustkit.errors import TrustError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lxml.etree import _Element

    from esign.ofd.draw.document import OpenDocument, PageFile
    from esign.ofd.draw.material import Material
    from esign.ofd.draw.notes import Notes

A4: Final = Box(0.0, 0.0, 210.0, 297.0)
_KINDS: Final = ("Background", "Body", "Foreground")
_INK: Final = "Multiply"  # what lies beneath stays legible


def open_page(document: OpenDocument, page: PageFile) -> OpenPage:
    """Return a page. Raise TrustError when its file is not there or cannot be read."""
    root, name = document.xml(page.loc, document.name)
    own = list(children(root, "PageRes"))
    resources = document.resources.copy() if own else document.resources
    for each in own:
        document.add_resources(resources, text_of(each), name)
    return OpenPage(page_id=page.page_id, root=root, name=name, box=_page_box(document, root), resources=resources)


def _page_box(document: OpenDocument, root: _Element) -> Box:
    """Return the physical box of a page: its own, else the document's, else A4, which is told."""
    for area in (child(root, "Area"), child(document.common, "PageArea")):
        for name in ("PhysicalBox", "ApplicationBox"):
            element = child(area, name)
            if element is None:
                continue
            try:
                box = read_box(text_of(element))
            except Undrawable as error:
                document.notes.add(Lack.STYLE, f"{name}: {error.detail}")
                continue
            if min(box.width, box.height) >= MIN_SIDE_MM and max(box.width, box.height) <= MAX_SIDE_MM:
                return box
            document.notes.add(Lack.STYLE, f"{name} {text_of(element)}")
    document.notes.add(Lack.STYLE, "PhysicalBox")
    return A4


def other_boxes(document: OpenDocument, page: OpenPage) -> Iterator[Box]:
    """Yield the parts of the plane that other readers show of a page: another of its boxes or of the document's, or moved to the origin."""
    for area in (child(page.root, "Area"), child(document.common, "PageArea")):
        for each in children(area):
            try:
                box = read_box(text_of(each))
            except Undrawable:
                continue
            yield box
            yield Box(0.0, 0.0, box.width, box.height)


def draw_layers(canvas: Canvas, document: OpenDocument, page: OpenPage, material: Material) -> None:
    """Draw a page's layers and those of its templates. Raise Exhausted."""
    parts = [*_templates(document, page), (page, "")]
    drawn = [(part, layer) for kind in _KINDS for part, order in parts for layer in _layers(part.root, kind, order)]
    mixed = _in_other_orders(parts, drawn) and not material.leaves_out()
    for part, layer in drawn:
        with _ground(canvas, page, material, mixed=mixed) as ground:
            _layer(ground, Drawer(material, part.resources), layer)


def _in_other_orders(parts: Sequence[tuple[OpenPage, str]], drawn: Sequence[tuple[OpenPage, _Element]]) -> bool:
    """Whether readers that go by no kinds, or by those of layers alone, draw what is `drawn` in another order: some hide what others show."""
    written = [(part, layer) for part, _ in parts for layer in _every_layer(part.root)]
    by_kind = sorted(written, key=lambda each: _place(each[1]))
    return drawn != written or drawn != by_kind


@contextmanager
def _ground(canvas: Canvas, page: OpenPage, material: Material, *, mixed: bool) -> Iterator[Canvas]:
    """Give what to draw upon; where it is to be `mixed`, that hides nothing of what lies beneath."""
    if not mixed:
        yield canvas
        return
    material.budget.take("groups")
    inside = Canvas(material.budget)
    yield inside
    with canvas.kept():
        canvas.do("ExtGState", material.store.state(blend=_INK), "gs")
        canvas.do("XObject", group(material.store.file, inside, page.box), "Do")


def _layers(root: _Element, kind: str, order: str) -> Iterator[_Element]:
    """Yield the layers drawn in this turn: a template's all at its own turn, by their kinds; a page's by their kinds."""
    found = _every_layer(root)
    if not order:
        yield from (layer for layer in found if _kind(layer, "Type", "Body") == kind)
    elif order == kind:
        yield from sorted(found, key=_place)


def _every_layer(root: _Element) -> list[_Element]:
    return [layer for content in children(root, "Content") for layer in children(content)]


def _place(layer: _Element) -> int:
    return _KINDS.index(_kind(layer, "Type", "Body"))


def _kind(element: _Element, name: str, default: str) -> str:
    value = (element.get(name) or default).strip().capitalize()
    return value if value in _KINDS else default


def _tell_kind(element: _Element, name: str, notes: Notes) -> None:
    """Tell of a place among the layers that the standard does not have: readers differ about what lies on what."""
    value = (element.get(name) or "").strip()
    if value and value.capitalize() not in _KINDS:
        notes.add(Lack.AMBIGUOUS, f"{name} {value}")


def _layer(canvas: Canvas, drawer: Drawer, layer: _Element) -> None:
    """Draw a layer; an object that stands beside the layers as if it were in one, as some readers do, which is told."""
    if local_name(layer) != "Layer":
        drawer.notes.add(Lack.AMBIGUOUS, f"Content/{local_name(layer)}")
        drawer.one(canvas, layer, ())
        return
    _tell_kind(layer, "Type", drawer.notes)
    try:
        outer = drawer.resources.parameters(identifier(layer, "DrawParam"))
    except Undrawable as error:
        drawer.notes.add(error.lack, error.detail)
        outer = ()
    drawer.block(canvas, layer, outer)


def _templates(document: OpenDocument, page: OpenPage) -> Iterator[tuple[OpenPage, str]]:
    """Yield the templates a page names; what is wrong with one is told on each page."""
    known = document.templates
    for each in children(page.root, "Template"):
        number = same_id(each.get("TemplateID") or "")
        _tell_kind(each, "ZOrder", document.notes)
        try:
            template = known.get(number)
            if template is None:
                raise Undrawable(Lack.RESOURCE, f"TemplatePage {number}")  # noqa: TRY301 - told as all that follows
            if number not in document.opened:
                document.opened[number] = open_page(document, template)
            yield document.opened[number], _kind(each, "ZOrder", "Background")
        except TrustError as error:
            document.notes.add(Lack.RESOURCE, f"TemplatePage {number}: {error.detail}")
        except Undrawable as error:
            document.notes.add(error.lack, error.detail)


def draw_annotations(
    canvas: Canvas, document: OpenDocument, page: OpenPage, material: Material, *, depth: int = 0
) -> None:
    """Draw the appearances of a page's annotations; `depth` is how many documents it lies in. Raise Exhausted."""
    areas = () if depth or material.reading is None or material.reading.is_loose else material.reading.areas
    drawer = Drawer(material, page.resources)
    try:
        files = document.annotations(page.page_id)
    except TrustError as error:
        document.notes.add(Lack.ANNOTATION, error.detail)
        return
    for loc, holder in files:
        try:
            root, _ = document.xml(loc, holder)
        except TrustError as error:
            document.notes.add(Lack.ANNOTATION, error.detail)
            continue
        for annotation in children(root, "Annot"):
            # some readers draw none, or draw them before all the rest
            shown = child(annotation, "Appearance") is not None
            if shown and areas:
                shown = meets(annotation, areas, page.resources, material.budget)
            mixed = shown and not material.leaves_out()
            with _ground(canvas, page, material, mixed=mixed) as ground:
                _annotation(ground, drawer, annotation)


def _annotation(canvas: Canvas, drawer: Drawer, annotation: _Element) -> None:
    drawer.notes.object_id = annotation.get("ID") or ""
    try:
        if not flag(annotation, "Visible", default=True):
            drawer.notes.add(Lack.HIDDEN, "Annot")
            if drawer.material.leaves_out():
                return
        appearances = list(children(annotation, "Appearance"))
        kind = attribute(annotation, "Type") or ""
        if not appearances and kind != "Link":  # a place to click on; of the others readers draw something of their own
            drawer.notes.add(Lack.ANNOTATION, f"{kind}: no Appearance")
        for appearance in appearances:
            boundary = attribute(appearance, "Boundary")
            with canvas.kept():
                if boundary is not None:
                    box = read_box(boundary)
                    canvas.concat(shift(box.x, box.y))
                drawer.block(canvas, appearance, ())
    except Undrawable as error:
        drawer.notes.add(error.lack, error.detail)
    finally:
        drawer.notes.object_id = ""
