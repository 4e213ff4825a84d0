"""What lies beneath seals: parts of pages drawn without some seals, and with them both ways."""

# pyHanko ships its types with gaps:
# mypy: allow-untyped-calls

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from pyhanko.pdf_utils.reader import PdfFileReader

from esign.ofd.draw import stamps
from esign.ofd.draw.beneath import WAYS, Allowance, DrawnBeneath, PartBeneath, draw_beneath
from esign.ofd.draw.budget import Budget
from esign.ofd.draw.limits import LOOK_WORK
from esign.rendering.fonts import find_fonts
from tests.support.ofd_drawings import K, files_of, path_object, picture, root, sealed_files, text_object, zipped
from tests.support.pki import PkiWorld

if TYPE_CHECKING:
    from pyhanko.pdf_utils.generic import DictionaryObject

STAMP = '<ofd:StampAnnot ID="5" PageRef="{page}" Boundary="{box}" {more}/>'
FILE = "Doc_0/Signs/Sign_0/Signature.xml"


@pytest.fixture(scope="module")
def world() -> PkiWorld:
    return PkiWorld()


def beneath(files: dict[str, bytes], *, kept: tuple[str, ...] = (), over: tuple[str, ...] = (FILE,)) -> DrawnBeneath:
    return draw_beneath(zipped(files), kept=kept, over=over, fonts=find_fonts())


def sealed(world: PkiWorld, box: str = "60 10 30 20", *, page: str = "1", more: str = "") -> dict[str, bytes]:
    return sealed_files(world, "PNG", picture(), STAMP.format(page=page, box=box, more=more))


def pages_of(drawn: DrawnBeneath) -> list[DictionaryObject]:
    kids = PdfFileReader(io.BytesIO(drawn.pdf)).root["/Pages"]["/Kids"]
    return [kids[number] for number in range(len(kids))]


def test_seals_that_take_too_much_to_look_beneath_are_told(world: PkiWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("esign.ofd.draw.beneath.LOOK_MM2", 600.0)
    assert len(beneath(sealed(world)).parts) == 1
    monkeypatch.setattr("esign.ofd.draw.beneath.LOOK_MM2", 599.0)
    drawn = beneath(sealed(world))
    assert (drawn.parts, [each.detail for each in drawn.notes]) == ((), ["seals"])


def test_all_looks_at_a_file_share_what_they_may_take(world: PkiWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    data, fonts = zipped(sealed(world)), find_fonts()

    def looks(allowance: Allowance) -> list[tuple[int, list[str]]]:
        drawn = [draw_beneath(data, kept=(), over=(FILE,), allowance=allowance, fonts=fonts) for _ in range(2)]
        return [(len(each.parts), [note.detail for note in each.notes if note.is_missing]) for each in drawn]

    assert looks(Allowance()) == [(1, []), (1, [])]
    monkeypatch.setattr("esign.ofd.draw.beneath.LOOK_MM2", 1199.0)
    assert looks(Allowance()) == [(1, []), (0, ["seals"])]
    one = Allowance()
    draw_beneath(data, kept=(), over=(FILE,), allowance=one, fonts=fonts)
    spent = LOOK_WORK - one.budget.work
    assert spent > 0
    monkeypatch.setattr("esign.ofd.draw.beneath.LOOK_MM2", 9999.0)
    assert looks(Allowance(Budget(work=2 * spent))) == [(1, []), (1, [])]
    (first, second) = looks(Allowance(Budget(work=2 * spent - 1)))
    assert (first, second[0]) == ((1, []), 0)
    assert second[1]


@pytest.mark.parametrize("box", ["-1 10 30 20", "60 -1 30 20"])
def test_a_seal_that_begins_beside_the_page_is_told(world: PkiWorld, box: str) -> None:
    drawn = beneath(sealed(world, box))
    assert (drawn.parts, [each.detail for each in drawn.notes]) == ((), ["Boundary"])
    assert len(beneath(sealed(world, box, more='Clip="5 5 10 10"')).parts) == 1


def test_seals_that_are_absent_are_not_drawn_at_all(world: PkiWorld) -> None:
    drawn = beneath(sealed(world), over=(FILE,))
    absent = draw_beneath(zipped(sealed(world)), kept=(), over=(FILE,), absent=(FILE,), fonts=find_fonts())
    assert len(drawn.parts) == 1
    assert (absent.parts, absent.notes) == ((), ())


_CLIP = (
    '<ofd:Clips><ofd:Clip><ofd:Area><ofd:Path Boundary="0 0 1 1"><ofd:AbbreviatedData>M 0 0 L 1 1 L 0 1 C'
    "</ofd:AbbreviatedData></ofd:Path></ofd:Area></ofd:Clip></ofd:Clips>"
)
_LINE = "M 0 0 L 9 9"
_WHITE = '<ofd:StrokeColor Value="{}"/>'


@pytest.mark.parametrize(
    ("objects", "is_read_otherwise"),
    [
        (path_object(_LINE), False),
        (path_object(_LINE, 'Visible="false" Boundary="0 0 100 50"'), True),
        (path_object(_LINE, 'Alpha="10" Boundary="0 0 100 50"'), True),
        (path_object(_LINE, 'Boundary="0 0 5 5"'), True),
        (path_object(_LINE, 'Boundary="0 0 8.5 8.5"'), False),
        (path_object(_LINE, inside=_CLIP), True),
        (path_object(_LINE, inside=_WHITE.format("255 255 255")), False),
        (text_object("甲"), False),
        (text_object("甲", attributes='Boundary="10 20 50 8" Font="9" Size="4" Fill="false"'), True),
    ],
)
def test_a_ground_that_others_show_more_of_is_drawn_twice(
    world: PkiWorld, objects: str, *, is_read_otherwise: bool
) -> None:
    place = STAMP.format(page="1", box="60 10 30 20", more="")
    drawn = beneath(sealed_files(world, "PNG", picture(), place, objects))
    part = PartBeneath(page=1, file=FILE)
    assert drawn.parts == ((part, part) if is_read_otherwise else (part,))
    assert len(pages_of(drawn)) == len(drawn.parts) * len(WAYS)


_FILLED = 'Fill="true" Stroke="false" Boundary="{}"'
_INK = '<ofd:FillColor Value="0 0 0"/>'
_BOX = "M 0 0 L 9 0 L 9 9 L 0 9 C"
_BESIDE = "10 20 20 10"  # of the seal, which lies at 60 10, 30 wide and 20 high


def annotated(world: PkiWorld, appearance: str, *, boundary: str = "0 0 100 50") -> dict[str, bytes]:
    """Return a sealed page with one annotation."""
    annotation = f'<ofd:Annot ID="70" Type="Stamp"><ofd:Appearance Boundary="{boundary}">{appearance}</ofd:Appearance></ofd:Annot>'
    page = '<ofd:Page PageID="1"><ofd:FileLoc>Annotation.xml</ofd:FileLoc></ofd:Page>'
    files = sealed(world)
    end = b"</ofd:Document>"
    document = files["Doc_0/Document.xml"]
    assert end in document
    return files | {
        "Doc_0/Document.xml": document.replace(end, b"<ofd:Annotations>Annots/Annotations.xml</ofd:Annotations>" + end),
        "Doc_0/Annots/Annotations.xml": root("Annotations", page),
        "Doc_0/Annots/Annotation.xml": root("PageAnnot", annotation),
    }


@pytest.mark.parametrize(
    ("appearance", "boundary", "meets"),
    [
        ("", "60 10 30 20", False),
        (path_object(_BOX, _FILLED.format(_BESIDE), _INK), "0 0 100 50", False),
        (path_object(_BOX, _FILLED.format("62 12 9 9"), _INK), "0 0 100 50", True),
        (path_object(_BOX, _FILLED.format(_BESIDE), _INK), "40 0 9 9", True),
        (path_object(_BOX, _FILLED.format("48 12 11.5 9"), _INK), "0 0 100 50", True),
        (path_object(_BOX, _FILLED.format("49 12 9 9"), _INK), "0 0 100 50", False),
        (path_object(_BOX, 'LineWidth="2" Boundary="49.5 12 9 9"'), "0 0 100 50", True),
        (path_object(_BOX, 'LineWidth="2" Boundary="40 12 9 9"'), "0 0 100 50", False),
        (path_object(_BOX, 'LineWidth="2" Boundary="40 12 9 9" CTM="9 0 0 9 0 0"'), "0 0 100 50", True),
        (path_object("M 0 0 L 60 0 L 60 9 L 0 9 C", _FILLED.format(_BESIDE), _INK), "0 0 100 50", True),
        (path_object(_BOX, f'Visible="false" {_FILLED.format(_BESIDE)}', _INK), "0 0 100 50", True),
        (path_object(_BOX, 'Fill="true" Stroke="false"', _INK), "0 0 100 50", True),
        (path_object(_BOX, _FILLED.format("a b c d"), _INK), "0 0 100 50", True),
        (text_object("甲"), "0 0 100 50", True),
        (f"<ofd:PageBlock>{path_object(_BOX, _FILLED.format(_BESIDE), _INK)}</ofd:PageBlock>", "0 0 100 50", True),
        ("<ofd:Actions/>", "0 0 100 50", False),
    ],
)
def test_an_annotation_counts_where_it_may_meet_the_seal(
    world: PkiWorld, appearance: str, boundary: str, *, meets: bool
) -> None:
    drawn = beneath(annotated(world, appearance, boundary=boundary))
    part = PartBeneath(page=1, file=FILE)
    assert drawn.parts == ((part, part) if meets else (part,))


def test_an_annotation_beside_the_seal_is_mixed_where_the_page_is_drawn_again(world: PkiWorld) -> None:
    beside = path_object(_BOX, _FILLED.format(_BESIDE), _INK)
    beyond = path_object("M 0 0 L 60 0 L 60 9 L 0 9 C", _FILLED.format(_BESIDE), _INK)
    groups = []
    for page in pages_of(beneath(annotated(world, beside + beyond)))[:: len(WAYS)]:
        (ground,) = page["/Resources"]["/XObject"].values()
        groups.append(len(ground.get_object()["/Resources"].get("/XObject", {})))
    assert groups == [0, 1]


def boxes(drawn: DrawnBeneath) -> list[list[float]]:
    kids = pages_of(drawn)
    return [[round(float(edge) / K, 2) for edge in kid["/MediaBox"]] for kid in kids]


@pytest.mark.parametrize(
    ("box", "more", "seen"),
    [
        ("60 10 30 20", "", [60, 20, 90, 40]),
        ("60 10 30 20", 'Clip="10 5 10 90"', [70, 20, 80, 35]),
        ("90 40 30 20", "", [90, 0, 100, 10]),
    ],
)
def test_each_seal_has_three_pages_of_what_it_lies_over(
    world: PkiWorld, box: str, more: str, seen: list[float]
) -> None:
    drawn = beneath(sealed(world, box, more=more))
    assert drawn.parts == (PartBeneath(page=1, file=FILE),)
    assert boxes(drawn) == [seen] * len(WAYS)
    assert "seal" not in {note.lack.value for note in drawn.notes}
    kids = pages_of(drawn)
    assert [b" gs" in bytes(kid["/Contents"].data) for kid in kids] == [False, True, True]


def test_a_seal_that_was_seen_is_part_of_the_ground(world: PkiWorld) -> None:
    drawn = beneath(sealed(world), kept=(FILE,), over=())
    assert (drawn.parts, drawn.notes) == ((), ())


@pytest.mark.parametrize(
    ("files", "lack"),
    [
        (lambda _: files_of(path_object("M 0 0 L 9 9")), "seal"),  # none of that name
        (lambda world: sealed(world, page="7"), "seal"),
        (lambda world: sealed(world, more='Clip="0 0 0 20"'), "seal"),
        (lambda world: sealed_files(world, "PNG", b"junk", STAMP.format(page="1", box="1 1 9 9", more="")), "seal"),
        (lambda world: sealed(world) | {"Doc_0/Pages/Page_0/Content.xml": b"<"}, "page"),
    ],
)
def test_what_is_not_drawn_is_told(world: PkiWorld, files: object, lack: str) -> None:
    drawn = beneath(files(world))  # type: ignore[operator]
    assert lack in {note.lack.value for note in drawn.notes if note.is_missing}


def test_a_seal_beside_the_page_hides_nothing(world: PkiWorld) -> None:
    drawn = beneath(sealed(world, "200 10 30 20"))
    assert not drawn.parts
    assert not [note for note in drawn.notes if note.is_missing]


def test_seals_beyond_the_bound_are_told(world: PkiWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stamps, "MAX_STAMPS", 0)
    assert "limit" in {note.lack.value for note in beneath(sealed(world)).notes}
