from __future__ import annotations

import pytest

from esign.ofd.draw.draw import draw_ofd
from esign.rendering.fonts import find_fonts
from tests.support.ofd_drawings import draw, element, files_of, lacks, named, path_object, root, zipped


def mark(number: int) -> str:
    """Return an object that is known by its line's width."""
    return path_object("M 0 0 L 9 9", f'Boundary="0 0 9 9" LineWidth="{number}"')


def layer(number: int, kind: str = "") -> str:
    return f"<ofd:Layer {kind and 'Type=' + chr(34) + kind + chr(34)}>{mark(number)}</ofd:Layer>"


def template(number: int, layers: str) -> tuple[str, dict[str, bytes]]:
    file = f"Doc_0/Tpls/{number}.xml"
    return f'<ofd:TemplatePage ID="{number}" BaseLoc="Tpls/{number}.xml"/>', {
        file: root("Page", f"<ofd:Content>{layers}</ofd:Content>")
    }


def order(drawn: object) -> list[float]:
    return [numbers[0] for numbers in named(drawn, "w")]  # type: ignore[arg-type]


def test_layers_are_drawn_by_their_kinds_and_in_their_order() -> None:
    layers = (
        layer(1, "Foreground")
        + layer(2)
        + layer(3, "Background")
        + layer(4, "Body")
        + layer(5, "Background")
        + layer(6, "odd")
    )
    assert order(draw(layers=layers)) == [3, 5, 2, 4, 6, 1]


def test_templates_lie_below_or_above() -> None:
    one, files = template(20, layer(1) + layer(2, "Background"))
    two, more = template(21, layer(3))
    page = '<ofd:Template TemplateID="21" ZOrder="Foreground"/><ofd:Template TemplateID="20"/>'
    drawn = draw(layers=layer(4, "Background") + layer(5), common=one + two, page=page, more=files | more)
    assert order(drawn) == [2, 1, 4, 5, 3]
    assert drawn.notes == ()


def test_a_template_that_is_not_there_is_told() -> None:
    page = '<ofd:Template TemplateID="20"/><ofd:Template TemplateID="21"/>'
    gone = '<ofd:TemplatePage ID="21" BaseLoc="Tpls/gone.xml"/>'
    drawn = draw(mark(1), common=gone, page=page)
    assert lacks(drawn) == [
        ("resource", "TemplatePage 20"),
        ("resource", "TemplatePage 21: the package has no such file"),
    ]
    assert order(drawn) == [1]


def annotated(*entries: str, page: str = "1") -> tuple[str, dict[str, bytes]]:
    listing = root("Annotations", f'<ofd:Page PageID="{page}"><ofd:FileLoc>Page_0.xml</ofd:FileLoc></ofd:Page>')
    files = {"Doc_0/Annots/Annotations.xml": listing, "Doc_0/Annots/Page_0.xml": root("PageAnnot", "".join(entries))}
    return "<ofd:Annotations>Annots/Annotations.xml</ofd:Annotations>", files


def annotation(content: str, attributes: str = "", boundary: str = 'Boundary="10 20 30 30"') -> str:
    return element("Annot", attributes, element("Appearance", boundary, content))


def test_annotations_lie_on_top_at_their_boundary() -> None:
    document, files = annotated(annotation(mark(2)), annotation(mark(3), 'ID="8" Visible="false"'))
    drawn = draw(mark(1), document=document, more=files)
    assert order(drawn) == [1, 2]
    assert (1, 0, 0, 1, 10, 20) in named(drawn, "cm")
    assert [(note.lack.value, note.detail, note.object_id) for note in drawn.notes] == [("hidden", "Annot", "8")]
    document, files = annotated(annotation(mark(2)), page="77")
    assert order(draw(mark(1), document=document, more=files)) == [1]


@pytest.mark.parametrize("broken", ["Doc_0/Annots/Annotations.xml", "Doc_0/Annots/Page_0.xml"])
def test_annotations_that_cannot_be_read_are_told(broken: str) -> None:
    document, files = annotated(annotation(mark(2)))
    for damaged in ({**files, broken: b"<x"}, {name: data for name, data in files.items() if name != broken}):
        drawn = draw(mark(1), document=document, more=damaged)
        assert [kind for kind, _ in lacks(drawn)] == ["annotation"]
        assert drawn.notes[0].is_missing
        assert order(drawn) == [1]
    document, files = annotated(annotation(mark(2), boundary='Boundary="x"'), annotation(mark(3)))
    drawn = draw(document=document, more=files)
    assert lacks(drawn) == [("number", "x")]
    assert order(drawn) == [3]


@pytest.mark.parametrize(
    ("box", "size", "told"),
    [
        ("0 0 210 297", (210, 297), []),
        ("0 0 -210 297", (210, 297), []),
        ("0 0 0 297", (100, 50), [("style", "PhysicalBox 0 0 0 297")]),
        ("0 0 99999 297", (100, 50), [("style", "PhysicalBox 0 0 99999 297")]),
        ("wide", (100, 50), [("style", "PhysicalBox: wide")]),
    ],
)
def test_the_size_of_a_page_is_its_own_or_the_documents(
    box: str, size: tuple[float, float], told: list[tuple[str, str]]
) -> None:
    drawn = draw(page=f"<ofd:Area><ofd:PhysicalBox>{box}</ofd:PhysicalBox></ofd:Area>")
    assert (drawn.pages[0].width, drawn.pages[0].height) == size
    assert lacks(drawn) == told


def test_a_page_of_no_size_is_a4_and_told() -> None:
    drawn = draw(size="0 0 0 0")
    assert (drawn.pages[0].width, drawn.pages[0].height) == (210, 297)
    assert lacks(drawn)[-1] == ("style", "PhysicalBox")


def test_the_pages_own_resources_come_first() -> None:
    params = '<ofd:DrawParams><ofd:DrawParam ID="1" LineWidth="{}"/></ofd:DrawParams>'
    drawn = draw(
        path_object("M 0 0 L 9 9", 'Boundary="0 0 9 9" DrawParam="1"'),
        resources=params.format(3),
        page="<ofd:PageRes>PageRes.xml</ofd:PageRes>",
        more={"Doc_0/Pages/Page_0/PageRes.xml": root("Res", params.format(5))},
    )
    assert order(drawn) == [5]
    assert lacks(drawn) == [("ambiguous", "DrawParam 1")]  # some readers take the document's


def test_resources_that_are_not_there_are_told() -> None:
    drawn = draw(mark(1), common="<ofd:DocumentRes>gone.xml</ofd:DocumentRes>")
    assert lacks(drawn) == [("resource", "gone.xml: the package has no such file")]
    assert order(drawn) == [1]
    many = "<ofd:DocumentRes>PublicRes.xml</ofd:DocumentRes>" * 300
    assert ("limit", "Res") in lacks(draw(mark(1), common=many))


def test_a_page_that_cannot_be_read_is_empty_and_told_and_the_others_are_drawn() -> None:
    files = files_of(mark(1))
    pages = "".join(f'<ofd:Page ID="{number}" BaseLoc="Pages/Page_{number}/Content.xml"/>' for number in (8, 0, 9))
    document = files["Doc_0/Document.xml"].decode()
    start, _, rest = document.partition("<ofd:Pages>")
    files["Doc_0/Document.xml"] = (
        f"{start}<ofd:Pages>{pages}{rest.partition('</ofd:Pages>')[1]}{rest.partition('</ofd:Pages>')[2]}".encode()
    )
    files["Doc_0/Pages/Page_9/Content.xml"] = b"<!DOCTYPE x><x/>"
    drawn = draw_ofd(zipped(files), fonts=find_fonts())
    assert [(note.lack.value, note.page) for note in drawn.notes] == [("page", 1), ("page", 3)]
    assert [page.number for page in drawn.pages] == [1, 2, 3]
    assert order(draw_ofd(zipped(files), fonts=find_fonts(), pages=[2])) == [1]
