"""Revocation by OCSP answers, and beside revocation lists: the newest sound evidence decides (RFC 6960 3.2).

As with lists the answer has three values: what could not be had, or is not sound, is UNKNOWN with the reason in words. A
revocation for good is never undone by other evidence, however new.

    status = revocation_from_ocsp(leaf, issuer, responses, at=moment, standing=…)

A whole path, by lists and answers: `trustkit.x509.path_revocation`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from trustkit.errors import ErrorCode, TrustError
from trustkit.x509.answer_proofs import AnswerProofs
from trustkit.x509.existence import NOTHING_PROVED, Existence
from trustkit.x509.link_proofs import LinkProofs
from trustkit.x509.ocsp_response import CertStatus
from trustkit.x509.ocsp_verify import claimed_answer, verify_ocsp_answer, verify_ocsp_response
from trustkit.x509.reason import COMPROMISED, RevocationReason
from trustkit.x509.revocation import UNREAD, RevocationState, RevocationStatus

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from trustkit.x509.certificate import Certificate
    from trustkit.x509.ocsp_response import OcspAnswer, OcspResponse
    from trustkit.x509.ocsp_verify import VerifiedOcspAnswer, VerifiedOcspResponse

MAX_RESPONSES: Final = 64  # looked at for one certificate, as of lists
_NO_ANSWER: Final = RevocationStatus(state=RevocationState.UNKNOWN, detail="no OCSP answer at hand")


def revocation_from_ocsp(
    certificate: Certificate,
    issuer: Certificate,
    responses: tuple[OcspResponse, ...],
    *,
    at: datetime,
    standing: Callable[[Certificate], RevocationStatus],
    helpers: tuple[Certificate, ...] = (),
    present: datetime | None = None,
    existence: Existence = NOTHING_PROVED,
    links: LinkProofs | None = None,
    proofs: AnswerProofs | None = None,
) -> RevocationStatus:
    """Return what OCSP answers prove about a certificate at a time; never raises for what an answer says.

    Arguments as of `verify_ocsp_response`, `verify_ocsp_answer` and `revocation_from_crls`; answers about other certificates are passed over. The
    newest usable answer decides. One that is out of date may still prove a lasting revocation, never that all is well. Nothing is good while
    a bound left an answer unread that may tell otherwise.
    """
    reading = _Reading(certificate, issuer, at=at, present=present, existence=existence)
    links = LinkProofs() if links is None else links
    proofs = AnswerProofs() if proofs is None else proofs

    def prove(response: OcspResponse) -> VerifiedOcspResponse:
        return verify_ocsp_response(
            response, issuer, at=at, standing=standing, helpers=helpers, links=links, proofs=proofs
        )

    return reading.judge(responses, prove)


class _Reading:
    """Answers read for one certificate, and why others did not count."""

    def __init__(
        self,
        certificate: Certificate,
        issuer: Certificate,
        *,
        at: datetime,
        present: datetime | None,
        existence: Existence,
    ) -> None:
        self._certificate = certificate
        self._issuer = issuer
        self._at = at
        self._present = present
        self._existence = existence
        self._problems: list[str] = []
        self._unproved = False
        self._unread = False

    def judge(
        self, responses: tuple[OcspResponse, ...], prove: Callable[[OcspResponse], VerifiedOcspResponse]
    ) -> RevocationStatus:
        """Return what the newest usable answer says.

        What could decide nothing were it true costs no signature. Where a bound left one unread that could, "good" is not known.
        """
        stale: RevocationStatus | None = None
        tried = 0
        for response in self._newest_first(responses):
            try:
                lasting = self._claims(response)
                if lasting is None or (lasting and stale is not None):
                    continue
                tried += 1
                if tried > MAX_RESPONSES:
                    raise TrustError(ErrorCode.PATH_LIMIT, "answers about one certificate", limit=MAX_RESPONSES)  # noqa: TRY301 - told of as that of a signature
                found = _status(self._proved(response, prove, lasting=lasting))
            except TrustError as error:
                self._note(response, error)
                continue
            if not lasting:
                return self._decided(stale or found)  # a revocation that is out of date and stood before it is newer
            stale = found
        if stale is not None:
            return stale
        return self._unknown() if self._problems or self._unread else _NO_ANSWER

    def _newest_first(self, responses: tuple[OcspResponse, ...]) -> list[OcspResponse]:
        serial = self._certificate.serial
        dated = [
            (max(moments), each.produced_at, each)
            for each in responses
            if (moments := [a.this_update for a in each.answers if a.cert_id.serial == serial])
        ]
        return [each for *_, each in sorted(dated, key=lambda found: found[:2], reverse=True)]

    def _claims(self, response: OcspResponse) -> bool | None:
        """Tell whether a response, were it true, decides only as a lasting revocation out of date; None when it decides nothing.

        Raise what refuses it unseen: OCSP_*, KEY_*.
        """
        lasting = False
        try:
            answer = self._claimed(response, lasting=lasting)
        except TrustError as error:
            if error.code is not ErrorCode.OCSP_EXPIRED:
                raise
            lasting = True
            answer = self._claimed(response, lasting=lasting)
        if answer.status is not CertStatus.UNKNOWN:
            return lasting
        self._problems.append(f"{_label(response)} does not know it")
        return None

    def _claimed(self, response: OcspResponse, *, lasting: bool) -> OcspAnswer:
        return claimed_answer(
            response, self._issuer, self._certificate, at=self._at, present=self._present, lasting=lasting
        )

    def _proved(
        self,
        response: OcspResponse,
        prove: Callable[[OcspResponse], VerifiedOcspResponse],
        *,
        lasting: bool,
    ) -> VerifiedOcspAnswer:
        """Return the answer of a response by who may give it, while he counted. Raise OCSP_*, EVIDENCE_UNPROVED and others."""
        proved = prove(response)
        for signer in dict.fromkeys((proved.responder, self._issuer)):
            self._existence.require(response.der, signer)
        if proved.delegated and proved.responder.der not in response.certificates:  # it is as old as what it lies in
            self._existence.require(proved.responder.der, self._issuer)
        return verify_ocsp_answer(proved, self._certificate, at=self._at, present=self._present, lasting=lasting)

    def _note(self, response: OcspResponse, error: TrustError) -> None:
        self._unproved |= error.code is ErrorCode.EVIDENCE_UNPROVED
        self._unread |= error.code is ErrorCode.PATH_LIMIT
        if error.code is not ErrorCode.OCSP_ISSUER:  # a serial number of another authority's
            self._problems.append(f"{_label(response)}: {error.detail or error.code.value}")

    def _decided(self, found: RevocationStatus) -> RevocationStatus:
        if self._unread and found.state is RevocationState.GOOD:
            return self._unknown()
        return found

    def _unknown(self) -> RevocationStatus:
        detail = "; ".join((*((UNREAD,) if self._unread else ()), *self._problems)[:3])
        return replace(_NO_ANSWER, detail=detail, unproved=self._unproved, unread=self._unread)


def _label(response: OcspResponse) -> str:
    prepared = " without a nonce" if response.nonce is None else ""  # RFC 9654: prepared, its times alone bound its age
    return f"OCSP answer of {response.produced_at:%Y-%m-%dT%H:%M:%SZ}{prepared}"


def _status(found: VerifiedOcspAnswer) -> RevocationStatus:
    answer, label = found.answer, _label(found.response.response)
    if answer.status is CertStatus.GOOD:
        return RevocationStatus(state=RevocationState.GOOD, detail=f"{label} says good", produced_at=answer.this_update)
    return RevocationStatus(
        state=RevocationState.REVOKED,
        detail=f"{label} says {'it was never issued' if found.never_issued else 'revoked'}",
        revoked_at=answer.revoked_at,
        invalid_since=answer.invalidity_date,  # RFC 6960 4.4.5
        # never issued stays so; certificateHold is only how it is written
        reason=RevocationReason.UNSPECIFIED if found.never_issued else answer.reason,
        produced_at=answer.this_update,
    )


def joined_status(by_list: RevocationStatus, by_answer: RevocationStatus) -> RevocationStatus:
    """Return what a list and an answer prove together.

    What is known beats what is not; a lasting revocation beats everything, the earlier of two the later; else the newer
    decides, and is not believed to be good while a bound left evidence of either kind unread. Both unknown: unknown, for both reasons. What
    one of two revocations says of a compromise stays said.
    """
    unread = by_list.unread or by_answer.unread
    known = [each for each in (by_list, by_answer) if each.state is not RevocationState.UNKNOWN]
    if not known:
        if by_answer == _NO_ANSWER:
            return by_list
        unproved = by_list.unproved or by_answer.unproved
        return replace(by_list, detail=f"{by_list.detail}; {by_answer.detail}", unproved=unproved, unread=unread)
    lasting = [each for each in known if each.lasting]
    if lasting:
        first = min(lasting, key=lambda each: each.revoked_at.timestamp() if each.revoked_at else 0.0)
        since = [each.invalid_since for each in lasting if each.invalid_since is not None]
        why = (
            first.reason
            if first.reason in COMPROMISED
            else next((each.reason for each in lasting if each.reason in COMPROMISED), first.reason)
        )
        return replace(first, reason=why, invalid_since=min(since, default=None))
    newest = max(known, key=lambda each: each.produced_at.timestamp() if each.produced_at else 0.0)
    if unread and newest.state is RevocationState.GOOD:
        return by_list if by_list.unread else by_answer
    return newest
