"""The fast way: which files it decides, and what sends a file the full way."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from esign.pdf.fast import open_fast
from esign.pdf.read import _read, read_quickly
from tests.support.attacks import surgery
from tests.support.signed_pdf import add_evidence, sign_sample

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.pki import PkiWorld


def _own_numbers(bend: Callable[[int, int, int], bytes]) -> Callable[[bytes], bytes]:
    def change(octets: bytes) -> bytes:
        found = surgery.cut(octets)
        return surgery.spell_range(octets, bend(found.start, found.end, found.rest))

    return change


UNUSUAL: dict[str, Callable[[bytes], bytes]] = {
    "nothing": lambda _: b"",
    "no signature": lambda octets: octets.replace(b"/ByteRange", b"/ByteRangf"),
    "two ranges": lambda octets: octets.replace(b"%%EOF", b"%/ByteRange [0 1 2 3]\n%%EOF", 1),
    "octets behind": lambda octets: octets + b"\n\n",
    "octets before": lambda octets: b"\n" + octets,
    "a range short of the end": _own_numbers(lambda a, b, c: b"/ByteRange [0 %d %d %d]" % (a, b, c - 1)),
    "a range that begins late": _own_numbers(lambda a, b, c: b"/ByteRange [1 %d %d %d]" % (a, b, c)),
    "a reversed range": _own_numbers(lambda a, b, c: b"/ByteRange [0 %d %d %d]" % (b, a, c + b - a)),
    "another sub-filter": lambda octets: octets.replace(b"/ETSI.CAdES.detached", b"/adbe.pkcs7.detached"),
    "an odd digit": lambda octets: surgery.fill_gap(octets, b"<%s>" % surgery.contents_of(octets)[:-1]),
    "a comment in an object": lambda octets: octets.replace(b"/Type /Sig\n", b"/Type/Sig%\n"),
    "a table that frees": lambda octets: re.sub(rb"(\d{10}) 00000 n", rb"\1 00001 f", octets, count=1),
    "a higher generation": lambda octets: re.sub(rb"(\d{10}) 00000 n", rb"\1 00001 n", octets, count=1),
    "a table elsewhere": lambda octets: re.sub(rb"startxref\n(\d+)", rb"startxref\n1", octets),
    "an object elsewhere": lambda octets: re.sub(rb"\d{10} 00000 n", rb"0000000001 00000 n", octets),
    "a size too small": lambda octets: re.sub(rb"/Size \d", rb"/Size 1", octets),
    "a size that shrinks": lambda octets: re.sub(rb"/Size \d\d/Root", rb"/Size 99/Root", octets),
    "encryption": lambda octets: octets.replace(b"/ID [", b"/Encrypt ["),
}


@pytest.mark.parametrize("change", UNUSUAL.values(), ids=UNUSUAL)
def test_what_is_unusual_goes_the_full_way(signed: bytes, change: Callable[[bytes], bytes]) -> None:
    changed = change(signed)
    assert changed != signed
    assert read_quickly(changed) is None


def test_a_licence_and_a_contract_go_the_fast_way(signed: bytes, approved: bytes) -> None:
    for octets in (signed, approved):
        assert read_quickly(octets) == _read(octets, shortcut=False)


def test_what_more_revisions_follow_goes_the_full_way(world: PkiWorld, signed: bytes, approved: bytes) -> None:
    second = sign_sample(world, approved, certification=None, field_name="Second", box=None, appearance=None)
    for octets in (second, add_evidence(signed, world.crl(number=7).der)):
        assert open_fast(octets) is None
