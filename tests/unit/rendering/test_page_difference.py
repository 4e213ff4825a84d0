from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image, ImageDraw

from esign.rendering.page_difference import CELL, MAX_REGIONS, RgbPicture, changed_regions, outlined

BLANK = Image.new("RGB", (400, 300), (255, 255, 255))


def picture(*boxes: tuple[int, int, int, int], colour: tuple[int, int, int] = (0, 0, 0)) -> RgbPicture:
    image = BLANK.copy()
    for box in boxes:
        ImageDraw.Draw(image).rectangle(box, fill=colour)
    return RgbPicture(400, 300, 110.0, image.tobytes())


def test_what_is_alike_has_no_regions() -> None:
    assert changed_regions(picture((5, 5, 90, 20)), picture((5, 5, 90, 20))) == ()
    faint = picture((5, 5, 90, 20), colour=(240, 240, 240))  # a renderer's rounding, no more
    assert changed_regions(picture(), faint) == ()


@pytest.mark.parametrize("box", [(0, 0, 0, 0), (399, 299, 399, 299), (100, 100, 180, 120), (0, 0, 399, 299)])
def test_a_region_holds_what_changed_and_little_more(box: tuple[int, int, int, int]) -> None:
    for before, after in ((picture(), picture(box)), (picture(box), picture())):
        ((left, top, right, bottom),) = changed_regions(before, after)
        assert left <= box[0] < box[2] + 1 <= right <= 400
        assert top <= box[1] < box[3] + 1 <= bottom <= 300
        assert box[0] - left < CELL
        assert bottom - box[3] - 1 < CELL


def test_a_pale_colour_in_one_channel_counts() -> None:
    assert changed_regions(picture(), picture((50, 50, 60, 60), colour=(255, 255, 200)))


def test_regions_apart_are_told_apart_and_those_inside_others_are_not_told() -> None:
    after = picture((10, 10, 30, 30), (200, 200, 230, 230))
    assert len(changed_regions(picture(), after)) == 2
    image = BLANK.copy()
    ImageDraw.Draw(image).ellipse((100, 50, 300, 250), outline=(200, 0, 0), width=8)
    ImageDraw.Draw(image).rectangle((190, 140, 210, 160), fill=(200, 0, 0))
    assert len(changed_regions(picture(), RgbPicture(400, 300, 110.0, image.tobytes()))) == 1


def test_very_many_regions_become_one() -> None:
    after = picture(*((x, y, x + 1, y + 1) for x in range(5, 390, 40) for y in range(5, 290, 40)))
    assert len(changed_regions(picture(), after)) == 1
    assert MAX_REGIONS < 10 * 8


def test_another_size_is_another_page() -> None:
    small = RgbPicture(10, 10, 110.0, bytes(300))
    assert changed_regions(picture(), small) == ((0, 0, 10, 10),)


def test_the_picture_keeps_what_is_not_marked() -> None:
    marked = Image.open(BytesIO(outlined(picture((100, 100, 180, 120)), ((100, 100, 180, 120),))))
    assert marked.getpixel((20, 20)) == (255, 255, 255)
    assert marked.getpixel((96, 110)) == (255, 0, 160)
    plain = Image.open(BytesIO(outlined(picture(), ())))
    assert plain.getcolors() == [(120_000, (255, 255, 255))]
