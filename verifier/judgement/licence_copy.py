"""Copies of licences for a purpose (加注件): whether one is within its time, and meant for whoever asks and for what he asks.

A copy whose time is over has ended for good, as a licence's term ends it: TOTAL-FAILED. One that has not begun will begin: in doubt. One
for another recipient or purpose than the verifier names is failed, however genuine it is; where he names none, he is told for whom it is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from esign.copies.read import read_copy_terms
from trustkit.clock import format_rfc3339
from trustkit.errors import TrustError
from trustkit.verdict import Check, CheckId, CheckStatus, SubIndication, conclude, failed, passed, unknown, worst

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from esign.copies.model import CopyDemand, CopyTerms
    from trustkit.encoding.canonical_json import JsonValue
    from trustkit.verdict import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyFinding:
    """What signed metadata say of a copy; empty for those of a licence itself."""

    checks: tuple[Check, ...] = ()
    subject: tuple[tuple[str, str], ...] = ()


def judge_copy(claims: Mapping[str, JsonValue], at: datetime, demand: CopyDemand | None) -> CopyFinding:
    """Return the checks of a copy as of a time, by what a verifier demands, and what is told of it."""
    try:
        terms = read_copy_terms(claims)
    except TrustError as error:
        check = Check(
            id=CheckId.COPY_BINDING,
            status=CheckStatus.UNKNOWN,
            sub_indication=SubIndication.FORMAT_FAILURE,
            detail=error.detail,
            code=error.code,
        )
        return CopyFinding(checks=(check,))
    if terms is None:
        return CopyFinding()
    return CopyFinding(
        checks=(_term(terms, at), _binding(terms, demand)),
        subject=(
            ("licence.copy", terms.number),
            ("licence.copy_purpose", terms.purpose),
            ("licence.copy_recipient", f"{terms.recipient.name} ({terms.recipient.uscc})"),
            ("licence.copy_from", format_rfc3339(terms.valid_from)),
            ("licence.copy_until", format_rfc3339(terms.valid_until)),
            ("licence.copy_authorisation", terms.authorisation),
        ),
    )


def with_copy_demand(verdict: Verdict, demand: CopyDemand | None) -> Verdict:
    """Return a verdict in which a demand of a copy is failed where nothing in the file is one: a licence itself is bound to nobody."""
    if demand is None or any(check.id is CheckId.COPY_BINDING for check in verdict.checks):
        return verdict
    check = failed(
        CheckId.COPY_BINDING, SubIndication.COPY_NOT_FOR_ASKER, "no copy for a purpose: it is bound to nobody"
    )
    conclusion = worst((verdict.conclusion, conclude((check,), frozenset())))
    return replace(verdict, checks=(*verdict.checks, check), conclusion=conclusion)


def _term(terms: CopyTerms, at: datetime) -> Check:
    if at >= terms.valid_until:
        told = f"until {format_rfc3339(terms.valid_until)}"
        return failed(CheckId.COPY_TERM, SubIndication.COPY_EXPIRED, told)
    if at < terms.valid_from:
        told = f"from {format_rfc3339(terms.valid_from)}"
        return unknown(CheckId.COPY_TERM, SubIndication.LICENCE_NOT_IN_FORCE, told)
    return passed(CheckId.COPY_TERM)


def _binding(terms: CopyTerms, demand: CopyDemand | None) -> Check:
    if demand is None:
        told = "nobody said who asks and what for"
        return Check(id=CheckId.COPY_BINDING, status=CheckStatus.INFORMATION, detail=told)
    wrong = [
        name
        for name, wanted, found in (
            ("recipient", demand.recipient, terms.recipient.uscc),
            ("purpose", demand.purpose, terms.purpose),
        )
        if wanted is not None and wanted != found
    ]
    if wrong:
        return failed(CheckId.COPY_BINDING, SubIndication.COPY_NOT_FOR_ASKER, f"another {' and '.join(wrong)}")
    return passed(CheckId.COPY_BINDING)
