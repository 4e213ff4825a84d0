"""A verdict for machines: the JSON object `trustkit verify --format json` and ``POST /v1/verify`` answer with.

    verdict_to_json(verdict, "licence.pdf", Language.ZH)["indication"]      # "TOTAL-PASSED"

Keys are a contract (docs: README, OpenAPI): they are added to, never renamed. `message` and `remedy` come in the language
asked for; everything else does not depend on it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from trustkit.clock import format_rfc3339
from trustkit.texts.catalogue import Language, check_text, error_text
from trustkit.verdict import CheckId, CheckStatus

if TYPE_CHECKING:
    from trustkit.encoding.canonical_json import JsonValue
    from trustkit.verdict import Check, Conclusion, SignatureVerdict, Verdict

LICENCE_PREFIX: Final = "licence."  # of subject facts that make up the object "licence"


def verdict_to_json(verdict: Verdict, file: str, language: Language = Language.EN) -> dict[str, JsonValue]:
    """Return the report of one file. `file` is the caller's own label for it."""
    licence: dict[str, JsonValue] = {
        key.removeprefix(LICENCE_PREFIX): value for key, value in verdict.subject if key.startswith(LICENCE_PREFIX)
    }
    subject: dict[str, JsonValue] = {key: value for key, value in verdict.subject if not key.startswith(LICENCE_PREFIX)}
    return {
        "file": file,
        "format": verdict.format,
        **_conclusion(verdict.conclusion),
        "at": format_rfc3339(verdict.at),
        "policy": verdict.policy,
        "licence": licence or None,
        "subject": subject,
        "signatures": [_signature(each, language) for each in verdict.signatures],
        "checks": [check_to_json(each, language) for each in verdict.checks],
        "uncovered": list(verdict.uncovered),
    }


def check_to_json(check: Check, language: Language) -> dict[str, JsonValue]:
    """Return one check: `message` for a citizen, `remedy` and `detail` for an operator, `code` for a machine."""
    text = check_text(check.id, check.status, language)
    return {
        "id": check.id.value,
        "status": check.status.value,
        "sub_indication": check.sub_indication.value if check.sub_indication else None,
        "clause": text.clause,
        "message": message_of(check, language),
        "remedy": remedy_of(check, language),
        "code": check.code.value if check.code else None,
        "detail": check.detail,
    }


def message_of(check: Check, language: Language) -> str:
    """Return what the check found in one or two sentences: its outcome, and the reason where there is one."""
    sentence = check_text(check.id, check.status, language).sentence
    if check.code is None or check.status is CheckStatus.PASSED:
        return sentence
    reason = error_text(check.code, language).sentence
    return f"{sentence}{'' if language is Language.ZH else ' '}{reason}"


def remedy_of(check: Check, language: Language) -> str:
    """Return what can be done about it, empty when nothing need be. Of a file that is not read, the reason knows best."""
    if check.status in {CheckStatus.PASSED, CheckStatus.INFORMATION}:
        return ""
    text = check_text(check.id, check.status, language)
    reason = error_text(check.code, language).remedy if check.code else ""
    return (reason or text.remedy) if check.id is CheckId.FORMAT else (text.remedy or reason)


def _conclusion(conclusion: Conclusion) -> dict[str, JsonValue]:
    sub = conclusion.sub_indication
    return {"indication": conclusion.indication.value, "sub_indication": sub.value if sub else None}


def _signature(signature: SignatureVerdict, language: Language) -> dict[str, JsonValue]:
    moment = signature.signed_at
    return {
        "form": signature.form,
        "signer": signature.signer,
        "signed_at": format_rfc3339(moment) if moment else None,
        "time_proved": signature.time_proved,
        **_conclusion(signature.conclusion),
        "covers": signature.covers,
        "checks": [check_to_json(each, language) for each in signature.checks],
    }
