"""The verdict on a presentation as JSON: what was asked for and is there, and the verdict on each credential. Nothing nobody asked for is in it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, cast

from trustkit.clock import format_rfc3339
from verifier.report import check_to_json, verdict_to_json

if TYPE_CHECKING:
    from trustkit.encoding.canonical_json import JsonValue
    from trustkit.texts.catalogue import Language
    from trustkit.verdict import Verdict
    from verifier.judgement.presentation import PresentationVerdict, Shown

_IDENTIFIER: Final = ("ZZBS",)  # GB/T 36903 证照标识, which no holder can withhold


def presentation_to_json(verdict: PresentationVerdict, language: Language) -> dict[str, JsonValue]:
    """Return the report of a presentation; messages come in the language, nothing else depends on it."""
    sub = verdict.conclusion.sub_indication
    return {
        "indication": verdict.conclusion.indication.value,
        "sub_indication": sub.value if sub else None,
        "at": format_rfc3339(verdict.at),
        "checks": [check_to_json(each, language) for each in verdict.checks],
        "credentials": [_credential(each, language) for each in verdict.shown],
    }


def of_what_was_asked(shown: Shown) -> Verdict:
    """Return the verdict on a credential without what nobody asked for."""
    asked = {each.path for each in shown.fit.claims}
    untold = {"claims"} if _IDENTIFIER in asked else {"claims", "licence.identifier"}
    return replace(shown.verdict, subject=tuple(each for each in shown.verdict.subject if each[0] not in untold))


def _credential(shown: Shown, language: Language) -> dict[str, JsonValue]:
    said = shown.verdict.shown
    return {
        "query": shown.query,
        "type": cast("JsonValue", said.claims.get("vct")) if said is not None else None,
        "claims": [
            {"path": list(each.path), "values": cast("list[JsonValue]", list(each.values))} for each in shown.fit.claims
        ],
        "lacking": list(shown.fit.lacking),
        "verdict": verdict_to_json(of_what_was_asked(shown), file=shown.query, language=language),
    }
