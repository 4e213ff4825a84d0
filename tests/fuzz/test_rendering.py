"""Pictures of handwriting and files to put seals on, broken: only our own error, and no more pixels than there may be."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from esign.pdf.placement import KeywordHit, SealOrder, place_seal
from esign.pdf.places import PagePlace
from esign.pdf.preview import preview_pdf, seal_regions
from esign.pdf.reader import open_reader
from esign.pdf.riding_edge import RidingEdge
from esign.rendering.drawing import drawn
from esign.rendering.handwriting import KEPT_SIDE, read_handwriting
from esign.rendering.seal_layout import rectangle
from tests.support.drawn_page import ink
from tests.support.examples import scaled
from tests.support.signed_pdf import sample_page
from trustkit.errors import ErrorCode, TrustError


class NoWords:
    def find(self, pdf: bytes, keyword: str) -> tuple[KeywordHit, ...]:
        raise AssertionError((len(pdf), keyword))


ORDER = SealOrder(
    drawing=drawn((rectangle(-400, -400, 400, 400),), title="seal", width_mm=20, height_mm=20),
    place=PagePlace(page=-1, x_mm=5, y_mm=5),
)


@cache
def picture() -> bytes:
    return ink((90, 30))


@cache
def page() -> bytes:
    with TemporaryDirectory() as folder:
        return sample_page(Path(folder), words=900)


@given(st.data())
@settings(max_examples=scaled(200))
def test_a_changed_picture_is_refused_or_read(data: st.DataObject) -> None:
    octets = picture()
    at = data.draw(st.integers(0, len(octets) - 1))
    piece = data.draw(st.binary(max_size=4))
    try:
        read = read_handwriting(octets[:at] + piece + octets[at + data.draw(st.sampled_from((len(piece), 0, 2))) :])
    except TrustError as error:
        if error.code is not ErrorCode.SEAL_PICTURE:
            raise
        return
    assert 0 < read.width <= KEPT_SIDE
    assert len(read.alpha) == read.width * read.height


@given(st.data())
@settings(max_examples=scaled(60), deadline=None)
def test_a_changed_page_gets_its_seal_or_is_refused(data: st.DataObject) -> None:
    octets = page()
    for word in data.draw(
        st.lists(st.sampled_from([b"/MediaBox", b"/Kids", b"/Pages", b"/Count", b"/Contents"]), max_size=3)
    ):
        at = octets.find(word) + data.draw(st.integers(0, 30))
        piece = data.draw(st.binary(min_size=1, max_size=3))
        octets = octets[:at] + piece + octets[at + len(piece) :]
    for riding in (None, RidingEdge()):
        try:
            order = SealOrder(drawing=ORDER.drawing, place=ORDER.place, riding=riding)
            reader = open_reader(octets)
            placed = place_seal(reader, octets, order, NoWords())
            regions = seal_regions(reader, placed)
            assert preview_pdf(reader, placed).startswith(octets)
        except TrustError:
            continue
        for boxes in regions.values():
            assert all(-0.001 <= edge <= 1.001 for box in boxes for edge in box)
