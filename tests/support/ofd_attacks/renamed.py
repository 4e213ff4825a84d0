"""Files of a genuine package called otherwise than its signer called them: their digests hold, and readers that go by the name find nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.support.ofd_attacks import documents as d
from tests.support.ofd_attacks import zips
from tests.support.ofd_attacks.lists import ONE
from tests.support.ofd_attacks.model import Row
from tests.support.ofd_attacks.signing import Order
from tests.support.ofd_attacks.verdicts import DIGEST, PASSED, UNCOVERED, UNREACHED

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.ofd_attacks.library import Library

_FROM_ROOT: Final = Order(bend=lambda octets: octets.replace(b'FileRef="/', b'FileRef="'))
_BACKSLASHES: Final = Order(bend=lambda octets: octets.replace(b'"/Doc_0/Pages/Page_0/', b'"\\Doc_0\\Pages\\Page_0\\'))


def _called(name: str, other: str, order: Order | None = None, more: bytes = b"") -> Callable[[Library], bytes]:
    """Return the sealed licence with a file called otherwise, and perhaps something more at its end."""

    def build(library: Library) -> bytes:
        files = library.parts("sealed") if order is None else library.sign(d.licence(), order)
        octets = files.pop(name)
        return zips.pack({**files, other: octets + more})

    return build


def _list_of_files_renamed(library: Library) -> bytes:
    files = library.parts("listed")
    octets = files.pop("OFDEntries.xml")
    return zips.pack({**files, "ofdentries.xml": octets})


ROWS: Final = (
    Row("renamed-annotation", "sealed", _called(d.ANNOTATION, d.ANNOTATION.replace("/Ann", "/ann")), UNCOVERED),
    Row("renamed-annotations", "sealed", _called(d.ANNOTATIONS, d.ANNOTATIONS.replace(".xml", ".XML")), UNCOVERED),
    Row("renamed-page", "sealed", _called(d.LAST_PAGE, d.LAST_PAGE.replace("/C", "/c")), UNCOVERED),
    Row("renamed-template", "sealed", _called(d.TEMPLATE, d.TEMPLATE.replace("C", "Ｃ")), UNCOVERED),
    Row("renamed-attachment", "sealed", _called("Doc_0/Attachs/licence.json", "Doc_0/Attachs/LICENCE.json"), UNCOVERED),
    Row("renamed-and-changed", "sealed", _called(d.LAST_PAGE, d.LAST_PAGE.replace("/C", "/c"), more=b" "), DIGEST),
    Row("renamed-signed-value", "sealed", _called(f"{ONE}SignedValue.dat", f"{ONE}signedvalue.dat"), UNREACHED),
    Row("renamed-description", "sealed", _called(f"{ONE}Signature.xml", f"{ONE}signature.xml"), UNREACHED),
    Row("renamed-list", "sealed", _called(d.SIGNATURES, d.SIGNATURES.replace("/Signatures", "/signatures")), UNREACHED),
    Row("renamed-into-the-folder", "sealed", _called(d.TEMPLATE, f"Doc_0/{d.TEMPLATE}", _FROM_ROOT), UNCOVERED),
    Row("renamed-with-backslashes", "sealed", lambda library: library.resealed(_BACKSLASHES), UNCOVERED),
    Row("renamed-list-of-files", "listed", _list_of_files_renamed, UNREACHED),
    Row("renamed-nothing-from-the-root", "sealed", lambda library: library.resealed(_FROM_ROOT), PASSED),
)
