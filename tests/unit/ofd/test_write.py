from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from esign.ofd.archive_write import pack, packed_files, write_archive
from esign.ofd.field_tags import MAX_FIELDS, ShownField, Tagged, tag_fields
from esign.ofd.limits import MAX_ENTRIES
from esign.ofd.package import open_package
from esign.ofd.paths import locate
from esign.ofd.write import MAX_ATTACHMENTS, MAX_CUSTOM, MAX_VALUE, OfdAttachment, write_ofd
from esign.ofd.xml import attribute, child_text, children, local_name, parse_xml, require_child, text
from tests.support.ofd_pages import NAME, sample_document, sample_ofd
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from esign.ofd.package import Package
    from esign.ofd.xml import Element
    from trustkit.error_family import Code


def _refusal(**changes: object) -> Code:
    with pytest.raises(TrustError) as caught:
        write_ofd(replace(sample_document(), **changes))  # type: ignore[arg-type] # whatever a test gives it
    return caught.value.code


@pytest.fixture
def package() -> Package:
    return open_package(sample_ofd())


def _root(package: Package, name: str) -> Element:
    return parse_xml(package.octets(name), name)


def test_the_same_document_is_the_same_octets() -> None:
    assert write_ofd(sample_document()) == write_ofd(sample_document())
    other = write_ofd(replace(sample_document(), title="另一份")).octets
    assert other != sample_ofd()

    def identifier(data: bytes) -> str | None:
        body = require_child(_root(open_package(data), "OFD.xml"), "DocBody")
        return child_text(require_child(body, "DocInfo"), "DocID")

    assert identifier(other) != identifier(sample_ofd())
    assert len(identifier(other) or "") == 32


def test_every_file_is_named_and_every_name_leads_to_one(package: Package) -> None:
    body = require_child(_root(package, "OFD.xml"), "DocBody")
    document = locate(package, child_text(body, "DocRoot") or "", holder="OFD.xml")
    found = {"OFD.xml", document, locate(package, child_text(body, "Signatures") or "", holder="OFD.xml")}
    root = _root(package, document)
    common = require_child(root, "CommonData")
    for name in ("PublicRes", "DocumentRes"):
        resources = locate(package, child_text(common, name) or "", holder=document)
        found.add(resources)
        listed = _root(package, resources)
        for each in listed.iter("{*}FontFile", "{*}MediaFile"):
            found.add(locate(package, text(each), holder=resources, base=attribute(listed, "BaseLoc") or ""))
    pages = [*children(common, "TemplatePage"), *children(require_child(root, "Pages"), "Page")]
    found |= {locate(package, attribute(page, "BaseLoc") or "", holder=document) for page in pages}
    for name in ("Attachments", "CustomTags"):
        holder = locate(package, child_text(root, name) or "", holder=document)
        found.add(holder)
        found |= {locate(package, text(each), holder=holder) for each in _root(package, holder).iter("{*}FileLoc")}
    assert found == set(package.names)


def test_identifiers_are_unique_and_the_greatest_is_told(package: Package) -> None:
    names = [name for name in package.names if name.endswith(".xml") and "/Signs/" not in name]
    given = [int(each.get("ID") or "") for name in names for each in _root(package, name).iter() if each.get("ID")]
    common = require_child(_root(package, "Doc_0/Document.xml"), "CommonData")
    assert len(given) == len(set(given))
    assert max(given) == int(child_text(common, "MaxUnitID") or "")


def test_what_objects_name_exists(package: Package) -> None:
    fonts = {each.get("ID") for each in _root(package, "Doc_0/PublicRes.xml").iter("{*}Font")}
    templates = {each.get("ID") for each in _root(package, "Doc_0/Document.xml").iter("{*}TemplatePage")}
    for number in (0, 1):
        page = _root(package, f"Doc_0/Pages/Page_{number}/Content.xml")
        assert {each.get("Font") for each in page.iter("{*}TextObject")} <= fonts
        assert {each.get("TemplateID") for each in page.iter("{*}Template")} == templates
        for each in page.iter("{*}TextObject"):
            code = next(each.iter("{*}TextCode"))
            shown = next(each.iter("{*}CGTransform"))
            glyphs = text(next(each.iter("{*}Glyphs"))).split()
            assert int(shown.get("GlyphCount") or "") == len(glyphs) == len(code.text or "")


def test_one_background_is_written_once(package: Package) -> None:
    assert [name for name in package.names if "/Tpls/" in name] == ["Doc_0/Tpls/Tpl_0/Content.xml"]


def test_what_the_document_says_of_itself(package: Package) -> None:
    info = require_child(require_child(_root(package, "OFD.xml"), "DocBody"), "DocInfo")
    assert child_text(info, "Title") == "营业执照 1.2.3"
    assert child_text(info, "Author") == '示例市 <局> & "处"'
    assert child_text(info, "CreationDate") == "2026-11-25"
    custom = {attribute(each, "Name"): text(each) for each in require_child(info, "CustomDatas")}
    assert custom == {"ZZMC": "营业执照"}
    assert package.octets("Doc_0/Attachs/licence.json") == b'{"ZZMC":"x"}'


def test_a_tag_leads_to_the_object_that_shows_the_field(package: Package) -> None:
    (field,) = _root(package, "Doc_0/Tags/CustomTag.xml")
    assert local_name(field) == "CZZT"
    (reference,) = children(field, "ObjectRef")
    page = _root(package, "Doc_0/Pages/Page_0/Content.xml")
    (shown,) = (each for each in page.iter("{*}TextObject") if each.get("ID") == text(reference))
    assert next(shown.iter("{*}TextCode")).text == NAME


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ({"A": "甲乙"}, {"A": [1]}),
        ({"A": "甲乙丙丁"}, {"A": [1, 2]}),
        ({"A": "甲 乙\u200b"}, {"A": [1]}),
        ({"A": "2019", "B": "2019"}, {"A": [3], "B": [4]}),  # the second time it begins a longer text
        ({"A": "2019", "B": "2019", "C": "2019"}, {"A": [3], "B": [4], "C": [3]}),
        ({"A": "不在", "B": ""}, {}),
    ],
)
def test_places_of_fields(fields: dict[str, str], wanted: dict[str, list[int]]) -> None:
    texts = ["甲乙", "丙丁", "2019", "2019至长期"]
    objects = [Tagged(page=9, object=number, text=each) for number, each in enumerate(texts, 1)]
    made = tag_fields([ShownField(name=name, text=value) for name, value in fields.items()], objects)
    found = {local_name(each): [int(text(ref)) for ref in each] for each in parse_xml(made, "x")} if made else {}
    assert found == wanted


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"created": datetime(2026, 11, 25)}, ErrorCode.USAGE),  # noqa: DTZ001 - a time without a zone, as meant
        ({"title": "a\x01b"}, ErrorCode.RENDERING_FAILED),
        ({"attachments": (OfdAttachment(name="a", octets=b""),) * (MAX_ATTACHMENTS + 1)}, ErrorCode.OFD_LIMIT),
        ({"custom": (("a", "b"),) * (MAX_CUSTOM + 1)}, ErrorCode.OFD_LIMIT),
        ({"custom": (("a", "b" * (MAX_VALUE + 1)),)}, ErrorCode.OFD_LIMIT),
        ({"fields": (ShownField(name="a", text="b"),) * (MAX_FIELDS + 1)}, ErrorCode.OFD_LIMIT),
        ({"fields": (ShownField(name="1 <", text="b"),)}, ErrorCode.USAGE),
        ({"attachments": (OfdAttachment(name="../a", octets=b""),)}, ErrorCode.USAGE),
        ({"attachments": (OfdAttachment(name="Attachments.xml", octets=b""),)}, ErrorCode.USAGE),
        ({"attachments": (OfdAttachment(name="a", octets=b""), OfdAttachment(name="A", octets=b""))}, ErrorCode.USAGE),
    ],
)
def test_refusals(changes: dict[str, object], code: Code) -> None:
    assert _refusal(**changes) is code


def test_an_archive_is_taken_over_as_it_is_packed() -> None:
    files = (pack("a.xml", b"x" * 500), pack("b", b"x", level=0), pack("印.png", bytes(range(256))))
    archive = write_archive(files)
    assert packed_files(archive) == files
    assert write_archive(packed_files(archive)) == archive
    assert open_package(archive).octets("印.png") == bytes(range(256))


def test_an_archive_of_too_many_files_is_refused() -> None:
    with pytest.raises(TrustError) as caught:
        write_archive([pack("a", b"")] * (MAX_ENTRIES + 1))
    assert caught.value.code is ErrorCode.OFD_LIMIT
