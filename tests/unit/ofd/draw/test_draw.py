from __future__ import annotations

from typing import TYPE_CHECKING

import pypdfium2
import pytest

from esign.ofd.draw import budget as budgets
from esign.ofd.draw import document, draw, material, notes
from esign.ofd.draw.draw import draw_ofd
from esign.ofd.draw.notes import Lack, Notes
from esign.rendering.fonts import find_fonts
from tests.support.ofd_drawings import (
    EMBEDDED,
    element,
    files_of,
    image_object,
    lacks,
    media,
    named,
    own_font,
    path_object,
    picture,
    root,
    text_object,
    zipped,
)
from tests.support.ofd_drawings import draw as drawn_page
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from esign.ofd.draw.pictures import Picture
    from trustkit.error_family import Code

PATTERN = path_object(
    "M 0 0 L 5 5",
    'Boundary="0 0 9 9" Fill="true"',
    '<ofd:FillColor><ofd:Pattern Width="1" Height="1"><ofd:CellContent/></ofd:Pattern></ofd:FillColor>',
)
UNIT = '<ofd:CompositeGraphicUnits><ofd:CompositeGraphicUnit ID="70"/></ofd:CompositeGraphicUnits>'
LINE = path_object("M 0 0 L 9 9")


def many_pages(count: int, name: str = "Doc_0/Document.xml") -> dict[str, bytes]:
    files = files_of(LINE)
    page = '<ofd:Page ID="{}" BaseLoc="Pages/Page_0/Content.xml"/>'
    pages = "".join(page.format(number + 1) for number in range(count))
    files[name] = files["Doc_0/Document.xml"].replace(page.format(1).encode(), pages.encode())
    return files


def test_pages_are_drawn_as_asked_for() -> None:
    data = zipped(many_pages(5))
    for asked, expected in ((None, [1, 2, 3, 4, 5]), ([2], [2]), ([4, 2, 4], [2, 4])):
        drawn = draw_ofd(data, fonts=find_fonts(), pages=asked)
        assert [page.number for page in drawn.pages] == expected
        assert drawn.page_count == 5
        assert len(pypdfium2.PdfDocument(drawn.pdf)) == len(expected)


@pytest.mark.parametrize("asked", [[0], [6], [-1], [], [1, 9]])
def test_pages_that_are_not_there_are_refused(asked: list[int]) -> None:
    with pytest.raises(TrustError) as caught:
        draw_ofd(zipped(many_pages(5)), fonts=find_fonts(), pages=asked)
    assert caught.value.code is ErrorCode.USAGE


def test_so_many_pages_are_drawn_and_the_rest_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draw, "MAX_PAGES", 3)
    drawn = draw_ofd(zipped(many_pages(5)), fonts=find_fonts())
    assert len(drawn.pages) == 3
    assert lacks(drawn) == [("limit", "pages 4-5")]


def test_the_pages_of_all_documents_follow_one_another() -> None:
    files = many_pages(2, "Doc_0/Other.xml")
    body = "<ofd:DocBody><ofd:DocRoot>Doc_0/{}</ofd:DocRoot></ofd:DocBody>"
    files["OFD.xml"] = root("OFD", body.format("Document.xml") + body.format("gone.xml") + body.format("Other.xml"))
    drawn = draw_ofd(zipped(files), fonts=find_fonts())
    assert drawn.page_count == 3
    assert lacks(drawn) == [("malformed", "the package has no such file")]


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({"x": b""}, ErrorCode.OFD_MISSING),
        ({"Encryptions.xml": b"<x/>"}, ErrorCode.OFD_ENCRYPTED),
        ({"OFD.xml": b"<x"}, ErrorCode.OFD_XML),
        ({"OFD.xml": root("OFD", "")}, ErrorCode.OFD_MALFORMED),
        ({**files_of(), "Doc_0/Document.xml": b"<x"}, ErrorCode.OFD_XML),
        ({**files_of(), "Doc_0/Document.xml": root("Document", "")}, ErrorCode.OFD_MALFORMED),
        (
            {**files_of(), "OFD.xml": root("OFD", "<DocBody><DocRoot>../../etc/passwd</DocRoot></DocBody>")},
            ErrorCode.OFD_PATH,
        ),
    ],
)
def test_what_is_no_document_is_refused(files: dict[str, bytes], code: Code) -> None:
    with pytest.raises(TrustError) as caught:
        draw_ofd(zipped(files), fonts=find_fonts())
    assert caught.value.code is code


def test_the_same_octets_give_the_same_picture() -> None:
    data = zipped(files_of(text_object("AB") + LINE, resources=EMBEDDED, more={"Doc_0/Res/own.ttf": own_font()}))
    assert draw_ofd(data, fonts=find_fonts()) == draw_ofd(data, fonts=find_fonts())


def test_namespaces_and_prefixes_do_not_matter() -> None:
    files = {
        name: data.replace(b"http://www.ofdspec.org/2016", b"http://www.ofdspec.org")
        .replace(b"ofd:", b"")
        .replace(b"xmlns:ofd", b"xmlns")
        for name, data in files_of(LINE).items()
    }
    assert named(draw_ofd(zipped(files), fonts=find_fonts()), "S") == [()]


@pytest.mark.parametrize(
    ("kind", "limit", "objects"),
    [
        ("objects", 3, LINE * 9),
        ("segments", 5, LINE * 9),
        ("glyphs", 3, text_object("ABABAB")),
        ("octets", 900, LINE * 99),
        (
            "pixels",
            9,
            image_object('Boundary="0 0 9 9" ResourceID="50"') + image_object('Boundary="0 0 9 9" ResourceID="51"'),
        ),
        ("fonts", 0, text_object("A")),
        ("outlines", 1, text_object("AB")),
        ("points", 3, text_object("AB")),
        ("codes", 3, text_object("A")),
        ("groups", 0, element("CompositeObject", 'Boundary="0 0 9 9" ResourceID="70" Alpha="9"')),
        ("patterns", 0, PATTERN),
    ],
)
def test_work_has_an_end_and_what_was_drawn_stays(
    monkeypatch: pytest.MonkeyPatch, kind: str, limit: int, objects: str
) -> None:
    monkeypatch.setattr(draw, "Budget", lambda: budgets.Budget(**{kind: limit}))
    files = {"Doc_0/Res/own.ttf": own_font(), "Doc_0/Res/a.png": picture(), "Doc_0/Res/b.png": picture()}
    drawn = drawn_page(LINE + objects, resources=EMBEDDED + UNIT + media("a.png", "b.png"), more=files)
    assert lacks(drawn) == [("limit", kind)]
    assert drawn.notes[0].is_missing
    assert pypdfium2.PdfDocument(drawn.pdf)[0].render().width > 0


def test_all_kinds_of_work_have_one_end_and_the_pages_before_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    files = many_pages(3)
    files["Doc_0/Pages/Page_0/Content.xml"] = files_of(LINE * 20)["Doc_0/Pages/Page_0/Content.xml"]
    monkeypatch.setattr(draw, "PAGE_WORK", 0)
    monkeypatch.setattr(draw, "Budget", lambda: budgets.Budget(work=4_500_000))
    drawn = draw_ofd(zipped(files), fonts=find_fonts())
    assert len(drawn.pages) == 3
    assert len(named(drawn, "S")) == 20
    assert lacks(drawn) == [("limit", "work"), ("page", "elements of all files together")]
    monkeypatch.setattr(draw, "PAGE_WORK", 4_000_000)  # every page brings its own
    assert lacks(draw_ofd(zipped(files), fonts=find_fonts())) == []


def test_glyphs_of_this_houses_fonts_are_so_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draw, "Budget", lambda: budgets.Budget(borrowed=2))
    named_font = '<ofd:Fonts><ofd:Font ID="9" FontName="宋体"/></ofd:Fonts>'
    assert ("limit", "borrowed") not in lacks(drawn_page(text_object("文字文字文"), resources=named_font))
    assert ("limit", "borrowed") in lacks(drawn_page(text_object("文字样"), resources=named_font))


def test_a_picture_is_masked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """However often it stands on the pages: each time takes as long as the picture has pixels."""
    done: list[Picture] = []

    def masked(shown: Picture, mask: Picture) -> Picture:
        done.append(mask)
        return shown

    monkeypatch.setattr(material, "masked", masked)
    again = image_object('Boundary="0 0 9 9" ResourceID="50" ImageMask="51"')
    files = {"Doc_0/Res/a.png": picture(), "Doc_0/Res/b.png": picture()}
    drawn = drawn_page(again * 3, resources=media("a.png", "b.png"), more=files)
    assert len(named(drawn, "Do")) == 3
    assert len(done) == 1


def test_units_within_units_do_not_multiply_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten times ten times ten: a bomb of composites ends with the objects there may be."""
    unit = '<ofd:CompositeGraphicUnit ID="{}"><ofd:Content>{}</ofd:Content></ofd:CompositeGraphicUnit>'
    composite = 'Boundary="0 0 9 9" ResourceID="{}"'
    units = [unit.format(number, element("CompositeObject", composite.format(number + 1)) * 40) for number in range(8)]
    units.append(unit.format(8, LINE))
    resources = f"<ofd:CompositeGraphicUnits>{''.join(units)}</ofd:CompositeGraphicUnits>"
    monkeypatch.setattr(draw, "Budget", lambda: budgets.Budget(objects=5000))
    drawn = drawn_page(element("CompositeObject", composite.format(0)), resources=resources)
    assert [kind for kind, _ in lacks(drawn)] == ["limit"]


def test_texts_can_be_found_and_copied() -> None:
    drawn = drawn_page(
        text_object("示例市政务服务", 'X="0" Y="5" DeltaX="4"') + text_object("A1", 'X="0" Y="20" DeltaX="2"'),
        resources='<ofd:Fonts><ofd:Font ID="9" FontName="宋体"/></ofd:Fonts>',
    )
    text = pypdfium2.PdfDocument(drawn.pdf)[0].get_textpage().get_text_range()
    assert "示例市政务服务" in text
    assert "A1" in text


def test_more_than_255_glyphs_take_another_font() -> None:
    characters = "".join(map(chr, range(0x4E00, 0x4E00 + 300)))
    drawn = drawn_page(
        text_object(characters, 'X="0" Y="5" DeltaX="0.1"'),
        resources='<ofd:Fonts><ofd:Font ID="9" FontName="宋体"/></ofd:Fonts>',
    )
    assert len(named(drawn, "Tf")) == 2
    assert characters[:30] in pypdfium2.PdfDocument(drawn.pdf)[0].get_textpage().get_text_range().replace("\r\n", "")


def test_notes_are_so_many_and_the_rest_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notes, "MAX_NOTES", 2)
    found = Notes()
    for detail in "aabcd":
        found.add(Lack.GLYPH, detail * 999)
    told = found.told()
    assert [(note.lack, len(note.detail), note.count) for note in told] == [
        (Lack.GLYPH, 120, 2),
        (Lack.GLYPH, 120, 1),
        (Lack.LIMIT, 5, 2),
    ]


def test_resource_files_are_so_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document, "MAX_RESOURCE_FILES", 1)
    drawn = drawn_page(LINE, common="<ofd:DocumentRes>PublicRes.xml</ofd:DocumentRes>")
    assert lacks(drawn) == [("limit", "Res")]
