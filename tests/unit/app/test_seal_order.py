from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from esign.pdf.places import FieldPlace, KeywordPlace, PagePlace, Side, UsualPlace
from esign.pdf.riding_edge import Edge, RidingEdge
from esign.rendering.drawing import POINTS_PER_MM
from tests.support.drawn_page import ink
from trustkit.app.seal_order import SealFacts, SealWish
from trustkit.app.seal_shape import SealShape
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from pathlib import Path

    from esign.pdf.places import Place

FACTS = SealFacts(name="张三", at=datetime(2026, 11, 25, 20, 8, tzinfo=UTC), reason="同意", location="示例市")


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "ink.png"
    path.write_bytes(ink())
    return path


@pytest.mark.parametrize(
    ("shape", "usual", "wide"),
    [
        (SealShape.ROUND, (42, 42), (50, 50)),
        (SealShape.OVAL, (40, 30), (50, 37.5)),
        (SealShape.SQUARE, (20, 20), (25, 25)),
        (SealShape.SIGNATURE, (60, 24), (50, 20)),
        (SealShape.IMAGE, (60, 24), (50, 20)),
    ],
)
def test_every_shape_has_its_usual_size_and_proportion(
    picture: Path, shape: SealShape, usual: tuple[float, float], wide: tuple[float, float]
) -> None:
    image = picture if shape is SealShape.IMAGE else None
    for width, size in ((None, usual), (wide[0], wide)):
        drawing = SealWish(shape=shape, picture=image, width_mm=width).seal_order(FACTS).drawing
        assert (drawing.width, drawing.height) == pytest.approx([side * POINTS_PER_MM for side in size])


def test_a_block_says_reason_place_and_time_of_china_unless_told_otherwise() -> None:
    usual = SealWish(shape=SealShape.SIGNATURE)
    same = SealWish(shape=SealShape.SIGNATURE, texts=("同意", "示例市", "2026-11-26 04:08 +08:00"))
    other = SealWish(shape=SealShape.SIGNATURE, texts=())
    drawn = [wish.seal_order(FACTS).drawing.contours for wish in (usual, same, other)]
    assert drawn[0] == drawn[1] != drawn[2]


def test_its_own_name_comes_before_the_signers() -> None:
    named = SealWish(shape=SealShape.ROUND, name="示例市市场监督管理局").seal_order(FACTS).drawing
    assert named.title == "示例市市场监督管理局"
    assert SealWish(shape=SealShape.ROUND).seal_order(FACTS).drawing.title == "张三"


@pytest.mark.parametrize(
    "place",
    [
        PagePlace(page=3, x_mm=1.5, y_mm=2),
        FieldPlace(name="Approval"),
        KeywordPlace(keyword="（盖章）", hit=-1, side=Side.OVER, x_mm=-3),
        UsualPlace(),
        None,
    ],
)
def test_an_order_survives_its_way_to_another_process(picture: Path, place: Place | None) -> None:
    wish = SealWish(
        shape=SealShape.SIGNATURE,
        name="张三",
        texts=("同意", "二"),
        picture=picture,
        width_mm=50,
        place=place,
        riding=RidingEdge(edge=Edge.LEFT, height=0.4, most_slices=7),
    )
    assert SealWish.from_json(json.loads(json.dumps(wish.to_json()))) == wish
    plain = SealWish(shape=SealShape.OVAL, line="合同专用章", code="91990100MA7TRYQ01H")
    assert SealWish.from_json(json.loads(json.dumps(plain.to_json()))) == plain


@pytest.mark.parametrize(
    "words",
    [
        {"shape": SealShape.IMAGE},
        {"shape": SealShape.ROUND, "picture": "ink.png"},
        {"shape": SealShape.SQUARE, "line": "合同专用章"},
        {"shape": SealShape.SIGNATURE, "code": "1"},
        {"shape": SealShape.ROUND, "texts": ("同意",)},
        {"shape": SealShape.SQUARE, "height_mm": 20},
    ],
)
def test_words_that_do_not_go_together(words: dict[str, object]) -> None:
    with pytest.raises(TrustError) as caught:
        SealWish(**words)  # type: ignore[arg-type] # one table for all
    assert caught.value.code is ErrorCode.USAGE


def test_a_picture_that_is_not_there(tmp_path: Path) -> None:
    wish = SealWish(shape=SealShape.IMAGE, picture=tmp_path / "absent.png")
    with pytest.raises(TrustError) as caught:
        wish.seal_order(FACTS)
    assert caught.value.code is ErrorCode.INPUT_UNREADABLE
