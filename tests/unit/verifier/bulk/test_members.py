"""The files in an archive, and every archive that is refused."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.testdata import outside
from trustkit.bulk_codes import BulkCode
from trustkit.errors import ErrorCode, TrustError
from verifier.bulk import members
from verifier.bulk.members import HEAD, Member, is_archive, members_in

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

FILES = {"a.txt": b"one", "folder/b.txt": b"two", "folder/c": b""}


def _zip(files: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return sink.getvalue()


def _tar(files: Mapping[str, bytes]) -> bytes:
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode="w") as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return sink.getvalue()


def _found(octets: bytes, first: int = 0) -> list[Member]:
    return list(members_in(io.BytesIO(octets), first=first))


@pytest.mark.parametrize("octets", [_zip(FILES), _tar(FILES), gzip.compress(_tar(FILES))])
def test_every_file_is_found_in_its_order_from_any_on(octets: bytes) -> None:
    assert is_archive("a", octets[:HEAD], octets)
    everything = [Member(name, data) for name, data in FILES.items()]
    for first in range(4):
        assert _found(octets, first) == everything[first:]


def test_a_document_is_no_archive_and_an_archive_of_documents_is() -> None:
    document = _zip({"OFD.xml": b"<ofd/>", "Doc_0/Document.xml": b"<a/>"})
    assert not is_archive("a", document[:HEAD], document)
    several = _zip({"one.ofd": document, "two.ofd": document}, zipfile.ZIP_STORED)
    assert b"OFD.xml" in several
    assert is_archive("a", several[:HEAD], several)
    broken = several[:-5]  # nobody can tell: judged as what its octets speak of, and never passed
    assert not is_archive("a", broken[:HEAD], broken)
    assert not is_archive("a", b"%PDF-1.7", b"%PDF-1.7")


@pytest.mark.parametrize("pack", [_zip, _tar, lambda files: gzip.compress(_tar(files))], ids=["zip", "tar", "gzip"])
@pytest.mark.parametrize("name", ["folder/licence.pdf", "LICENCE.PDF", "licence.ofd"])
def test_what_is_called_a_document_is_no_archive(pack: Callable[[Mapping[str, bytes]], bytes], name: str) -> None:
    octets = pack(FILES)
    assert not is_archive(name, octets[:HEAD], octets)


def test_a_pdf_within_the_heads_of_an_archive_is_no_archive() -> None:
    """A program for PDF opens it (ISO 32000-1 annex H.3.4.1), and would show what was never judged."""
    tar = _tar({"%PDF-1.7 its own content": b"1"})
    assert not is_archive("a", tar[:HEAD], tar)
    packed = b"\x1f\x8b\x08\x08" + bytes(6) + b"%PDF-1.7 its own content\0"  # RFC 1952 2.3: with a name
    assert not is_archive("a", packed, packed)
    several = _tar({"one.pdf": b"%PDF-1.7"})  # a file in it, judged as one
    assert is_archive("a", several[:HEAD], several)


def test_an_outside_document_is_none() -> None:
    octets = outside("ofd/tax_zhejiang_invoice_v4.ofd").read_bytes()
    assert not is_archive("a", octets[:HEAD], octets)


def _linked() -> bytes:
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode="w") as archive:
        link = tarfile.TarInfo("link")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
        info = tarfile.TarInfo("../../out")
        info.size = 1
        archive.addfile(info, io.BytesIO(b"x"))
    return sink.getvalue()


def test_a_link_is_told_and_a_name_that_climbs_writes_nothing() -> None:
    link, out = _found(_linked())
    assert link.error is not None
    assert link.error.code is ErrorCode.INPUT_UNREADABLE
    assert (out.name, out.data) == ("../../out", b"x")


def _folder_alone() -> bytes:
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode="w") as archive:
        folder = tarfile.TarInfo("folder")
        folder.type = tarfile.DIRTYPE
        archive.addfile(folder)
    return sink.getvalue()


@pytest.mark.parametrize(
    "octets",
    [
        _zip(FILES)[:-4],
        _zip({"a": b"1", "../b": b"2"}),
        _zip({"bomb": bytes(60 * 1024 * 1024)}),
        _tar(FILES)[:700],
        gzip.compress(_tar(FILES))[:-20],
        gzip.compress(b"no archive"),
        _tar({"a": b"1" * 2000})[:1100],
        _tar(FILES)[: 512 * 5],
        _tar({"a": b"1", "b": b"2"}).replace(b"ustar", b"uster")[:512] + _tar(FILES),
        _tar({"a": b"1"})[:1024] + b"\x01" * 512 + _tar(FILES)[1024:],
        _tar({"a": b"1"}) + _tar({"hidden": b"2"}),
        _tar({}),
        gzip.compress(_tar({})),
        _folder_alone(),
        _zip({"folder/": b""}),
    ],
    ids=[
        "cut zip",
        "climbing",
        "bomb",
        "cut tar",
        "cut gzip",
        "gzip of no tar",
        "cut file",
        "no end",
        "damaged first",
        "damaged head",
        "more behind the end",
        "empty tar",
        "empty gzip",
        "folder alone",
        "folder alone in a zip",
    ],
)
def test_what_is_broken_is_refused(octets: bytes) -> None:
    with pytest.raises(TrustError) as caught:
        _found(octets)
    assert caught.value.code is BulkCode.BULK_ARCHIVE


def test_bounds_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(members, "MAX_MEMBERS", 2)
    with pytest.raises(TrustError):
        _found(_tar(FILES))
    monkeypatch.setattr(members, "MAX_MEMBERS", 9)
    monkeypatch.setattr(members, "MAX_UNPACKED", 5)
    with pytest.raises(TrustError):
        _found(_tar(FILES))
    monkeypatch.setattr(members, "MAX_UNPACKED", 99)
    monkeypatch.setattr(members, "MAX_SUBMISSION", 2)
    assert [each.error is not None for each in _found(_tar(FILES))] == [True, True, False]


@given(st.binary(max_size=2000))
def test_any_octets_are_files_or_refused(octets: bytes) -> None:
    for head in (b"", b"PK\x03\x04", b"\x1f\x8b\x08", bytes(257) + b"ustar"):
        try:
            _found(head + octets)
        except TrustError as error:
            assert error.code is BulkCode.BULK_ARCHIVE  # noqa: PT017 - anything else fails the test as well
