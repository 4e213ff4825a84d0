"""Broken packages and XML: reading raises only our own error, and never another file than the standard library reads."""

from __future__ import annotations

import zipfile
from functools import cache

from hypothesis import given
from hypothesis import strategies as st

from esign.ofd.package import open_package
from esign.ofd.paths import resolve
from esign.ofd.xml import NAMESPACE, local_name, parse_xml
from tests.support.zip_forge import archive, unpacked
from trustkit.errors import TrustError

NAMES = st.text("ab/.\\ :é印\u202e", min_size=1, max_size=12)


@cache
def packages() -> tuple[bytes, ...]:
    files = {"OFD.xml": b"<OFD/>", "Doc_0/": b"", "Doc_0/Document.xml": b"<a/>" * 40, "Doc_0/a.png": bytes(64)}
    return archive(files), archive(files, zipfile.ZIP_STORED)


def read_package(data: bytes) -> dict[str, bytes]:
    """Return every file of a package, and hold them against what the standard library reads."""
    package = open_package(data)
    files = {name: package.octets(name) for name in package.names}
    assert files.keys() == {name for name in package.names if name in package}
    if not package.notes:
        assert files == unpacked(data)
    return files


@given(st.dictionaries(NAMES, st.binary(max_size=40), min_size=1, max_size=4))
def test_what_is_written_is_read_or_refused_by_its_names(files: dict[str, bytes]) -> None:
    try:
        data = archive(files)
    except ValueError:  # the library refuses some names itself
        return
    try:
        found = read_package(data)
    except TrustError:
        return
    assert found == {name: octets for name, octets in files.items() if not name.endswith("/")}


@given(st.sampled_from((0, 1)), st.data())
def test_a_changed_package_shows_the_same_or_is_refused(number: int, data: st.DataObject) -> None:
    octets = packages()[number]
    at = data.draw(st.integers(0, len(octets) - 1))
    piece = data.draw(st.binary(max_size=4))
    cut = data.draw(st.sampled_from((len(piece), 0, 1)))
    changed = octets[:at] + piece + octets[at + cut :]
    try:
        files = read_package(changed)
    except TrustError:
        return
    assert sorted(files.values()) == sorted(read_package(octets).values())  # names alone can change, on both sides


@given(st.binary(max_size=300))
def test_octets_of_any_kind_raise_our_error(octets: bytes) -> None:
    for data in (octets, b"<?xml " + octets, b"<OFD>" + octets + b"</OFD>"):
        try:
            open_package(data)
            local_name(parse_xml(data, "x"))
        except TrustError:
            continue


@given(st.binary(max_size=6), st.integers(0, 200))
def test_changed_xml_raises_our_error(piece: bytes, at: int) -> None:
    good = f'<?xml version="1.0" encoding="UTF-8"?><o:OFD xmlns:o="{NAMESPACE}"><o:DocBody ID="1">a</o:DocBody></o:OFD>'
    data = good.encode()
    try:
        local_name(parse_xml(data[:at] + piece + data[at + len(piece) :], "x"))
    except TrustError:
        return


@given(st.text("ab/.", max_size=12), st.text("ab/.", max_size=8))
def test_no_path_leads_out_of_the_package(loc: str, base: str) -> None:
    try:
        name = resolve(loc, holder="Doc_0/Document.xml", base=base)
    except TrustError:
        return
    assert not name.startswith("/")
    assert not {"", ".", ".."} & set(name.split("/"))
