"""The same page from two files: where they look different, once what renderers round differently is blurred away.

differences(licence_pdf, draw_ofd(licence_ofd, …).pdf)        # boxes, none when they look the same
"""

from __future__ import annotations

import io

import pypdfium2
from PIL import Image

from esign.rendering.page_difference import Region, RgbPicture, changed_regions

SCALE = 12  # of 72 dots an inch: large enough that letters as outlines and letters of a font differ by a hair only
FOLD = 6
BANDS = 4  # drawn one after the other: a page of this size fills much memory


def folded_picture(pdf: bytes, page: int = 0) -> RgbPicture:
    """Return a page at 144 dots an inch, each dot the mean of thirty-six."""
    found = pypdfium2.PdfDocument(io.BytesIO(pdf))[page]
    width, height = found.get_size()
    side = (round(width * SCALE / FOLD), round(height * SCALE / FOLD))
    whole = Image.new("RGB", side, "white")
    for band in range(BANDS):
        bottom, top = band / BANDS * height, (BANDS - 1 - band) / BANDS * height
        part = found.render(scale=SCALE, crop=(0, bottom, 0, top)).to_pil().convert("RGB")
        upper, lower = (round(side[1] * share / BANDS) for share in (BANDS - 1 - band, BANDS - band))
        whole.paste(part.resize((side[0], lower - upper), Image.Resampling.BOX), (0, upper))
    return RgbPicture(*side, SCALE / FOLD * 72, whole.tobytes())


def differences(one: bytes, other: bytes, page: int = 0) -> tuple[Region, ...]:
    """Return where two PDFs look different, in pixels at 144 dots an inch."""
    return changed_regions(folded_picture(one, page), folded_picture(other, page))
