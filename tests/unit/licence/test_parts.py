"""A licence typeset in parts is the licence typeset whole: the same glyphs, paths and pictures in the same places."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING
from unicodedata import category

import pytest

from esign.licence.data import read_licence_data
from esign.licence.face import licence_face
from esign.licence.identifier import compose_identifier
from esign.licence.metadata import StatusReference, build_metadata
from esign.ofd.layout import GlyphRun, Shape
from esign.ofd.typeset import read_typeset
from esign.rendering import licence_page
from esign.rendering.licence_page import lay_out_licence, render_licence
from trustkit.errors import ErrorCode, TrustError

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


def ink(laid: LaidOut) -> Counter[object]:
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
    parts = read_typeset(typeset.pdf, typeset.ground, typeset.code, typeset.drawn)
    assert ink(parts) == ink(whole)
    assert {font.name for font in parts.fonts} == {font.name for font in whole.fonts}
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


def test_a_page_measured_with_boxes_has_the_letters_of_the_page_fonts(
    kind: LicenceType, issuer: Organisation, now: datetime, sample: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = _face(kind, issuer, now, sample, name="𠮷野家㐂字号犇骉（示例）有限公司")
    measured = lay_out_licence(page)
    if not measured.drawn:
        pytest.skip("the measuring fonts were not made (tools/page_fonts.py)")
    with pytest.raises(TrustError) as caught:
        read_typeset(measured.pdf, measured.ground, measured.code)
    assert caught.value.code is ErrorCode.RENDERING_FAILED
    monkeypatch.setattr(licence_page, "families_to_measure", lambda _: {})
    drawn = lay_out_licence(page)
    assert len(measured.pdf) < len(drawn.pdf) / 2
    # to the last octet of every font
    assert read_typeset(measured.pdf, measured.ground, measured.code, measured.drawn) == read_typeset(
        drawn.pdf, drawn.ground, drawn.code, measured.drawn
    )


@pytest.mark.parametrize("key", ["scope", "address", "name"])
@pytest.mark.parametrize("piece", ["一般项目。", "（A）、", "技术服务12345678", "示例——·……", "云"])
def test_a_text_never_leaves_its_box_whatever_it_is_made_of(  # noqa: PLR0917 - fixtures and a table
    kind: LicenceType, issuer: Organisation, now: datetime, sample: bytes, key: str, piece: str
) -> None:
    boxes = {"scope": (54, 120.5, 164, 178.5), "address": (199, 120.5, 269, 138.5), "name": (54, 80, 164, 93.5)}
    left, top, right, bottom = boxes[key]
    for times in (1, 3, 8, 20, 40, 42, 44, 46):
        text = piece * (times if key == "scope" else max(1, times // 6))
        typeset = lay_out_licence(_face(kind, issuer, now, sample, **{key: text}))
        (page,) = read_typeset(typeset.pdf, typeset.ground, typeset.code, typeset.drawn).pages
        runs = [each for each in page.items if isinstance(each, GlyphRun)]
        # brackets and stops hang out by half of their size, and no ink of theirs
        mine = [
            each
            for each in runs
            if left - 3 <= each.origin[0] < right and top <= each.origin[1] - 0.8 * each.size_mm <= bottom
        ]
        assert mine
        assert all(each.origin[1] + 0.12 * each.size_mm <= bottom for each in mine)
        ends = [
            each.origin[0] + sum(each.steps) + (0 if category(each.text[-1])[0] == "P" else each.advance)
            for each in mine
        ]
        assert max(ends) <= right + 0.1
