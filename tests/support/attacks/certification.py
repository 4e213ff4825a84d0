"""Attacks on certified files: what others may add is used to show something else.

Rohlmann, Mladenov, Mainka, Schwenk, "Breaking the Specification: PDF Certification", IEEE S&P 2021: evil annotation attack
(EAA, an annotation over the content, allowed at P=3) and sneaky signature attack (SSA, the appearance of a further signature
field over the content, allowed at P=2 and P=3).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from tests.support.attacks.documents import CATALOGUE, CONTENT, FREE, NOTE, PAGE, append, body_of, form_x_object
from tests.support.attacks.incremental import FORGED
from tests.support.attacks.model import CHANGED, PASSED, Row
from tests.support.attacks.shadow import fill
from tests.support.attacks.surgery import listing, signature_body, signature_number
from tests.support.signed_pdf import add_evidence, sign_anyway

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.attacks.library import Library

OPAQUE: Final = b"1 1 1 rg 0 0 480 50 re f BT /F1 14 Tf 0 g 12 20 Td (9999999 yuan) Tj ET"
_OVER_TEXT: Final = (60, 740, 540, 790)


def with_annotation(octets: bytes, kind: bytes, more: bytes = b"") -> bytes:
    """Return the file with an annotation over its first line."""
    page = re.sub(rb"/Annots\s*\[", b"/Annots [%d 0 R " % FREE, body_of(octets, PAGE))
    if b"/Annots" not in page:
        page = page[:-2] + b"/Annots [%d 0 R] >>" % FREE
    note = (
        b"<< /Type /Annot /Subtype /%s /Rect [60 740 540 790] /F 4 /Contents (9999999 yuan) /DA (/F1 14 Tf 0 g)"
        b" /AP << /N %d 0 R >> %s >>" % (kind, FREE + 1, more)
    )
    return append(octets, {PAGE: page, FREE: note, FREE + 1: form_x_object(OPAQUE, size=(480, 50))})


def _annotated(kind: bytes, which: str, more: bytes = b"") -> Row:
    def build(library: Library) -> bytes:
        return with_annotation(getattr(library, which), kind, more)

    return Row(
        f"eaa-{kind.decode().lower()}-{which.replace('_', '-')}{'-acting' if more else ''}", which, build, CHANGED
    )


def with_field(octets: bytes, *, signed: bool, operators: bytes = OPAQUE) -> bytes:
    """Return the file with a new signature field whose appearance lies over the first line; `signed` puts nonsense in."""
    page = re.sub(rb"/Annots\s*\[", b"/Annots [%d 0 R " % FREE, body_of(octets, PAGE))
    if b"/Annots" not in page:
        page = page[:-2] + b"/Annots [%d 0 R] >>" % FREE
    field = (
        b"<< /Type /Annot /Subtype /Widget /FT /Sig /T (Sneaky) /Rect [60 740 540 790] /F 132 /P 3 0 R"
        b" /AP << /N %d 0 R >> %s >>" % (FREE + 1, b"/V %d 0 R" % (FREE + 2) if signed else b"")
    )
    objects = {PAGE: page, FREE: field, FREE + 1: form_x_object(operators, size=(480, 50))}
    if signed:
        objects[FREE + 2] = b"<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached /Contents <00> >>"
    return append(octets, {**objects, **listing(octets, FREE)})


def _sneaky(which: str, *, signed: bool) -> Row:
    def build(library: Library) -> bytes:
        return with_field(getattr(library, which), signed=signed)

    return Row(f"ssa-{'signed' if signed else 'empty'}-{which.replace('_', '-')}", which, build, CHANGED)


_COVERINGS: Final = {  # what hides or replaces the first line of a contract nobody certified, beside an opaque fill
    "white-stroke": b"1 G 50 w 0 25 m 480 25 l S",
    "letters": b"BT /F1 14 Tf 0 g 12 20 Td (9999999 yuan) Tj ET",
    "after-the-ink-ended": b"q /Ink gs Q 1 1 1 rg 0 0 480 50 re f",
}


def _covering(how: str) -> Row:
    return Row(
        f"ssa-covering-{how}",
        "contract",
        lambda library: with_field(library.contract, signed=False, operators=_COVERINGS[how]),
        CHANGED,
    )


def _missing_the_first_letter(library: Library) -> bytes:
    """The box begins behind the first letter of the line that it hides."""
    return with_field(library.contract, signed=False).replace(b"/Rect [60 740", b"/Rect [99 740")


def really_signed(which: str) -> Callable[[Library], bytes]:
    """Return what has the attacker sign over the content, with a certificate that is trusted."""

    def build(library: Library) -> bytes:
        return sign_anyway(library.world, getattr(library, which), box=_OVER_TEXT)

    return build


def permissions_dropped(library: Library) -> bytes:
    catalogue = re.sub(rb"/Perms\s*<<[^>]*>>", b"", body_of(library.certified, CATALOGUE))
    return append(append(library.certified, {CATALOGUE: catalogue}), {CONTENT: FORGED})


def level_loosened(library: Library) -> bytes:
    """The certification's own dictionary is written anew with P=3."""
    body = re.sub(rb"/P 1\b", b"/P 3", signature_body(library.certified))
    assert body != signature_body(library.certified)
    return append(library.certified, {signature_number(library.certified): body})


def certification_moved(library: Library) -> bytes:
    """DocMDP transplanted: /Perms of a file approved twice names the second signature as the certification."""
    catalogue = body_of(library.countersigned, CATALOGUE)
    reference = b"/Perms << /DocMDP %d 0 R >> >>" % signature_number(library.countersigned)
    return append(library.countersigned, {CATALOGUE: catalogue[:-2] + reference})


ROWS: Final = (
    *(_covering(how) for how in _COVERINGS),
    Row("ssa-covering-from-the-second-letter", "contract", _missing_the_first_letter, CHANGED),
    *(
        _annotated(kind, which)
        for kind in (b"FreeText", b"Stamp", b"Redact", b"Square", b"Link")
        for which in ("annotated_form", "form")
    ),
    _annotated(b"FreeText", "certified"),
    _annotated(b"Link", "annotated_form", b"/A << /S /JavaScript /JS (app.alert\\(1\\)) >>"),
    *(
        _sneaky(which, signed=signed)
        for which in ("annotated_form", "form", "certified", "contract")
        for signed in (True, False)
    ),
    Row("ssa-trusted-form", "form", really_signed("form"), CHANGED),
    Row("ssa-trusted-annotated-form", "annotated_form", really_signed("annotated_form"), CHANGED),
    Row("ssa-trusted-certified", "certified", really_signed("certified"), CHANGED),
    Row("certified-page-content", "form", lambda lib: append(lib.form, {CONTENT: FORGED}), CHANGED),
    Row("certified-form-filled", "sealed_form", lambda lib: fill(lib.sealed_form, NOTE, "as agreed"), CHANGED),
    Row("certified-approved-later", "certified", lambda lib: sign_anyway(lib.world, lib.certified), CHANGED),
    Row("certified-permissions-dropped", "certified", permissions_dropped, CHANGED),
    Row("certified-level-loosened", "certified", level_loosened, CHANGED),
    Row("certified-moved", "countersigned", certification_moved, CHANGED),
    Row("field-lock-broken", "certified_and_locked", lambda lib: fill(lib.certified_and_locked, 11, "9"), CHANGED),
    Row("field-lock-broken-alone", "locked_form", lambda lib: fill(lib.locked_form, 11, "9"), CHANGED),
    Row("field-lock-kept", "certified_and_locked", lambda lib: fill(lib.certified_and_locked, NOTE, "seen"), PASSED),
    Row("form-approved-unseen", "form", lambda lib: lib.approve(lib.form, number=5), PASSED),
    Row(
        "licence-with-more-evidence",
        "licence",
        lambda lib: add_evidence(lib.licence, lib.world.crl(number=8).der),
        PASSED,
    ),
)
