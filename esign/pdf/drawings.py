"""What the drawing of an annotation puts on a page: nothing, ink, or something that hides what lies under it.

Ink (blend mode Multiply, as our seals) replaces nothing it lies on. What cannot be told counts as hiding: what readers may take
in several ways, names that stand in no resources of the drawing's own, letters and patterns that are drawings themselves.
"""

# pyHanko ships its types with gaps:
# mypy: untyped-calls-exclude="pyhanko"

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from pyhanko.pdf_utils.generic import DictionaryObject, FloatObject, NumberObject, StreamObject

from esign.pdf.encodings import plain_octets
from esign.pdf.names import spelt
from esign.pdf.operators import PAINTING, SHOWING, Operation, read_operations
from esign.pdf.pages import EDGES, ONE
from esign.pdf.reader import charge, entry, items, name_of, numbers
from esign.pdf.resources import own_resources, resource

if TYPE_CHECKING:
    from collections.abc import Iterator

_MARKS: Final = (PAINTING - {b"Do"}) | SHOWING  # a white line hides as well as a white box, and letters replace letters
_MAX_DEPTH: Final = 4  # forms inside forms: Adobe's appearances have three layers
_INK: Final = frozenset({"/Multiply", "/Darken", "/ColorBurn"})  # dark stays dark (ISO 32000-1 table 136)
_KINDS: Final = ("/N", "/R", "/D")  # at rest, under the pointer, pressed (table 168)
_THIN: Final = 2.0  # points of a frame that hides nothing
_PICTURE: Final = b"BI"
_TURNED: Final = frozenset({"/TR", "/TR2"})  # transfer functions, which may turn black to white
_APART: Final = frozenset({"/ca", "/SMask"})
FAR: Final = 100_000.0  # units: beyond it readers count in steps one can see, or lose what is small
_NARROW: Final = 0.01  # units of a side
COLOURS: Final = frozenset((b"scn", b"SCN"))  # with a name: of a pattern (8.7.3)
LETTER_FONTS: Final = frozenset(
    {"/Type0", "/Type1", "/MMType1", "/TrueType"}
)  # whose letters are outlines of one colour


@dataclass(frozen=True, slots=True)
class _Laid:
    """What q keeps: whether marks are laid on as ink, whether paint and letters are of one piece, and whether forms keep their ink."""

    ink: bool
    plain: bool = True
    paint: bool = True
    letters: bool = False  # until a font is set


def read_content(*streams: StreamObject) -> Iterator[Operation]:
    """Yield the operations of a content, one that is not proper where readers may decode it otherwise.

    Raise PDF_MALFORMED, or PDF_LIMIT when the file has had too much read already.
    """
    parts = []
    for stream in streams:
        octets = plain_octets(stream)
        if octets is None:
            yield Operation(b"", (), (), is_proper=False)
            return
        charge(stream, len(octets))
        parts.append(octets)
    yield from read_operations(b"\n".join(parts))


def normal_drawing(annotation: DictionaryObject) -> StreamObject | None:
    """Return the drawing at rest; None when there is none, or one for each of several states."""
    appearance = entry(annotation, "/AP")
    drawing = entry(appearance, "/N") if isinstance(appearance, DictionaryObject) else None
    return drawing if isinstance(drawing, StreamObject) else None


def is_drawn(annotation: DictionaryObject) -> bool:
    """Return whether an annotation shows anything, at rest or under the pointer."""
    return is_framed(annotation) or any(True for drawing in _drawings(annotation) for _ in _marks(drawing))


def is_opaque(annotation: DictionaryObject) -> bool:
    """Return whether an annotation may hide what is under it, at rest or under the pointer."""
    return is_framed(annotation) or any(not ink for drawing in _drawings(annotation) for ink in _marks(drawing))


def is_bounded(annotation: DictionaryObject) -> bool:
    """Return whether every drawing of an annotation says its bounds, without which readers neither scale nor clip it.

    Bounds that vanish or overflow in the numbers some readers count with are none.
    """
    return all(map(_has_bounds, _drawings(annotation)))


def has_area(drawing: StreamObject) -> bool:
    """Return whether the bounds of a drawing hold anything."""
    box = numbers(entry(drawing, "/BBox"), EDGES)
    return box is not None and box[0] != box[2] and box[1] != box[3]


def _has_bounds(drawing: StreamObject) -> bool:
    box = numbers(entry(drawing, "/BBox"), EDGES)
    matrix = numbers(entry(drawing, "/Matrix"), len(ONE)) if "/Matrix" in drawing else ONE
    if box is None or matrix is None or max(map(abs, (*box, *matrix))) > FAR:
        return False
    a, b, c, d, _, _ = matrix
    across, up = abs(box[2] - box[0]), abs(box[3] - box[1])
    return (across, up) == (0, 0) or min(abs(a) * across + abs(c) * up, abs(b) * across + abs(d) * up) > _NARROW


def is_framed(annotation: DictionaryObject) -> bool:
    """Return whether a reader that draws the annotation itself has been told a colour for it (table 189), or a thick frame."""
    colours, frame = entry(annotation, "/MK"), entry(annotation, "/BS")
    told = isinstance(colours, DictionaryObject) and bool({"/BG", "/BC"} & set(colours))
    widths = [
        *items(entry(annotation, "/Border"))[2:3],
        entry(frame, "/W") if isinstance(frame, DictionaryObject) else None,
    ]
    thick = any(isinstance(width, NumberObject | FloatObject) and float(width) > _THIN for width in widths)
    return (told or thick) and normal_drawing(annotation) is None


def drawings_at_rest(annotation: DictionaryObject) -> Iterator[StreamObject]:
    """Yield the drawing at rest, or that of each state."""
    yield from _drawings(annotation, _KINDS[:1])


def _drawings(annotation: DictionaryObject, kinds: tuple[str, ...] = _KINDS) -> Iterator[StreamObject]:
    appearance = entry(annotation, "/AP")
    for kind in kinds if isinstance(appearance, DictionaryObject) else ():
        found = entry(appearance, kind)
        if isinstance(found, StreamObject):
            yield found
        elif isinstance(found, DictionaryObject):
            states = (entry(found, state) for state in found)
            yield from (each for each in states if isinstance(each, StreamObject))


def _marks(drawing: StreamObject, depth: int = 0, *, ink: bool = False) -> Iterator[bool]:
    """Yield for each mark that a form XObject makes whether it is ink; `ink` says whether that is what it is laid on as."""
    group = entry(drawing, "/Group")
    if ink and group is not None:
        yield from (True for _ in _marks_inside(drawing, depth, ink=False))
    elif (
        isinstance(group, DictionaryObject)
        and getattr(entry(group, "/I"), "value", None) is not False
        and "/I" in group
    ):
        # an isolated group begins on nothing (11.4.5): whatever it multiplies, it then lies on the page as it is
        yield from (False for _ in _marks_inside(drawing, depth, ink=False))
    else:
        yield from _marks_inside(drawing, depth, ink=ink)


def _marks_inside(drawing: StreamObject, depth: int, *, ink: bool) -> Iterator[bool]:
    if depth > _MAX_DEPTH:
        yield False
        return
    resources = own_resources(drawing)
    now, saved = _Laid(ink=ink), list[_Laid]()
    for operation in read_content(drawing):
        name = spelt(operation.names[0]) if operation.names else ""
        if not operation.is_proper or operation.name == _PICTURE:
            yield False  # readers differ about where a picture's data end, and what follows may be part of it
            now = _Laid(ink=False)
        elif operation.name == b"q":
            saved.append(now)
        elif operation.name == b"Q":
            now = saved.pop() if saved else _Laid(ink=False)
        elif operation.name in SHOWING:
            yield now.ink and now.letters
        elif operation.name in _MARKS:
            yield now.ink and now.paint
        elif operation.name == b"Do":
            shown = _shown(resource(resources, "/XObject", name), depth + 1, ink=now.ink and now.paint)
            yield from shown if now.plain else (False for _ in shown)
        else:
            now = _changed(now, operation, resources, name)


def _changed(now: _Laid, operation: Operation, resources: DictionaryObject, name: str) -> _Laid:
    if operation.name == b"gs":
        return _blended(now, resource(resources, "/ExtGState", name))
    if operation.name == b"Tf":
        font = resource(resources, "/Font", name)
        return replace(now, letters=isinstance(font, DictionaryObject) and name_of(font, "/Subtype") in LETTER_FONTS)
    return replace(now, paint=False) if operation.name in COLOURS and name else now


def _blended(now: _Laid, state: object) -> _Laid:
    if not isinstance(state, DictionaryObject) or _TURNED & set(state):
        return replace(now, ink=False, plain=False)
    ink = name_of(state, "/BM") in _INK if "/BM" in state else now.ink
    # a form laid on through one of these is painted apart first (11.6.3), where ink has nothing to lie on
    plain = now.plain and (ink or "/BM" not in state or name_of(state, "/BM") == "/Normal") and not _APART & set(state)
    return replace(now, ink=ink, plain=plain, letters=now.letters and "/Font" not in state)


def _shown(shown: object, depth: int, *, ink: bool) -> Iterator[bool]:
    if not isinstance(shown, StreamObject):
        yield False
    elif (kind := name_of(shown, "/Subtype")) == "/Form":
        yield from _marks(shown, depth, ink=ink)
    else:
        yield ink and kind == "/Image"  # a mask may let nothing through
