"""Pictures of codes: judged as the code they show, and told as pictures where they show none or several; hostile ones harm nobody."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from esign.capsule.model import capsule_text
from esign.capsule.picture import capsule_png
from esign.capsule.sign import content_of, sign_capsule
from tests.support.pki import PkiWorld
from tests.unit.verifier.licences import metadata
from trustkit.app import code_reader
from trustkit.app.code_reader import PictureCodes
from trustkit.encoding.canonical_json import parse_json
from verifier.format import Format
from verifier.scanning import scanned
from verifier.submission import Submission, identify

if TYPE_CHECKING:
    from PIL.Image import Image as Picture


@pytest.fixture(scope="module")
def text() -> str:
    world = PkiWorld()
    claims = parse_json(metadata())
    assert isinstance(claims, dict)
    octets = sign_capsule(content_of(claims, issued_at=PkiWorld.START), world.signer.signer, world.signer.certificate)
    return capsule_text(octets)


def written(picture: Picture, form: str = "PNG") -> bytes:
    out = BytesIO()
    picture.save(out, form)
    return out.getvalue()


def beside(*pictures: bytes) -> bytes:
    opened = [Image.open(BytesIO(each)).convert("L") for each in pictures]
    whole = Image.new("L", (sum(each.width for each in opened) + 80, max(each.height for each in opened)), 255)
    left = 0
    for each in opened:
        whole.paste(each, (left, 0))
        left += each.width + 80
    return written(whole)


def submitted(data: bytes) -> Submission:
    return scanned(Submission(name="photo", data=data), PictureCodes())


def test_a_picture_of_a_code_is_the_code(text: str) -> None:
    png = capsule_png(text)
    assert identify(png) is Format.PICTURE
    found = submitted(png)
    assert (found.data.decode(), found.name) == (text, "photo")
    assert scanned(found, PictureCodes()) is found
    photo = Image.open(BytesIO(png)).convert("RGB")
    photo = photo.resize((photo.width * 3, photo.height * 3)).rotate(7, expand=True, fillcolor=(255, 255, 255))
    jpeg = written(photo, "JPEG")
    assert identify(jpeg) is Format.PICTURE
    assert submitted(jpeg).data.decode() == text


def test_without_a_reader_it_stays_a_picture(text: str) -> None:
    submission = Submission(name="photo", data=capsule_png(text))
    assert scanned(submission, None) is submission
    other = Submission(name="text", data=text.encode())
    assert scanned(other, PictureCodes()) is other


def _bomb() -> bytes:
    """Return the head of a picture of four thousand million pixels."""
    head = struct.pack(">IIBBBBB", 65_000, 65_000, 8, 0, 0, 0, 0)

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(10_000))) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    "picture",
    [
        written(Image.new("L", (300, 300), 255)),
        written(Image.new("L", (300, 300), 255), "JPEG"),
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8\xff" + bytes(100),
        _bomb(),
    ],
    ids=["white", "white-jpeg", "cut", "noise", "bomb"],
)
def test_a_picture_that_shows_no_code_is_told_as_one(picture: bytes) -> None:
    assert identify(picture) is Format.PICTURE
    assert submitted(picture).data is picture


def test_several_codes_and_other_codes_are_not_guessed_among(text: str) -> None:
    import zxingcpp  # noqa: PLC0415 - the maker of the other code

    form = zxingcpp.BarcodeFormat.QRCode
    other = Image.fromarray(zxingcpp.create_barcode("https://example.cn/", form).to_image(scale=4))
    web = written(other)
    assert submitted(web).data is web
    both = beside(capsule_png(text), web)
    assert submitted(both).data.decode() == text  # one that can be judged beside one that cannot
    two = beside(capsule_png(text), capsule_png(text.replace("A", "B", 1)))
    assert submitted(two).data is two


def test_a_picture_larger_than_is_read(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(code_reader, "MAX_OCTETS", 10)
    png = capsule_png(text)
    assert submitted(png).data is png
