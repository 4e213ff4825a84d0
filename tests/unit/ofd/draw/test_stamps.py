# pyHanko ships its types with gaps:
# mypy: allow-untyped-calls

from __future__ import annotations

import io

import pytest
from PIL import Image
from pyhanko.pdf_utils.generic import StreamObject
from pyhanko.pdf_utils.reader import PdfFileReader

from esign.ofd.draw import draw
from esign.ofd.draw.budget import Budget
from esign.ofd.draw.draw import DrawnDocument, draw_ofd
from esign.rendering.fonts import find_fonts
from tests.support.ofd_drawings import (
    content,
    files_of,
    lacks,
    media,
    named,
    operations,
    path_object,
    picture,
    resource,
    root,
    sealed_files,
    zipped,
)
from tests.support.pki import PkiWorld
from tests.support.ses import make_seal

STAMP = '<ofd:StampAnnot ID="5" PageRef="1" Boundary="60 10 30 20" {}/>'
OPAQUE = [("opaque-seal", "")]  # a picture without a clear ground
VALUE = "Doc_0/Signs/Sign_0/SignedValue.dat"


@pytest.fixture(scope="module")
def world() -> PkiWorld:
    return PkiWorld()


def drawn_of(files: dict[str, bytes]) -> DrawnDocument:
    return draw_ofd(zipped(files), fonts=find_fonts())


def test_a_seal_is_laid_on_as_ink_where_its_signature_says(world: PkiWorld) -> None:
    drawn = drawn_of(sealed_files(world, "PNG", picture(), STAMP.format("")))
    assert lacks(drawn) == OPAQUE
    assert operations(drawn) == [
        ("cm", (1, 0, 0, 1, 60, 10)),
        ("gs", ()),
        ("cm", (30, 0, 0, 20, 0, 0)),
        ("cm", (1, 0, 0, -1, 0, 1)),
        ("Do", ()),
    ]
    state = next(line for line in content(drawn.pdf).split(b"\n") if line.endswith(b" gs"))
    assert resource(drawn.pdf, "ExtGState", state.split()[0][1:].decode())["/BM"] == "/Multiply"  # type: ignore[index]


def test_only_so_much_of_a_seal_is_seen_as_its_clip_leaves(world: PkiWorld) -> None:
    """A riding-edge seal shows a strip on each page."""
    drawn = drawn_of(sealed_files(world, "PNG", picture(), STAMP.format('Clip="0 0 10 20"')))
    assert named(drawn, "re") == [(0, 0, 10, 20)]


def _clear(opaque: int) -> bytes:
    """Return a PNG of a hundred pixels of which so many let nothing through."""
    image = Image.new("RGBA", (10, 10), (255, 0, 0, 0))
    for at in range(opaque):
        image.putpixel((at % 10, at // 10), (255, 0, 0, 255))
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def test_a_seal_without_a_clear_ground_is_told_for_some_readers_hide_what_lies_beneath(world: PkiWorld) -> None:
    assert lacks(drawn_of(sealed_files(world, "PNG", _clear(40), STAMP.format("")))) == []
    assert lacks(drawn_of(sealed_files(world, "PNG", _clear(90), STAMP.format("")))) == OPAQUE


def test_a_seal_as_large_as_a_page_is_told_as_what_hides_it(world: PkiWorld) -> None:
    stamp = STAMP.replace("60 10 30 20", "0 0 100 50")
    drawn = drawn_of(sealed_files(world, "PNG", _clear(40), stamp.format("")))
    assert lacks(drawn) == [("covered-by-seal", "100 x 50 mm")]
    assert all(note.is_missing for note in drawn.notes)
    assert lacks(drawn_of(sealed_files(world, "PNG", _clear(40), stamp.format('Clip="0 0 9 50"')))) == []


def test_a_seal_on_a_page_that_is_not_there_is_told(world: PkiWorld) -> None:
    drawn = drawn_of(sealed_files(world, "PNG", picture(), STAMP.format("").replace('PageRef="1"', 'PageRef="2"')))
    assert operations(drawn) == []
    assert lacks(drawn) == [("seal", "PageRef 2")]


@pytest.mark.parametrize("name", ["ofd", "OFD", ".ofd"])
def test_a_seals_picture_may_be_a_document(world: PkiWorld, name: str) -> None:
    inner = zipped(files_of(path_object("M 0 0 L 9 9"), size="5 5 60 40"))
    drawn = drawn_of(sealed_files(world, name, inner, STAMP.format("")))
    assert drawn.notes == ()
    assert named(drawn, "cm") == [(1, 0, 0, 1, 60, 10), (0.5, 0, 0, 0.5, 0, 0), (1, 0, 0, 1, -5, -5)]
    form = content(drawn.pdf).split(b"/X")[-1].split()[0].decode()
    inside = resource(drawn.pdf, "XObject", f"X{form}")
    assert b"9 9 l" in inside.data  # type: ignore[attr-defined]
    assert [float(edge) for edge in inside["/BBox"]] == [5, 5, 65, 45]  # type: ignore[index]


def test_seals_upon_seals_end(world: PkiWorld) -> None:
    inner = zipped(files_of(path_object("M 0 0 L 9 9")))
    for _ in range(4):
        inner = zipped(sealed_files(world, "ofd", inner, STAMP.format("")))
    drawn = draw_ofd(inner, fonts=find_fonts())
    assert lacks(drawn) == [("seal", "ofd")]


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("PNG", b"no picture"),
        ("ofd", b"no document"),
        ("ofd", zipped({"OFD.xml": root("OFD", "")})),
        ("ofd", zipped({**files_of(), "Doc_0/Document.xml": root("Document", "")})),
        ("svg", b"<svg/>"),
    ],
)
def test_a_seal_without_a_picture_that_can_be_drawn_is_told(world: PkiWorld, kind: str, data: bytes) -> None:
    drawn = drawn_of(sealed_files(world, kind, data, STAMP.format(""), path_object("M 0 0 L 9 9")))
    assert [(note.lack.value, note.is_missing, note.object_id) for note in drawn.notes] == [("seal", True, "1")]
    assert named(drawn, "S") == [()]


def test_a_signature_value_that_is_no_seals_is_told(world: PkiWorld) -> None:
    files = sealed_files(world, "PNG", picture(), STAMP.format(""))
    drawn = drawn_of({**files, VALUE: b"\x30\x03\x02\x01\x05"})
    assert [kind for kind, _ in lacks(drawn)] == ["seal"]
    drawn = drawn_of({name: data for name, data in files.items() if name != VALUE})
    assert [kind for kind, _ in lacks(drawn)] == ["seal"]


def test_a_seal_beside_the_signature_is_drawn_only_for_want_of_the_signed_one_and_told(world: PkiWorld) -> None:
    beside = "<ofd:Seal><ofd:BaseLoc>Seal.esl</ofd:BaseLoc></ofd:Seal>"
    files = sealed_files(world, "PNG", picture((255, 0, 0)), STAMP.format("") + beside)
    files["Doc_0/Signs/Sign_0/Seal.esl"] = make_seal(world, picture=picture((0, 0, 255), (9, 9)))
    drawn = drawn_of(files)
    assert lacks(drawn) == OPAQUE
    form = content(drawn.pdf).split(b"/X")[-1].split()[0].decode()
    assert resource(drawn.pdf, "XObject", f"X{form}")["/Width"] == 4  # type: ignore[index] # the signed one
    files[VALUE] = b"\x30\x03\x02\x01\x05"
    swapped = drawn_of(files)
    assert lacks(swapped) == [("seal", "Seal.esl"), *OPAQUE]
    assert ("Do", ()) in operations(swapped)
    files["Doc_0/Signs/Sign_0/Seal.esl"] = b"no seal"
    assert ("Do", ()) not in operations(drawn_of(files))


@pytest.mark.parametrize(
    "stamp", ['<ofd:StampAnnot PageRef="1"/>', '<ofd:StampAnnot PageRef="1" Boundary="1 2"/>', STAMP.format('Clip="x"')]
)
def test_a_seal_without_a_place_is_told(world: PkiWorld, stamp: str) -> None:
    drawn = drawn_of(sealed_files(world, "PNG", picture(), stamp))
    assert [kind for kind, _ in lacks(drawn)] == ["number"]


def test_signatures_that_cannot_be_reached_are_told(world: PkiWorld) -> None:
    files = sealed_files(world, "PNG", picture(), STAMP.format(""))
    for gone in ("Doc_0/Signs/Signatures.xml", "Doc_0/Signs/Sign_0/Signature.xml"):
        drawn = drawn_of({name: data for name, data in files.items() if name != gone})
        assert lacks(drawn) == [("seal", "the package has no such file")]
    many = root("Signatures", '<ofd:Signature ID="1" BaseLoc="Sign_0/Signature.xml"/>' * 80)
    assert ("limit", "Signature") in lacks(drawn_of({**files, "Doc_0/Signs/Signatures.xml": many}))


def test_a_signature_without_a_seal_shows_nothing(world: PkiWorld) -> None:
    drawn = drawn_of(sealed_files(world, "PNG", picture(), ""))
    assert (operations(drawn), drawn.notes) == ([], ())


@pytest.mark.parametrize("kind", ["PNG", "ofd"])
def test_a_seal_on_many_pages_is_drawn_once(world: PkiWorld, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    """A riding-edge seal of five hundred pages costs as much as one."""
    data = picture() if kind == "PNG" else zipped(files_of(path_object("M 0 0 L 9 9")))
    stamps = "".join(STAMP.format(f'Clip="{strip} 0 1 20"') for strip in range(30))
    monkeypatch.setattr(draw, "Budget", lambda: Budget(pixels=8, objects=1))
    drawn = drawn_of(sealed_files(world, kind, data, stamps))
    assert lacks(drawn) == (OPAQUE if kind == "PNG" else [])
    assert operations(drawn).count(("Do", ())) == 30


def test_a_seal_that_cannot_be_drawn_is_read_once_and_told_for_each_place(world: PkiWorld) -> None:
    drawn = drawn_of(sealed_files(world, "ofd", b"no document", STAMP.format("") * 3))
    assert [(note.lack.value, note.count) for note in drawn.notes] == [("seal", 3)]


def test_seals_that_are_documents_each_keep_their_own_picture(world: PkiWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """Their files have one name; what was drawn of one must not stand for the next.

    The address of a package that is gone comes again when memory has it so; here all have one, should anybody ask for it.
    """
    monkeypatch.setattr("esign.ofd.draw.material.id", lambda _: 1, raising=False)
    image = '<ofd:ImageObject ID="8" Boundary="0 0 10 10" ResourceID="50" CTM="10 0 0 10 0 0"/>'
    colours = ((255, 0, 0), (0, 0, 255), (0, 255, 0), (255, 255, 0))
    files: dict[str, bytes] = {}
    entries = ""
    for number, colour in enumerate(colours):
        inner = files_of(image, resources=media("a.png"), more={"Doc_0/a.png": picture(colour)})
        sealed = sealed_files(world, "ofd", zipped(inner), STAMP.format(""))
        files = {**sealed, **files}
        for name in ("Signature.xml", "SignedValue.dat"):
            files[f"Doc_0/Signs/Sign_{number}/{name}"] = sealed[f"Doc_0/Signs/Sign_0/{name}"]
        entries += f'<ofd:Signature ID="{number + 1}" BaseLoc="Sign_{number}/Signature.xml"/>'
    files["Doc_0/Signs/Signatures.xml"] = root("Signatures", entries)
    drawn = drawn_of(files)
    assert drawn.notes == ()
    assert first_pixels(drawn.pdf) == {bytes(colour) for colour in colours}


def first_pixels(pdf: bytes) -> set[bytes]:
    """Return the first pixel of each picture in a file."""
    reader = PdfFileReader(io.BytesIO(pdf))
    objects = [reader.get_object(each) for each in reader.xrefs.explicit_refs_in_revision(0)]
    images = [each for each in objects if isinstance(each, StreamObject) and each.get("/Subtype") == "/Image"]
    return {each.data[:3] for each in images}
