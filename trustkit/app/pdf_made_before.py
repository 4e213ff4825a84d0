"""Whether a file is what a desk makes of another one: a batch cut off before its journal told of a file knows it by that.

The signing is gone through once more at the times the file tells, with the evidence it carries and without a key: what
would be signed is then what is there, octet for octet around each signature. So everything that was ordered is compared:
texts, fields, certification, lock, seals, their slices, and the room kept for the signature.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from esign.pdf.prepare import prepare_pdf
from esign.pdf.read import read_pdf
from esign.pdf.verify import verify_pdf_signature
from trustkit.app.pdf_order import PdfLevel
from trustkit.app.signing_evidence import Evidence
from trustkit.clock import FixedClock
from trustkit.errors import TrustError

if TYPE_CHECKING:
    from esign.pdf.model import UnverifiedPdf, UnverifiedPdfSignature
    from trustkit.app.pdf_desk import PdfDesk

_RANDOM_ID: Final = re.compile(rb"/ID\s*\[\s*<[0-9A-Fa-f]*>\s*<([0-9A-Fa-f]*)>")  # of a revision; the first part stays


def is_pdf_made_by(desk: PdfDesk, octets: bytes, original: bytes) -> bool:
    """Return whether octets are what this desk makes of a file: it as it was, then a signature by each party as ordered."""
    if not octets.startswith(original):
        return False
    try:
        found, before = read_pdf(octets), read_pdf(original)
        archived = desk.order.level is PdfLevel.B_LTA
        added = found.signatures[len(before.signatures) :]
        if (len(added), found.revisions) != (len(desk.parties) + archived, before.revisions + len(added)):
            return False  # something else was written before or between
        own, stamps = added[: len(desk.parties)], added[len(desk.parties) :]
        return (
            all(verify_pdf_signature(found, each).octets.token is not None for each in stamps)
            and all(_is_by(desk, found, each, number) for number, each in enumerate(own))
            and all(_is_as_prepared(desk, found, own, number, original) for number in range(len(own)))
        )
    except TrustError:
        return False


def _is_by(desk: PdfDesk, pdf: UnverifiedPdf, signature: UnverifiedPdfSignature, number: int) -> bool:
    signed = verify_pdf_signature(pdf, signature).octets
    stamped = desk.order.level is not PdfLevel.B_B
    return signed.certificate == desk.parties[number].certificate and bool(signed.timestamp_tokens) is stamped


def _is_as_prepared(
    desk: PdfDesk, pdf: UnverifiedPdf, own: tuple[UnverifiedPdfSignature, ...], number: int, original: bytes
) -> bool:
    """Return whether preparing the file of before for this party gives what is there, but for what is random in it."""
    signature, inside = own[number], pdf.embedded_evidence
    if signature.claimed_time is None:
        return False
    then = replace(
        desk,
        clock=FixedClock(signature.claimed_time),
        evidence=lambda _: Evidence(
            certificates=inside.certificates, crls=inside.crls, ocsp_responses=inside.ocsp_responses
        ),
    )
    source = original if number == 0 else pdf.data[: sum(own[number - 1].byte_range[2:])]
    made = prepare_pdf(then.request(source, number))
    there = pdf.data[: len(made.octets)]
    if there[made.start : made.start + 1] + there[made.end - 1 : made.end] != b"<>":
        return False
    rest = len(source)
    around = ((rest, made.start), (made.end, len(made.octets)))
    return all(_plain(made.octets[start:end]) == _plain(there[start:end]) for start, end in around)


def _plain(octets: bytes) -> bytes:
    """Return octets without what each run makes up anew."""
    return _RANDOM_ID.sub(lambda found: found[0][: -len(found[1]) - 1], octets)
