"""A verdict for people: one sentence first, then who signed what and when, then every check with its reason.

Strings out of the file are shown with everything unprintable replaced, so that a signer's name cannot move the cursor,
colour the terminal or turn the reading direction round.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from trustkit.clock import format_rfc3339
from trustkit.texts.catalogue import Language
from trustkit.texts.printable import printable
from trustkit.verdict import CheckId, CheckStatus, Indication
from verifier.report import message_of, remedy_of
from verifier.report_chinese import covers_in_chinese, seal_in_chinese, subject_in_chinese

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trustkit.verdict import Check, SignatureVerdict, Verdict

_MARKS: Final = {
    CheckStatus.PASSED: "✓",
    CheckStatus.FAILED: "✗",
    CheckStatus.UNKNOWN: "?",
    CheckStatus.WARNING: "!",
    CheckStatus.INFORMATION: "·",
}
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
        "remedy": "处理建议：{value}",
    },
}


def verdict_to_text(verdict: Verdict, file: str, language: Language = Language.EN) -> tuple[str, ...]:
    """Return the lines of a report; the first is the verdict in one sentence. Strings hold no line breaks."""
    words = _WORDS[language]
    sub = verdict.conclusion.sub_indication
    indication = verdict.conclusion.indication
    word = f"{indication.value} {sub.value}" if sub else indication.value
    lines = [f"{printable(file)}: {_HEADLINES[language][indication]} [{word}]"]
    if decisive := _decisive(verdict):
        lines.append(f"  {message_of(decisive, language)}")
    lines.extend(f"  {_fact(key, value, language)}" for key, value in verdict.subject)
    lines.append(f"  {words['judged'].format(value=format_rfc3339(verdict.at))}")
    for number, signature in enumerate(verdict.signatures, start=1):
        lines.extend(_signature(signature, number, language))
    lines.extend(f"  {line}" for check in verdict.checks for line in _check(check, language))
    lines.extend(f"  {words['uncovered'].format(value=printable(each))}" for each in verdict.uncovered)
    return tuple(lines)


def _fact(key: str, value: str, language: Language) -> str:
    if language is Language.EN:
        return f"{key}: {printable(value)}"
    name, said = subject_in_chinese(key, value)
    return f"{name}：{printable(said)}"


def _decisive(verdict: Verdict) -> Check | None:
    """Return the check that decided: the first failure, else the first doubt."""
    checks = [*verdict.checks, *(check for signature in verdict.signatures for check in signature.checks)]
    for status in (CheckStatus.FAILED, CheckStatus.UNKNOWN):
        for check in checks:
            if check.status is status and check.sub_indication is verdict.conclusion.sub_indication:
                return check
    return None


def _signature(signature: SignatureVerdict, number: int, language: Language) -> Iterator[str]:
    words = _WORDS[language]
    yield f"  {words['signature'].format(number=number, form=signature.form)}: {signature.conclusion.indication.value}"
    yield f"    {words['signer'].format(value=printable(signature.signer) or words['nobody'])}"
    if signature.signed_at is None:
        yield f"    {words['undated']}"
    else:
        key = "proved" if signature.time_proved else "claimed"
        yield f"    {words[key].format(value=format_rfc3339(signature.signed_at))}"
    covers = covers_in_chinese(signature.covers) if language is Language.ZH else signature.covers
    yield f"    {words['covers'].format(value=printable(covers))}"
    for check in signature.checks:
        yield from (f"    {line}" for line in _check(check, language))


def _check(check: Check, language: Language) -> Iterator[str]:
    of_seal = check.id is CheckId.SEAL_STATUS and language is Language.ZH
    said = seal_in_chinese(check.detail) if of_seal else check.detail
    detail = f" [{printable(said)}]" if said else ""
    yield f"{_MARKS[check.status]} {check.id.value}: {message_of(check, language)}{detail}"
    if remedy := remedy_of(check, language):
        yield f"  {_WORDS[language]['remedy'].format(value=remedy)}"
