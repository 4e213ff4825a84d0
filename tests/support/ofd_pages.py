"""Pages laid out by typst from small templates, and the OFD packages of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from esign.ofd.field_tags import ShownField
from esign.ofd.typeset import read_typeset
from esign.ofd.write import OfdAttachment, OfdDocument, write_ofd
from esign.rendering.licence_page import LicencePage, render_licence

if TYPE_CHECKING:
    from trustkit.encoding.canonical_json import JsonValue

NOW: Final = datetime(2026, 11, 25, 8, tzinfo=UTC)
NAME: Final = "示例市云杉信息技术有限公司"
TWO_PAGES: Final = """
  text(font: page.fonts.sans, size: 14pt, page.title.zh)
  parbreak()
  page.fields.name.value
  rect(width: 30mm, height: 4mm, fill: rgb("#ddeeff"), stroke: 0.2mm + red)
  pagebreak()
  [第二页 second page]
"""
BORDER: Final = "background: rect(width: 98mm, height: 58mm, stroke: 0.5mm + maroon), "


@cache
def laid_pdf(body: str = TWO_PAGES, page: str = BORDER) -> bytes:
    """Return the PDF typst makes of a template whose `licence` does `body` on pages set up by `page`."""
    with TemporaryDirectory() as folder:
        template = Path(folder, "template.typ")
        setting = f"set std.page(width: 100mm, height: 60mm, margin: 5mm, {page})"
        template.write_text(f"#let licence(page) = {{\n  {setting}\n{body}\n}}\n", "utf-8")
        data: dict[str, JsonValue] = {"title": {"zh": "营业执照"}, "fields": {"name": {"value": NAME}}}
        made = LicencePage(
            template=template,
            title="营业执照 1.2.3",
            author="示例市",
            data=data,
            qr_text="https://example.test/1",
            timestamp=NOW,
        )
        return render_licence(made)


@cache
def sample_document(body: str = TWO_PAGES, page: str = BORDER) -> OfdDocument:
    """Return what a package is made of."""
    return OfdDocument(
        laid=read_typeset(laid_pdf(body, page)),
        title="营业执照 1.2.3",
        author='示例市 <局> & "处"',
        created=NOW,
        keywords=("营业执照",),
        custom=(("ZZMC", "营业执照"),),
        attachments=(OfdAttachment(name="licence.json", octets=b'{"ZZMC":"x"}'),),
        fields=(ShownField(name="CZZT", text=NAME), ShownField(name="KZ_NO", text="nowhere")),
        tag_type="GB/T 36903-2018",
    )


@cache
def sample_ofd(body: str = TWO_PAGES, page: str = BORDER) -> bytes:
    """Return an unsigned package."""
    return write_ofd(sample_document(body, page)).octets


@cache
def plain_ofd() -> bytes:
    """Return an unsigned package that is no licence."""
    return write_ofd(replace(sample_document(), attachments=(), custom=(), fields=())).octets
