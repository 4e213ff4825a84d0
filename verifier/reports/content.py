"""The content of a report: one tree that every form of it shows.

    content_of(order)["conclusion"]["indication"]      # "TOTAL-PASSED"

Texts out of files have everything unprintable replaced, since people read reports and programs show them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustkit.clock import format_rfc3339
from trustkit.texts.catalogue import Language
from trustkit.texts.printable import printable
from verifier.report import check_to_json, message_of, remedy_of
from verifier.report_chinese import covers_in_chinese
from verifier.report_words import decisive, fact, headline
from verifier.reports.evidence_told import evidence_told
from verifier.reports.model import FORM, TITLE, ReportKind

if TYPE_CHECKING:
    from trustkit.encoding.canonical_json import JsonValue
    from trustkit.verdict import SignatureVerdict, Verdict
    from verifier.reports.model import ReportOrder


def content_of(order: ReportOrder) -> dict[str, JsonValue]:
    """Return the report as JSON values."""
    verdict, language = order.verdict, order.language
    facts = [fact(key, value, language) for key, value in verdict.subject]
    content: dict[str, JsonValue] = {
        "report": TITLE,
        "form": FORM,
        "kind": order.kind.value,
        "language": language.value,
        "made_by": order.made_by,
        "validated_at": format_rfc3339(verdict.at),
        "policy": verdict.policy,
        "file": {"name": order.file, "format": verdict.format, "sm3": order.sm3, "octets": order.octets},
        "conclusion": _conclusion(verdict, language),
        "facts": [{"name": name, "value": value} for name, value in facts],
        "signatures": [_signature(order, number) for number in range(len(verdict.signatures))],
        "uncovered": list(verdict.uncovered),
    }
    if order.kind is not ReportKind.SIMPLE:
        content["checks"] = [check_to_json(each, language) for each in verdict.checks]
    if order.kind is ReportKind.DIAGNOSTIC:
        content["evidence"] = evidence_told(order)
    return {name: _shown(value) for name, value in content.items()}


def _conclusion(verdict: Verdict, language: Language) -> JsonValue:
    check, sub = decisive(verdict), verdict.conclusion.sub_indication
    return {
        "indication": verdict.conclusion.indication.value,
        "sub_indication": sub.value if sub else None,
        "headline": headline(verdict.conclusion.indication, language),
        "reason": message_of(check, language) if check else "",
        "remedy": remedy_of(check, language) if check else "",
    }


def _signature(order: ReportOrder, index: int) -> JsonValue:
    signature: SignatureVerdict = order.verdict.signatures[index]
    sub, moment = signature.conclusion.sub_indication, signature.signed_at
    covers = covers_in_chinese(signature.covers) if order.language is Language.ZH else signature.covers
    told: dict[str, JsonValue] = {
        "number": index + 1,
        "form": signature.form,
        "signer": signature.signer,
        "signed_at": format_rfc3339(moment) if moment else None,
        "time_proved": signature.time_proved,
        "covers": covers,
        "indication": signature.conclusion.indication.value,
        "sub_indication": sub.value if sub else None,
    }
    if order.kind is not ReportKind.SIMPLE:
        told["checks"] = [check_to_json(each, order.language) for each in signature.checks]
    return told


def _shown(value: JsonValue) -> JsonValue:
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, list):
        return [_shown(each) for each in value]
    return {key: _shown(each) for key, each in value.items()} if isinstance(value, dict) else value
