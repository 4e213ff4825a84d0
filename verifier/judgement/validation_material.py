"""Validation material worth keeping with a document: what proves its certificates good, and nothing of anybody else.

    kept = material_of_pdf(context, pdf)    # of every signer, time-stamp authority, OCSP responder, signer of lists

Of all the evidence at hand only that is chosen whose signature holds: per certificate its path, the newest list of each scope
that speaks for it with the newest delta, and the newest answer (EN 319 142-1 5.4.2.2: what DSS is for). A list made after a
certificate had expired may have dropped it, so the newest one before that is kept as well. Choosing is no judgement: whether it
suffices, a verdict tells.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from esign.pdf.verify import verify_signed_octets
from trustkit.errors import TrustError
from trustkit.timestamp.read import parse_token
from trustkit.timestamp.verify import verify_token
from trustkit.x509 import oids
from trustkit.x509.answer_proofs import AnswerProofs
from trustkit.x509.crl_delta import fitting_deltas
from trustkit.x509.crl_scope import points_of, require_in_scope, speaks_for
from trustkit.x509.helper_pool import HelperPool
from trustkit.x509.link_proofs import LinkProofs
from trustkit.x509.list_proofs import ListProofs
from trustkit.x509.ocsp_build import enclose_basic_response
from trustkit.x509.path import validate_path
from trustkit.x509.purpose import Purpose
from trustkit.x509.revocation import MAX_CRLS, RevocationState, revocation_from_crls
from trustkit.x509.revocation_ocsp import MAX_RESPONSES, revocation_from_ocsp
from verifier.judgement.parsed import certificates_of, crls_of
from verifier.judgement.stamp import MAX_STAMPS
from verifier.material import Embedded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from esign.pdf.model import UnverifiedPdf
    from trustkit.x509.certificate import Certificate
    from trustkit.x509.crl import CertificateList
    from trustkit.x509.ocsp_response import OcspResponse
    from trustkit.x509.revocation import RevocationStatus
    from verifier.judgement.context import Context

MAX_SUBJECTS: Final = 64  # certificates whose paths are looked for; a file of ten signers and stamps has some forty


def material_of_pdf(context: Context, pdf: UnverifiedPdf) -> Embedded:
    """Return what to keep (DER, lists and answers as /DSS has them) for every signature of a file that holds."""
    subjects: dict[Certificate, None] = {}
    helpers: dict[Certificate, None] = {}
    crls: dict[CertificateList, None] = {}
    for signature in pdf.signatures:
        try:
            octets = verify_signed_octets(pdf, signature)
        except TrustError:
            continue
        subjects[octets.certificate] = None
        helpers.update(dict.fromkeys(octets.certificates))
        crls.update(dict.fromkeys(crls_of(octets.crls)))
        tokens = []
        if octets.seal_signature is not None:
            seal = octets.seal_signature.seal
            subjects[seal.maker] = None
            tokens += [] if seal.timestamp is None else [seal.timestamp]
        for der in octets.timestamp_tokens[:MAX_STAMPS]:
            with suppress(TrustError):
                tokens.append(verify_token(parse_token(der), data=octets.signature_value))
        for token in tokens:
            subjects[token.certificate] = None
            helpers.update(dict.fromkeys(token.certificates))
            crls.update(dict.fromkeys(crls_of(token.crls)))
    return _Selection(context, helpers, crls).of(subjects)


def material_of_certificates(
    context: Context, certificates: Iterable[Certificate], helpers: Iterable[Certificate]
) -> Embedded:
    """Return what to keep for certificates whose signatures are still to be made; `helpers` stand beside them, unproved."""
    return _Selection(context, helpers, ()).of(certificates)


@dataclass(slots=True)
class _Kept:
    certificates: dict[Certificate, None] = field(default_factory=dict)
    crls: dict[CertificateList, None] = field(default_factory=dict)
    answers: dict[OcspResponse, None] = field(default_factory=dict)


class _Selection:
    """Evidence at hand, and what of it is kept for the certificates asked about."""

    def __init__(self, context: Context, helpers: Iterable[Certificate], crls: Iterable[CertificateList]) -> None:
        self._context = context
        self._helpers = tuple(helpers)
        self._pool = context.pool(context.anchors.anchors, self._helpers)
        self._named = HelperPool(self._pool)
        lists = sorted({*crls, *context.evidence.crls}, key=_age, reverse=True)
        self._complete = [crl for crl in lists if crl.base_number is None]
        self._deltas = [crl for crl in lists if crl.base_number is not None]
        self._links = LinkProofs()
        self._proofs = ListProofs()
        self._answered = AnswerProofs()
        self._kept = _Kept()
        self._waiting: list[Certificate] = []

    def of(self, subjects: Iterable[Certificate]) -> Embedded:
        """Return what is kept for the subjects, and for whoever signed that."""
        self._waiting = list(subjects)
        looked_at: set[Certificate] = set()
        while self._waiting and len(looked_at) < MAX_SUBJECTS:
            subject = self._waiting.pop(0)
            if subject in looked_at:
                continue
            looked_at.add(subject)
            chain = self._chain(subject)
            fresh = [each for each in chain if each not in self._kept.certificates]
            self._kept.certificates.update(dict.fromkeys(chain))
            for certificate, issuer in pairwise(chain):
                if certificate in fresh:
                    self._keep_lists(certificate)
                    self._keep_answer(certificate, issuer)
        kept = self._kept
        return Embedded(
            certificates=tuple(each.der for each in kept.certificates),
            crls=tuple(each.der for each in kept.crls),
            ocsp_responses=tuple(enclose_basic_response(each.der) for each in kept.answers),
        )

    def _chain(self, subject: Certificate) -> tuple[Certificate, ...]:
        """Return the certificates from a subject to its anchor, now or when it ended; none for a stranger."""
        for moment in dict.fromkeys((self._context.at, min(self._context.at, subject.not_after))):
            try:
                path = validate_path(
                    subject,
                    anchors=self._context.anchors,
                    pool=self._pool,
                    at=moment,
                    purpose=Purpose.ANY,
                    links=self._links,
                )
            except TrustError:
                continue
            return path.certificates
        return ()

    def _keep_lists(self, certificate: Certificate) -> None:
        points = points_of(certificate)
        scopes: set[bytes] = set()
        tried = 0
        for crl in self._complete:
            if tried >= MAX_CRLS or not speaks_for(crl, certificate, points):
                continue
            tried += 1
            outlived = crl.this_update > certificate.not_after
            scope = _scope(crl) + bytes((outlived,))
            if scope in scopes or crl.this_update > self._context.at + self._context.policy.clock_tolerance:
                continue
            try:
                require_in_scope(crl, certificate, points)
                self._keep_list(crl)
            except TrustError:
                continue
            scopes.add(scope)
            self._keep_deltas(crl)

    def _keep_list(self, crl: CertificateList) -> None:
        """Keep a list, and have its signer looked at. Raise what refuses its signature."""
        if crl not in self._kept.crls:
            signer = self._proofs.signer(crl, self._named.named(crl.issuer_der))
            self._kept.crls[crl] = None
            self._waiting.append(signer)

    def _keep_deltas(self, complete: CertificateList) -> None:
        at = self._context.at
        for delta in fitting_deltas(complete, self._deltas, at=at, horizon=at):
            try:
                self._keep_list(delta)
            except TrustError:
                continue
            return

    def _keep_answer(self, certificate: Certificate, issuer: Certificate) -> None:
        """Keep the newest answer that settles something, and have the responder looked at."""
        serial = certificate.serial
        own = [
            each
            for each in self._context.evidence.ocsp_responses
            if any(answer.cert_id.serial == serial for answer in each.answers)
        ]
        own.sort(key=lambda each: each.produced_at, reverse=True)
        for response in own[:MAX_RESPONSES]:
            found = revocation_from_ocsp(
                certificate,
                issuer,
                (response,),
                at=self._context.at,
                standing=lambda responder: self._standing(responder, issuer),
                helpers=self._pool,
                links=self._links,
                proofs=self._answered,
            )
            if found.state is not RevocationState.UNKNOWN:
                self._kept.answers[response] = None
                self._waiting += [*certificates_of(response.certificates), *self._responders(response)]
                return

    def _responders(self, response: OcspResponse) -> Iterator[Certificate]:
        if response.responder_name is not None:
            yield from self._named.named(response.responder_name)

    def _standing(self, responder: Certificate, issuer: Certificate) -> RevocationStatus:
        return revocation_from_crls(responder, issuer, (*self._complete, *self._deltas), at=self._context.at)


def _age(crl: CertificateList) -> tuple[datetime, int]:
    return crl.this_update, crl.number or 0


def _scope(crl: CertificateList) -> bytes:
    """Return by what lists are told apart of which a certificate may need one each: issuer, key, distribution point."""
    point = crl.extensions.get(oids.ISSUING_DISTRIBUTION_POINT)
    return b"\0".join((crl.issuer_der, crl.authority_key_id or b"", b"" if point is None else point.value))
