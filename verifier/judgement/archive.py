"""Archive time stamps of a PDF: since when its octets are proved to exist (EN 319 102-1 5.6.2.3, EN 319 142-1 5.4.3).

A document time stamp that is trusted proves that every octet it covers existed at its time: earlier signatures, their own time
stamps, certificates, lists and answers in the security store. Stamps are judged from the newest to the oldest, each at the time which the
one over it proves, so that a chain of stamps outlives each authority in it.

NOTE: a signature's own time stamp covers its value alone. Under another key, chosen afterwards, the same value may fit other
octets, so that stamp proves nothing about the age of what the signature covers, nor of the certificate it names.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from esign.pdf.model import SignatureForm
from esign.pdf.verify import require_in_place, verify_signed_octets
from trustkit.errors import TrustError
from trustkit.x509.ocsp_response import read_ocsp_response
from verifier.carried import inside_signature
from verifier.judgement.context import BestTime
from verifier.judgement.stamp import Stamped, judge_token_trust

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from esign.pdf.model import UnverifiedPdf, UnverifiedPdfSignature
    from esign.pdf.verify import SignedOctets
    from verifier.judgement.context import Context


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveStamp:
    """A document time stamp whose token holds: its octets, what was found of its authority, and its own best time."""

    octets: SignedOctets
    stamped: Stamped

    @property
    def end(self) -> int:
        """The octet after the last one covered."""
        return sum(self.octets.signature.byte_range[2:])

    def covers(self, end: int) -> bool:
        """Whether octets that end there are covered: within the range, and not the stamp itself."""
        _, gap_begins, gap_ends, _ = self.octets.signature.byte_range
        return self.stamped.best.proved and end <= self.end and not gap_begins < end <= gap_ends


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """The document time stamps of a file, newest first, judged as far as they go, and what the file carries.

    `carried` holds certificates, lists and answers (DER as `trustkit.x509` has them), each with the octet of the file before which
    it lies.
    """

    stamps: tuple[ArchiveStamp, ...] = ()
    carried: tuple[tuple[bytes, int], ...] = field(default=(), repr=False)

    def of(self, signature: UnverifiedPdfSignature) -> ArchiveStamp | None:
        """Return what was found of a document time stamp, None for another signature or one that does not hold."""
        return next((each for each in self.stamps if each.octets.signature is signature), None)

    def since(self, end: int) -> datetime | None:
        """Return the earliest proved time of octets that end there, None when no trusted stamp covers them."""
        return min((each.stamped.best.moment for each in self.stamps if each.covers(end)), default=None)

    def known(self, signature: UnverifiedPdfSignature, context: Context) -> BestTime:
        """Return since when a signature is known to exist by stamps over it; the time of judging when there is none."""
        end = signature.byte_range[2:3]  # nothing covers a signature whose place nobody can tell
        proved = self.since(end[0]) if end else None
        return context.now if proved is None else BestTime(moment=proved, proved=True)

    def informed(self, context: Context) -> Context:
        """Return the context with what the stamps prove of certificates, lists and answers, in the security store and in signatures."""
        if not any(each.stamped.best.proved for each in self.stamps):
            return context
        existed: dict[bytes, datetime] = {}
        for octets, end in self.carried:
            moment = self.since(end)
            if moment is not None:
                existed[octets] = min(moment, existed.get(octets, moment))
        return replace(context, existed=existed)


def judge_archive(context: Context, pdf: UnverifiedPdf) -> Archive:
    """Return the document time stamps that hold, each judged at the time that the newer ones prove."""
    candidates = [each for each in reversed(pdf.signatures) if each.form is SignatureForm.RFC3161]
    archive = Archive(carried=tuple(_carried(pdf)) if candidates else ())
    for signature in candidates:
        try:
            octets = verify_signed_octets(pdf, signature)
        except TrustError:
            continue  # its own verdict will tell
        stamped = _stamped(archive.informed(context), octets, archive.known(signature, context))
        archive = replace(archive, stamps=(*archive.stamps, ArchiveStamp(octets=octets, stamped=stamped)))
    return archive


def _stamped(context: Context, octets: SignedOctets, known: BestTime) -> Stamped:
    """Return the best time of a document time stamp: it is its own proof once its authority is trusted."""
    if octets.token is None:
        return Stamped(best=known, checks=())
    checks = judge_token_trust(context, octets.token, known)
    if any(check.sub_indication is not None for check in checks):
        return Stamped(best=known, checks=checks)
    return Stamped(best=BestTime(moment=octets.token.gen_time, proved=True), checks=checks)


def _carried(pdf: UnverifiedPdf) -> Iterator[tuple[bytes, int]]:
    """Yield certificates, lists and answers, each with the octet of the file before which it lies."""
    store = pdf.embedded_evidence
    for kept in (store.certificates, store.crls):
        yield from ((octets, store.ends[octets]) for octets in kept if octets in store.ends)
    yield from ((_basic(octets), store.ends[octets]) for octets in store.ocsp_responses if octets in store.ends)
    for signature in pdf.signatures:
        if _is_in_place(pdf, signature):
            inside, end = inside_signature(signature.contents), signature.byte_range[2]
            yield from ((octets, end) for octets in (*inside.certificates, *inside.crls))
            yield from ((_basic(octets), end) for octets in inside.ocsp_responses)


def _is_in_place(pdf: UnverifiedPdf, signature: UnverifiedPdfSignature) -> bool:
    """Tell whether a signature lies where its byte range says: else it could say that it lies before any stamp."""
    try:
        require_in_place(pdf, signature)
    except TrustError:
        return False
    return True


def _basic(octets: bytes) -> bytes:
    """Return the BasicOCSPResponse of an answer; the octets as they are when they are none."""
    try:
        return read_ocsp_response(octets).der
    except TrustError:
        return octets
