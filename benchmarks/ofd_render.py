"""Drawing the first page of an OFD at eight points a millimetre, beside ofdrw's converter in a warm JVM.

    python -m benchmarks.ofd_render [SECONDS]

A licence of ours, sealed, and a real sealed invoice of the outside data. Ours is what the two processes of `trustkit render` do: the
OFD made a PDF, and that painted; neither side writes a file of the picture. Processor time of one thread on both sides, medians
of interleaved rounds. Without ofdrw (make interop) or the outside data those lines say so.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from benchmarks.ofd_verify import INVOICE
from benchmarks.ofd_writing import Desk
from benchmarks.ofdrw import ROUNDS, beside_ofdrw
from esign.ofd.draw.draw import draw_ofd
from esign.rendering.fonts import find_fonts
from tests.support.testdata import folder
from trustkit.app.jbig2_pixels import decode_jbig2
from trustkit.app.page_child import Opened

if TYPE_CHECKING:
    from collections.abc import Callable

POINTS_PER_MM = 8  # as ofdrw's own examples have it: some 200 dots to the inch
SCALE = POINTS_PER_MM * 25.4 / 72


def _drawing(data: bytes) -> Callable[[], object]:
    fonts = find_fonts()

    def draw() -> None:
        opened = Opened()
        opened.open(draw_ofd(data, fonts=fonts, pages=(1,), jbig2=decode_jbig2).pdf)
        opened.draw(0, SCALE)

    return draw


def main(seconds: float) -> None:
    """Measure and print; a ratio above 1 is faster than ofdrw."""
    invoice = folder() / INVOICE
    files = {"a sealed licence of ours": Desk().make()}
    if invoice.exists():
        files["a real sealed invoice"] = invoice.read_bytes()
    else:
        print(f"a real sealed invoice: outside test data absent: {INVOICE}")
    for name, data in files.items():
        beside_ofdrw(f"{name} drawn, beside ofdrw", data, _drawing(data), seconds / ROUNDS, act="draw", aim=None)


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 7.0)
