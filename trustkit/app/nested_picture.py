"""The picture of a seal that is an OFD document of its own, as the seals of the tax administration have it: drawn at arm's length.

seal_drawing(parse_seal(octets), nested=nested_png)
"""

from __future__ import annotations

from esign.rendering.page_difference import outlined
from esign.rendering.raster import DOTS_PER_INCH
from trustkit.app.ofd_drawer import OfdDrawer
from trustkit.app.page_reader import PageReader


def nested_png(ofd: bytes) -> bytes:
    """Return the first page of an OFD as a PNG, on white: a seal is laid on as ink is, so that white is nothing.

    Raises:
        TrustError: what drawing an OFD raises, PAGE_RENDERER.
    """
    with OfdDrawer() as drawer, PageReader() as reader:
        picture = reader.draw(drawer.draw(ofd, pages=(1,)).pdf, page=0, dots_per_inch=DOTS_PER_INCH)
    return outlined(picture, ())
