"""What every report for people says of a verdict, on a terminal or a page: one sentence, the check that decided, and each line's words.

Strings out of the file come with everything unprintable replaced, so that a signer's name cannot move the cursor, colour the
terminal or turn the reading direction round.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from trustkit.clock import format_rfc3339
from trustkit.texts.catalogue import Language
from trustkit.texts.printable import printable
from trustkit.verdict import CheckId, CheckStatus, Indication
from verifier.report_chinese import covers_in_chinese, seal_in_chinese, subject_in_chinese

if TYPE_CHECKING:
    from datetime import datetime

    from trustkit.verdict import Check, Conclusion, SignatureVerdict, Verdict

_HEADLINES: Final = {
    Language.EN: {
        Indication.TOTAL_PASSED: "Valid. Everything this file needs was checked and holds.",
        Indication.INDETERMINATE: "Cannot be decided. This does not mean that the file is false.",
        Indication.TOTAL_FAILED: "Not valid. Do not rely on this file.",
    },
    Language.ZH: {
        Indication.TOTAL_PASSED: "有效。该文件所需的各项检查均已通过。",
        Indication.INDETERMINATE: "无法判定。这并不表示该文件是伪造的。",
        Indication.TOTAL_FAILED: "无效。请勿采信该文件。",
    },
}
MARKS: Final = {
    CheckStatus.PASSED: "✓",
    CheckStatus.FAILED: "✗",
    CheckStatus.UNKNOWN: "?",
    CheckStatus.WARNING: "!",
    CheckStatus.INFORMATION: "·",
}
STATUSES: Final = {
    Language.EN: {
        CheckStatus.PASSED: "passed",
        CheckStatus.FAILED: "failed",
        CheckStatus.UNKNOWN: "not decided",
        CheckStatus.WARNING: "warning",
        CheckStatus.INFORMATION: "note",
    },
    Language.ZH: {
        CheckStatus.PASSED: "通过",
        CheckStatus.FAILED: "未通过",
        CheckStatus.UNKNOWN: "无法判定",
        CheckStatus.WARNING: "提示",
        CheckStatus.INFORMATION: "说明",
    },
}
_WORDS: Final = {
    Language.EN: {
        "signature": "Signature {number} ({form})",
        "signer": "signer: {value}",
        "nobody": "not identified",
        "proved": "existed at {value} (proved by a time stamp)",
        "claimed": "signed at {value} (the signer's claim)",
        "undated": "no time given",
        "covers": "covers: {value}",
        "uncovered": "Not covered: {value}",
        "judged": "Judged as of {value}",
        "claim": "{path}: {value}",
        "lacking": "Asked for and not shown: {value}",
        "remedy": "what to do: {value}",
    },
    Language.ZH: {
        "signature": "签名 {number}（{form}）",
        "signer": "签名人：{value}",
        "nobody": "未能识别",
        "proved": "在 {value} 已存在（有时间戳证明）",
        "claimed": "签名时间 {value}（签名人自称）",
        "undated": "未注明时间",
        "covers": "覆盖范围：{value}",
        "uncovered": "未被签名覆盖：{value}",
        "judged": "判定时刻 {value}",
        "claim": "{path}：{value}",
        "lacking": "已索取但未出示：{value}",
        "remedy": "处理建议：{value}",
    },
}


def headline(indication: Indication, language: Language) -> str:
    """Return an indication as one sentence for a citizen."""
    return _HEADLINES[language][indication]


def conclusion_words(conclusion: Conclusion) -> str:
    """Return an indication with its sub-indication, as standards spell them."""
    sub = conclusion.sub_indication
    return f"{conclusion.indication.value} {sub.value}" if sub else conclusion.indication.value


def say(name: str, language: Language, **values: object) -> str:
    """Return one of the phrases of a report."""
    return _WORDS[language][name].format(**values)


# Names of GB/T 36903 that nobody reads in English; the others are words.
_ENGLISH: Final = {
    "capsule.ZZMC": "name",
    "capsule.CZZT": "holder",
    "capsule.ZZYXQQSRQ": "valid_from",
    "capsule.ZZYXQJZRQ": "valid_until",
}


def fact(key: str, value: str, language: Language) -> tuple[str, str]:
    """Return what a fact of the file is called, and what it says."""
    if language is Language.EN:
        return _ENGLISH.get(key, key), printable(value)
    name, said = subject_in_chinese(key, value)
    return name, printable(said)


def decisive(verdict: Verdict) -> Check | None:
    """Return the check that decided: the first failure, else the first doubt; None where nothing speaks against the file."""
    checks = [*verdict.checks, *(check for signature in verdict.signatures for check in signature.checks)]
    for status in (CheckStatus.FAILED, CheckStatus.UNKNOWN):
        for check in checks:
            if check.status is status and check.sub_indication is verdict.conclusion.sub_indication:
                return check
    return None


def signer_words(signature: SignatureVerdict, language: Language) -> str:
    """Return who signed."""
    return say("signer", language, value=printable(signature.signer) or say("nobody", language))


def time_words(signature: SignatureVerdict, language: Language) -> str:
    """Return when, and who says so."""
    if signature.signed_at is None:
        return say("undated", language)
    return say("proved" if signature.time_proved else "claimed", language, value=format_rfc3339(signature.signed_at))


def covers_words(signature: SignatureVerdict, language: Language) -> str:
    """Return what a signature covers."""
    covers = covers_in_chinese(signature.covers) if language is Language.ZH else signature.covers
    return say("covers", language, value=printable(covers))


def judged_words(at: datetime, language: Language) -> str:
    """Return as of when a verdict is."""
    return say("judged", language, value=format_rfc3339(at))


def detail_words(check: Check, language: Language) -> str:
    """Return what a check tells an operator, empty when nothing."""
    of_seal = check.id is CheckId.SEAL_STATUS and language is Language.ZH
    return printable(seal_in_chinese(check.detail) if of_seal else check.detail)
