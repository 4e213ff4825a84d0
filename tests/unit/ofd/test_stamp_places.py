"""Places of seals that cover what others signed, one seal and several together."""

from __future__ import annotations

from dataclasses import replace

import pytest

from esign.ofd.model import StampAnnotation
from esign.ofd.stamp_places import crowded, misplaced
from esign.seal.model import SealPicture
from tests.support.ofd_attacks import documents as d
from tests.support.ofd_attacks import zips


def at(*boundaries: str, page: str = "1") -> tuple[StampAnnotation, ...]:
    return tuple(StampAnnotation(identifier="1", page=page, boundary=each, clip="") for each in boundaries)


def seal(data: bytes = b"\x89PNG", kind: str = "PNG", sides: tuple[int, int] = (40, 40)) -> SealPicture:
    return SealPicture(type=kind, data=data, width=sides[0], height=sides[1])


def nested(boundary: str = "0 0 40 40", **more: bytes) -> bytes:
    page = d.page(d.text(1, "印", at=boundary), template=False)
    return zips.pack({d.ENTRY: d.entry(d.body(signed=False)), d.PAGE: page, "font.ttf": b"\0", **more})


def test_a_seal_in_its_size_is_in_place() -> None:
    assert misplaced(at("0 0 40 40", "100 100 44 44"), seal()) == ""
    assert misplaced(at("0 0 20 30"), seal(sides=(30, 20))) == ""
    assert misplaced(at("0 0 40 40"), seal(nested(), "ofd")) == ""
    assert misplaced((), seal(sides=(500, 500))) == ""


MISPLACED = {
    "larger": (at("0 0 45 45"), seal(), "shown at"),
    "no box": (at("0 0 45"), seal(), "cannot be read"),
    "tiles": (at(*["0 0 40 40"] * 7), seal(), "7 times"),
    "larger than seals are": (at("0 0 90 90"), seal(sides=(90, 90)), "mm large"),
    "a page by sign": (at("0 0 40 40", page="+1"), seal(), "page"),
    "a page in other digits": (at("0 0 40 40", page="\u0661"), seal(), "page"),
    "no page": (at("0 0 40 40", page=""), seal(), "page"),
    "a document that draws beyond": (at("0 0 40 40"), seal(nested("0 0 210 297"), "ofd"), "beyond"),
    "a document that draws before": (at("0 0 40 40"), seal(nested("-30 0 40 40"), "ofd"), "beyond"),
    "a document by its octets": (at("0 0 40 40"), seal(nested("0 0 210 297")), "beyond"),
    "a document by its name alone": (at("0 0 40 40"), seal(b"\x89PNG", "OFD"), "cannot be read"),
    "a document with no box": (at("0 0 40 40"), seal(nested("a b"), "ofd"), "cannot be read"),
    "a document of very much": (at("0 0 40 40"), seal(nested(x=b"<x>" + b"<y/>" * 100_000), "ofd"), "more in it"),
}


@pytest.mark.parametrize("name", MISPLACED)
def test_other_places_are_told(name: str) -> None:
    stamps, picture, told = MISPLACED[name]
    assert told in misplaced(stamps, picture)


@pytest.mark.parametrize(
    "boundary", ["50,180 44 40", "120  180 40 40", "50\u00a0180 44 40", "5e1 180 40 40", " 5 5 9 9"]
)
def test_places_that_readers_take_for_others_are_told(boundary: str) -> None:
    assert "in several ways" in misplaced(at(boundary), seal())
    (stamp,) = at("50 180 40 40")
    assert misplaced((replace(stamp, clip="0 0 20 40"),), seal()) == ""
    assert "in several ways" in misplaced((replace(stamp, clip="0 0 20,40"),), seal())


def test_places_are_spelt_as_they_are_meant() -> None:
    plain = b'<a b="&amp;"/><ofd:StampAnnot PageRef="11" Boundary="0 0 40 40"/><Parameter Name="x">&lt;</Parameter>'
    assert misplaced(at("0 0 40 40"), seal(), plain) == ""
    assert "spelt" in misplaced(at("0 0 40 40"), seal(), plain.replace(b'"11"', b'"1&#49;"'))


def test_seals_of_others_leave_most_of_a_page_free() -> None:
    assert crowded(()) == ""
    assert crowded(at(*["0 0 40 40"] * 10)) == ""
    assert "17600" in crowded((*at(*["0 0 40 40"] * 10), *at("0 0 40 40", page="01")))
    assert crowded((*at(*["0 0 40 40"] * 10), *at(*["0 0 40 40"] * 10, page="2"))) == ""
