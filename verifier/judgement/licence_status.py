"""What a licence's status is today, by token status lists (draft-ietf-oauth-status-list).

A list counts when its signer has a trusted path, is not revoked, and is either the licence's signer itself or, under the same
authority, a certificate made for status lists that names the same issuer; a list of anybody else says nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from esign.licence.identifier import parse_identifier
from esign.status.model import LicenceStatus
from esign.status.verify import require_current, require_issued
from trustkit.errors import ErrorCode, TrustError
from trustkit.licence_codes import LicenceCode
from trustkit.verdict import Check, CheckId, CheckStatus, SubIndication, failed, passed, unknown
from trustkit.x509.name import names_equal
from trustkit.x509.purpose import Purpose, is_status_signer
from verifier.judgement.context import BestTime, Context
from verifier.judgement.issuer import names_issuer, organisations
from verifier.judgement.outcomes import as_warning, outcome
from verifier.judgement.trust import judge_certificate_trust

if TYPE_CHECKING:
    from datetime import datetime

    from esign.status.verify import VerifiedStatusList
    from trustkit.encoding.canonical_json import JsonValue
    from trustkit.x509.certificate import Certificate

MAX_LISTS: Final = 16  # of one address at hand; the newest decides
_WORSE: Final = (LicenceStatus.VALID, LicenceStatus.UNDEFINED, LicenceStatus.SUSPENDED, LicenceStatus.REVOKED)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusReference:
    """Where the status of a licence is published: list address and index."""

    uri: str
    index: int


def status_reference(metadata: JsonValue | Mapping[str, JsonValue]) -> StatusReference:
    """Return where the status is published (draft-ietf-oauth-status-list clause 6). Raise JSON_MALFORMED."""
    status = metadata.get("status") if isinstance(metadata, Mapping) else None
    entry = status.get("status_list") if isinstance(status, dict) else None
    if isinstance(entry, dict):
        uri, index = entry.get("uri"), entry.get("idx")
        if isinstance(uri, str) and isinstance(index, int) and not isinstance(index, bool) and index >= 0:
            return StatusReference(uri=uri, index=index)
    raise TrustError(ErrorCode.JSON_MALFORMED, "no status reference")


def judge_status(context: Context, reference: StatusReference, signer: Certificate, identifier: str) -> Check:
    """Return what the newest list that counts says; an old one counts only where it says "revoked"."""
    lists = [each for each in context.evidence.status_lists if each.uri == reference.uri]
    lists.sort(key=lambda each: each.issued_at, reverse=True)
    problem: Check | None = None
    told: list[LicenceStatus] = []
    newest: datetime | None = None
    for found in lists[:MAX_LISTS]:
        if newest is not None and found.issued_at != newest:
            break
        try:
            _require_authentic(context, found, signer, identifier)
            status = found.status(reference.index)
            if status is not LicenceStatus.REVOKED:
                _require_fresh(context, found)  # revocation is final: a list that tells it does not age
            told.append(status)
            newest = found.issued_at
        except TrustError as error:
            problem = problem or outcome(error, check=CheckId.LICENCE_STATUS)
    if told:  # of lists issued in the same second the worse one counts
        return _told(max(told, key=_WORSE.index))
    missing = "no status list at hand" if not lists else ""
    return problem or unknown(CheckId.LICENCE_STATUS, SubIndication.LICENCE_STATUS_UNKNOWN, missing)


def _told(status: LicenceStatus) -> Check:
    if status is LicenceStatus.VALID:
        return passed(CheckId.LICENCE_STATUS)
    if status is LicenceStatus.REVOKED:
        # A list has one number for revoked, struck off, lost and replaced; the issuer's /v1/licences/…/status tells them apart.
        return failed(CheckId.LICENCE_STATUS, SubIndication.LICENCE_REVOKED, "the issuer has ended it")
    if status is LicenceStatus.SUSPENDED:
        return Check(  # on hold is not revoked: in doubt, never failed
            id=CheckId.LICENCE_STATUS,
            status=CheckStatus.UNKNOWN,
            sub_indication=SubIndication.LICENCE_SUSPENDED,
            detail="the issuer has suspended it",
            code=LicenceCode.SUSPENDED,
        )
    return unknown(CheckId.LICENCE_STATUS, SubIndication.LICENCE_STATUS_UNKNOWN, "a status this verifier does not know")


def _require_fresh(context: Context, found: VerifiedStatusList) -> None:
    """Raise STATUS_LIST_EXPIRED unless the list is current and as young as the policy asks."""
    require_current(found, at=context.at)
    limit = context.policy.evidence_max_age
    if limit is not None and context.at - found.issued_at > limit:
        raise TrustError(ErrorCode.STATUS_LIST_EXPIRED, "older than the policy allows")


def _require_authentic(context: Context, found: VerifiedStatusList, signer: Certificate, identifier: str) -> None:
    """Raise STATUS_LIST_EXPIRED or STATUS_LIST_ISSUER unless the list was there and its signer may speak for the licence's."""
    require_issued(found, at=context.at)
    _require_authorised(found.certificate, signer, identifier)
    if context.at > found.certificate.not_after:
        # Whether an expired certificate was revoked is no longer told (RFC 5280 3.3), and nothing proves the list's time.
        raise TrustError(ErrorCode.STATUS_LIST_EXPIRED, "its signer's certificate has expired")
    checks = judge_certificate_trust(
        context,
        found.certificate,
        purpose=Purpose.STATUS_SIGNING,
        best=BestTime(moment=min(found.issued_at, context.at), proved=False),
        helpers=found.chain,
    )
    decisive = [check for check in checks if check.sub_indication is not None]
    if decisive:
        raise TrustError(ErrorCode.STATUS_LIST_ISSUER, f"{decisive[0].id.value}: {decisive[0].detail}")


def _require_authorised(publisher: Certificate, signer: Certificate, identifier: str) -> None:
    """Raise STATUS_LIST_ISSUER unless the list's signer is the licence's own, or the issuer's service for status lists.

    The service (draft-ietf-oauth-status-list clause 10) stands under the same authority, carries the extended usage, and names
    the same organisation and the issuer in the licence's identifier. Neither the organisation nor the extended usage alone
    would do: everybody there with a certificate, or every issuer's service, could then undo a revocation.
    """
    if publisher.der == signer.der:
        return
    same_authority = names_equal(publisher.issuer_der, signer.issuer_der)
    if not same_authority or not is_status_signer(publisher) or not _is_of_issuer(publisher, signer, identifier):
        raise TrustError(ErrorCode.STATUS_LIST_ISSUER, "the list is signed by another than the licence's issuer")


def _is_of_issuer(publisher: Certificate, signer: Certificate, identifier: str) -> bool:
    try:
        issuer = parse_identifier(identifier).issuer
    except TrustError:
        return False
    own, others = organisations(publisher), organisations(signer)
    return bool(own) and own == others and names_issuer(publisher, issuer) and names_issuer(signer, issuer)


def lenient(check: Check) -> Check:
    """Return missing knowledge as a warning; a known revocation or suspension stays what it is."""
    missing = check.sub_indication is SubIndication.LICENCE_STATUS_UNKNOWN
    return as_warning(check) if missing else check


def status_word(check: Check) -> str:
    """Return the status as a program is told it."""
    if check.status is CheckStatus.PASSED:
        return LicenceStatus.VALID.value
    words = {
        SubIndication.LICENCE_REVOKED: LicenceStatus.REVOKED.value,
        SubIndication.LICENCE_SUSPENDED: LicenceStatus.SUSPENDED.value,
    }
    return words.get(check.sub_indication, "unknown") if check.sub_indication else "unknown"
