from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from esign.licence.holder_rules import HolderKind
from esign.licence.types import licence_types, load_licence_type
from tests.unit.licence.conftest import POLICIES
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from pathlib import Path

    from esign.licence.types import LicenceType


def test_the_business_licence(kind: LicenceType) -> None:
    assert kind.name == "business-licence"
    assert kind.code == "11100000MB0143028R001"
    assert (kind.title_zh, kind.title_en) == ("营业执照", "Business licence")
    assert kind.holder.kinds == (HolderKind.LEGAL_PERSON,)
    assert kind.template.is_file()
    assert "business-licence" in licence_types(POLICIES)
    assert len(licence_types(POLICIES)) == 9


def test_the_seals_box_is_its_circle_in_points_from_below(kind: LicenceType) -> None:
    left, bottom, right, top = kind.seal.box
    millimetre = 72 / 25.4
    assert right - left == pytest.approx(42 * millimetre)
    assert top - bottom == pytest.approx(42 * millimetre)
    assert (left + right) / 2 == pytest.approx(kind.seal.x_mm * millimetre)
    assert (bottom + top) / 2 == pytest.approx((210 - kind.seal.y_mm) * millimetre)
    assert kind.seal.page == 0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copy = tmp_path / "licences" / "business-licence"
    shutil.copytree(POLICIES / "business-licence", copy)
    return copy


def _edit(folder: Path, old: str, new: str) -> None:
    path = folder / "type.toml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("format = 1\n", "", "format"),
        ("format = 1", "format = 2", "format"),
        ("format = 1", "format = true", "format"),
        ("format = 1", 'format = 1\nauthority = "x"', "authority"),
        ('code = "11100000MB0143028R001"', 'code = "11100000MB0143028R1"', "code"),
        ('title_zh = "营业执照"', 'title_zh = ""', "title_zh"),
        ('title_zh = "营业执照"', "title_zh = 1", "title_zh"),
        ('number_from = "credit_code"', 'number_from = "registered_capital"', "number_from"),
        ("[page]", "[page]\ncolour = 1", "page.colour"),
        ('template = "template.typ"', 'template = "../business-licence/template.typ"', "page.template"),
        ('template = "template.typ"', 'template = "other.typ"', "page.template"),
        ("width_mm = 297", 'width_mm = "A4"', "page.width_mm"),
        ("width_mm = 297", "width_mm = nan", "page.width_mm"),
        ("[seal]", "[seal]\ncolour = 1", "seal.colour"),
        ('kinds = ["legal-person"]', 'kinds = ["natural-person"]', "holder.kinds"),
        ('kinds = ["legal-person"]', 'kinds = ["company"]', "holder.kinds"),
        ('kinds = ["legal-person"]', "", "holder.kinds"),
        ('kinds = ["legal-person"]', 'kinds = ["legal-person"]\nlist = "name"', "holder.list"),
        ('kinds = ["legal-person"]', 'kinds = ["legal-person"]\nsharing = "name"', "holder.sharing"),
        ('kinds = ["legal-person"]', 'kinds = ["legal-person"]\ndistinct = ["nobody"]', "holder.together"),
        ('kinds = ["legal-person"]', 'kinds = ["legal-person"]\ntogether = ["nobody"]', "holder.together"),
        ('kinds = ["legal-person"]', 'kinds = ["legal-person"]\ncolour = 1', "holder.colour"),
        ('kind = "term-or-open"', 'kind = "term"', "validity.kind"),
        ('kind = "term-or-open"', 'kind = "open"', "validity.kind"),
        ('kind = "term-or-open"', 'kind = "for ever"', "validity.kind"),
        ('kind = "term-or-open"', 'kind = "term-or-open"\nyears = 0', "validity.years"),
        ('code_scope = "national"', 'code_scope = "mine"', "catalogue.code_scope"),
        ('code_scope = "national"', 'code_scope = "national"\nnote_zh = "注"', "catalogue.note_zh"),
        ('"municipal", "county"]', '"municipal", "village"]', "catalogue.issuing_levels"),
        ("confirmed = false", "", "legal_basis[0].confirmed"),
        ("confirmed = false", 'confirmed = "no"', "legal_basis[0].confirmed"),
        ('format = "text"', 'format = "text"\nchoices = ["a"]', "fields[1].choices"),
        ('format = "text"', 'format = "choice"', "fields[1].choices"),
        ('format = "text"', 'format = "text"\nunit = "m"', "fields[1].unit"),
        ('format = "uscc"', 'format = "holder-code"', "fields"),
        ("page = 1", "page = 2", "seal.page"),
        ("x_mm = 245", "x_mm = 280", "seal.x_mm"),
        ("diameter_mm = 42", "diameter_mm = 20", "seal.diameter_mm"),
        ('lower_line = "电子证照专用章"', 'lower_line = "电子证照专用章电子证照"', "seal.lower_line"),
        ('key = "name"', 'key = "Name"', "fields[1].key"),
        ('key = "name"', 'key = "credit_code"', "fields"),
        ('metadata = "CZZT"', 'metadata = "CZZTDM"', "fields"),
        ('metadata = "CZZT"', 'metadata = "KZ_MC"', "fields"),
        ('metadata = "CZZT"', 'metadata = "ZZBS"', "fields[1].metadata"),
        ('metadata = "KZ_LX"', 'metadata = "KZ_类型"', "fields[2].metadata"),
        ('format = "uscc"', 'format = "text"', "fields"),
        ('format = "money"', 'format = "coin"', "fields[5].format"),
        ('format = "date-or-open"', 'format = "text"', "fields"),
        ("required = true", "required = false", "fields"),
        ("required = true", 'required = "yes"', "fields[0].required"),
        ("max_length = 18", "max_length = 0", "fields[0].max_length"),
        ("max_length = 18", "max_length = 18\nmin_length = 1", "fields[0].min_length"),
        ("[page]", "[[page]]", "page"),
    ],
)
def test_a_wrong_key_is_named(folder: Path, old: str, new: str, key: str) -> None:
    _edit(folder, old, new)
    with pytest.raises(TrustError) as caught:
        load_licence_type(folder)
    assert caught.value.code is ErrorCode.LICENCE_POLICY
    assert caught.value.facts["key"] == key
    assert caught.value.facts["type"] == "business-licence"


@pytest.mark.parametrize(
    "content", [b"format = ", b"\xff", b"#" * 70_000, b"fields = []\nformat = 1", b"a = " + b"9" * 5000]
)
def test_a_file_that_is_no_description(folder: Path, content: bytes) -> None:
    (folder / "type.toml").write_bytes(content)
    with pytest.raises(TrustError) as caught:
        load_licence_type(folder)
    assert caught.value.code is ErrorCode.LICENCE_POLICY


def test_a_template_imports_no_packages(folder: Path) -> None:
    with (folder / "template.typ").open("a", encoding="utf-8") as stream:
        stream.write('#import "@preview/tablex:0.0.8": tablex\n')
    with pytest.raises(TrustError, match="imports no packages") as caught:
        load_licence_type(folder)
    assert caught.value.code is ErrorCode.LICENCE_POLICY


@pytest.mark.parametrize("name", ["driving-licence", "Business", ".", "..", "business-licence\n"])
def test_an_unknown_type_names_those_there_are(folder: Path, name: str) -> None:
    with pytest.raises(TrustError, match=r"known types: (business-licence|none)") as caught:
        load_licence_type(folder.parent / name)
    assert caught.value.code is ErrorCode.LICENCE_TYPE
