"""Licences: the metadata a signed PDF carries, its identifier's check character, and its status today.

Only metadata inside a signed, intact revision count. The status comes from a token status list whose signer has a trusted
path, is not revoked, and is either the licence's signer itself or, under the same authority, a certificate made for status
lists that names the same issuer; a list of anybody else says nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from esign.licence.identifier import parse_identifier
from esign.status.model import LicenceStatus
from esign.status.verify import require_current, require_issued
from trustkit.encoding.canonical_json import JsonValue, parse_json
from trustkit.errors import ErrorCode, TrustError
from trustkit.verdict import Check, CheckId, CheckStatus, SubIndication, failed, passed, unknown
from trustkit.x509 import oids
from trustkit.x509.name import names_equal, parse_name
from trustkit.x509.purpose import Purpose, is_status_signer
from verifier.judgement.context import BestTime, Context
from verifier.judgement.outcomes import as_warning, outcome
from verifier.judgement.trust import judge_certificate_trust
from verifier.policy import Need

if TYPE_CHECKING:
    from datetime import datetime

    from esign.pdf.model import UnverifiedPdf
    from esign.pdf.verify import SignedOctets
    from esign.status.verify import VerifiedStatusList
    from trustkit.x509.certificate import Certificate

METADATA: Final = "licence.json"
MAX_METADATA: Final = 256 * 1024
_CODE_ATTRIBUTES: Final = frozenset({"2.5.4.11", "2.5.4.97"})  # organizationalUnitName, organizationIdentifier
_WORSE: Final = (LicenceStatus.VALID, LicenceStatus.UNDEFINED, LicenceStatus.SUSPENDED, LicenceStatus.REVOKED)
MAX_LISTS: Final = 16  # of one address at hand; the newest decides
_IDENTIFIER, _NAME, _TYPE = "ZZBS", "ZZMC", "ZZLXDM"  # GB/T 36903: 证照标识, 证照名称, 证照类型代码


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusReference:
    """Where the status of a licence is published: list address and index."""

    uri: str
    index: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceFinding:
    """What the file says of itself as a licence; empty for a PDF that is none."""

    checks: tuple[Check, ...] = ()
    required: frozenset[CheckId] = frozenset()
    subject: tuple[tuple[str, str], ...] = ()


def judge_licence(context: Context, pdf: UnverifiedPdf, signed: tuple[SignedOctets, ...]) -> LicenceFinding:
    """Return the checks of the licence a PDF carries."""
    named = [each for each in pdf.attachments if each.name == METADATA]
    # Whether this is a licence, and which, is in doubt in both cases; passing it over would pass a revoked one.
    if pdf.attachments_unread is not None:
        return _in_doubt(f"attachments cannot be read: {pdf.attachments_unread.detail}")
    if len(named) > 1:
        return _in_doubt(f"{len(named)} attachments are called {METADATA}")
    if not named:
        return LicenceFinding()
    attachment = named[0]
    covering = [octets for octets in signed if attachment.is_signed_by(octets.signature)]
    if not covering:
        return _in_doubt("no intact signature covers the licence's metadata")
    try:
        metadata = parse_json(attachment.data, max_size=MAX_METADATA)
        identifier = _text(metadata, _IDENTIFIER)
        reference = status_reference(metadata)
    except TrustError as error:
        return _in_doubt(f"metadata: {error.detail}")
    subject = (
        ("licence.identifier", identifier),
        ("licence.name", _text(metadata, _NAME)),
        ("licence.type", _text(metadata, _TYPE)),
    )
    status = _judge_status(context, reference, covering[0].certificate, identifier)
    required = context.policy.licence_status is Need.REQUIRED
    return LicenceFinding(
        checks=(_judge_identifier(identifier, covering[0].certificate), status if required else _lenient(status)),
        required=frozenset({CheckId.LICENCE_STATUS, CheckId.LICENCE_IDENTIFIER} if required else ()),
        subject=(*subject, ("licence.status", _word(status))),
    )


def _in_doubt(detail: str) -> LicenceFinding:
    check = unknown(CheckId.LICENCE_STATUS, SubIndication.LICENCE_STATUS_UNKNOWN, detail)
    return LicenceFinding(checks=(check,))


def status_reference(metadata: JsonValue) -> StatusReference:
    """Return where the status is published (draft-ietf-oauth-status-list clause 6). Raise JSON_MALFORMED."""
    status = metadata.get("status") if isinstance(metadata, dict) else None
    entry = status.get("status_list") if isinstance(status, dict) else None
    if isinstance(entry, dict):
        uri, index = entry.get("uri"), entry.get("idx")
        if isinstance(uri, str) and isinstance(index, int) and not isinstance(index, bool) and index >= 0:
            return StatusReference(uri=uri, index=index)
    raise TrustError(ErrorCode.JSON_MALFORMED, "no status reference")


def _text(metadata: JsonValue, key: str) -> str:
    value = metadata.get(key) if isinstance(metadata, dict) else None
    if not isinstance(value, str):
        raise TrustError(ErrorCode.JSON_MALFORMED, f"{key} is missing")
    return value


def _judge_identifier(identifier: str, signer: Certificate) -> Check:
    """Judge the check character, and that the signer is the issuer the identifier names: else anybody's seal would do."""
    try:
        parsed = parse_identifier(identifier)
    except TrustError as error:
        return Check(
            id=CheckId.LICENCE_IDENTIFIER,
            status=CheckStatus.FAILED,
            sub_indication=SubIndication.SIG_CONSTRAINTS_FAILURE,
            detail=error.detail,
            code=error.code,
        )
    if not _names_issuer(signer, parsed.issuer):
        told = "the signer's certificate does not name the issuer in the identifier"
        return unknown(CheckId.LICENCE_IDENTIFIER, SubIndication.SIG_CONSTRAINTS_FAILURE, told)
    return passed(CheckId.LICENCE_IDENTIFIER, ", ".join(finding.value for finding in parsed.findings))


def _names_issuer(signer: Certificate, issuer: str) -> bool:
    """Tell whether the subject holds the issuer's code: as OU or organizationIdentifier, or before the name in O.

    The last is the profile seen of the national seal platform: O is the code followed by the unit's name.
    """
    try:
        attributes = [attribute for rdn in parse_name(signer.subject_der) for attribute in rdn]
    except TrustError:
        return False
    return any(
        (each.oid in _CODE_ATTRIBUTES and each.text == issuer)
        or (each.oid == oids.ORGANISATION and each.text.startswith(issuer))
        for each in attributes
    )


def _judge_status(context: Context, reference: StatusReference, signer: Certificate, identifier: str) -> Check:
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
        return failed(CheckId.LICENCE_STATUS, SubIndication.LICENCE_REVOKED, "the issuer has revoked it")
    if status is LicenceStatus.SUSPENDED:
        return unknown(CheckId.LICENCE_STATUS, SubIndication.LICENCE_SUSPENDED, "the issuer has suspended it")
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
    own, others = _organisations(publisher), _organisations(signer)
    return bool(own) and own == others and _names_issuer(publisher, issuer) and _names_issuer(signer, issuer)


def _organisations(certificate: Certificate) -> tuple[str, ...]:
    try:
        return tuple(
            each.text for rdn in parse_name(certificate.subject_der) for each in rdn if each.oid == oids.ORGANISATION
        )
    except TrustError:
        return ()


def _lenient(check: Check) -> Check:
    """Return missing knowledge as a warning; a known revocation or suspension stays what it is."""
    missing = check.sub_indication is SubIndication.LICENCE_STATUS_UNKNOWN
    return as_warning(check) if missing else check


def _word(check: Check) -> str:
    if check.status is CheckStatus.PASSED:
        return LicenceStatus.VALID.value
    words = {
        SubIndication.LICENCE_REVOKED: LicenceStatus.REVOKED.value,
        SubIndication.LICENCE_SUSPENDED: LicenceStatus.SUSPENDED.value,
    }
    return words.get(check.sub_indication, "unknown") if check.sub_indication else "unknown"
