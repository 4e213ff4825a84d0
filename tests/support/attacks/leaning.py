"""Files prepared so that what is signed leans on octets that come later, or on a table that two readers read differently.

No object that was signed is written anew, so a comparison of revisions sees nothing. Every one was found by attacking this
verifier, and passed once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from esign.pdf.model import CertificationLevel
from tests.support.attacks.documents import (
    CONTENT,
    INFORMATION,
    MISSING,
    RESOURCES,
    append,
    contract,
    end,
    form_x_object,
    last_table,
    offset_of,
    root_of,
    stream,
    table,
    text,
)
from tests.support.attacks.incremental import FORGED
from tests.support.attacks.model import CHANGED, MALFORMED, PASSED, Row
from tests.support.attacks.shadow import with_twin

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.attacks.library import Library

_FAR: Final = 60_000  # behind every signed file here
_SHOWN: Final = text("Contract No. 2026-001: the price is 1000 yuan.")
_HIDING: Final = form_x_object(b"1 1 1 rg 0 0 595 842 re f", size=(595, 842))
_LATE: Final = RESOURCES.replace(b"/Font", b"/XObject << /Late 25 0 R >> /Font")


def _trailer(octets: bytes) -> bytes:
    return b"/Size 500 /Root %s /Prev %d /Info 8 0 R" % (root_of(octets), last_table(octets))


def with_place_behind() -> bytes:
    """Return a contract whose table says that an object of the page stands far behind the end."""
    octets = contract({CONTENT: stream(_SHOWN + b"/Late Do"), MISSING: form_x_object(b"")}, page=_LATE)
    place = offset_of(octets, MISSING)
    return octets.replace(b"25 1\n%010d" % place, b"25 1\n%010d" % _FAR).replace(b"25 0 obj", b"26 0 obj")


def place_behind(library: Library) -> bytes:
    """The signed table says that an object stands behind the signed octets; who appends puts there what he likes."""
    signed = library.sign_field(with_place_behind(), "Signature1")  # we should not sign such a file
    body = signed.ljust(_FAR - 1) + b"\n25 0 obj\n%s\nendobj\n" % _HIDING
    return body + table({}) + end(_trailer(signed), len(body))


def runs_on(library: Library) -> bytes:
    """A signed stream is longer than what was signed: its end is what is appended."""
    late = stream(b"", b"     /Type /XObject /Subtype /Form /BBox [0 0 595 842]").replace(
        b"/Length 0    ", b"/Length %d" % _FAR
    )
    signed = library.approve(contract({CONTENT: stream(_SHOWN + b"/Late Do"), MISSING: late}, page=_LATE))
    begin = signed.index(b"stream\n", offset_of(signed, MISSING)) + len(b"stream\n")
    rest = b"\n1 1 1 rg 0 0 595 842 re f"
    body = signed.ljust(begin + _FAR - len(rest)) + rest + b"\nendstream\nendobj\n"
    return body + table({}) + end(_trailer(signed), len(body))


def with_object_beyond() -> bytes:
    """Return a page whose cross-reference stream lists its content beyond its own /Size."""
    parts = {
        1: b"<< /Type /Catalog /Pages 2 0 R >>",
        2: b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        3: b"<< /Type /Page %s /Contents 90 0 R >>" % RESOURCES,
        7: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        90: stream(_SHOWN),
    }
    return _with_stream(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", parts, 8, b"/Size 9 /Root 1 0 R")


def beyond_the_size(library: Library) -> bytes:
    """The content that is listed beyond the size is written anew: to who believes the size it was never used."""
    signed = library.sign_field(with_object_beyond(), "Signature1")  # we should not sign such a file
    entries = b"/Size 301 /Root %s /Prev %d" % (root_of(signed), last_table(signed))
    return _with_stream(signed, {90: FORGED}, 300, entries)


def _with_stream(base: bytes, objects: dict[int, bytes], number: int, entries: bytes) -> bytes:
    """Return octets with objects and the cross-reference stream `number` behind them."""
    places: dict[int, int] = {}
    for each, body in objects.items():
        places[each] = len(base)
        base += b"%d 0 obj\n%s\nendobj\n" % (each, body)
    places[number] = len(base)
    index = b" ".join(b"%d 1" % each for each in sorted(places))
    rows = b"".join(b"\x01" + places[each].to_bytes(4, "big") + b"\0\0" for each in sorted(places))
    known = b"/Type /XRef /W [1 4 2] /Index [%s] /ID [<00112233> <00112233>] %s" % (index, entries)
    return base + b"%d 0 obj\n%s\nendobj\nstartxref\n%d\n%%%%EOF\n" % (number, stream(rows, known), len(base))


def _parent(sign: Callable[[Library, bytes], bytes]) -> Callable[[Library], bytes]:
    """A page's /Parent is an object that is not there; brought later, it turns and crops the page for some readers."""

    def build(library: Library) -> bytes:
        signed = sign(library, contract(page=RESOURCES.replace(b"/Parent 2 0 R", b"/Parent 25 0 R")))
        return append(signed, {MISSING: b"<< /Type /Pages /Rotate 180 /CropBox [0 0 595 600] >>"})

    return build


def parent_of_parent(library: Library) -> bytes:
    """The same, one step further up."""
    parent = {20: b"<< /Type /Pages /Parent 25 0 R >>"}
    signed = library.approve(contract(parent, page=RESOURCES.replace(b"/Parent 2 0 R", b"/Parent 20 0 R")))
    return append(signed, {MISSING: b"<< /Type /Pages /Rotate 180 >>"})


def into_nothing(library: Library) -> bytes:
    """Honest: a signed reference leads nowhere, as ISO 32000-1 7.3.10 allows, and a second party signs."""
    signed = library.approve(contract(page=RESOURCES.replace(b"/Font", b"/XObject << /Late 499 0 R >> /Font")))
    return library.approve(signed, by=library.second_signer, number=2)


def listed_twice(library: Library) -> bytes:
    """The table lists an object twice: where it stands, and where a twin stands. Readers differ about which entry counts."""
    signed = library.approve(with_twin())
    honest, forged = offset_of(signed, CONTENT), signed.index(b"\n5 0 obj") + 1
    rows = b"xref\n5 1\n%010d 00000 n \n5 1\n%010d 00000 n \n" % (forged, honest)
    return signed + rows + end(_trailer(signed), len(signed))


def other_information(library: Library) -> bytes:
    """The trailer of a certified file names information that was in it already."""
    octets = contract({20: b"<< /Title (Other) /Producer (tests) >>"}, catalogue=b"/Spare 20 0 R")
    signed = library.certify(octets, CertificationLevel.NO_CHANGES)
    return append(signed, {}, trailer=_trailer(signed).replace(b"/Info %d" % INFORMATION, b"/Info 20"))


def information_in_place(library: Library) -> bytes:
    """The trailer of a certified file holds information itself."""
    trailer = _trailer(library.certified).replace(b"/Info 8 0 R", b"/Info << /Title (Other) >>")
    return append(library.certified, {}, trailer=trailer)


ROWS: Final = (
    Row("leaning-place-behind", "contract", place_behind, CHANGED),
    Row("leaning-stream-runs-on", "contract", runs_on, CHANGED),
    Row("leaning-beyond-the-size", "contract", beyond_the_size, CHANGED),
    Row("leaning-parent", "contract", _parent(lambda lib, octets: lib.approve(octets)), CHANGED),
    Row(
        "leaning-parent-certified",
        "certified",
        _parent(lambda lib, octets: lib.certify(octets, CertificationLevel.NO_CHANGES)),
        CHANGED,
    ),
    Row("leaning-parent-of-parent", "contract", parent_of_parent, CHANGED),
    Row("leaning-on-nothing", "contract", into_nothing, PASSED),
    Row("xref-listed-twice", "contract", listed_twice, MALFORMED),
    Row("information-other-certified", "certified", other_information, CHANGED),
    Row("information-in-place-certified", "certified", information_in_place, CHANGED),
)
