"""The program that reads QR codes in pictures, in a process of its own: pictures of strangers are parsed here and nowhere else.

`trustkit.app.code_reader` starts it by a fork server.
"""

from __future__ import annotations

from io import BytesIO
from typing import Final

import zxingcpp
from PIL import Image

from trustkit.app.child_main import serve_requests

MAX_PIXELS: Final = 50_000_000  # what a phone's camera makes; told from the head, before any of it is decoded
READ_PIXELS: Final = 12_000_000  # larger pictures are read made smaller: codes fill a good part of them
MAX_CODES: Final = 8
FORMATS: Final = ("PNG", "JPEG")


def texts_in(data: bytes) -> list[str]:
    """Return what the QR codes of a picture say. Raise ValueError or OSError for what is no picture, or one too large."""
    with Image.open(BytesIO(data), formats=FORMATS) as opened:
        width, height = opened.size
        if width * height > MAX_PIXELS:
            raise ValueError("more pixels than are read")
        opened.draft("L", (width, height))
        grey = opened.convert("L")
    if width * height > READ_PIXELS:
        shrink = (READ_PIXELS / (width * height)) ** 0.5
        grey = grey.resize((max(1, int(width * shrink)), max(1, int(height * shrink))), Image.Resampling.BOX)
    found = zxingcpp.read_barcodes(grey, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode))
    return list(dict.fromkeys(each.text for each in found[:MAX_CODES] if each.valid))


def prepare() -> None:
    """Load what the first picture needs, so that each process has it."""
    Image.init()
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS


def main() -> None:
    """Answer requests until standard input ends."""
    serve_requests(lambda _request, data: ({"texts": texts_in(data)}, b""))
