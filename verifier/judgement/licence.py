"""Licences: the metadata a signed PDF or OFD carries, its identifier's check character, its status today and its term.

Only metadata that an intact signature covers count.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from esign.licence.identifier import parse_identifier
from trustkit.encoding.canonical_json import JsonValue, parse_json
from trustkit.errors import ErrorCode, TrustError
from trustkit.verdict import Check, CheckId, CheckStatus, SubIndication, failed, passed, unknown
from verifier.judgement.entitlement import judge_entitlement, with_equivalents
from verifier.judgement.issuer import names_issuer
from verifier.judgement.licence_carrier import MAX_METADATA, METADATA
from verifier.judgement.licence_copy import judge_copy
from verifier.judgement.licence_said import licence_said
from verifier.judgement.licence_status import judge_status, lenient, status_reference, status_word
from verifier.judgement.licence_term import judge_term
from verifier.policy import Need

if TYPE_CHECKING:
    from trustkit.verdict import LicenceSaid
    from trustkit.x509.certificate import Certificate
    from verifier.judgement.context import Context
    from verifier.judgement.licence_carrier import CarriedLicence

_IDENTIFIER, _NAME, _TYPE = "ZZBS", "ZZMC", "ZZLXDM"  # GB/T 36903: 证照标识, 证照名称, 证照类型代码


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceFinding:
    """What the file says of itself as a licence; empty for a document that is none."""

    checks: tuple[Check, ...] = ()
    required: frozenset[CheckId] = frozenset()
    subject: tuple[tuple[str, str], ...] = ()
    said: LicenceSaid | None = None


def judge_licence(context: Context, carried: CarriedLicence, covering: tuple[Certificate, ...]) -> LicenceFinding:
    """Return the checks of the licence a document carries.

    `covering` are the signers of intact signatures over its metadata.

    The order is nobody's to sign, and a clerk may have signed before the office: the issuer is looked for among all of them.
    """
    # Whether this is a licence, and which, is in doubt in both cases; passing it over would pass a revoked one.
    if carried.unread:
        return _in_doubt(f"attachments cannot be read: {carried.unread}")
    if len(carried.copies) > 1:
        return _in_doubt(f"{len(carried.copies)} attachments are called {METADATA}")
    if not carried.is_any:
        return LicenceFinding()
    if not covering:
        return _in_doubt("no intact signature covers the licence's metadata")
    try:
        metadata = carried.said if carried.said is not None else parse_json(carried.copies[0], max_size=MAX_METADATA)
        identifier = _text(metadata, _IDENTIFIER)
        reference = status_reference(metadata)
    except TrustError as error:
        return _in_doubt(f"metadata: {error.detail}")
    subject = (
        ("licence.identifier", identifier),
        ("licence.name", _text(metadata, _NAME)),
        ("licence.type", _text(metadata, _TYPE)),
    )
    signer = _issuer(covering, identifier)
    status = judge_status(context, reference, signer, identifier)
    required = context.policy.licence_status is Need.REQUIRED
    claims = metadata if isinstance(metadata, Mapping) else {}
    copied = judge_copy(claims, context.at, context.copy_demand)
    return LicenceFinding(
        checks=(
            judge_identifier(identifier, signer, claims.get(_TYPE)),
            *judge_entitlement(context, identifier),
            status if required else lenient(status),
            *judge_term(claims, context.at),
            *copied.checks,
        ),
        required=frozenset({CheckId.LICENCE_STATUS, CheckId.LICENCE_IDENTIFIER} if required else ()),
        subject=(*subject, ("licence.status", status_word(status)), *copied.subject),
        said=with_equivalents(context, licence_said(claims)),
    )


def _in_doubt(detail: str) -> LicenceFinding:
    check = unknown(CheckId.LICENCE_STATUS, SubIndication.LICENCE_STATUS_UNKNOWN, detail)
    return LicenceFinding(checks=(check,))


def _text(metadata: JsonValue | Mapping[str, JsonValue], key: str) -> str:
    value = metadata.get(key) if isinstance(metadata, Mapping) else None
    if not isinstance(value, str):
        raise TrustError(ErrorCode.JSON_MALFORMED, f"{key} is missing")
    return value


def _issuer(covering: tuple[Certificate, ...], identifier: str) -> Certificate:
    """Return the first signer whom the identifier names as issuer, else the first."""
    try:
        issuer = parse_identifier(identifier).issuer
    except TrustError:
        return covering[0]
    return next((each for each in covering if names_issuer(each, issuer)), covering[0])


def judge_identifier(identifier: str, signer: Certificate, type_code: JsonValue) -> Check:
    """Judge the check character, that the signer is the issuer the identifier names, else anybody's seal would do, and the type it names.

    `type_code` is the type the licence calls itself, None where it does not: by another than the identifier's it would be taken for one
    its issuer has no right to.
    """
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
    if type_code is not None and type_code != parsed.type_code:
        told = f"{_TYPE} is not the type in the identifier"
        return failed(CheckId.LICENCE_IDENTIFIER, SubIndication.SIG_CONSTRAINTS_FAILURE, told)
    if not names_issuer(signer, parsed.issuer):
        told = "the signer's certificate does not name the issuer in the identifier"
        return unknown(CheckId.LICENCE_IDENTIFIER, SubIndication.SIG_CONSTRAINTS_FAILURE, told)
    return passed(CheckId.LICENCE_IDENTIFIER, ", ".join(finding.value for finding in parsed.findings))
