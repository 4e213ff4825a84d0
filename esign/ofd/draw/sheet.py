"""All that is seen on one page, in its order: layers, seals laid on as ink, annotations.

A seal's picture may be a document, with seals upon it; each is drawn once, however many pages it stands on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from esign.ofd.draw.canvas import Canvas
from esign.ofd.draw.document import open_documents
from esign.ofd.draw.elements import same_id
from esign.ofd.draw.fills import group
from esign.ofd.draw.geometry import Box, Matrix, scaling, shift
from esign.ofd.draw.limits import MAX_NESTED, MAX_SEAL_MM
from esign.ofd.draw.notes import Lack, Undrawable
from esign.ofd.draw.page import draw_annotations, draw_layers, open_page
from esign.ofd.draw.pictures import read_picture
from esign.ofd.draw.reading import draw_letters
from esign.ofd.draw.stamps import read_stamps
from esign.ofd.draw.store import Form
from esign.ofd.package import open_package
from trustkit.errors import TrustError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from esign.ofd.draw.document import OpenDocument, OpenPage
    from esign.ofd.draw.material import Material
    from esign.ofd.draw.pictures import Picture
    from esign.ofd.draw.stamps import Stamp
    from esign.seal.model import SealPicture

INK: Final = "Multiply"  # how a seal is mixed with the ground: what lies beneath stays legible
LAID: Final = "Normal"  # as pictures are
_OFD: Final = "ofd"
_UNIT: Final = Box(0.0, 0.0, 1.0, 1.0)  # where a picture lies
_MOST: Final = 0.6  # of the picture: an embossed or filled seal has half
_UPRIGHT: Final = Matrix(1, 0, 0, -1, 0, 1)  # its first row on top


def draw_sheet(
    canvas: Canvas,
    document: OpenDocument,
    page: OpenPage,
    stamps: Sequence[Stamp],
    material: Material,
    *,
    depth: int = 0,
) -> None:
    """Draw a page; `depth` is how many documents it lies in. Raise Exhausted."""
    draw_layers(canvas, document, page, material)
    for stamp in stamps:
        if same_id(stamp.page_id) == same_id(page.page_id):
            draw_stamp(canvas, stamp, material, depth=depth)
    draw_annotations(canvas, document, page, material, depth=depth)


def draw_stamp(canvas: Canvas, stamp: Stamp, material: Material, *, depth: int = 0, blend: str = INK) -> None:
    """Draw a seal, so much of it as its Clip leaves; one that cannot be drawn is told. Raise Exhausted."""
    material.notes.object_id = stamp.signature_id
    try:
        if stamp.picture is None:
            raise Undrawable(Lack.SEAL, stamp.lack)  # noqa: TRY301 - told as all that follows
        form = _form(stamp.picture, material, depth)
        box = form.box
        _tell_ground(stamp, form, material)
        with canvas.kept():
            canvas.concat(shift(*_corner(stamp, material)))
            if stamp.clip is not None:
                canvas.cut(stamp.clip)
            canvas.do("ExtGState", material.store.state(blend=blend), "gs")
            canvas.concat(scaling(stamp.box.width / box.width, stamp.box.height / box.height))
            canvas.concat(shift(-box.x, -box.y) if box is not _UNIT else _UPRIGHT)
            if box is _UNIT and material.may_be_anything(stamp.picture.data):
                draw_letters(canvas, material.store)
            else:
                canvas.do("XObject", form.place, "Do")
    except Undrawable as error:
        material.notes.add(Lack.SEAL, error.detail)
    finally:
        material.notes.object_id = ""


def _corner(stamp: Stamp, material: Material) -> tuple[float, float]:
    """Return where a seal begins; what would begin beside the page some readers move onto it."""
    x, y = stamp.box.x, stamp.box.y
    if stamp.clip is not None or min(x, y) >= 0 or material.leaves_out():
        return x, y
    return max(x, 0.0), max(y, 0.0)


def _tell_ground(stamp: Stamp, form: Form, material: Material) -> None:
    """Tell where other readers, which lay pictures on pages as they are, may hide what lies beneath a seal."""
    seen = stamp.seen
    if max(seen.width, seen.height) > MAX_SEAL_MM:
        material.notes.add(Lack.COVERED, f"{seen.width:g} x {seen.height:g} mm")
    elif form.is_opaque:
        material.notes.add(Lack.OPAQUE)


def _form(picture: SealPicture, material: Material, depth: int) -> Form:
    """Return the object of a seal's picture, made once. Raise Undrawable, Exhausted."""
    key = (picture.data, material.reading is not None and material.reading.is_loose)
    found = material.store.seals.get(key)
    if found is None:
        try:
            found = _drawn(picture, material, depth)
        except TrustError as error:
            found = Undrawable(Lack.SEAL, error.detail)
        except Undrawable as error:
            found = error
        material.store.seals[key] = found
    if isinstance(found, Undrawable):
        raise Undrawable(found.lack, found.detail)
    return found


def _drawn(picture: SealPicture, material: Material, depth: int) -> Form:
    if picture.type.strip(". \0").lower() != _OFD:
        read = read_picture(picture.data, material.budget, material.jbig2)
        return Form(material.store.picture(picture.data, read), _UNIT, is_opaque=_is_opaque(read))
    if depth >= MAX_NESTED:
        raise Undrawable(Lack.RECURSION, _OFD)
    inner = material.within(open_package(picture.data))
    document = open_documents(inner.package, material.notes, material.budget)[0]
    if not document.pages:
        raise Undrawable(Lack.SEAL, "no page")
    page = open_page(document, document.pages[0])
    inside = Canvas(material.budget)
    draw_sheet(inside, document, page, read_stamps(document), inner, depth=depth + 1)
    return Form(group(material.store.file, inside, page.box), page.box, is_opaque=False)


def _is_opaque(picture: Picture) -> bool:
    """Whether most of a picture lets nothing through: a seal is lines on a clear ground."""
    alpha = picture.alpha
    return alpha is None or alpha.count(b"\xff") > len(alpha) * _MOST
