"""References to a generation that an object does not have: nothing to some readers, the object to those that look at its number.

PDFium (Chrome) does. ISO 32000-1 7.3.10 would have the number and the generation name the object together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from esign.pdf.model import CertificationLevel
from tests.support.attacks.additions import DRAWING, OVER_TEXT, drawn, with_field
from tests.support.attacks.certification import OPAQUE
from tests.support.attacks.documents import (
    CONTENT,
    MISSING,
    RESOURCES,
    append,
    contract,
    form_x_object,
    last_table,
    root_of,
    stream,
    text,
)
from tests.support.attacks.model import CHANGED, PASSED, Row

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.support.attacks.library import Library

_SHOWN: Final = stream(text("Contract No. 2026-001: the price is 1000 yuan.") + b"q 1 0 0 1 60 740 cm /Late Do Q")
_HIDING: Final = form_x_object(b"1 g 0 0 480 50 re f", size=(480, 50))


def _contract(reference: bytes, more: Mapping[int, bytes] | None = None) -> bytes:
    page = RESOURCES.replace(b"/Font", b"/XObject << /Late %s >> /Font" % reference)
    return contract({CONTENT: _SHOWN, **(more or {})}, page=page)


def brought_late(sign: Callable[[Library, bytes], bytes]) -> Callable[[Library], bytes]:
    """Return what signs a page that names generation 7 of an object which then comes with generation 0."""
    return lambda library: append(sign(library, _contract(b"25 7 R")), {MISSING: _HIDING})


def named_wrongly(library: Library) -> bytes:
    """The object is there, with generation 0, and nothing that others see; something else is added."""
    return append(library.approve(_contract(b"25 7 R", {MISSING: form_x_object(b"")})), {400: b"<< >>"})


def freed_before(library: Library) -> bytes:
    """The number is free in what was signed."""
    octets = append(_contract(b"25 0 R", {MISSING: form_x_object(b"")}), {}, more={MISSING: None})
    signed = library.approve(octets)
    words = (root_of(signed), last_table(signed))
    return append(signed, {MISSING: _HIDING}, trailer=b"/Size 600 /Root %s /Prev %d" % words, generation=1)


def drawn_by_number(library: Library) -> bytes:
    """A new field that nobody signed names the drawing by another generation."""
    field = b"/Subtype /Widget /F 4 /AP << /N %d 3 R >>" % DRAWING
    return with_field(library.contract, field, box=OVER_TEXT, more={DRAWING: drawn(OPAQUE)})


def used_again(library: Library) -> bytes:
    """Honest: a number was freed, and used again with generation 1, before the first party signed; then the second signs."""
    octets = append(_contract(b"25 1 R", {MISSING: form_x_object(b"")}), {}, more={MISSING: None})
    signed = library.approve(append(octets, {MISSING: form_x_object(b"")}, generation=1))
    return library.approve(signed, by=library.second_signer, number=2)


ROWS: Final = (
    Row("generation-late", "contract", brought_late(lambda lib, octets: lib.approve(octets)), CHANGED),
    Row(
        "generation-late-certified",
        "certified",
        brought_late(lambda lib, octets: lib.certify(octets, CertificationLevel.NO_CHANGES)),
        CHANGED,
    ),
    Row("generation-wrong", "contract", named_wrongly, CHANGED),
    Row("generation-freed", "contract", freed_before, CHANGED),
    Row("generation-of-a-drawing", "contract", drawn_by_number, CHANGED),
    Row("generation-used-again", "contract", used_again, PASSED),
)
