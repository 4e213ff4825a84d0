"""Pictures of seals: ours are what PDF shows, others' are read under limits, and what lies about itself is named."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from esign.rendering.seal_drawing import SealDesign, draw_seal
from esign.seal.model import SealPicture
from esign.seal.picture import picture_of, read_picture, seal_drawing
from esign.seal.picture_kind import MAX_PIXELS, PictureKind, picture_facts
from esign.seal.read import parse_seal
from tests.support import ses
from tests.support.testdata import outside
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from tests.support.pki import PkiWorld

SIDE = 24
KINDS = {"PNG": PictureKind.PNG, "GIF": PictureKind.GIF, "BMP": PictureKind.BMP, "JPEG": PictureKind.JPG}


def drawn(form: str, mode: str = "RGB", size: tuple[int, int] = (SIDE, SIDE // 2), **options: object) -> bytes:
    file = BytesIO()
    Image.new(mode, size, "red" if mode == "RGB" else 0).save(file, format=form, **options)
    return file.getvalue()


def picture(data: bytes, kind: str = "PNG") -> SealPicture:
    return SealPicture(type=kind, data=data, width=40, height=30)


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width: int, height: int, rows: bytes) -> bytes:
    """Return a PNG of one grey octet a pixel whose header says what it is told to."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def test_ours_is_the_drawing_on_a_clear_ground() -> None:
    drawing = draw_seal(SealDesign(name="示例市市场监督管理局", diameter_mm=42))
    made = picture_of(drawing)
    assert (made.type, made.width, made.height) == ("PNG", 42, 42)
    assert len(made.data) < 32 * 1024
    assert made == picture_of(drawing)
    ink = read_picture(made)
    assert (ink.width, ink.height) == (497, 497)  # 42 mm at 300 dots to the inch
    corner, middle = 0, (ink.height // 2) * ink.width + ink.width // 2
    assert (ink.alpha[corner], ink.alpha[middle]) == (0, 255)
    assert ink.colours[3 * middle : 3 * middle + 3] == bytes((214, 10, 18))


def test_a_drawing_with_a_picture_keeps_its_colours(world: PkiWorld) -> None:
    own = SealPicture(type="PNG", data=drawn("PNG"), width=40, height=20)
    seal = parse_seal(ses.make_seal(world, picture=own.data))
    made = picture_of(seal_drawing(seal))
    ink = read_picture(made)
    middle = (ink.height // 2) * ink.width + ink.width // 2
    assert tuple(ink.colours[3 * middle : 3 * middle + 3]) == (255, 0, 0)


@pytest.mark.parametrize("form", KINDS)
def test_what_others_put_in_is_read(form: str) -> None:
    data = drawn(form)
    facts = picture_facts(data)
    assert (facts.kind, facts.width, facts.height) == (KINDS[form], SIDE, SIDE // 2)
    ink = read_picture(picture(data))
    assert (ink.width, ink.height, len(ink.colours), set(ink.alpha)) == (SIDE, SIDE // 2, SIDE * SIDE // 2 * 3, {255})


def test_transparency_is_kept() -> None:
    assert set(read_picture(picture(drawn("PNG", "RGBA"))).alpha) == {0}


@pytest.mark.parametrize(
    ("data", "name", "called"),
    [
        (drawn("PNG"), "png", True),
        (drawn("PNG"), " PNG", True),
        (drawn("PNG"), "GIF", False),
        (drawn("JPEG"), "jpeg", True),
        (drawn("JPEG"), "JPG", True),
        (b"PK\x03\x04", "ofd", True),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "svg", True),
        (b"nothing", "PNG", False),
    ],
)
def test_the_octets_decide_and_the_name_is_compared(data: bytes, name: str, called: bool) -> None:  # noqa: FBT001 - a column
    assert picture_facts(data).is_called(name) is called


def test_a_nested_document_is_drawn_by_who_can() -> None:
    nested = picture(b"PK\x03\x04 a document", "ofd")
    assert read_picture(nested, nested=lambda _: drawn("PNG")).width == SIDE
    with pytest.raises(TrustError) as caught:
        read_picture(nested)
    assert caught.value.code is ErrorCode.SEAL_PICTURE
    with pytest.raises(TrustError):  # a document that draws as a document goes round no further
        read_picture(nested, nested=lambda data: data)


REFUSED = {
    "nothing": b"",
    "no picture": b"nothing",
    "SVG": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    "PNG cut in its header": drawn("PNG")[:20],
    "GIF cut in its header": b"GIF89a\x01",
    "BMP cut in its header": b"BM\x00\x00",
    "JPG without a frame": b"\xff\xd8\xff\xe0\x00\x02" * 3,
    "JPG of fill octets": b"\xff\xd8" + b"\xff" * 50,
    "JPG whose segments stand still": b"\xff\xd8\xff\xe0\x00\x00" + bytes(100),
    "PNG cut in its pixels": drawn("PNG", size=(200, 200))[:-60],
    "PNG of no pixels": png(0, 5, b""),
    "PNG that says it is huge": png(40_000, 40_000, bytes(10)),
    "PNG that unpacks to more than it says": png(4, 4, bytes(50_000_000))[:40],
    "PNG with fewer rows than it says": png(3000, 3000, bytes(10)),
    "GIF that says it is huge": b"GIF89a" + struct.pack("<HHBBB", 65535, 65535, 0, 0, 0),
    "GIF whose frame is larger than its screen": b"GIF89a"
    + struct.pack("<HHBBB", 1, 1, 0x80, 0, 0)
    + bytes(6)
    + b","
    + struct.pack("<HHHHB", 0, 0, 65535, 65535, 0)
    + b"\x02\x00;",
    "BMP that says it is huge": b"BM" + bytes(12) + struct.pack("<Iii", 40, 100_000, 100_000),
    "BMP of a negative width": b"BM" + bytes(12) + struct.pack("<Iii", 40, -5, 5),
    "larger than a seal": b"\x89PNG\r\n\x1a\n" + bytes(4 * 1024 * 1024),
}


@pytest.mark.parametrize("data", REFUSED.values(), ids=REFUSED.keys())
def test_what_is_not_read(data: bytes) -> None:
    with pytest.raises(TrustError) as caught:
        read_picture(picture(data))
    assert caught.value.code is ErrorCode.SEAL_PICTURE


def test_more_pixels_than_are_written_cost_nothing() -> None:
    """A picture that unpacks to fifty megabytes where sixteen octets are due is read as the sixteen, or refused."""
    ink = read_picture(picture(png(4, 4, bytes(50_000_000))))
    assert (ink.width, ink.height) == (4, 4)


def test_the_bound_counts(world: PkiWorld) -> None:
    assert picture_facts(png(4000, 2000, b"")).width * 2000 == MAX_PIXELS
    with pytest.raises(TrustError):
        picture_facts(png(4000, 2001, b""))
    broad = parse_seal(ses.make_seal(world, picture=drawn("PNG"), sides=(1000, 30)))
    with pytest.raises(TrustError) as caught:
        seal_drawing(broad)
    assert caught.value.code is ErrorCode.SEAL_PICTURE


@pytest.mark.parametrize("name", ["UserV1.esl", "UserV4.esl", "UserV5.esl", "SESealData.DER"])
def test_pictures_of_outside_seals_are_drawn_in_their_size(name: str) -> None:
    seal = parse_seal(outside(f"seals/{name}").read_bytes())
    drawing = seal_drawing(seal)
    assert round(drawing.width * 25.4 / 72) == seal.picture.width
    assert read_picture(picture_of(drawing)).width > 100


def test_a_small_file_does_not_ask_for_a_seconds_work() -> None:
    """Found by fuzzing: 37 octets of GIF that say 53,272 by 268 pixels, all of which were packed anew."""
    octets = bytes.fromhex("47494638376118d00c01000000000000002c000000001800010000000800480c1c230c0302")
    with pytest.raises(TrustError) as caught:
        read_picture(picture(octets, "GIF"))
    assert caught.value.code is ErrorCode.SEAL_PICTURE
