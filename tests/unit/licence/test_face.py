from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from esign.licence.data import LicenceData, read_licence_data
from esign.licence.face import licence_face, require_drawable, seal_design
from esign.licence.identifier import compose_identifier
from esign.licence.metadata import StatusReference, build_metadata
from esign.rendering.fonts import find_fonts
from esign.rendering.licence_page import LicencePage, render_licence
from esign.rendering.seal_drawing import draw_seal
from tests.support.pdfa import pdfa_failures
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from esign.licence.types import LicenceType
    from trustkit.identity import Organisation


def _page(kind: LicenceType, octets: bytes, issuer: Organisation, now: datetime, serial: str = "1") -> LicencePage:
    data = read_licence_data(kind, octets, today=now.date())
    identifier = compose_identifier(type_code=kind.code, issuer=issuer.uscc, serial=serial, version=1)
    status = StatusReference(uri="https://licence.example.gov.cn/status/1", index=7)
    metadata = build_metadata(kind, data, identifier=identifier, issuer=issuer, issued_at=now, status=status)
    return licence_face(kind, data, metadata, issued_at=now, qr_text="https://licence.example.gov.cn/v/1")


def _longest(sample: bytes) -> bytes:
    tree: dict[str, Any] = json.loads(sample)
    tree |= {
        "name": "示例" * 48 + "有限公司",
        "company_type": "有限责任公司（自" * 10,
        "legal_representative": "阿卜杜热西提·" * 8 + "示例示例",
        "scope": (tree["scope"] * 6)[:800],
        "registered_capital": "CNY 98765432198765.43",
        "term_end": "2199-12-31",
        "address": ("示例省示例市示例区" * 20)[:120],
    }
    return json.dumps(tree).encode()


def _least(sample: bytes) -> bytes:
    tree: dict[str, Any] = json.loads(sample)
    for key in ("registered_capital", "term_start", "term_end"):
        del tree[key]
    return json.dumps(tree | {"name": "面馆", "scope": "餐饮"}).encode()


@pytest.mark.parametrize("change", [lambda octets: octets, _longest, _least], ids=["sample", "longest", "least"])
def test_every_length_fits_one_valid_page(  # noqa: PLR0917 - fixtures and a table
    kind: LicenceType, sample: bytes, issuer: Organisation, now: datetime, tmp_path: Path, change: Any
) -> None:
    path = tmp_path / "page.pdf"
    path.write_bytes(render_licence(_page(kind, change(sample), issuer, now)))
    assert pdfa_failures(path) == []


def test_wide_letters_fit_too(kind: LicenceType, sample: bytes, issuer: Organisation, now: datetime) -> None:
    tree: dict[str, Any] = json.loads(sample)
    tree |= {"scope": "W" * 800, "name": "W" * 100, "address": "W" * 120, "company_type": "W" * 80}
    assert render_licence(_page(kind, json.dumps(tree).encode(), issuer, now))


def test_the_longest_issuer_fits_page_and_seal(
    kind: LicenceType, sample: bytes, issuer: Organisation, now: datetime
) -> None:
    longest = replace(issuer, name="示例维吾尔自治区示例哈萨克自治州示例县市场监督管理局第一分局")
    assert len(longest.name) == 30
    assert render_licence(_page(kind, sample, longest, now))
    assert draw_seal(seal_design(kind, longest)).box[2] == pytest.approx(kind.seal.box[2] - kind.seal.box[0])


def test_the_title_holds_no_personal_data(
    kind: LicenceType, sample: bytes, issuer: Organisation, now: datetime
) -> None:
    page = _page(kind, sample, issuer, now)
    assert page.title.startswith("营业执照 1.2.156.3005.2.")
    assert page.author == issuer.name
    assert "云杉" not in repr(page)
    assert "张示例" not in repr(page)
    assert [attachment.name for attachment in page.attachments] == ["licence.json"]


def test_issue_date_is_shown_as_written_in_china(
    kind: LicenceType, sample: bytes, issuer: Organisation, now: datetime
) -> None:
    page = _page(kind, sample, issuer, now.replace(hour=16))
    assert page.data["issued"] == "2026年11月25日"


@pytest.mark.parametrize(("change", "field"), [({"name": "示例𪚥😀"}, "name"), ({"scope": "销售😀"}, "scope")])
def test_what_cannot_be_drawn_is_told_before_anything_is_written(  # noqa: PLR0917 - fixtures and a table
    kind: LicenceType, sample: bytes, issuer: Organisation, now: datetime, change: dict[str, str], field: str
) -> None:
    data = _data(kind, json.dumps(json.loads(sample) | change).encode(), now)
    with pytest.raises(TrustError) as caught:
        require_drawable(kind, data, issuer, find_fonts())
    assert caught.value.code is ErrorCode.GLYPH_MISSING
    assert caught.value.facts["field"] == field


def test_an_issuer_that_cannot_be_drawn(kind: LicenceType, sample: bytes, issuer: Organisation, now: datetime) -> None:
    data = _data(kind, sample, now)
    require_drawable(kind, data, issuer, find_fonts())
    with pytest.raises(TrustError) as caught:
        require_drawable(kind, data, replace(issuer, name="示例😀局"), find_fonts())
    assert caught.value.facts["field"] == "issuer"


def _data(kind: LicenceType, octets: bytes, now: datetime) -> LicenceData:
    return read_licence_data(kind, octets, today=now.date())


def test_a_name_too_long_for_a_seal(kind: LicenceType, issuer: Organisation) -> None:
    with pytest.raises(TrustError) as caught:
        seal_design(kind, replace(issuer, name="局" * 41))
    assert caught.value.code is ErrorCode.SEAL_DESIGN
