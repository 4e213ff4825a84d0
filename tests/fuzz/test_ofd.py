"""Broken packages, XML and documents: reading raises only our own error, and nothing changed is taken for what was signed."""

from __future__ import annotations

import zipfile
from functools import cache

from hypothesis import given
from hypothesis import strategies as st

from esign.ofd.coverage import CoverageJudge
from esign.ofd.model import UnverifiedOfdSignature
from esign.ofd.package import open_package
from esign.ofd.paths import resolve
from esign.ofd.read import read_ofd
from esign.ofd.verify import verify_ofd_signature
from esign.ofd.xml import NAMESPACE, local_name, parse_xml
from tests.support import ofd_forge
from tests.support.pki import PkiWorld
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


@cache
def documents() -> tuple[bytes, ...]:
    """Signed documents: by seal and by certificate, packed and stored."""
    world = PkiWorld()
    sealed_one = ofd_forge.sealed(world, ofd_forge.sample_files())
    both = ofd_forge.signed(world, sealed_one, number=1)
    return tuple(archive(files, method) for files in (sealed_one, both) for method in (0, zipfile.ZIP_DEFLATED))


def holding(data: bytes) -> list[dict[str, bytes]]:
    """Return, for each signature of a document that holds, the files it proves; hold coverage against the walk through them."""
    ofd = read_ofd(data)
    repr(ofd)
    found, judge = [], CoverageJudge(ofd)
    for signature in ofd.signatures:
        if not isinstance(signature, UnverifiedOfdSignature):
            continue
        try:
            intact = verify_ofd_signature(ofd, signature)
        except TrustError:
            continue
        coverage = judge.cover(intact.covered)
        assert not intact.covered & {each.file for each in coverage.uncovered}
        found.append({name: ofd.package.octets(name) for name in intact.covered})
    return found


@cache
def _genuine() -> tuple[frozenset[tuple[str, bytes]], ...]:
    return tuple(frozenset(each.items()) for data in documents() for each in holding(data))


@given(st.sampled_from(range(4)), st.data())
def test_no_changed_octet_is_taken_for_signed(number: int, data: st.DataObject) -> None:
    octets = documents()[number]
    at = data.draw(st.integers(0, len(octets) - 1))
    piece = data.draw(st.binary(max_size=3))
    cut = data.draw(st.sampled_from((len(piece), 0, 1)))
    try:
        found = holding(octets[:at] + piece + octets[at + cut :])
    except TrustError:
        return
    for proved in found:
        assert any(set(proved.items()) <= genuine for genuine in _genuine())


@given(st.sampled_from(("OFD.xml", "Doc_0/Signs/Signatures.xml", "Doc_0/Signs/Sign_0/Signature.xml")), st.data())
def test_changed_xml_inside_a_document_raises_our_error(name: str, data: st.DataObject) -> None:
    files = dict(unpacked(documents()[0]))
    text = files[name]
    at = data.draw(st.integers(0, len(text) - 1))
    piece = data.draw(st.sampled_from((b"", b"/", b"<", b"../", b"&#0;", b"x:", b"\xff", b"Doc_0", b'"')))
    files[name] = text[:at] + piece + text[at + data.draw(st.integers(0, 9)) :]
    try:
        holding(archive(files))
    except TrustError:
        return
