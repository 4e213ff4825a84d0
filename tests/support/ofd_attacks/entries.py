"""Attacks on where reading begins: OFD.xml, its documents, versions, and where it says that signatures are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.support.ofd_attacks import documents as d
from tests.support.ofd_attacks import zips
from tests.support.ofd_attacks.model import Row
from tests.support.ofd_attacks.verdicts import DIGEST, MISSING, NOT_SIGNED, UNCOVERED, UNREACHED, XML

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.ofd_attacks.library import Library

SECOND: Final = {name.replace("Doc_0/", "Doc_1/"): octets for name, octets in d.licence().items() if name != d.ENTRY}
_SIGNATURES: Final = b"<ofd:Signatures>Doc_0/Signs/Signatures.xml</ofd:Signatures>"


def entry_becomes(change: Callable[[bytes], bytes], more: dict[str, bytes] | None = None) -> Callable[[Library], bytes]:
    """Return what changes OFD.xml of the sealed licence, which its seal covers, and adds files."""

    def build(library: Library) -> bytes:
        files = library.parts("sealed")
        return zips.pack({**files, d.ENTRY: change(files[d.ENTRY]), **(more or {})})

    return build


def _open_entry(library: Library) -> dict[str, bytes]:
    return library.parts("open_entry")


def open_entry_becomes(octets: bytes, more: dict[str, bytes] | None = None) -> Callable[[Library], bytes]:
    """Return what changes OFD.xml where the seal does not cover it, as real licences have it."""
    return lambda library: zips.pack({**_open_entry(library), d.ENTRY: octets, **(more or {})})


_OTHER_ROOT: Final = d.entry(d.body().replace("Doc_0/Document.xml", "Doc_1/Document.xml"))
_SIGNATURES_LOST: Final = d.entry(d.body(signed=False))

ROWS: Final = (
    Row("entry-root-moved", "sealed", entry_becomes(lambda _: _OTHER_ROOT, SECOND), DIGEST),
    Row(
        "entry-document-added",
        "sealed",
        entry_becomes(lambda _: d.entry(d.body(), d.body(1, signed=False)), SECOND),
        DIGEST,
    ),
    Row(
        "entry-signatures-removed", "sealed", entry_becomes(lambda octets: octets.replace(_SIGNATURES, b"")), UNREACHED
    ),
    Row(
        "entry-signatures-elsewhere",
        "sealed",
        entry_becomes(lambda octets: octets.replace(b"Doc_0/Signs/", b"Doc_0/Sings/")),
        UNREACHED,
    ),
    Row(
        "entry-signatures-twice",
        "sealed",
        entry_becomes(lambda octets: octets.replace(_SIGNATURES, _SIGNATURES * 2)),
        XML,
    ),
    Row(
        "entry-root-twice",
        "sealed",
        entry_becomes(
            lambda octets: octets.replace(
                b"<ofd:DocRoot>", b"<ofd:DocRoot>Doc_1/Document.xml</ofd:DocRoot><ofd:DocRoot>"
            ),
            SECOND,
        ),
        XML,
    ),
    Row(
        "entry-missing",
        "sealed",
        lambda library: zips.pack(
            {n: o for n, o in library.parts("sealed").items() if n != d.ENTRY} | {"Doc_0/OFD.xml": b"<x/>"}
        ),
        MISSING,
    ),
    Row(
        "entry-title-changed",
        "sealed",
        entry_becomes(lambda octets: octets.replace("营业执照".encode(), "食品经营许可证".encode())),
        DIGEST,
    ),
    # where the seal leaves OFD.xml out, everybody may write another one
    Row("open-entry-root-moved", "open_entry", open_entry_becomes(_OTHER_ROOT, SECOND), UNCOVERED),
    Row(
        "open-entry-document-added",
        "open_entry",
        open_entry_becomes(d.entry(d.body(), d.body(1, signed=False)), SECOND),
        UNCOVERED,
    ),
    Row(
        "open-entry-document-first",
        "open_entry",
        open_entry_becomes(d.entry(d.body(1, signed=False), d.body()), SECOND),
        UNCOVERED,
    ),
    Row(
        "open-entry-title-changed",
        "open_entry",
        open_entry_becomes(d.entry(d.body(title="食品经营许可证"))),
        UNCOVERED,
    ),
    Row("open-entry-signatures-lost", "open_entry", open_entry_becomes(_SIGNATURES_LOST), UNREACHED),
    Row(
        "open-entry-versions-added",
        "open_entry",
        open_entry_becomes(
            d.entry(
                d.body(
                    more=d.element(
                        "Versions",
                        d.element("Version", "", 'ID="1" Index="1" Current="true" BaseLoc="Doc_1/Versions/V1.xml"'),
                    )
                )
            ),
            {
                **SECOND,
                "Doc_1/Versions/V1.xml": d.root(
                    "DocVersion",
                    d.element("FileList", "") + d.element("DocRoot", "Doc_1/Document.xml"),
                    'ID="1" Version="2"',
                ),
            },
        ),
        UNCOVERED,
    ),
    Row("entry-nothing-signed", "sealed", lambda _: zips.pack({**d.licence(), d.ENTRY: _SIGNATURES_LOST}), NOT_SIGNED),
    Row("entry-names-a-list-that-is-not-there", "sealed", lambda _: zips.pack(d.licence()), UNREACHED),
)
