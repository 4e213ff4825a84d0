from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import typst
from pyhanko.pdf_utils.reader import PdfFileReader

from esign.ofd.layout import GlyphRun
from esign.ofd.typeset import read_typeset
from esign.rendering import licence_page
from esign.rendering.fonts import FontRole
from esign.rendering.licence_page import (
    MAX_PAGE_DATA,
    Attachment,
    LicencePage,
    Relationship,
    lay_out_licence,
    render_licence,
)
from tests.support.pdfa import pdfa_failures
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from esign.rendering.fonts import FontChain
    from esign.rendering.measuring import MeasuredFont
    from trustkit.encoding.canonical_json import JsonValue
    from trustkit.error_family import Code

TEMPLATE = """
#let licence(page) = {
  set std.page(width: 100mm, height: 60mm, margin: 5mm)
  text(font: page.fonts.sans, page.title.zh)
  parbreak()
  block(width: 90mm, page.fields.name.value)
  image(bytes(page.qr), format: "svg", width: 20mm, alt: "QR")
}
"""
NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)


def _fields(name: str = "示例市云杉信息技术有限公司") -> dict[str, JsonValue]:
    return {"title": {"zh": "营业执照"}, "fields": {"name": {"value": name}}}


@pytest.fixture
def template(tmp_path: Path) -> Path:
    path = tmp_path / "type" / "template.typ"
    path.parent.mkdir()
    path.write_text(TEMPLATE, "utf-8")
    return path


@pytest.fixture
def page(template: Path) -> LicencePage:
    return LicencePage(
        template=template,
        title="营业执照 1.2.3",
        author="示例市市场监督管理局",
        keywords=("营业执照", "1.2.3"),
        data=_fields(),
        qr_text="https://licence.example.gov.cn/v/1",
        attachments=(Attachment(name="licence.json", mime_type="application/json", text='{"ZZMC":"营业执照"}'),),
        timestamp=NOW,
    )


def test_the_page_is_pdf_a_3b_with_title_language_and_attachment(page: LicencePage, tmp_path: Path) -> None:
    path = tmp_path / "page.pdf"
    path.write_bytes(render_licence(page))
    assert pdfa_failures(path) == []
    with path.open("rb") as stream:
        reader = PdfFileReader(stream)
        root = reader.root
        assert str(root["/Lang"]) == "zh-CN"
        xmp = root["/Metadata"].data.decode("utf-8")
        assert "营业执照 1.2.3" in xmp
        assert re.search(r"<pdfaid:part>3</pdfaid:part>\s*<pdfaid:conformance>B<", xmp)
        assert "2026-11-24T08:00:00" in xmp
        assert len(root["/AF"]) == 1
        specification = root["/AF"][0]
        assert specification["/AFRelationship"] == "/Data"
        assert specification["/UF"] == "licence.json"
        assert json.loads(specification["/EF"]["/F"].data) == {"ZZMC": "营业执照"}
        assert int(root["/Pages"]["/Count"]) == 1


def test_equal_input_gives_equal_octets_ending_in_a_newline(page: LicencePage) -> None:
    first = render_licence(page)
    assert first == render_licence(page)
    assert first.endswith(b"%%EOF\n")
    assert first != render_licence(replace(page, timestamp=NOW.replace(hour=9)))


def test_threads_do_not_share_a_compiler(page: LicencePage) -> None:
    expected = render_licence(page)
    with ThreadPoolExecutor(4) as pool:
        assert all(made == expected for made in pool.map(lambda _: render_licence(page), range(12)))


def test_data_is_never_markup(page: LicencePage, tmp_path: Path) -> None:
    hostile = '#read("/etc/passwd") $x$ *b* \\u{41} \\" \\\\ ] ) "'
    made = render_licence(replace(page, data=_fields(hostile)))
    shown = "".join(item.text for item in read_typeset(made).pages[0].items if isinstance(item, GlyphRun))
    assert hostile.replace(" ", "") in shown.replace(" ", "")
    plain = render_licence(replace(page, data=_fields("x")))
    assert abs(len(made) - len(plain)) < 20_000  # a few glyphs more, no file and no mathematics font
    path = tmp_path / "page.pdf"
    path.write_bytes(made)
    assert pdfa_failures(path) == []


def test_a_template_reads_its_own_folder_and_nothing_else(page: LicencePage) -> None:
    (page.template.parent.parent / "secret.txt").write_text("secret", "ascii")
    page.template.write_text('#let licence(page) = read("../secret.txt")', "utf-8")
    with pytest.raises(TrustError) as caught:
        render_licence(page)
    assert caught.value.code is ErrorCode.RENDERING_FAILED


def test_a_changed_template_is_seen_at_once(page: LicencePage) -> None:
    before = render_licence(page)
    page.template.write_text(TEMPLATE.replace("20mm", "30mm"), "utf-8")
    assert render_licence(page) != before


def test_a_run_without_a_break_stays_on_the_page(page: LicencePage, fonts: FontChain) -> None:
    fields = _fields("W" * 40 + " 91990100MA7TRYQ01H")
    inputs = json.loads(licence_page._inputs(replace(page, data=fields), fonts, ""))
    assert inputs["fields"]["name"]["value"] == "\u200b".join("W" * 40) + " 91990100MA7TRYQ01H"
    assert render_licence(replace(page, data=_fields("W" * 200)))


def test_a_rare_character_is_drawn_with_the_next_font(page: LicencePage, fonts: FontChain) -> None:
    made = render_licence(replace(page, data=_fields("王㛃")))
    assert b"NotoSerifCJK" in made or fonts.families(FontRole.SERIF)[0].startswith("Noto")


def test_missing_glyph_names_field_and_character_alone(page: LicencePage) -> None:
    with pytest.raises(TrustError) as caught:
        render_licence(replace(page, data=_fields("秘密😀")))
    assert caught.value.code is ErrorCode.GLYPH_MISSING
    assert caught.value.facts["field"] == "name"
    assert "U+1F600" in str(caught.value)
    assert "秘密" not in str(caught.value)


def test_what_does_not_fit_is_told_by_field(page: LicencePage) -> None:
    page.template.write_text('#let licence(page) = panic("overflow: " + "scope")', "utf-8")
    with pytest.raises(TrustError) as caught:
        render_licence(page)
    assert caught.value.code is ErrorCode.LICENCE_DATA
    assert caught.value.facts["field"] == "scope"


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("#let licence(page) = nowhere", "nowhere"),
        ("#let other(page) = []", "unresolved import"),
        ("#let licence(page) = panic(page.fields.name.value)", ""),
        ("#let licence(page) = {", "delimiter"),
    ],
)
def test_a_broken_template_tells_its_fault_but_no_data(page: LicencePage, source: str, told: str) -> None:
    page.template.write_text(source, "utf-8")
    with pytest.raises(TrustError) as caught:
        render_licence(page)
    assert caught.value.code is ErrorCode.RENDERING_FAILED
    assert told in caught.value.detail
    assert "云杉" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"template": Path("/nowhere/template.typ")}, ErrorCode.LICENCE_TYPE),
        ({"data": {"qr": "x"}}, ErrorCode.LICENCE_DATA),
        ({"attachments": (Attachment(name="a", mime_type="text/plain", text="x"),) * 17}, ErrorCode.LICENCE_DATA),
        ({"qr_text": ""}, ErrorCode.LICENCE_DATA),
        ({"qr_text": "x" * 301}, ErrorCode.LICENCE_DATA),
        (
            {"attachments": (Attachment(name="a", mime_type="text/plain", text="x" * MAX_PAGE_DATA),)},
            ErrorCode.LICENCE_DATA,
        ),
        ({"timestamp": datetime(2026, 11, 24)}, ErrorCode.RENDERING_FAILED),  # noqa: DTZ001 - the fault that is tried
        ({"attachments": (Attachment(name="a", mime_type="no type", text="x"),)}, ErrorCode.RENDERING_FAILED),
    ],
)
def test_refused(page: LicencePage, changes: dict[str, object], code: Code) -> None:
    with pytest.raises(TrustError) as caught:
        render_licence(replace(page, **changes))  # type: ignore[arg-type] # one table for all fields
    assert caught.value.code is code


def test_a_template_name_cannot_enter_the_frame(page: LicencePage) -> None:
    odd = page.template.parent / 'x": licence\n#panic("y.typ'
    odd.write_text(TEMPLATE, "utf-8")
    with pytest.raises(TrustError) as caught:
        render_licence(replace(page, template=odd))
    assert caught.value.code is ErrorCode.LICENCE_TYPE


def test_a_font_typst_cannot_read_is_an_error_not_an_empty_page(page: LicencePage, fonts: FontChain) -> None:
    unread = replace(fonts, faces=tuple(replace(face, family=f"{face.family} X") for face in fonts.faces))
    with pytest.raises(TrustError) as caught:
        render_licence(replace(page, template=page.template), unread)
    assert caught.value.code is ErrorCode.FONT_MISSING


def test_relationships_are_typsts_words() -> None:
    for relationship in Relationship:
        source = f'#set document(title: "x")\n#pdf.attach("a", bytes("x"), relationship: "{relationship}", mime-type: "text/plain", description: "x")'
        assert typst.compile(source.encode(), format="pdf", pdf_standards=["a-3b"])


PARTS = """
#let licence(page) = {
  set std.page(width: 100mm, height: 60mm, margin: 5mm)
  if page.part != "values" { place(dy: 0mm, page.fields.name.zh) }
  if page.part != "ground" { place(dy: 9mm, page.fields.name.value) }
}
"""
LABELS: dict[str, JsonValue] = {"fields": {"name": {"zh": "名称"}}}


@pytest.fixture
def parted(page: LicencePage, template: Path) -> LicencePage:
    template.write_text(PARTS, "utf-8")
    return replace(page, ground=LABELS, data={"fields": {"name": {"zh": "名称", "value": "示例公司"}}})


def _shown(pdf: bytes, drawn: Mapping[str, MeasuredFont] | None = None) -> list[str]:
    laid = read_typeset(pdf, drawn=drawn or {})
    return [item.text for item in laid.pages[0].items if isinstance(item, GlyphRun)]


def test_a_page_in_parts(parted: LicencePage) -> None:
    assert _shown(render_licence(parted)) == ["名称", "示例公司"]
    typeset = lay_out_licence(parted)
    assert typeset.ground is not None
    assert (_shown(typeset.ground), _shown(typeset.pdf, typeset.drawn)) == (["名称"], ["示例公司"])
    assert lay_out_licence(replace(parted, timestamp=NOW.replace(hour=9))).ground is typeset.ground
    whole = lay_out_licence(replace(parted, ground=None))
    assert (whole.ground, _shown(whole.pdf)) == (None, ["名称", "示例公司"])


def test_a_ground_is_drawn_anew_when_its_template_has_changed(parted: LicencePage, template: Path) -> None:
    before = lay_out_licence(parted).ground
    template.write_text(PARTS.replace("page.fields.name.zh", 'page.fields.name.zh + "："'), "utf-8")
    after = lay_out_licence(parted).ground
    assert before is not None
    assert after is not None
    assert (_shown(before), _shown(after)) == (["名称"], ["名称："])


def test_a_ground_is_drawn_anew_when_a_file_below_its_folder_has_changed(parted: LicencePage, template: Path) -> None:
    words = template.parent / "words" / "name.txt"
    words.parent.mkdir()
    words.write_text("名称", "utf-8")
    (template.parent / "nowhere").symlink_to("not-there")
    template.write_text(PARTS.replace("page.fields.name.zh", 'read("words/name.txt")'), "utf-8")
    before = lay_out_licence(parted).ground
    words.write_text("字号二", "utf-8")
    after = lay_out_licence(parted).ground
    assert before is not None
    assert after is not None
    assert (_shown(before), _shown(after)) == (["名称"], ["字号二"])


def test_a_ground_cannot_show_a_value(parted: LicencePage, template: Path) -> None:
    template.write_text(PARTS.replace('page.part != "ground"', "true"), "utf-8")
    assert _shown(render_licence(parted)) == ["名称", "示例公司"]
    with pytest.raises(TrustError) as caught:
        lay_out_licence(parted)
    assert caught.value.code is ErrorCode.RENDERING_FAILED


def test_a_ground_sets_nothing_of_ours(parted: LicencePage) -> None:
    with pytest.raises(TrustError) as caught:
        lay_out_licence(replace(parted, ground={"part": "whole"}))
    assert caught.value.code is ErrorCode.LICENCE_DATA
