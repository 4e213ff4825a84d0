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
from trustkit.x509.ocsp_verify import verify_ocsp_answer, verify_ocsp_response
from trustkit.x509.reason import COMPROMISED, RevocationReason
from trustkit.x509.revocation import RevocationState, RevocationStatus

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from trustkit.x509.certificate import Certificate
    from trustkit.x509.ocsp_response import OcspResponse
    from trustkit.x509.ocsp_verify import VerifiedOcspAnswer

MAX_RESPONSES: Final = 64  # looked at for one certificate, as of lists
_NO_ANSWER: Final = RevocationStatus(state=RevocationState.UNKNOWN, detail="no OCSP answer at hand")
_PASSING: Final = frozenset({RevocationReason.CERTIFICATE_HOLD, RevocationReason.REMOVE_FROM_CRL})


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
    newest usable answer decides. One that is out of date may still prove a lasting revocation, never that all is well.
    """
    links = LinkProofs() if links is None else links
    proofs = AnswerProofs() if proofs is None else proofs
    own = [each for each in responses if any(a.cert_id.serial == certificate.serial for a in each.answers)]
    own.sort(key=lambda each: (max(a.this_update for a in each.answers), each.produced_at), reverse=True)
    problems: list[str] = []
    unproved = False
    stale: RevocationStatus | None = None
    for response in own[:MAX_RESPONSES]:
        try:
            proved = verify_ocsp_response(
                response, issuer, at=at, standing=standing, helpers=helpers, links=links, proofs=proofs
            )
            for signer in dict.fromkeys((proved.responder, issuer)):
                existence.require(response.der, signer)
            if (
                proved.delegated and proved.responder.der not in response.certificates
            ):  # it is as old as what it lies in
                existence.require(proved.responder.der, issuer)
            try:
                answer = verify_ocsp_answer(proved, certificate, at=at, present=present)
            except TrustError as error:
                if stale is None and error.code is ErrorCode.OCSP_EXPIRED:
                    answer = verify_ocsp_answer(proved, certificate, at=at, present=present, lasting=True)
                    stale = _status(answer)
                raise
        except TrustError as error:
            unproved |= error.code is ErrorCode.EVIDENCE_UNPROVED
            if error.code is not ErrorCode.OCSP_ISSUER:  # a serial number of another authority's
                problems.append(f"{_label(response)}: {error.detail or error.code.value}")
            continue
        if answer.status is not CertStatus.UNKNOWN:
            return _status(answer)
        problems.append(f"{_label(response)} does not know it")
    if stale is not None:
        return stale
    return replace(_NO_ANSWER, detail="; ".join(problems[:3]), unproved=unproved) if problems else _NO_ANSWER


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
    decides. Both unknown: unknown, for both reasons. What one of two revocations says of a compromise stays said.
    """
    known = [each for each in (by_list, by_answer) if each.state is not RevocationState.UNKNOWN]
    if not known:
        if by_answer == _NO_ANSWER:
            return by_list
        unproved = by_list.unproved or by_answer.unproved
        return replace(by_list, detail=f"{by_list.detail}; {by_answer.detail}", unproved=unproved)
    lasting = [each for each in known if each.state is RevocationState.REVOKED and each.reason not in _PASSING]
    if lasting:
        first = min(lasting, key=lambda each: each.revoked_at.timestamp() if each.revoked_at else 0.0)
        since = [each.invalid_since for each in lasting if each.invalid_since is not None]
        why = (
            first.reason
            if first.reason in COMPROMISED
            else next((each.reason for each in lasting if each.reason in COMPROMISED), first.reason)
        )
        return replace(first, reason=why, invalid_since=min(since, default=None))
    return max(known, key=lambda each: each.produced_at.timestamp() if each.produced_at else 0.0)
