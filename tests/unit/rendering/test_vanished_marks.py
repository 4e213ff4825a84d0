"""Whether marks of a page are still seen in a later picture of it."""

from __future__ import annotations

import pytest
from PIL import Image, ImageChops, ImageDraw, ImageFont

from esign.rendering.vanished_marks import is_blank, vanished, vanished_under_seal

WHITE, BLACK, RED = (255, 255, 255), (0, 0, 0), (220, 20, 20)
WIPED, COVERED = "marks of the page are wiped out", "marks of the page are covered"
SIZE = (400, 60)


def ignored(_: int) -> None:
    """Count nothing."""


def line(colour: tuple[int, int, int] = BLACK, ground: tuple[int, int, int] = WHITE) -> Image.Image:
    picture = Image.new("RGB", SIZE, ground)
    ImageDraw.Draw(picture).text((10, 15), "the price is 1.000 yuan", fill=colour, font=ImageFont.load_default(28))
    return picture


def painted(picture: Image.Image, box: tuple[int, int, int, int], colour: tuple[int, int, int]) -> Image.Image:
    found = picture.copy()
    ImageDraw.Draw(found).rectangle(box, fill=colour)
    return found


def inked(picture: Image.Image, colour: tuple[int, int, int]) -> Image.Image:
    return ImageChops.multiply(picture, Image.new("RGB", picture.size, colour))


def lined(picture: Image.Image) -> Image.Image:
    found = picture.copy()
    for x in range(0, 400, 40):
        ImageDraw.Draw(found).line((x, 0, x + 60, 60), fill=RED, width=4)
    return found


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (line(), line(), ""),
        (line(), inked(line(), RED), ""),
        (line(), lined(line()), ""),
        (line(), painted(line(), (360, 0, 399, 59), BLACK), ""),
        (line(WHITE, BLACK), inked(line(WHITE, BLACK), RED), ""),
        (line((230, 230, 230)), Image.new("RGB", SIZE, WHITE), ""),
        (line(), painted(line(), (0, 0, 399, 59), WHITE), WIPED),
        (line(), painted(line(), (0, 0, 399, 59), (255, 255, 200)), WIPED),
        (line(), painted(line(), (0, 30, 399, 59), WHITE), WIPED),
        (line(), painted(line(), (0, 0, 399, 59), RED), COVERED),
        (line(), painted(line(), (0, 0, 399, 59), BLACK), COVERED),
        (line(RED), inked(line(RED), RED), COVERED),
        (line(), line((255, 255, 148)), WIPED),
        (line(), line((255, 166, 255)), WIPED),
        (line(), line((166, 255, 255)), WIPED),
        (line(WHITE, BLACK), line((0, 0, 120), BLACK), WIPED),
        (line(), inked(line(), (51, 51, 51)), COVERED),
        (line(), inked(line(), (214, 10, 18)), ""),
        (line(), line((90, 90, 90)), ""),
        (line(WHITE, BLACK), Image.new("RGB", SIZE, BLACK), WIPED),
        (line(WHITE, BLACK), painted(line(WHITE, BLACK), (0, 0, 399, 59), RED), WIPED),
        (line(), Image.new("RGB", (10, 10)), "the page has another size"),
        (Image.new("RGB", (0, 0)), Image.new("RGB", (0, 0)), ""),
    ],
)
def test_what_is_seen_of_a_line(before: Image.Image, after: Image.Image, expected: str) -> None:
    assert vanished(before, after, ignored) == expected


def test_another_line_in_its_place_is_no_line_that_is_still_seen() -> None:
    other = Image.new("RGB", SIZE, WHITE)
    ImageDraw.Draw(other).text((10, 15), "the price is 9999999", fill=BLACK, font=ImageFont.load_default(28))
    assert vanished(line(), other, ignored) == WIPED


def test_a_point_is_enough() -> None:
    with_point, without = Image.new("RGB", SIZE, WHITE), Image.new("RGB", SIZE, WHITE)
    ImageDraw.Draw(with_point).rectangle((200, 30, 203, 33), fill=BLACK)
    assert vanished(with_point, without, ignored) == WIPED


def ruled(*lines: tuple[int, int, int, int]) -> Image.Image:
    found = Image.new("RGB", SIZE, WHITE)
    for each in lines:
        ImageDraw.Draw(found).line(each, fill=BLACK, width=2)
    return found


@pytest.mark.parametrize(
    ("picture", "expected"),
    [
        (Image.new("RGB", SIZE, WHITE), True),
        (Image.new("RGB", SIZE, BLACK), True),
        (Image.new("RGB", (0, 0)), True),
        (ruled((10, 30, 390, 30)), True),
        (line((225, 225, 225)), True),
        (line(), False),
        (line(RED), False),
        (ruled((10, 30, 40, 30)), False),
        (ruled((10, 10, 60, 50)), False),
    ],
)
def test_where_nothing_is_to_be_seen_but_rules(picture: Image.Image, *, expected: bool) -> None:
    assert is_blank(picture) is expected


ROUND = (220, 220)


def text() -> Image.Image:
    picture = Image.new("RGB", ROUND, WHITE)
    for y in range(0, 220, 34):
        ImageDraw.Draw(picture).text((4, y), "the price is 1.000", fill=BLACK, font=ImageFont.load_default(24))
    return picture


def sealed(*shapes: tuple[int, int, int, int], colour: tuple[int, int, int] = RED) -> tuple[Image.Image, Image.Image]:
    """Return the text with these under it as ink, and laid on it."""
    seal, laid = Image.new("RGB", ROUND, WHITE), text()
    for picture in (seal, laid):
        ImageDraw.Draw(picture).ellipse((3, 3, 216, 216), outline=colour, width=4)
        for shape in shapes:
            ImageDraw.Draw(picture).rectangle(shape, fill=colour)
    return ImageChops.multiply(text(), seal), laid


@pytest.mark.parametrize(
    ("pictures", "expected"),
    [
        (sealed(), ""),
        (sealed((85, 85, 135, 135)), ""),  # as large as a star
        (sealed((85, 85, 135, 135), colour=WHITE), WIPED),
        (sealed((85, 85, 135, 135), colour=BLACK), COVERED),  # seen in neither way
        (sealed((20, 30, 80, 60)), COVERED),  # beside the middle
        (sealed((20, 90, 200, 130)), COVERED),  # a bar across
        (sealed((0, 0, 219, 219)), COVERED),
    ],
)
def test_under_a_seal_all_is_seen_but_what_its_star_covers(
    pictures: tuple[Image.Image, Image.Image], expected: str
) -> None:
    assert vanished_under_seal(text(), *pictures) == expected


def lettered(colour: tuple[int, int, int]) -> tuple[Image.Image, Image.Image]:
    """Return the text under a seal with a solid block in its middle, and letters in that."""
    ink, laid = sealed((70, 90, 150, 130))
    for picture in (ink, laid):
        ImageDraw.Draw(picture).text((72, 95), "9.000", fill=colour, font=ImageFont.load_default(26))
    return ink, laid


@pytest.mark.parametrize("colour", [(90, 0, 0), (110, 110, 0), (0, 60, 255)])
def test_letters_in_the_middle_are_no_star(colour: tuple[int, int, int]) -> None:
    assert vanished_under_seal(text(), *sealed((70, 90, 150, 130))) == ""
    assert vanished_under_seal(text(), *lettered(colour)) == COVERED


def test_a_star_is_no_larger_in_a_large_seal() -> None:
    large = [each.resize((440, 440), Image.Resampling.NEAREST) for each in (text(), *sealed((65, 85, 155, 135)))]
    assert vanished_under_seal(*large) == COVERED


@pytest.mark.parametrize("grey", [200, 215, 235])
def test_faint_letters_are_seen_under_a_seal(grey: int) -> None:
    before = line((grey, grey, grey))
    ring = Image.new("RGB", SIZE, WHITE)
    ImageDraw.Draw(ring).rectangle((30, 5, 200, 55), outline=RED, width=5)
    laid = before.copy()
    laid.paste(RED, (0, 0), ImageChops.invert(ring.getchannel(1)).point(lambda value: 255 if value > 100 else 0))
    assert vanished_under_seal(before, ImageChops.multiply(before, ring), laid) == ""
    assert vanished_under_seal(before, before, Image.new("RGB", SIZE, WHITE)) == WIPED


def test_a_slice_of_a_seal_has_no_star() -> None:
    before = text().crop((60, 0, 160, 220))
    ink, laid = (each.crop((60, 0, 160, 220)) for each in sealed((85, 85, 135, 135)))
    assert vanished_under_seal(before, ink, laid) == COVERED


def test_only_what_changed_is_compared_and_each_is_counted_first() -> None:
    counted: list[int] = []
    before = Image.new("RGB", (2000, 2000), WHITE)
    after = painted(painted(before, (100, 100, 109, 109), RED), (1900, 1900, 1999, 1999), RED)
    assert vanished(before, after, counted.append) == ""
    assert counted == [74 * 74, 132 * 132]


@pytest.mark.parametrize("at", [(0, 0), (495, 500), (508, 504), (512, 512), (1000, 1016)])
def test_marks_are_lost_wherever_a_large_picture_is_divided(at: tuple[int, int]) -> None:
    before = Image.new("RGB", (1100, 1100), WHITE)
    ImageDraw.Draw(before).text(at, "9", fill=BLACK, font=ImageFont.load_default(20))
    assert vanished(before, inked(before, (230, 230, 230)), ignored) == ""
    assert vanished(before, Image.new("RGB", before.size, (230, 230, 230)), ignored) == WIPED


def test_work_that_is_too_much_is_not_begun() -> None:
    def refuse(_: int) -> None:
        raise ArithmeticError

    with pytest.raises(ArithmeticError):
        vanished(line(), inked(line(), RED), refuse)
