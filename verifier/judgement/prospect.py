"""Until when a PDF or OFD that passes now will pass, why it ends then, and what is lost (EN 319 142-1 5.5.2: when to renew).

    prospect = prospect_of(context, document)
    prospect.until, prospect.endings, prospect.lost

The future is not worked out by rules of its own: judgement itself is asked about later days, each time with what the file carries
and with fresh lists and answers of every authority at hand, which say what they say now. An authority whose certificate has
ended by then signs no list that counts, so nothing has to be said of which ones will still be at work. The days asked about are
those on which something ends: a certificate, the belief in an algorithm, the age the policy lets evidence have. What fails once
stays failed, as nothing in the file gets younger, so the first such day is found by halving.

NOTE: an answer of an OCSP responder is thought of as signed by the same responder later on; its own next certificate is nobody's
to foresee. Where answers are all there is, the end told may be early, never late.
"""

from __future__ import annotations

from bisect import bisect_left
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum, unique
from typing import TYPE_CHECKING, Final

from esign.ofd.model import UnverifiedOfd, UnverifiedOfdSignature
from esign.pdf.model import UnverifiedPdf
from esign.seal.read import parse_seal_signature
from trustkit.errors import TrustError
from trustkit.verdict import Indication
from trustkit.x509.answer_proofs import AnswerProofs
from trustkit.x509.link_proofs import LinkProofs
from trustkit.x509.list_proofs import ListProofs
from trustkit.x509.name import display_name
from verifier.carried import embedded
from verifier.judgement.ofd import judge_ofd
from verifier.judgement.parsed import certificates_of, crls_of
from verifier.judgement.pdf import judge_pdf
from verifier.ocsp_evidence import readable_answers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trustkit.crypto.algorithm_policy import AlgorithmPolicy
    from trustkit.verdict import SignatureVerdict
    from trustkit.x509.crl import CertificateList
    from trustkit.x509.ocsp_response import OcspResponse
    from verifier.judgement.context import Context

SignedFile = UnverifiedPdf | UnverifiedOfd
STEP: Final = timedelta(seconds=1)  # the smallest unit of a certificate's time
_SHRINK: Final = 1_000_000  # ages of lists among each other, kept in their order within seconds
_FRESH_FOR: Final = timedelta(days=1)
_MAX_TOLD: Final = 4  # endings of one moment in a report
_STAMP: Final = "rfc3161"


@unique
class EndKind(StrEnum):
    """What comes to its end."""

    CERTIFICATE = "certificate"
    ALGORITHM = "algorithm"
    SEAL = "seal"  # the period an electronic seal may be used in
    EVIDENCE_AGE = "evidence-age"
    NOT_INSIDE = "not-inside"  # the verdict of now rests on evidence that the file does not carry


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """Something that ends: `last` is the last second in which it serves, `named` whose certificate or which algorithm."""

    kind: EndKind
    last: datetime
    named: str


@unique
class Proof(StrEnum):
    """What proves the age of a file's signatures."""

    ARCHIVE_STAMP = "archive-stamp"  # a document time stamp over all of them
    SIGNATURE_STAMP = "signature-stamp"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Prospect:
    """Until when all signatures pass (None when no end is known), why no longer, and which do not pass afterwards.

    `proof` is what keeps them now, `proved_by` the newest authority that does and `proved_at` its time, for people.
    """

    until: datetime | None
    endings: tuple[Ending, ...]
    lost: tuple[SignatureVerdict, ...]
    proof: Proof
    proved_by: str = ""
    proved_at: datetime | None = None


def prospect_of(context: Context, document: SignedFile) -> Prospect:
    """Return the prospect of a file whose verdict in this context is TOTAL-PASSED."""
    carried = embedded(document)
    future = _Future(
        context=context,
        document=document,
        crls=crls_of(carried.crls),
        answers=readable_answers(carried.ocsp_responses),
    )
    now = _signatures(context, document)
    if lost := future.lost(context.at):
        endings: tuple[Ending, ...] = (Ending(kind=EndKind.NOT_INSIDE, last=context.at, named=""),)
        return _prospect(context.at, endings, lost, now)
    known = sorted((each for each in _endings(context, future) if each.last >= context.at), key=lambda each: each.last)
    moments = list(dict.fromkeys(each.last for each in known))
    first = bisect_left(moments, True, key=lambda moment: bool(future.lost(moment + STEP)))  # noqa: FBT003 - sought value
    if first == len(moments):
        return _prospect(None, (), (), now)
    until = moments[first]
    endings = tuple(each for each in known if each.last == until)[:_MAX_TOLD]
    return _prospect(until, endings, future.lost(until + STEP), now)


def _prospect(
    until: datetime | None,
    endings: tuple[Ending, ...],
    lost: tuple[SignatureVerdict, ...],
    now: tuple[SignatureVerdict, ...],
) -> Prospect:
    signed = [each for each in now if each.form != _STAMP]
    last = now[-1] if now else None
    if last is not None and last.form == _STAMP and _holds(last):  # it covers the others
        proof, by, at = Proof.ARCHIVE_STAMP, last.signer, last.signed_at
    elif signed and all(each.time_proved for each in signed):
        proof, by, at = (
            Proof.SIGNATURE_STAMP,
            "",
            max((each.signed_at for each in signed if each.signed_at), default=None),
        )
    else:
        proof, by, at = Proof.NONE, "", None
    return Prospect(until=until, endings=endings, lost=lost, proof=proof, proved_by=by, proved_at=at)


def _signatures(context: Context, document: SignedFile) -> tuple[SignatureVerdict, ...]:
    judged = judge_ofd(context, document) if isinstance(document, UnverifiedOfd) else judge_pdf(context, document)
    return judged.signatures


def _holds(verdict: SignatureVerdict) -> bool:
    return verdict.conclusion.indication is Indication.TOTAL_PASSED


@dataclass(frozen=True, slots=True, kw_only=True)
class _Future:
    """A file and what it carries, to be judged on later days."""

    context: Context
    document: SignedFile
    crls: tuple[CertificateList, ...]
    answers: tuple[OcspResponse, ...]

    def lost(self, at: datetime) -> tuple[SignatureVerdict, ...]:
        """Return the signatures that do not pass at a time."""
        return tuple(each for each in _signatures(self._at(at), self.document) if not _holds(each))

    def _at(self, at: datetime) -> Context:
        evidence = self.context.evidence
        fresh = tuple(self._fresh_list(crl, at) for crl in evidence.crls)
        answers = tuple(self._fresh_answer(response, at) for response in evidence.ocsp_responses)
        own = replace(
            evidence.own,
            crls=tuple(self._fresh_list(crl, at) for crl in evidence.own.crls),
            answers=tuple(self._fresh_answer(response, at) for response in evidence.own.answers),
        )
        return replace(
            self.context,
            evidence=replace(evidence, crls=(*fresh, *self.crls), ocsp_responses=(*answers, *self.answers), own=own),
            at=at,
            links=LinkProofs(),
            lists=ListProofs(),
            answers=AnswerProofs(),
        )

    def _fresh_list(self, crl: CertificateList, at: datetime) -> CertificateList:
        """Return a list as its issuer might publish it then: the same entries. Nothing proves it to be older than that day.

        Its octets are not those of the list, so that no proof of the list's own age is taken for one of its age.
        """
        return replace(
            crl,
            der=b"expected " + crl.signature,
            this_update=self._just_before(at, crl.this_update),
            next_update=at + _FRESH_FOR,
        )

    def _fresh_answer(self, response: OcspResponse, at: datetime) -> OcspResponse:
        answers = tuple(
            replace(each, this_update=self._just_before(at, each.this_update), next_update=at + _FRESH_FOR)
            for each in response.answers
        )
        produced = self._just_before(at, response.produced_at)
        return replace(response, der=b"expected " + response.signature, produced_at=produced, answers=answers)

    def _just_before(self, at: datetime, moment: datetime) -> datetime:
        """Return a time just before `at` that keeps the order of what is newer than what."""
        return at - max(self.context.at - moment, timedelta()) / _SHRINK


def _endings(context: Context, future: _Future) -> Iterator[Ending]:
    certificates = dict.fromkeys((*context.anchors.anchors, *context.evidence.certificates))
    for response in (*context.evidence.ocsp_responses, *future.answers):
        certificates.update(dict.fromkeys(certificates_of(response.certificates)))
    for certificate in certificates:
        named = display_name(certificate.subject_der)
        yield Ending(kind=EndKind.CERTIFICATE, last=certificate.not_after, named=named)
    yield from _seals(future.document)
    yield from _sunsets(context.policy.algorithms)
    limit = context.policy.evidence_max_age
    if limit is not None:
        for crl in future.crls:
            yield Ending(kind=EndKind.EVIDENCE_AGE, last=crl.this_update + limit, named=crl.issuer)
        for response in future.answers:
            yield Ending(kind=EndKind.EVIDENCE_AGE, last=response.produced_at + limit, named="OCSP")


def _seals(document: SignedFile) -> Iterator[Ending]:
    """Yield the ends of the electronic seals that were signed with, which bind as long as no time of use is proved."""
    if isinstance(document, UnverifiedOfd):
        values = [each.value for each in document.signatures if isinstance(each, UnverifiedOfdSignature)]
    else:
        values = [each.contents for each in document.signatures]
    for value in values:
        with suppress(TrustError):  # of another form
            seal = parse_seal_signature(value).seal
            yield Ending(kind=EndKind.SEAL, last=seal.valid_until, named=seal.name)


def _sunsets(policy: AlgorithmPolicy) -> Iterator[Ending]:
    for rule in policy.suites:
        if rule.believe_until is not None:
            named = ", ".join(sorted(suite.value for suite in rule.suites))
            last = datetime.combine(rule.believe_until, time(), UTC) + timedelta(days=1) - STEP
            yield Ending(kind=EndKind.ALGORITHM, last=last, named=named)
    for length in policy.rsa:
        if length.believe_from is not None:
            last = datetime.combine(length.believe_from, time(), UTC) - STEP
            yield Ending(kind=EndKind.ALGORITHM, last=last, named=f"RSA below {length.least_bits} bits")
