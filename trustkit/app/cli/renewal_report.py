"""What ``trustkit renew`` tells: a table and a summary for people, one JSON object a file for machines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from trustkit.app.cli.left_words import left_words
from trustkit.app.cli.output import OutputFormat, emit, language, refusal, say, table

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from trustkit.app.archive_batch import RenewalLine
    from verifier.judgement.prospect import Ending, Prospect

DONE, NOT_DONE, DUE = 0, 1, 2  # exit statuses
_WRONG: Final = frozenset({"not-passing", "not-renewable", "failed"})
_NOT_LONGER: Final = "not-longer"  # wrong for a file that ends soon
_MAX_ENDINGS: Final = 2  # of one moment in a line
_MAX_TOLD: Final = 3  # signers of one file in a line
_WORDS: Final = {
    "en": {
        "columns": "file|verdict|proved by|good until|because of|lost then|now",
        "certificate": "certificate of {named}",
        "algorithm": "algorithm {named}",
        "seal": "period of the seal {named}",
        "evidence-age": "age of evidence of {named}",
        "not-inside": "evidence the file does not carry",
        "no end": "no end known",
        "archive-stamp": "archive time stamp {at}",
        "signature-stamp": "time stamp {at}",
        "none": "nothing",
        "renewed": "renewed, good until {until}",
        "due": "due",
        "not-due": "not due",
        "not-passing": "does not pass: left as it is",
        "not-renewable": "due, and OFD cannot be renewed",
        "not-longer": "a stamp would not make it last longer",
        "already-renewed": "renewed by an earlier run",
        "failed": "failed",
        "left-alone": "left alone",
        "why": "{now}: {why}",
        "warning": "If nothing is done, {count} of these files stop passing, the first on {until}.",
    },
    "zh": {
        "columns": "文件|结论|证明方式|有效至|原因|届时失效|处理结果",
        "certificate": "{named} 的证书到期",
        "algorithm": "算法 {named} 停用",
        "seal": "印章 {named} 有效期届满",
        "evidence-age": "{named} 的验证证据过旧",
        "not-inside": "所依据的证据不在文件内",
        "no end": "未见期限",
        "archive-stamp": "归档时间戳 {at}",
        "signature-stamp": "签名时间戳 {at}",
        "none": "无",
        "renewed": "已续期，有效至 {until}",
        "due": "需要续期",
        "not-due": "无需续期",
        "not-passing": "验证未通过，未作处理",
        "not-renewable": "需要续期，但 OFD 无法续期",
        "not-longer": "加盖时间戳也不能延长",
        "already-renewed": "此前已续期",
        "failed": "失败",
        "left-alone": "跳过",
        "why": "{now}：{why}",
        "warning": "如不处理，其中 {count} 个文件将失效，最早为 {until}。",
    },
}


class RenewalTold:
    """Tells machines of each file as it comes; what people are told is kept as text until the last file is looked at.

    A file that ends by `soon` and that a stamp does not help is something left to do.
    """

    def __init__(self, output: OutputFormat, *, soon: datetime) -> None:
        """Begin with nothing told."""
        self._output = output
        self._soon = soon
        self._words = _WORDS[language().value]
        self._status = DONE
        self._rows: list[tuple[str, ...]] = []
        self._refusals: list[str] = []
        self._ends: list[datetime] = []

    def take(self, line: RenewalLine) -> None:
        """Take what became of a file."""
        status = line.report.status.value
        if status in _WRONG or (status == _NOT_LONGER and self._ends_soon(line)):
            self._status = NOT_DONE
        elif status == "due" and self._status == DONE:
            self._status = DUE
        if self._output is OutputFormat.JSON:
            emit(_as_json(line))
            return
        self._rows.append(_row(line, self._words))
        error = line.report.error
        if error is not None:
            first, *more = refusal(error.code, str(error))
            self._refusals += [f"{line.file}: {first}", *more]
        prospect = line.report.prospect
        if line.out is None and prospect is not None and prospect.until is not None:
            self._ends.append(prospect.until)

    def _ends_soon(self, line: RenewalLine) -> bool:
        prospect = line.report.prospect
        return prospect is not None and prospect.until is not None and prospect.until <= self._soon

    def tell(self) -> int:
        """Print the table, what went wrong, and what is lost when nothing is done; return the exit status."""
        if self._output is OutputFormat.TEXT:
            self._tell_people()
        return self._status

    def _tell_people(self) -> None:
        table(self._words["columns"].split("|"), self._rows)
        if self._refusals:
            say(*self._refusals)
        if self._ends:
            say(self._words["warning"].format(count=len(self._ends), until=_day(min(self._ends))))


def _row(line: RenewalLine, words: Mapping[str, str]) -> tuple[str, ...]:
    report, prospect = line.report, line.report.prospect
    verdict = "" if report.verdict is None else report.verdict.conclusion.indication.value
    until = "" if report.renewed is None or report.renewed.until is None else _day(report.renewed.until)
    now = words[report.status.value].format(until=until or words["no end"])
    told = now if not line.detail else words["why"].format(now=now, why=left_words(line.detail))
    name = str(line.file)
    if prospect is None:
        return (name, verdict, "", "", "", "", told)
    at = "" if prospect.proved_at is None else _day(prospect.proved_at)
    proof = words[prospect.proof.value].format(at=at)
    why = "; ".join(words[each.kind.value].format(named=_short(each.named)) for each in prospect.endings[:_MAX_ENDINGS])
    until = words["no end"] if prospect.until is None else _day(prospect.until)
    return (name, verdict, proof, until, why, _lost(prospect), told)


def _lost(prospect: Prospect) -> str:
    names = [_short(each.signer) or each.form for each in prospect.lost]
    more = f" +{len(names) - _MAX_TOLD}" if len(names) > _MAX_TOLD else ""
    return ", ".join(names[:_MAX_TOLD]) + more


def _short(name: str) -> str:
    """Return the common name out of a distinguished one: a table has no room for more, JSON tells all of it."""
    return name.rpartition("CN=")[2]


def _as_json(line: RenewalLine) -> dict[str, object]:
    report, prospect = line.report, line.report.prospect
    verdict, error = report.verdict, report.error
    sub = None if verdict is None else verdict.conclusion.sub_indication
    told: dict[str, object] = {
        "file": str(line.file),
        "status": report.status.value,
        "indication": None if verdict is None else verdict.conclusion.indication.value,
        "sub_indication": None if sub is None else sub.value,
        "out": None if line.out is None else str(line.out),
        "prospect": None if prospect is None else _prospect(prospect),
        "renewed": None if report.renewed is None else _prospect(report.renewed),
    }
    if error is not None:
        told |= {"code": error.code.value, "detail": error.detail}
    elif line.detail:
        told["detail"] = line.detail
    return told


def _prospect(prospect: Prospect) -> dict[str, object]:
    return {
        "proof": prospect.proof.value,
        "proved_by": prospect.proved_by,
        "proved_at": _time(prospect.proved_at),
        "good_until": _time(prospect.until),
        "because": [_ending(each) for each in prospect.endings],
        "lost": [{"form": each.form, "signer": each.signer} for each in prospect.lost],
    }


def _ending(ending: Ending) -> dict[str, object]:
    return {"kind": ending.kind.value, "named": ending.named, "last": _time(ending.last)}


def _time(moment: datetime | None) -> str | None:
    from trustkit.clock import format_rfc3339

    return None if moment is None else format_rfc3339(moment)


def _day(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d}"
