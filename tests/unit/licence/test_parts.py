"""A licence typeset in parts is the licence typeset whole: the same glyphs, paths and pictures in the same places."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from esign.licence.data import read_licence_data
from esign.licence.face import licence_face
from esign.licence.identifier import compose_identifier
from esign.licence.metadata import StatusReference, build_metadata
from esign.ofd.layout import GlyphRun, Shape
from esign.ofd.typeset import read_typeset
from esign.rendering.licence_page import lay_out_licence, render_licence

if TYPE_CHECKING:
    from datetime import datetime

    from esign.licence.types import LicenceType
    from esign.ofd.layout import LaidOut
    from esign.rendering.licence_page import LicencePage
    from trustkit.identity import Organisation

URL = "https://licence.example.gov.cn/v1/licences/1"


def _face(kind: LicenceType, issuer: Organisation, now: datetime, sample: bytes, **other: str | None) -> LicencePage:
    """Return the page of the sample with other values; None takes a field away."""
    fields = {key: value for key, value in {**json.loads(sample), **other}.items() if value is not None}
    data = read_licence_data(kind, json.dumps(fields).encode(), today=now.date())
    identifier = compose_identifier(type_code=kind.code, issuer=issuer.uscc, serial="1", version=1)
    status = StatusReference(uri="https://licence.example.gov.cn/status/1", index=7)
    metadata = build_metadata(kind, data, identifier=identifier, issuer=issuer, issued_at=now, status=status)
    return licence_face(kind, data, metadata, issued_at=now, qr_text=URL)


def _ink(laid: LaidOut) -> Counter[object]:
    """Return all that is drawn, told without the numbers that glyphs have in one subset or another."""
    found: Counter[object] = Counter()
    (page,) = laid.pages
    for item in (*page.background, *page.items):
        if isinstance(item, GlyphRun):
            places = tuple(round(each, 3) for each in (*item.origin, item.size_mm, item.advance, *item.steps))
            found[laid.fonts[item.font].name, item.text, places, item.turn, item.paint] += 1
        else:
            assert isinstance(item, Shape)
            found[item.data, item.matrix, item.even_odd, item.paint] += 1
    return found


@pytest.mark.parametrize(
    "other",
    [
        {},
        {"name": "云"},
        {"name": "示例市" + "云杉信息技术" * 12 + "有限公司", "address": "示例省" * 40},
        {"name": "𠮷野家㐂字号犇骉（示例）有限公司", "legal_representative": "㛃·Müller"},
        {"scope": "一般项目：" + "技术服务、" * 150},
        {"scope": "a" * 180 + " " + "https://example.test/" * 12},
        {"term_start": None},
        {"term_end": None},
        {"term_start": None, "term_end": None, "registered_capital": None},
    ],
    ids=["sample", "short", "long", "rare", "much", "unbroken", "open start", "open end", "fewer fields"],
)
def test_ground_and_values_are_the_whole(
    kind: LicenceType, issuer: Organisation, now: datetime, sample: bytes, other: dict[str, str | None]
) -> None:
    page = _face(kind, issuer, now, sample, **other)
    whole = read_typeset(render_licence(page))
    typeset = lay_out_licence(page)
    assert typeset.ground is not None
    parts = read_typeset(typeset.pdf, typeset.ground, typeset.code)
    assert _ink(parts) == _ink(whole)
    assert parts.pages[0].items
    assert sum(isinstance(item, GlyphRun) for item in parts.pages[0].background) > 20


def test_the_ground_is_the_same_octets_whatever_the_values_are(
    kind: LicenceType, issuer: Organisation, now: datetime, sample: bytes
) -> None:
    one, other = (lay_out_licence(_face(kind, issuer, now, sample, name=name)) for name in ("甲示例公司", "乙示例公司"))
    assert one.pdf != other.pdf
    assert one.ground is other.ground
    fewer = lay_out_licence(_face(kind, issuer, now, sample, registered_capital=None))
    assert fewer.ground != one.ground


def test_the_ground_knows_no_value(kind: LicenceType, issuer: Organisation, now: datetime, sample: bytes) -> None:
    page = _face(kind, issuer, now, sample)
    told = json.dumps(page.ground, ensure_ascii=False)
    values = [value for value in json.loads(sample).values() if value != json.loads(sample).get("$comment")]
    assert values
    assert not [value for value in values if value in told]
    assert issuer.name not in told
