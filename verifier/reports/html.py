"""A report as one HTML page: to be printed, read aloud, and kept. No script, nothing loaded, results in words and not in colours alone."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

from trustkit.texts.catalogue import Language
from trustkit.verdict import CheckStatus
from verifier.report_words import MARKS
from verifier.reports.evidence_told import KINDS
from verifier.reports.words import WORDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from trustkit.encoding.canonical_json import JsonValue

    Table = Mapping[str, JsonValue]

STYLE: Final = (
    "body{font:16px/1.5 'Noto Sans CJK SC','Source Han Sans SC','PingFang SC','Microsoft YaHei',sans-serif;color:#1a1a1a;"
    "background:#fff;max-width:60rem;margin:0 auto;padding:1.5rem}h1{font-size:1.6rem;margin:0}h2{font-size:1.2rem;"
    "margin:2rem 0 .5rem;border-bottom:1px solid #767676}h3{font-size:1rem;margin:1rem 0 .3rem}"
    ".verdict{border:2px solid #1a1a1a;border-left-width:.8rem;padding:.7rem 1rem;margin:1rem 0}.verdict p{margin:.2rem 0}"
    ".verdict strong{font-size:1.2rem}.TOTAL-PASSED{border-color:#176b2c}.TOTAL-FAILED{border-color:#a4161a}"
    ".INDETERMINATE{border-color:#8a5a00}table{border-collapse:collapse;width:100%;font-size:.9rem}"
    "th,td{border:1px solid #767676;padding:.25rem .5rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}"
    "th[scope=row]{width:9rem}.status{white-space:nowrap;width:7rem}.code{font-family:monospace;font-size:.85em}"
    "@media print{body{max-width:none;padding:0;font-size:10pt}tr,.verdict{break-inside:avoid}h2,h3{break-after:avoid}}"
    "@page{size:A4;margin:18mm}"
)


def report_to_html(content: Table) -> str:
    """Return the content of a report as a page, in the report's language."""
    language = Language(str(content["language"]))
    words = WORDS[language]
    title = f"{words['title']} ({words[str(content['kind'])]})"
    body = "".join(_body(content, words))
    tag = "zh-CN" if language is Language.ZH else "en"
    return (
        f'<!doctype html><html lang="{tag}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body><main><h1>{escape(title)}</h1>{body}</main></body></html>\n"
    )


def _body(content: Table, words: Mapping[str, str]) -> Iterator[str]:
    yield _conclusion(_table(content["conclusion"]), words)
    file = _table(content["file"])
    rows = [(words[name], str(file[name])) for name in ("name", "format", "sm3", "octets")]
    rows += [(words[name], str(content[name])) for name in ("validated_at", "policy", "made_by")]
    yield _section(words["file"], _pairs(rows))
    if facts := _tables(content["facts"]):
        yield _section(words["facts"], _pairs((str(each["name"]), str(each["value"])) for each in facts))
    for signature in _tables(content["signatures"]):
        yield _section(f"{words['signature']} {signature['number']}", _signature(signature, words))
    if "checks" in content:
        yield _section(words["file_checks"], _checks(_tables(content["checks"]), words))
    if uncovered := content["uncovered"]:
        items = "".join(f"<li>{_text(each)}</li>" for each in uncovered) if isinstance(uncovered, list) else ""
        yield _section(words["uncovered"], f"<ul>{items}</ul>")
    evidence = _table(content.get("evidence"))
    for kind in KINDS:
        if listed := _tables(evidence.get(kind)):
            yield _section(words[kind], "".join(_pairs(_row(each, words)) for each in listed))
    yield f"<footer><p>{_text(words['notice'])}</p></footer>"


def _conclusion(told: Table, words: Mapping[str, str]) -> str:
    word = f"{told['indication']} {told['sub_indication'] or ''}".strip()
    lines = [f"<p><strong>{_text(told['headline'])}</strong></p>", f'<p class="code">{_text(word)}</p>']
    if told["reason"]:
        lines.append(f"<p>{_text(told['reason'])}</p>")
    if told["remedy"]:
        lines.append(f"<p>{_text(words['remedy'])}{words['colon']}{_text(told['remedy'])}</p>")
    return f'<div class="verdict {_text(told["indication"])}">{"".join(lines)}</div>'


def _signature(told: Table, words: Mapping[str, str]) -> str:
    sub = told["sub_indication"]
    when = words["undated"]
    if told["signed_at"]:
        when = f"{told['signed_at']} ({words['proved' if told['time_proved'] else 'claimed']})"
    rows = (
        (words["conclusion"], f"{told['indication']} {sub or ''}".strip()),
        (words["signer"], str(told["signer"] or words["nobody"])),
        (words["signed_at"], when),
        (words["covers"], str(told["covers"])),
        (words["form"], str(told["form"])),
    )
    checks = _checks(_tables(told["checks"]), words) if "checks" in told else ""
    return _pairs(rows) + (f"<h3>{_text(words['checks'])}</h3>{checks}" if checks else "")


def _checks(checks: Iterable[Table], words: Mapping[str, str]) -> str:
    heads = "".join(f'<th scope="col">{_text(words[name])}</th>' for name in ("check", "status", "said"))
    rows = "".join(
        f'<tr><td class="code">{_text(each["id"])}</td><td class="status">{MARKS[CheckStatus(str(each["status"]))]} {_text(words[str(each["status"])])}</td>'
        f"<td>{_said(each, words)}</td></tr>"
        for each in checks
    )
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>" if rows else ""


def _said(check: Table, words: Mapping[str, str]) -> str:
    lines = [_text(check["message"])]
    if check["detail"]:
        lines.append(f'<span class="code">{_text(check["detail"])}</span>')
    if check["remedy"]:
        lines.append(f"{_text(words['remedy'])}{words['colon']}{_text(check['remedy'])}")
    if check["clause"]:
        lines.append(f"{_text(words['clause'])}{words['colon']}{_text(check['clause'])}")
    return "<br>".join(lines)


def _section(title: str, inner: str) -> str:
    return f"<section><h2>{_text(title)}</h2>{inner}</section>" if inner else ""


def _pairs(rows: Iterable[tuple[str, str]]) -> str:
    inner = "".join(f'<tr><th scope="row">{_text(name)}</th><td>{_text(value)}</td></tr>' for name, value in rows)
    return f"<table><tbody>{inner}</tbody></table>"


def _row(item: Table, words: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(words[name], str(value)) for name, value in item.items() if value is not None]


def _text(value: object) -> str:
    return escape(str(value))


def _table(value: JsonValue) -> Table:
    return value if isinstance(value, dict) else {}


def _tables(value: JsonValue) -> list[Table]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
