# pyHanko ships its types with gaps:
# mypy: allow-untyped-calls

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import PageObject, PdfFileWriter
from pyhanko.sign.fields import SigFieldSpec, append_signature_field
from pypdfium2 import PdfDocument

from esign.pdf.appearance import form_x_object, normal_appearance
from esign.pdf.page_content import write_slices
from esign.pdf.pages import pages_of
from esign.pdf.placement import KeywordHit, PlacedSeal, SealOrder, place_seal
from esign.pdf.places import Corner, FieldPlace, KeywordPlace, PagePlace, Side, UsualPlace
from esign.pdf.riding_edge import Edge, RidingEdge, RidingSlice
from esign.rendering.drawing import POINTS_PER_MM as MM
from esign.rendering.drawing import SealDrawing, drawn
from esign.rendering.seal_layout import rectangle
from tests.support.signed_pdf import PlainWriter, sign_sample
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from PIL.Image import Image

    from tests.support.pki import PkiWorld
    from trustkit.error_family import Code

A4 = (0.0, 0.0, 595.0, 842.0)


@dataclass(frozen=True)
class Known:
    """Words that stand where the test says."""

    hits: tuple[KeywordHit, ...] = ()

    def find(self, pdf: bytes, keyword: str) -> tuple[KeywordHit, ...]:
        assert pdf
        assert keyword
        return self.hits


def pdf(*pages: dict[str, object], box: tuple[float, ...] = A4, contents: bytes | None = b"") -> bytes:
    """Return a file whose pages have these entries beside a media box."""
    writer = PdfFileWriter()
    for entries in pages or ({},):
        stream = writer.add_object(generic.StreamObject(stream_data=contents or b""))
        page = PageObject(contents=stream, media_box=box)
        for key, value in entries.items():
            page[generic.pdf_name(key)] = _entry(value)
        writer.insert_page(page)
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def _entry(value: object) -> generic.PdfObject:
    if isinstance(value, tuple):
        return generic.ArrayObject(generic.FloatObject(number) for number in value)
    return generic.FloatObject(value) if isinstance(value, float) else generic.NumberObject(value)


def seal(width_mm: float = 40, height_mm: float = 30) -> SealDrawing:
    """A red box whose left half is filled and whose lower right quarter is: it shows how it is turned."""
    tall = 1000 * height_mm / width_mm
    corners = [rectangle(-499, -tall / 2 + 1, -6, tall / 2 - 1), rectangle(-6, -tall / 2 + 1, 499, 0)]
    return drawn(corners, title="seal", width_mm=width_mm, height_mm=height_mm)


def place(data: bytes, order: SealOrder, words: Known | None = None) -> PlacedSeal:
    return place_seal(PdfFileReader(BytesIO(data)), data, order, words or Known())


def shown(data: bytes, placed: PlacedSeal) -> list[Image]:
    """Put the seal on its page as the appearance of a signature field, and return the pages as a reader draws them."""
    writer = PlainWriter(BytesIO(data))
    if placed.edges:
        write_slices(writer, placed.edges)
    if placed.seal is not None:
        spec = SigFieldSpec("S", on_page=placed.seal.page, box=placed.seal.box)  # type: ignore[arg-type] # fractions too
        append_signature_field(writer, spec)
        reference = writer.root["/AcroForm"]["/Fields"].raw_get(0)
        field = reference.get_object()
        field[generic.pdf_name("/AP")] = normal_appearance(form_x_object(writer, placed.seal.appearance))
        writer.mark_update(reference)
    out = BytesIO()
    writer.write(out)
    document = PdfDocument(out.getvalue())
    document.init_forms()
    pictures = [page.render(scale=1).to_pil().convert("RGB") for page in document]
    document.close()
    return pictures


def slices(placed: PlacedSeal) -> tuple[RidingSlice, ...]:
    assert placed.edges is not None
    return placed.edges.slices


def box_of(picture: Image) -> tuple[int, int, int, int]:
    """Return what is red: left, top, right, bottom in pixels."""
    found = picture.getchannel("G").point(lambda value: 255 * (value < 128)).getbbox()
    assert found is not None
    return found


@pytest.mark.parametrize("turn", [0, 90, 180, 270, -90])
@pytest.mark.parametrize("corner", list(Corner))
def test_millimetres_from_a_corner_of_the_page_as_it_is_shown(turn: int, corner: Corner) -> None:
    data = pdf({"/Rotate": turn, "/CropBox": (50.0, 40.0, 550.0, 840.0)}, box=(10, 20, 605, 862))
    placed = place(data, SealOrder(drawing=seal(), place=PagePlace(x_mm=20, y_mm=30, corner=corner)))
    (picture,) = shown(data, placed)
    assert picture.size == ((500, 800) if turn in {0, 180} else (800, 500))
    left, top, right, bottom = box_of(picture)
    x = left if "left" in corner else picture.width - right
    y = top if "top" in corner else picture.height - bottom
    assert (x, y) == pytest.approx((20 * MM, 30 * MM), abs=1.5)
    assert (right - left, bottom - top) == pytest.approx((40 * MM, 30 * MM), abs=2)
    # upright: the upper right quarter is empty, whichever way the page is turned
    ink = picture.getchannel("G")
    assert ink.getpixel(((left + 3 * right) // 4, (3 * top + bottom) // 4)) == 255
    assert ink.getpixel(((left + 3 * right) // 4, (top + 3 * bottom) // 4)) < 128  # type: ignore[operator] # one channel


def test_a_unit_of_the_page_changes_its_numbers_and_not_the_millimetres() -> None:
    data = pdf({"/UserUnit": 2.0})
    placed = place(data, SealOrder(drawing=seal(), place=PagePlace(x_mm=10, y_mm=10, corner=Corner.BOTTOM_LEFT)))
    assert placed.seal is not None
    assert placed.seal.box == pytest.approx((5 * MM, 5 * MM, 25 * MM, 20 * MM))


@pytest.mark.parametrize(("asked", "found"), [(1, 0), (3, 2), (-1, 2), (-3, 0)])
def test_pages_count_from_both_ends(asked: int, found: int) -> None:
    placed = place(pdf({}, {}, {}), SealOrder(drawing=seal(), place=PagePlace(page=asked, x_mm=0, y_mm=0)))
    assert placed.seal is not None
    assert placed.seal.page == found


def test_pages_inherit_from_the_tree_and_keep_their_order() -> None:
    data = pdf({}, {}, {})
    writer = IncrementalPdfFileWriter(BytesIO(data))
    tree = writer.root["/Pages"]
    kids = [tree["/Kids"].raw_get(index) for index in range(3)]
    inner = generic.DictionaryObject(
        {
            generic.pdf_name("/Type"): generic.pdf_name("/Pages"),
            generic.pdf_name("/Count"): generic.NumberObject(2),
            generic.pdf_name("/Kids"): generic.ArrayObject(kids[:2]),
            generic.pdf_name("/Rotate"): generic.NumberObject(90),
        }
    )
    tree[generic.pdf_name("/Kids")] = generic.ArrayObject([writer.add_object(inner), kids[2]])
    writer.update_container(tree)
    out = BytesIO()
    writer.write(out)
    pages = pages_of(PdfFileReader(out).root)
    assert [(page.number, page.turn) for page in pages] == [(0, 90), (1, 90), (2, 0)]
    assert [page.reference.idnum for page in pages] == [kid.idnum for kid in kids]
    assert (pages[0].width, pages[2].width) == (842, 595)


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
@pytest.mark.parametrize("side", list(Side))
def test_beside_words(side: Side, turn: int) -> None:
    data = pdf({"/Rotate": turn}, {"/Rotate": turn})
    page = pages_of(PdfFileReader(BytesIO(data)).root)[1]
    words = (300.0, 400.0, 360.0, 412.0)  # as shown
    hits = (KeywordHit(0, (0, 0, 9, 9)), KeywordHit(1, page.own(words)))
    placed = place(data, SealOrder(drawing=seal(), place=KeywordPlace(keyword="盖章", hit=-1, side=side)), Known(hits))
    left, top, right, bottom = box_of(shown(data, placed)[1])
    height = page.height
    gap = 2 * MM
    middle = (left + right) / 2, height - (top + bottom) / 2
    match side:
        case Side.RIGHT:
            assert left == pytest.approx(360 + gap, abs=1.5)
        case Side.LEFT:
            assert right == pytest.approx(300 - gap, abs=1.5)
        case Side.ABOVE:
            assert height - bottom == pytest.approx(412 + gap, abs=1.5)
        case Side.BELOW:
            assert height - top == pytest.approx(400 - gap, abs=1.5)
        case Side.OVER:
            assert left < 330 < right
    if side in {Side.RIGHT, Side.LEFT, Side.OVER}:
        assert middle[1] == pytest.approx(406, abs=1.5)
    if side in {Side.ABOVE, Side.BELOW, Side.OVER}:
        assert middle[0] == pytest.approx(330, abs=1.5)


def field_page(box: tuple[float, ...], turn: int = 0) -> bytes:
    writer = IncrementalPdfFileWriter(BytesIO(pdf({}, {"/Rotate": turn})))
    append_signature_field(writer, SigFieldSpec("Approval", on_page=1, box=box))  # type: ignore[arg-type] # fractions too
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


@pytest.mark.parametrize("turn", [0, 90])
@pytest.mark.parametrize(
    ("box", "width"), [((100, 100, 300, 300), 40 * MM), ((100, 100, 150, 300), 50), ((100, 100, 300, 130), 40)]
)
def test_a_field_that_is_there_keeps_its_rectangle_and_the_seal_its_shape(
    box: tuple[float, ...], width: float, turn: int
) -> None:
    data = field_page(box, turn)
    placed = place(data, SealOrder(drawing=seal(), place=FieldPlace(name="Approval")))
    assert placed.seal is not None
    assert (placed.seal.page, placed.seal.field_name, placed.seal.box) == (1, "Approval", box)
    left, bottom, right, top = placed.seal.appearance.bounding_box
    sides = (box[2] - box[0], box[3] - box[1])
    across, up = sides if turn == 0 else sides[::-1]
    assert (right - left) / (top - bottom) == pytest.approx(across / up)
    assert (left + right, bottom + top) == pytest.approx((seal().width, seal().height))  # in the middle
    if turn == 0:
        assert across / (right - left) * seal().width == pytest.approx(width)


def test_as_usual_is_the_only_field_that_is_seen_else_the_lower_right_of_the_last_page() -> None:
    usual = SealOrder(drawing=seal(), place=UsualPlace())
    for data, field, page in (
        (field_page((100, 100, 300, 300)), "Approval", 1),
        (field_page((0, 0, 0, 0)), None, 1),
        (pdf({}, {}, {}), None, 2),
    ):
        placed = place(data, usual).seal
        assert placed is not None
        assert (placed.field_name, placed.page) == (field, page)
        if field is None:
            assert placed.box[2:] == pytest.approx((595 - 20 * MM, 50 * MM))


REFUSED = [
    (SealOrder(drawing=seal(), place=PagePlace(page=0, x_mm=0, y_mm=0)), ErrorCode.PDF_PLACE),
    (SealOrder(drawing=seal(), place=PagePlace(page=3, x_mm=0, y_mm=0)), ErrorCode.PDF_PLACE),
    (SealOrder(drawing=seal(), place=PagePlace(page=-3, x_mm=0, y_mm=0)), ErrorCode.PDF_PLACE),
    (SealOrder(drawing=seal(), place=PagePlace(x_mm=-1, y_mm=0)), ErrorCode.PDF_PLACE),
    (SealOrder(drawing=seal(), place=PagePlace(x_mm=180, y_mm=0)), ErrorCode.PDF_PLACE),
    (SealOrder(drawing=seal(), place=PagePlace(x_mm=0, y_mm=280)), ErrorCode.PDF_PLACE),
    (SealOrder(drawing=seal(), place=PagePlace(x_mm=float("nan"), y_mm=0)), ErrorCode.PDF_PLACE),
    (SealOrder(drawing=seal(250), place=PagePlace(x_mm=0, y_mm=0)), ErrorCode.PDF_PLACE),
    (SealOrder(drawing=seal(), place=FieldPlace(name="Absent")), ErrorCode.PDF_PLACE),
    (SealOrder(drawing=seal(), place=KeywordPlace(keyword="盖章")), ErrorCode.PDF_KEYWORD),
    (SealOrder(drawing=seal(), place=KeywordPlace(keyword=" ")), ErrorCode.PDF_KEYWORD),
    (SealOrder(drawing=seal(), place=KeywordPlace(keyword="章" * 101)), ErrorCode.PDF_KEYWORD),
]


@pytest.mark.parametrize(("order", "code"), REFUSED)
def test_refused(order: SealOrder, code: Code) -> None:
    with pytest.raises(TrustError) as caught:
        place(pdf({}, {}), order)
    assert caught.value.code is code


def test_words_at_the_edge_or_fewer_than_asked_for_are_refused() -> None:
    hits = Known((KeywordHit(0, (570.0, 400.0, 590.0, 412.0)),))
    for ask in (KeywordPlace(keyword="章"), KeywordPlace(keyword="章", hit=2), KeywordPlace(keyword="章", hit=0)):
        with pytest.raises(TrustError) as caught:
            place(pdf(), SealOrder(drawing=seal(), place=ask), hits)
        assert caught.value.code is ErrorCode.PDF_PLACE


def test_an_invisible_field_is_no_place() -> None:
    with pytest.raises(TrustError) as caught:
        place(field_page((0, 0, 0, 0)), SealOrder(drawing=seal(), place=FieldPlace(name="Approval")))
    assert caught.value.code is ErrorCode.PDF_PLACE


@pytest.mark.parametrize(
    "entries",
    [
        {"/Rotate": 45},
        {"/UserUnit": 0},
        {"/UserUnit": -1},
        {"/CropBox": (0, 0, 0, 10)},
        {"/CropBox": (700, 0, 800, 10)},
        {"/MediaBox": (1, 2, 3)},
        {"/MediaBox": (0, 0, 1e9, 10)},
    ],
)
def test_pages_of_no_size_are_refused(entries: dict[str, object]) -> None:
    with pytest.raises(TrustError) as caught:
        place(pdf(entries), SealOrder(drawing=seal(), place=PagePlace(x_mm=0, y_mm=0)))
    assert caught.value.code is ErrorCode.PDF_MALFORMED


def test_a_tree_that_holds_itself_is_refused() -> None:
    writer = IncrementalPdfFileWriter(BytesIO(pdf()))
    tree = writer.root["/Pages"]
    tree["/Kids"].append(writer.root.raw_get("/Pages"))
    writer.update_container(tree)
    out = BytesIO()
    writer.write(out)
    with pytest.raises(TrustError) as caught:
        place(out.getvalue(), SealOrder(drawing=seal(), place=PagePlace(x_mm=0, y_mm=0)))
    assert caught.value.code is ErrorCode.PDF_MALFORMED


RIDING = SealOrder(drawing=seal(), place=None, riding=RidingEdge())


@pytest.mark.parametrize("edge", list(Edge))
@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_slices_make_the_seal_whole_again(edge: Edge, turn: int) -> None:
    data = pdf({}, {"/Rotate": turn}, {"/CropBox": (50.0, 20.0, 550.0, 800.0)}, {}, contents=b"0.5 0 0 0.5 0 0 cm")
    order = SealOrder(drawing=seal(), place=None, riding=RidingEdge(edge=edge))
    placed = place(data, order)
    assert [piece.page for piece in slices(placed)] == [0, 1, 2, 3]
    boxes = []
    pictures = shown(data, placed)
    for picture in pictures:
        left, top, right, bottom = box_of(picture)
        assert right - left == pytest.approx(10 * MM, abs=1.5)
        assert (left == 0) if edge is Edge.LEFT else (right == picture.width)
        boxes.append((left, top, right, bottom))
        assert (top + bottom) / 2 == pytest.approx(picture.height / 2, abs=8 * MM)
    heights = [bottom - top for _, top, _, bottom in boxes]
    full, half = pytest.approx(30 * MM, abs=2), pytest.approx(15 * MM, abs=2)
    # the left half of this seal is full, the right half its lower quarter; fanned to the left, the first leaf shows the right
    assert heights == ([full, full, half, half] if edge is Edge.RIGHT else [half, half, full, full])


@pytest.mark.parametrize(
    ("pages", "most", "sizes"),
    [(2, 20, [2]), (20, 20, [20]), (21, 20, [11, 10]), (45, 20, [15, 15, 15]), (3, 2, [3]), (5, 2, [3, 2])],
)
def test_many_pages_share_several_seals(pages: int, most: int, sizes: list[int]) -> None:
    order = SealOrder(drawing=seal(), place=None, riding=RidingEdge(most_slices=most))
    placed = place(pdf(*({} for _ in range(pages))), order)
    assert [(piece.part, piece.parts) for piece in slices(placed)] == [(k, size) for size in sizes for k in range(size)]


def test_pages_that_share_content_and_resources_each_get_their_slice() -> None:
    data = pdf({}, {}, {})
    writer = IncrementalPdfFileWriter(BytesIO(data))
    kids = [writer.root["/Pages"]["/Kids"].raw_get(index) for index in range(3)]
    shared = writer.add_object(generic.DictionaryObject())
    streams = writer.add_object(generic.ArrayObject([kids[0].get_object().raw_get("/Contents")]))
    for kid in kids[:2]:
        kid.get_object()[generic.pdf_name("/Resources")] = shared
        kid.get_object()[generic.pdf_name("/Contents")] = streams
        writer.mark_update(kid)
    del kids[2].get_object()["/Contents"]
    writer.mark_update(kids[2])
    out = BytesIO()
    writer.write(out)
    pictures = shown(out.getvalue(), place(out.getvalue(), RIDING))
    assert len([box_of(picture) for picture in pictures]) == 3


def test_riding_is_refused_for_one_page_for_flat_pages_and_for_narrow_seals() -> None:
    cases = (
        (pdf(), RIDING, ErrorCode.PDF_RIDING_EDGE),
        (pdf({}, {}), SealOrder(drawing=seal(2), place=None, riding=RidingEdge()), ErrorCode.PDF_RIDING_EDGE),
        (pdf({}, {}, box=(0, 0, 595, 60)), RIDING, ErrorCode.PDF_PLACE),
        (pdf({}, {}), SealOrder(drawing=seal(), place=None, riding=RidingEdge(height=0.01)), ErrorCode.PDF_PLACE),
    )
    for data, order, code in cases:
        with pytest.raises(TrustError) as caught:
            place(data, order)
        assert caught.value.code is code


@pytest.mark.parametrize("changes", [{"height": -0.1}, {"height": float("nan")}, {"most_slices": 1}])
def test_riding_nowhere_is_refused(changes: dict[str, float]) -> None:
    with pytest.raises(TrustError) as caught:
        RidingEdge(**changes)  # type: ignore[arg-type] # one table for both
    assert caught.value.code is ErrorCode.PDF_PLACE


def test_a_signed_file_keeps_its_edges(world: PkiWorld) -> None:
    signed = sign_sample(world, pdf({}, {}), box=None, appearance=None, crls=(), evidence_certificates=())
    with pytest.raises(TrustError) as caught:
        place(signed, RIDING)
    assert caught.value.code is ErrorCode.PDF_RIDING_EDGE
    assert place(signed, SealOrder(drawing=seal(), place=PagePlace(x_mm=1, y_mm=1))).seal is not None
