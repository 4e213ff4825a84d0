"""Drafts linearized for a length that the file gets later: readers that begin at its head then show the draft.

Chrome and Evince do, when the first object names the length the file has (ISO 32000-1 annex F); a signed update that stands at
the end is never read by them.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from tests.support.attacks.documents import (
    CATALOGUE,
    CONTENT,
    FONT,
    LAST_CONTENT,
    LAST_PAGE,
    PAGE,
    RESOURCES,
    TREE,
    append,
    end,
    last_table,
    offset_of,
    root_of,
    stream,
    table,
    text,
)
from tests.support.attacks.model import MALFORMED, PASSED, Row

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.attacks.library import Library

_SIGNED: Final = stream(text("Contract No. 2026-001: the price is 1000 yuan."))
_DRAFT: Final = stream(text("Contract No. 2026-001: the price is 9999999 yuan."))
_FIRST: Final = 30  # number of the object at the head
_SPELT: Final = b"/Linearized 1 /L %d"
_SIGNED_LENGTH: Final = 60_000
_HEADER: Final = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"


def linearized(length: int | None = None, *, spelt: bytes = _SPELT) -> bytes:
    """Return a file with its cross-references at the head, which says that it is so long; None for as long as it is."""
    objects = {
        CATALOGUE: b"<< /Type /Catalog /Pages 2 0 R >>",
        TREE: b"<< /Type /Pages /Kids [3 0 R 4 0 R] /Count 2 >>",
        PAGE: b"<< /Type /Page %s /Contents 5 0 R >>" % RESOURCES,
        LAST_PAGE: b"<< /Type /Page %s /Contents 6 0 R >>" % RESOURCES,
        CONTENT: _DRAFT,
        LAST_CONTENT: stream(text("Second page: both parties agree.")),
        FONT: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    }
    body = b"".join(b"%d 0 obj\n%s\nendobj\n" % pair for pair in objects.items())
    said, octets = length or 0, b""
    while not octets or (length is None and said != len(octets)):  # what it says is part of its length
        said = length or len(octets)
        octets = _laid_out(body, tuple(objects), spelt % said)
    return octets


def _laid_out(body: bytes, numbers: tuple[int, ...], said: bytes) -> bytes:
    first = b"%d 0 obj\n<< %s /H [500 100] /O 3 /E 900 /N 2 /T 100 >>\nendobj\n" % (_FIRST, said)
    section = len(_HEADER) + len(first)
    trailer = b"/Size 500 /Root 1 0 R /ID [<00112233> <00112233>]"
    offsets = dict.fromkeys((0, _FIRST, *numbers), 0)
    room = len(table({**offsets, 0: None}) + end(trailer, 0))
    at = section + room
    places = {number: at + offset_of(b"\n" + body, number) - 1 for number in numbers}
    head = table({0: None, _FIRST: len(_HEADER), **places}) + end(trailer, 0)
    return _HEADER + first + head + body + b"startxref\n%d\n%%%%EOF\n" % section


def _agreed(length: int | None, spelt: bytes = _SPELT) -> bytes:
    """Return the draft, and what the signer is to read added at the end."""
    return append(linearized(length, spelt=spelt), {CONTENT: _SIGNED})


def _longer(octets: bytes, blanks: int) -> bytes:
    words = (root_of(octets), last_table(octets))
    return append(octets, {600: stream(b" " * blanks)}, trailer=b"/Size 601 /Root %s /Prev %d" % words)


def grown(library: Library) -> bytes:
    """Blanks are added after the signature until the file is as long as it says."""
    signed = library.sign_field(_agreed(_SIGNED_LENGTH), "Signature1")
    spare = _SIGNED_LENGTH - len(_longer(signed, 10_000)) + 10_000
    octets = _longer(signed, spare)
    assert len(octets) == _SIGNED_LENGTH
    return octets


def foreseen(library: Library, spelt: bytes = _SPELT) -> bytes:
    """The signed file itself has the length that the draft was linearized for: there is no later revision."""

    def signed(length: int) -> bytes:
        return library.sign_field(_agreed(length, spelt), "Signature1")

    return signed(len(signed(_SIGNED_LENGTH)))


def honest(base: Callable[[], bytes]) -> Callable[[Library], bytes]:
    """Return what signs a linearized file that says how long it was."""
    return lambda library: library.approve(base())


ROWS: Final = (
    Row("linearized-for-later", "contract", grown, MALFORMED),
    Row("linearized-for-its-length", "contract", foreseen, MALFORMED),
    Row(
        "linearized-spelt-otherwise",
        "contract",
        partial(foreseen, spelt=b"/Linear#69zed 1 /#4c%% so long\n%d"),
        MALFORMED,
    ),
    Row(
        "linearized-spelt-with-blanks-to-some",
        "contract",
        partial(foreseen, spelt=b"/Linearized\x801 /L\xff%d"),
        MALFORMED,
    ),
    Row("linearized", "contract", honest(linearized), PASSED),
    Row("linearized-and-updated", "contract", honest(partial(_agreed, None)), PASSED),
)
