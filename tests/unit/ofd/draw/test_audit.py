"""What a drawing leaves out, or readers draw otherwise, is told: nothing of a document is left out silently."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from esign.ofd.draw import limits
from esign.ofd.draw.budget import Budget
from esign.ofd.draw.draw import draw_ofd
from esign.ofd.draw.notes import Lack
from esign.rendering.fonts import find_fonts
from tests.support.ofd_drawings import (
    SONG,
    draw,
    element,
    files_of,
    lacks,
    named,
    path_object,
    root,
    text_object,
    zipped,
)

if TYPE_CHECKING:
    from esign.ofd.draw.draw import DrawnDocument


def mark(number: int) -> str:
    """Return an object that is known by its line's width."""
    return path_object("M 0 0 L 9 9", f'Boundary="0 0 9 9" LineWidth="{number}"')


def order(drawn: DrawnDocument) -> list[float]:
    return [numbers[0] for numbers in named(drawn, "w")]


def told(drawn: DrawnDocument) -> list[tuple[str, str]]:
    assert all(note.is_missing for note in drawn.notes)
    return lacks(drawn)


FOREIGN = '<x:{0} xmlns:x="http://attacker.example">{1}</x:{0}>'
LAYER = f"<ofd:Layer>{mark(1)}</ofd:Layer>"


def foreign(name: str, inside: str = "") -> str:
    return FOREIGN.format(name, inside)


FOREIGN_PATH = (
    '<x:PathObject xmlns:x="http://attacker.example" Boundary="0 0 9 9" LineWidth="7">'
    "<x:AbbreviatedData>M 0 0 L 9 9</x:AbbreviatedData></x:PathObject>"
)


def test_an_object_of_another_namespace_is_not_drawn_and_told() -> None:
    drawn = draw(mark(1) + FOREIGN_PATH)
    assert order(drawn) == [1]
    assert told(drawn) == [("foreign-element", "PathObject")]


def test_a_page_wholly_of_another_namespace_is_drawn_and_told() -> None:
    files = files_of(mark(1))
    page = "Doc_0/Pages/Page_0/Content.xml"
    files[page] = files[page].replace(b"http://www.ofdspec.org/2016", b"http://attacker.example")
    drawn = draw_ofd(zipped(files), fonts=find_fonts())
    assert order(drawn) == [1]
    assert told(drawn) == [("foreign-element", "Page")]


def test_namespaces_met_in_real_files_are_all_drawn_and_a_mixture_is_told() -> None:
    drawn = draw(mark(1) + '<PathObject LineWidth="2"><AbbreviatedData>M 0 0 L 9 9</AbbreviatedData></PathObject>')
    assert order(drawn) == [1, 2]
    assert told(drawn) == [("foreign-element", "PathObject")]
    silent = element(
        "Annot", "", f"<Parameters><x/></Parameters>{element('Appearance', '', mark(2))}"
    )  # as invoices have it
    document, files = annotated(silent)
    assert draw(document=document, more=files).notes == ()


@pytest.mark.parametrize(
    ("layers", "widths", "detail"),
    [
        (f"{LAYER}</ofd:Content><ofd:Content><ofd:Layer>{mark(2)}</ofd:Layer>", [1, 2], "Page/Content"),
        (f"{LAYER}{mark(2)}", [1, 2], "Content/PathObject"),
        (f"{LAYER}<ofd:PageBlock>{mark(2)}</ofd:PageBlock>", [1, 2], "Content/PageBlock"),
    ],
    ids=["two contents", "object beside the layers", "block beside the layers"],
)
def test_what_readers_show_beside_the_layers_is_drawn_and_told(layers: str, widths: list[float], detail: str) -> None:
    drawn = draw(layers=layers)
    assert order(drawn) == widths
    assert told(drawn) == [("ambiguous", detail)]


def annotated(content: str, *, listing: str = "", page: str = "1", name: str = "A") -> tuple[str, dict[str, bytes]]:
    """Return what a document says of one list of annotations, and the files."""
    loc = listing or f"<ofd:FileLoc>{name}1.xml</ofd:FileLoc>"
    files = {
        f"Doc_0/{name}.xml": root("Annotations", element("Page", f'PageID="{page}"', loc)),
        f"Doc_0/{name}1.xml": root("PageAnnot", content),
    }
    return f"<ofd:Annotations>{name}.xml</ofd:Annotations>", files


def annotation(number: int) -> str:
    return element("Annot", "", element("Appearance", 'Boundary="1 1 9 9"', mark(number)))


def test_a_second_list_of_annotations_is_drawn_and_told() -> None:
    one, files = annotated(annotation(2))
    two, more = annotated(annotation(3), name="B")
    drawn = draw(mark(1), document=one + two, more=files | more)
    assert order(drawn) == [1, 2, 3]
    assert told(drawn) == [("ambiguous", "Document/Annotations")]


def test_a_second_file_of_annotations_is_drawn_and_told() -> None:
    listing = "<ofd:FileLoc>A1.xml</ofd:FileLoc><ofd:FileLoc>B1.xml</ofd:FileLoc>"
    document, files = annotated(annotation(2), listing=listing)
    drawn = draw(mark(1), document=document, more={**files, "Doc_0/B1.xml": root("PageAnnot", annotation(3))})
    assert order(drawn) == [1, 2, 3]
    assert told(drawn) == [("ambiguous", "Page/FileLoc")]


@pytest.mark.parametrize("number", ["01", " 1 ", "0001"])
def test_a_page_is_told_by_its_number_however_it_is_written(number: str) -> None:
    document, files = annotated(annotation(2), page=number)
    assert order(draw(mark(1), document=document, more=files)) == [1, 2]


def test_annotations_of_no_page_and_without_a_look_are_told() -> None:
    document, files = annotated(annotation(2), page="77")
    assert told(draw(mark(1), document=document, more=files)) == [("annotation", "PageID 77")]
    document, files = annotated('<ofd:Annot Type="Highlight"/><ofd:Annot Type="Link"/>')
    assert told(draw(mark(1), document=document, more=files)) == [("annotation", "Highlight: no Appearance")]


def test_a_path_behind_a_comment_is_followed_and_told() -> None:
    document, files = annotated(annotation(2))
    drawn = draw(mark(1), document=document.replace("A.xml", "<!-- -->A.xml"), more=files)
    assert order(drawn) == [1, 2]
    assert told(drawn) == [("ambiguous", "Annotations: <!-- -->")]


UNKNOWN = {
    "page": ({"page": "<ofd:Movie/>"}, "Page/Movie"),
    "document": ({"document": "<ofd:Extra/>"}, "Document/Extra"),
    "body": ({"body": "<ofd:Extra/>"}, "DocBody/Extra"),
    "resources": ({"resources": "<ofd:Extra/>"}, "Res/Extra"),
    "text": ({"objects": text_object("营", inside="<ofd:Foo/>"), "resources": SONG}, "TextObject/Foo"),
    "inside a text": ({"objects": text_object("营<ofd:x>业</ofd:x>"), "resources": SONG}, "TextCode/x"),
}


@pytest.mark.parametrize(("parts", "detail"), UNKNOWN.values(), ids=UNKNOWN)
def test_what_is_not_known_is_told(parts: dict[str, str], detail: str) -> None:
    drawn = draw(**parts)
    assert ("unknown-element", detail) in lacks(drawn)


TWICE = {
    "colour": (
        {"objects": path_object("M 0 0 L 1 1", inside='<ofd:FillColor Value="0 0 0"/><ofd:FillColor Value="9 9 9"/>')},
        "PathObject/FillColor",
    ),
    "pages": ({"document": "<ofd:Pages/>"}, "Document/Pages"),
    "number of a page": (
        {"document": '<ofd:Pages><ofd:Page ID="01" BaseLoc="Pages/Page_0/Content.xml"/></ofd:Pages>'},
        "Page 1",
    ),
    "number of a template": (
        {"common": '<ofd:TemplatePage ID="5" BaseLoc="a.xml"/><ofd:TemplatePage ID="5" BaseLoc="b.xml"/>'},
        "TemplatePage 5",
    ),
    "attribute with a prefix": (
        {"objects": path_object("M 0 0 L 1 1", 'ofd:Boundary="0 0 9 9"')},
        "PathObject/@Boundary",
    ),
    "font": ({"resources": SONG + SONG.replace("宋体", "黑体")}, "Font 9"),
    "colour space": (
        {
            "resources": element(
                "ColorSpaces", "", '<ofd:ColorSpace ID="3" Type="RGB"/><ofd:ColorSpace ID="03" Type="CMYK"/>'
            )
        },
        "ColorSpace 3",
    ),
}


@pytest.mark.parametrize(("parts", "detail"), TWICE.values(), ids=TWICE)
def test_what_stands_there_twice_is_told(parts: dict[str, str], detail: str) -> None:
    assert ("ambiguous", detail) in lacks(draw(**parts))


@pytest.mark.parametrize("place", ["Res/a.xml", "Doc_0/Res/a.xml"])
def test_a_path_that_leads_to_two_files_is_told(place: str) -> None:
    files = {"Doc_0/Pages/Page_0/Res/a.xml": root("Res", ""), place: root("Res", "")}
    drawn = draw(mark(1), page="<ofd:PageRes>Res/a.xml</ofd:PageRes>", more=files)
    assert told(drawn) == [("ambiguous", "Res/a.xml")]


def test_places_among_layers_that_nobody_knows_are_told() -> None:
    template = '<ofd:TemplatePage ID="20" BaseLoc="Tpls/a.xml"/>'
    files = {"Doc_0/Tpls/a.xml": root("Page", element("Content", "", LAYER))}
    page = '<ofd:Template TemplateID="20" ZOrder="Topmost"/>'
    drawn = draw(layers=LAYER.replace("Layer>", 'Layer Type="Front">', 1), common=template, page=page, more=files)
    assert told(drawn) == [("ambiguous", "ZOrder Topmost"), ("ambiguous", "Type Front")]


def test_the_first_definition_of_a_number_is_drawn_and_the_same_again_is_not_told() -> None:
    parameters = '<ofd:DrawParam ID="{}" LineWidth="{}"/>'
    line = path_object("M 0 0 L 9 9", 'Boundary="0 0 9 9" DrawParam="4"')
    twice = element("DrawParams", "", parameters.format(4, 2) + parameters.format("04", 2) + parameters.format(4, 3))
    drawn = draw(line, resources=twice)
    assert order(drawn) == [2]
    assert told(drawn) == [("ambiguous", "DrawParam 4")]
    same = element("DrawParams", "", parameters.format(4, 2) * 2)
    assert draw(line, resources=same).notes == ()


def test_a_pages_own_definition_stands_before_the_documents_and_is_told() -> None:
    parameters = '<ofd:DrawParam ID="4" LineWidth="{}"/>'
    own = root("Res", element("DrawParams", "", parameters.format(5)))
    line = path_object("M 0 0 L 9 9", 'Boundary="0 0 9 9" DrawParam="4"')
    drawn = draw(
        line,
        resources=element("DrawParams", "", parameters.format(2)),
        page="<ofd:PageRes>/Doc_0/Own.xml</ofd:PageRes>",
        more={"Doc_0/Own.xml": own},
    )
    assert order(drawn) == [5]
    assert [(each.lack, each.detail) for each in drawn.notes] == [(Lack.AMBIGUOUS, "DrawParam 4")]


def test_what_is_not_of_the_look_is_passed_over() -> None:
    drawn = draw(
        mark(1),
        document=f"<ofd:Outlines>{foreign('Outline')}</ofd:Outlines><ofd:Permissions/><ofd:CustomTags>a</ofd:CustomTags>",
        page="<ofd:Actions><ofd:Action/></ofd:Actions>",
        body="<ofd:Versions/>",
    )
    assert drawn.notes == ()


def test_pages_that_share_a_file_do_not_parse_it_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Budget().marks == limits.MAX_ALL_MARKS
    monkeypatch.setattr("esign.ofd.draw.draw.Budget", lambda: Budget(marks=60))
    files = files_of(mark(1))
    entry = '<ofd:Page ID="{}" BaseLoc="Pages/Page_0/Content.xml"/>'
    pages = "".join(entry.format(number) for number in range(1, 9))
    files["Doc_0/Document.xml"] = files["Doc_0/Document.xml"].replace(entry.format(1).encode(), pages.encode())
    drawn = draw_ofd(zipped(files), fonts=find_fonts())
    assert len(drawn.pages) == 8
    assert ("page", "elements of all files together") in lacks(drawn)


def test_an_encrypted_package_says_so() -> None:
    drawn = draw(mark(1), more={"encryptions.xml": b"<a/>"})
    assert told(drawn) == [("encrypted", "")]
