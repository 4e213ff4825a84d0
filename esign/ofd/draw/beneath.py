"""What lies beneath seals: the parts of pages that the seals of some signatures lie over, drawn without those and with them.

    drawn = draw_beneath(octets, kept=("Doc_0/Signs/Sign_0/Signature.xml",), over=(), fonts=find_fonts())
    drawn.parts        # each is three pages of drawn.pdf: without the seals, with them as ink, with them laid on as pictures

Some readers mix a seal with the page as ink, others lay its picture on as it is; some draw annotations after seals, some before. So
the seals looked at are drawn above all the rest, both ways. Whoever looks at one file several times hands over one `Allowance`. Pure, as `esign.ofd.draw.draw` is, and drawn at arm's length as that is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from esign.ofd.draw.budget import Budget, Exhausted
from esign.ofd.draw.canvas import Canvas
from esign.ofd.draw.document import open_documents
from esign.ofd.draw.draw import POINTS_PER_MM
from esign.ofd.draw.elements import same_id
from esign.ofd.draw.fills import group
from esign.ofd.draw.geometry import Box, Matrix
from esign.ofd.draw.limits import LOOK_MM2, LOOK_PIXELS, LOOK_WORK
from esign.ofd.draw.material import Material
from esign.ofd.draw.notes import Lack, Notes
from esign.ofd.draw.page import open_page, other_boxes
from esign.ofd.draw.pdf_file import PdfFile, numbers
from esign.ofd.draw.plain_pictures import unlike
from esign.ofd.draw.reading import Reading
from esign.ofd.draw.sheet import INK, LAID, draw_sheet, draw_stamp
from esign.ofd.draw.stamps import placed_stamps
from esign.ofd.draw.store import Store
from esign.ofd.package import open_package
from esign.seal.picture_kind import PictureKind
from trustkit.errors import TrustError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from esign.ofd.draw.document import OpenDocument, OpenPage, PageFile
    from esign.ofd.draw.notes import Note
    from esign.ofd.draw.pictures import Jbig2Decoder
    from esign.ofd.draw.stamps import Stamp
    from esign.rendering.fonts import FontChain

_SLIVER: Final = 1.0  # square millimetres: less of a seal hides no letter
WAYS: Final = (None, INK, LAID)  # how the seals are drawn on the three pages of a part


@dataclass(slots=True)
class Allowance:
    """What may still be drawn and looked at of one file, however often it is looked at."""

    budget: Budget = field(default_factory=lambda: Budget(work=LOOK_WORK, pixels=LOOK_PIXELS))
    square_mm: float = field(default_factory=lambda: LOOK_MM2)


@dataclass(frozen=True, slots=True, kw_only=True)
class PartBeneath:
    """A part of a page (from 1): the Signature.xml whose seal lies over it."""

    page: int
    file: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnBeneath:
    """The PDF, the parts its pages show, three pages each, and what is wanting."""

    pdf: bytes = field(repr=False)
    parts: tuple[PartBeneath, ...]
    notes: tuple[Note, ...]


def draw_beneath(
    data: bytes,
    *,
    kept: Collection[str],
    over: Collection[str],
    absent: Collection[str] = (),
    allowance: Allowance | None = None,
    fonts: FontChain,
    jbig2: Jbig2Decoder | None = None,
) -> DrawnBeneath:
    """Return what lies beneath the seals of all signatures but those whose Signature.xml is `kept`; those of `absent` are not drawn at all.

    The work is counted and known to be bounded before it is done, so that a file is told alike on every machine: what is too much is
    told as wanting, and taken off the `allowance`. Each of `over` is one that shows a seal; that none of it was found is told, as all that is wanting.

    Raises:
        TrustError: as `open_package` and `open_documents`.
    """
    left = allowance or Allowance()
    budget, notes, file = left.budget, Notes(), PdfFile()
    material = Material(
        package=open_package(data),
        chain=fonts,
        store=Store(file, budget),
        budget=budget,
        notes=notes,
        jbig2=jbig2,
    )
    tree, number = file.reserve(), 0
    parts: list[PartBeneath] = []
    kids: list[int] = []
    missed = set(over)
    for document in open_documents(material.package, notes, budget):
        stamps = placed_stamps(document)
        missed.difference_update(stamp.file for stamp in stamps)
        shown = [stamp for stamp in stamps if stamp.file not in absent]
        for page in document.pages:
            number += 1
            here = [each for each in shown if same_id(each.page_id) == same_id(page.page_id)]
            if all(stamp.file in kept for stamp in here):
                continue
            notes.page = number
            if document.has_versions:
                notes.add(Lack.AMBIGUOUS, "Versions")
            area = sum(stamp.seen.width * stamp.seen.height for stamp in here if stamp.file not in kept)
            left.square_mm -= area
            if left.square_mm < 0:
                notes.add(Lack.LIMIT, "seals")
                break
            for stamp, three in _looked_at(document, page, here, kept, material):
                parts.append(PartBeneath(page=number, file=stamp.file))
                kids += [file.add(f"<< /Type /Page /Parent {tree} 0 R {entries} >>") for entries in three]
            left.square_mm -= area if material.reading is not None and material.reading.differs else 0.0
    notes.page = 0
    for name in sorted(missed):
        notes.add(Lack.SEAL, name)
    material.store.finish()
    file.put(tree, f"<< /Type /Pages /Count {len(kids)} /Kids [{' '.join(f'{kid} 0 R' for kid in kids)}] >>")
    pdf = file.write(file.add(f"<< /Type /Catalog /Pages {tree} 0 R >>"))
    return DrawnBeneath(pdf=pdf, parts=tuple(parts), notes=notes.told())


def _looked_at(
    document: OpenDocument, page: PageFile, stamps: Sequence[Stamp], kept: Collection[str], material: Material
) -> list[tuple[Stamp, list[str]]]:
    """Return the seals to look at on a page, and the entries of three pages for each; what cannot be drawn is told.

    Where other readers show more of the page than is drawn here, each comes once more, with all that any may show beneath it.
    """
    for stamp in stamps:
        if stamp.file not in kept and (told := _unlike(stamp)):
            material.notes.add(Lack.SEAL, told)
            return []
    try:
        opened = open_page(document, page)
        later = [stamp.seen for stamp in stamps if stamp.file not in kept]
        if any(_is_beyond(opened.box, other, seen) for other in other_boxes(document, opened) for seen in later):
            material.notes.add(Lack.AMBIGUOUS, "Area")
            return []
        beneath = [stamp for stamp in stamps if stamp.file in kept]
        above = [stamp for stamp in stamps if stamp.file not in kept and _is_on(opened.box, stamp.seen)]
        grounds = _grounds(document, opened, beneath, above, material) if above else []
    except TrustError as error:
        material.notes.add(Lack.PAGE, error.detail)
        return []
    except Exhausted as error:
        material.notes.add(Lack.LIMIT, str(error))
        return []
    edges = [(stamp, f"/MediaBox [{_edges(opened.box, stamp.seen)}]") for stamp in above]
    return [(stamp, [f"{box} {entries}" for entries in contents]) for contents in grounds for stamp, box in edges]


def _unlike(stamp: Stamp) -> str:
    """Return why some readers show a seal otherwise than it is drawn here, or elsewhere; empty where none is known to."""
    if not min(stamp.seen.width, stamp.seen.height):
        return "Clip"  # nothing of the seal is shown, or all of it
    if stamp.clip is None and min(stamp.box.x, stamp.box.y) < 0:
        return "Boundary"  # it is cut off at the edge, or moved onto the page
    if stamp.picture is None:
        return ""  # told where it is drawn
    if stamp.picture.type.strip(". \0").lower() == PictureKind.OFD.value:
        return "a document of its own"
    return unlike(stamp.picture.data)  # of a document by its octets, too


def _is_on(page: Box, seen: Box) -> bool:
    """Whether something of a seal is seen on the page."""
    across = page.x < seen.x + seen.width and seen.x < page.x + page.width
    return across and page.y < seen.y + seen.height and seen.y < page.y + page.height


def _is_beyond(page: Box, other: Box, seen: Box) -> bool:
    """Whether more of a seal is seen in another box than in the page's: a reader that shows that one shows what is not looked at here."""
    if min(other.width, other.height) <= 0:
        return False
    right, below = (
        max(a + b, c + d)
        for a, b, c, d in ((page.x, page.width, other.x, other.width), (page.y, page.height, other.y, other.height))
    )
    left, above = min(page.x, other.x), min(page.y, other.y)
    return _common(seen, Box(left, above, right - left, below - above)) > _common(seen, page) + _SLIVER


def _common(one: Box, other: Box) -> float:
    """Return how large a part two boxes share, in square millimetres."""
    across = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
    down = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
    return max(0.0, across) * max(0.0, down)


def _grounds(
    document: OpenDocument, page: OpenPage, beneath: Sequence[Stamp], above: Sequence[Stamp], material: Material
) -> list[list[str]]:
    """Return what `_contents` does of a page as it says, and as others read it where that differs."""
    material.reading = reading = Reading(areas=tuple(stamp.seen for stamp in above))
    inside = Canvas(material.budget)
    draw_sheet(inside, document, page, beneath, material)
    drawn = [inside]
    if reading.differs:
        with reading.loose():
            drawn.append(Canvas(material.budget))
            draw_sheet(drawn[-1], document, page, beneath, material)
    return [_contents(each, page, above, material) for each in drawn]


def _contents(inside: Canvas, page: OpenPage, above: Sequence[Stamp], material: Material) -> list[str]:
    """Return the entries of a page without the seals that are looked at, and with them in both ways; all else is drawn once."""
    file, box, k = material.store.file, page.box, POINTS_PER_MM
    ground = group(file, inside, box)
    entries = []
    for way in WAYS:
        canvas = Canvas(material.budget)
        with canvas.kept():
            canvas.concat(Matrix(k, 0, 0, -k, -k * box.x, k * (box.y + box.height)))
            canvas.do("XObject", ground, "Do")
            for stamp in above if way is not None else ():
                draw_stamp(canvas, stamp, material, blend=way or "")
        resources, octets = canvas.content
        entries.append(
            f"/Resources {resources} /Contents {file.add_stream('', octets)} 0 R"
            " /Group << /S /Transparency /CS /DeviceRGB >>"
        )
    return entries


def _edges(page: Box, seen: Box) -> str:
    """Return where a seal is seen, in points of the page."""
    k = POINTS_PER_MM
    left, right = (min(max(x, page.x), page.x + page.width) - page.x for x in (seen.x, seen.x + seen.width))
    top, bottom = (min(max(y, page.y), page.y + page.height) - page.y for y in (seen.y, seen.y + seen.height))
    return numbers(k * left, k * (page.height - bottom), k * right, k * (page.height - top))
