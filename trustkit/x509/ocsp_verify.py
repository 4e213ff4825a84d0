"""Proving an OCSP answer: who signed it, that the issuer lets him, and that it speaks of the certificate now (RFC 6960 3.2).

    proved = verify_ocsp_response(response, issuer, at=now, standing=standing)
    answer = verify_ocsp_answer(proved, certificate, at=now)
    answer.status, answer.revoked_at

An answer counts that is signed by the issuer's own key, or by a delegated responder: a certificate which that very key issued,
with id-kp-OCSPSigning, good at the time, and not revoked as far as is known (4.2.2.2). Nobody else is believed, whatever
path his certificate has; responders configured by hand are not offered.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from trustkit.crypto.public_key import parse_public_key
from trustkit.crypto.suites import suite_from_algorithm
from trustkit.crypto.verify import verify_signature
from trustkit.errors import ErrorCode, TrustError
from trustkit.x509 import oids
from trustkit.x509.answer_proofs import AnswerProofs
from trustkit.x509.certificate import seen_certificate
from trustkit.x509.link_proofs import LinkProofs
from trustkit.x509.name import names_equal
from trustkit.x509.ocsp_cert_id import issuer_hashes
from trustkit.x509.ocsp_response import CertStatus, OcspAnswer
from trustkit.x509.reason import RevocationReason
from trustkit.x509.revocation import CLOCK_SKEW, RevocationState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from trustkit.x509.certificate import Certificate
    from trustkit.x509.ocsp_response import OcspResponse
    from trustkit.x509.revocation import RevocationStatus

WITHOUT_END: Final = timedelta(
    hours=24
)  # how long an answer without nextUpdate counts; it says newer ones are always there
MAX_RESPONDERS: Final = 8  # certificates tried as the signer of one answer
_OCSP_SIGNING: Final = "ocspSigning"
_SIGNING_BITS: Final = frozenset({"digitalSignature", "nonRepudiation"})
_PROVED: Final = 256  # answers whose signature is known to hold
_PROOF: Final = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedOcspResponse:
    """Proof that `responder` signed `response` and may speak for `issuer`; made by `verify_ocsp_response` alone."""

    response: OcspResponse
    issuer: Certificate
    responder: Certificate
    proof: object = field(repr=False, compare=False)

    @property
    def delegated(self) -> bool:
        """Whether somebody signed whom the issuer authorised, and not the issuer itself."""
        return self.responder.spki != self.issuer.spki

    def __post_init__(self) -> None:
        if self.proof is not _PROOF:
            raise TrustError(ErrorCode.BUG, "VerifiedOcspResponse is made by verify_ocsp_response alone")


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedOcspAnswer:
    """What an authorised responder says of `certificate`; made by `verify_ocsp_answer` alone."""

    certificate: Certificate
    answer: OcspAnswer
    response: VerifiedOcspResponse
    proof: object = field(repr=False, compare=False)

    @property
    def status(self) -> CertStatus:
        """Good, revoked, or unknown to the responder."""
        return self.answer.status

    @property
    def never_issued(self) -> bool:
        """Whether "revoked" means that the issuer never issued such a certificate (RFC 6960 4.4.8)."""
        return self.response.response.extended_revoke and _is_never_issued(self.answer)

    def __post_init__(self) -> None:
        if self.proof is not _PROOF:
            raise TrustError(ErrorCode.BUG, "VerifiedOcspAnswer is made by verify_ocsp_answer alone")


def verify_ocsp_response(
    response: OcspResponse,
    issuer: Certificate,
    *,
    at: datetime,
    standing: Callable[[Certificate], RevocationStatus],
    helpers: tuple[Certificate, ...] = (),
    links: LinkProofs | None = None,
    proofs: AnswerProofs | None = None,
) -> VerifiedOcspResponse:
    """Return the proof that the issuer or its delegated responder signed the response.

    Args:
        response: As read.
        issuer: The issuer of the certificates it speaks of, as proved by path validation.
        at: Aware time of judgement, at which a delegated responder's certificate must hold.
        standing: Tells the revocation of a delegated responder's certificate without id-pkix-ocsp-nocheck, from other
            evidence than OCSP; it must be good (RFC 6960 4.2.2.2.1).
        helpers: Certificates from elsewhere among which the responder's may be.
        links: What other searches of the same verification have found of certificates' signatures; None begins afresh.
        proofs: As `links`, of answers.

    Raises:
        TrustError: OCSP_RESPONDER when nobody authorised signed it (a foreign key, another authority's responder, one
            whose own revocation is not known); CERTIFICATE_PURPOSE for a delegated responder without the extended usage,
            CERTIFICATE_EXPIRED, CERTIFICATE_NOT_YET_VALID, CERTIFICATE_REVOKED, CERTIFICATE_UNKNOWN_CRITICAL for its
            certificate; SIGNATURE_*, ALGORITHM_*, KEY_*; PATH_LIMIT past a bound.
    """
    links = LinkProofs() if links is None else links
    proofs = AnswerProofs() if proofs is None else proofs
    refusals: list[TrustError] = []
    for candidate in _candidates(response, issuer, helpers):
        try:
            if candidate.spki != issuer.spki:
                moment = max(at, response.produced_at)
                _require_authorised(candidate, issuer, at=moment, standing=standing, links=links)
                _require_period(candidate, response.produced_at)
            _require_signed(response, candidate.spki, proofs)
        except TrustError as error:
            refusals.append(error)
        else:
            return VerifiedOcspResponse(response=response, issuer=issuer, responder=candidate, proof=_PROOF)
    if refusals:  # who was not tried may have signed it: that is told before what refused the others
        raise next((each for each in refusals if each.code is ErrorCode.PATH_LIMIT), refusals[0])
    raise TrustError(ErrorCode.OCSP_RESPONDER, "no certificate of the responder that it names is at hand")


def _candidates(response: OcspResponse, issuer: Certificate, helpers: tuple[Certificate, ...]) -> Iterator[Certificate]:
    """Yield the certificates the responder's identifier fits: issuer, those that came along, those at hand."""
    if _is_named(response, issuer):
        yield issuer
    found: dict[Certificate, None] = {}
    for octets in response.certificates:
        try:
            found[seen_certificate(octets)] = None
        except TrustError:
            continue
    found.update(dict.fromkeys(helpers))
    fitting = [each for each in found if each.spki != issuer.spki and _is_named(response, each)]
    # A responder of the issuer's own goes first, so that a heap of namesakes cannot push it out.
    fitting.sort(key=lambda each: not names_equal(each.issuer_der, issuer.subject_der))
    yield from fitting[:MAX_RESPONDERS]
    if len(fitting) > MAX_RESPONDERS and names_equal(fitting[MAX_RESPONDERS].issuer_der, issuer.subject_der):
        raise TrustError(ErrorCode.PATH_LIMIT, "responders of one answer", limit=MAX_RESPONDERS)


def _is_named(response: OcspResponse, certificate: Certificate) -> bool:
    """Tell whether responderID means a certificate: by its subject, or by the SHA-1 of its key, a mere name (4.2.2.3)."""
    if response.responder_name is not None:
        return names_equal(response.responder_name, certificate.subject_der)
    try:
        return certificate.public_key.identifier == response.responder_key
    except TrustError:
        return False


def _require_authorised(
    responder: Certificate,
    issuer: Certificate,
    *,
    at: datetime,
    standing: Callable[[Certificate], RevocationStatus],
    links: LinkProofs,
) -> None:
    """Return for a responder the issuer itself authorised (RFC 6960 4.2.2.2); raise the refusal otherwise."""
    if not names_equal(responder.issuer_der, issuer.subject_der):
        raise TrustError(ErrorCode.OCSP_RESPONDER, "the responder's certificate is another authority's")
    refusal = links.refusal(responder, issuer)
    if refusal is not None:
        told = "the responder's certificate was not issued by the issuer's key"
        raise TrustError(ErrorCode.OCSP_RESPONDER, told, cause=refusal.code.value) from refusal
    if _OCSP_SIGNING not in (responder.extended_key_usage or ()):  # anyExtendedKeyUsage does not do: "MUST include"
        raise TrustError(ErrorCode.CERTIFICATE_PURPOSE, "the responder's extendedKeyUsage lacks OCSPSigning")
    if responder.key_usage is not None and not responder.key_usage & _SIGNING_BITS:
        raise TrustError(ErrorCode.CERTIFICATE_PURPOSE, "the responder's keyUsage has no digitalSignature")
    for extension in responder.extensions.values():
        if extension.critical and extension.oid not in _PROCESSED:
            told = "the responder's certificate has an unknown critical extension"
            raise TrustError(ErrorCode.CERTIFICATE_UNKNOWN_CRITICAL, told, oid=extension.oid)
    _require_period(responder, at)
    if oids.OCSP_NO_CHECK in responder.extensions:
        return
    _require_good(standing(responder))


def _require_good(known: RevocationStatus) -> None:
    if known.state is RevocationState.REVOKED:
        raise TrustError(ErrorCode.CERTIFICATE_REVOKED, f"the responder's certificate: {known.detail}")
    if known.unread:
        raise TrustError(ErrorCode.PATH_LIMIT, f"the responder's certificate: {known.detail}")
    if known.state is not RevocationState.GOOD:
        raise TrustError(ErrorCode.OCSP_RESPONDER, f"the responder's own revocation is not known: {known.detail}")


_PROCESSED: Final = frozenset(
    {oids.BASIC_CONSTRAINTS, oids.KEY_USAGE, oids.EXTENDED_KEY_USAGE, oids.OCSP_NO_CHECK, oids.CERTIFICATE_POLICIES}
)


def _require_period(responder: Certificate, at: datetime) -> None:
    if at > responder.not_after:
        raise TrustError(ErrorCode.CERTIFICATE_EXPIRED, "the responder's certificate has expired")
    if at < responder.not_before:
        raise TrustError(ErrorCode.CERTIFICATE_NOT_YET_VALID, "the responder's certificate is not valid yet")


def _require_signed(response: OcspResponse, spki: bytes, proofs: AnswerProofs) -> None:
    refusal = proofs.outcome((response, spki), lambda: _prove(response, spki))
    if refusal is not None:
        raise TrustError(refusal.code, refusal.detail, **refusal.facts) from refusal


@lru_cache(maxsize=_PROVED)
def _prove(response: OcspResponse, spki: bytes) -> None:
    """Prove the signature. That these octets were signed by this key stays so; a refusal is not remembered."""
    key = parse_public_key(spki)
    suite = suite_from_algorithm(response.algorithm.oid, response.algorithm.parameters, key=key)
    verify_signature(suite=suite, key=key, message=response.tbs, signature=response.signature)


def verify_ocsp_answer(
    proved: VerifiedOcspResponse,
    certificate: Certificate,
    *,
    at: datetime,
    present: datetime | None = None,
    lasting: bool = False,
) -> VerifiedOcspAnswer:
    """Return what a proved response says of a certificate at a time.

    Args:
        proved: The response, signed by who may speak for the certificate's issuer.
        certificate: The certificate in question.
        at: Aware time of judgement, between thisUpdate and nextUpdate of the answer, or before it.
        present: The present, when `at` lies in the past: answers given since then count as well.
        lasting: Let an answer that is out of date pass when it says that the certificate is revoked for good.

    Raises:
        TrustError: OCSP_ISSUER, OCSP_ANSWER_MISSING when it is about others; OCSP_NOT_YET, OCSP_EXPIRED; OCSP_RETENTION for a good answer of after the certificate's end without
            an archive cutoff that covers it.
    """
    answer = claimed_answer(proved.response, proved.issuer, certificate, at=at, present=present, lasting=lasting)
    return VerifiedOcspAnswer(certificate=certificate, answer=answer, response=proved, proof=_PROOF)


def claimed_answer(
    response: OcspResponse,
    issuer: Certificate,
    certificate: Certificate,
    *,
    at: datetime,
    present: datetime | None = None,
    lasting: bool = False,
) -> OcspAnswer:
    """Return what a response says of a certificate at a time, whoever signed it: whether it is worth asking who.

    Arguments and errors as of `verify_ocsp_answer`. It proves nothing, and costs no signature: what could decide nothing were it true need
    not be proved.
    """
    answer = _find(response, issuer, certificate)
    require_current(answer, response, at=at, present=present, lasting=lasting)
    if answer.status is CertStatus.GOOD and answer.this_update > certificate.not_after:
        cutoff = answer.archive_cutoff
        if cutoff is None or cutoff > certificate.not_after:
            raise TrustError(ErrorCode.OCSP_RETENTION, "given after the certificate had expired")
    return answer


def require_nonce(response: OcspResponse, nonce: bytes) -> None:
    """Raise OCSP_NONCE when an answer carries a nonce, and it is not that of the question (RFC 9654 3).

    The nonce is under the answer's signature, which `verify_ocsp_response` proves: nobody can take it out of an old answer. One
    without a nonce was prepared, and only its times bound its age.
    """
    if response.nonce is not None and not hmac.compare_digest(nonce, response.nonce):
        raise TrustError(ErrorCode.OCSP_NONCE, "the answer is to another question")


def require_current(
    answer: OcspAnswer, response: OcspResponse, *, at: datetime, present: datetime | None, lasting: bool = False
) -> None:
    """Return when an answer counts at a time (RFC 6960 3.2 (5), (6)); arguments as of `verify_ocsp_answer`.

    Raises:
        TrustError: OCSP_NOT_YET, OCSP_EXPIRED.
    """
    if max(answer.this_update, response.produced_at) > max(at, present or at) + CLOCK_SKEW:
        raise TrustError(ErrorCode.OCSP_NOT_YET, "not given yet at that time")
    ends = answer.next_update or answer.this_update + WITHOUT_END
    if ends < at and not (lasting and is_lasting(answer)):
        raise TrustError(ErrorCode.OCSP_EXPIRED, f"out of date since {ends:%Y-%m-%dT%H:%M:%SZ}")


def is_lasting(answer: OcspAnswer) -> bool:
    """Tell whether an answer says "revoked" in a way that cannot change: not on hold, not merely never issued."""
    passing = {RevocationReason.CERTIFICATE_HOLD, RevocationReason.REMOVE_FROM_CRL}
    return answer.status is CertStatus.REVOKED and answer.reason not in passing


def _is_never_issued(answer: OcspAnswer) -> bool:
    """RFC 6960 2.2: reason certificateHold and the revocation time January 1, 1970."""
    return (
        answer.status is CertStatus.REVOKED
        and answer.reason is RevocationReason.CERTIFICATE_HOLD
        and answer.revoked_at is not None
        and answer.revoked_at.timestamp() == 0
    )


def _find(response: OcspResponse, issuer: Certificate, certificate: Certificate) -> OcspAnswer:
    """Return the answer about a certificate: of several by different digests the newest, of equally new the worst."""
    key = issuer.public_key
    same_issuer = False
    found: list[OcspAnswer] = []
    for answer in response.answers:
        wanted = answer.cert_id
        if wanted.algorithm is None:
            continue
        names = (certificate.issuer_der, issuer.subject_der)  # equal names may differ in their octets
        hashes = (wanted.name_hash, wanted.key_hash)
        if not any(issuer_hashes(name, key, wanted.algorithm) == hashes for name in names):
            continue
        same_issuer = True
        if wanted.serial == certificate.serial:
            found.append(answer)
    if not found:
        code = ErrorCode.OCSP_ANSWER_MISSING if same_issuer else ErrorCode.OCSP_ISSUER
        told = "other certificates of the issuer" if same_issuer else "certificates of another issuer"
        raise TrustError(code, f"it speaks of {told}")
    ranks = {CertStatus.GOOD: 0, CertStatus.UNKNOWN: 1, CertStatus.REVOKED: 2}
    return max(found, key=lambda answer: (answer.this_update, ranks[answer.status]))
