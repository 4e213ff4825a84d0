"""What `trustkit inspect` tells of an OFD, for people in their language and for machines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from esign.ofd.coverage import Extent
from trustkit.clock import format_rfc3339
from trustkit.errors import TrustError
from trustkit.texts.catalogue import Language, coverage_text
from trustkit.texts.printable import printable
from trustkit.x509.certificate import parse_certificate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from esign.ofd.inspection import OfdInspection, SignatureSeen
    from esign.seal.model import UnverifiedSeal
    from trustkit.app.ofd_inspection import OfdPageSeen

Row = tuple[str, ...]

_TOLD: Final = 20  # files of one signature in the tables; machines are told of all
_EXTENTS: Final = {
    Language.EN: {
        Extent.EVERYTHING: "all of the document",
        Extent.ENTRY_POINT_UNCOVERED: "ALL BUT OFD.xml",
        Extent.CONTENT_UNCOVERED: "A PART ONLY",
    },
    Language.ZH: {
        Extent.EVERYTHING: "整个文档",
        Extent.ENTRY_POINT_UNCOVERED: "除 OFD.xml 外全部",
        Extent.CONTENT_UNCOVERED: "仅部分内容",
    },
}
_WORDS: Final = {
    Language.EN: {
        "head": "{file}: OFD, {octets} octets, files: {files}, pages: {pages}, signatures: {signatures}",
        "unverified": "What follows is what the file says of itself; whether it is true, trustkit verify tells.",
        "broken": "This file cannot be read as an OFD in full.",
        "information": "the document says of itself|",
        "signatures": "signature|form|says it is by|says it is of|time stamp|lists|covers|changed since",
        "seals": "signature|seal|number|edition|valid|made by|shown (page: mm from the left, top, width, height)",
        "files": "signature|file|state|what could be changed by it",
        "pictures": "page|seals of signatures|could not be drawn|picture",
        "lists": "{number} files",
        "yes": "yes",
        "none": "–",
        "changed": "CHANGED OR GONE",
        "uncovered": "not listed",
        "more": "and {number} more",
        "unlisted": "A file of signatures that no list leads to: {value}",
        "attachment": "Attached: {value}",
        "version": "An earlier version of the document is described: {value}",
        "note": "Note: {value}",
        "trouble": "Signature {number}: {value}",
    },
    Language.ZH: {
        "head": "{file}：OFD，{octets} 字节，文件数：{files}，页数：{pages}，签名：{signatures}",
        "unverified": "以下仅为文件自身所述；是否属实请用 trustkit verify 验证。",
        "broken": "该文件无法作为 OFD 完整读取。",
        "information": "文档自述|",
        "signatures": "签名|形式|自称签名人|自称时间|时间戳|所列文件|覆盖范围|此后改动",
        "seals": "签名|印章|编号|版本|有效期|制章者|位置（页：距左、距上、宽、高，毫米）",
        "files": "签名|文件|状态|由此可被改动的内容",
        "pictures": "页|所示印章的签名|未能绘制|图片",
        "lists": "{number} 个文件",
        "yes": "有",
        "none": "–",
        "changed": "已改动或缺失",
        "uncovered": "未列入",
        "more": "另有 {number} 个",
        "unlisted": "未被任何签名列表引用的签名文件：{value}",
        "attachment": "附件：{value}",
        "version": "包内描述了文档的早期版本：{value}",
        "note": "注意：{value}",
        "trouble": "签名 {number}：{value}",
    },
}


def heading(found: OfdInspection, file: str, language: Language) -> tuple[str, str]:
    """Return the lines that stand above the tables."""
    words = _WORDS[language]
    head = words["head"].format(
        file=printable(file),
        octets=found.octets,
        files=found.files,
        pages="?" if found.pages is None else found.pages,
        signatures=len(found.signatures),
    )
    return head, words["unverified" if found.trouble is None else "broken"]


def footing(found: OfdInspection, language: Language) -> tuple[str, ...]:
    """Return the lines that stand below the tables."""
    words = _WORDS[language]
    lines = [
        words["trouble"].format(
            number=each.number, value=f"{each.trouble.code.value}: {printable(each.trouble.detail)}"
        )
        for each in found.signatures
        if each.trouble is not None
    ]
    lines += [words["attachment"].format(value=printable(each)) for each in found.attachments]
    lines += [words["version"].format(value=printable(each)) for each in found.versions]
    lines += [words["unlisted"].format(value=printable(each)) for each in found.unlisted]
    notes = dict.fromkeys((*found.notes, *(note for each in found.signatures for note in each.notes)))
    return (*lines, *(words["note"].format(value=printable(each)) for each in notes))


def tables(
    found: OfdInspection, seen: Sequence[tuple[OfdPageSeen, str]], language: Language
) -> tuple[tuple[Row, list[Row]], ...]:
    """Return the tables that are not empty, each its headings and rows; `seen` are pages with the names of their pictures."""
    words = _WORDS[language]
    rows: dict[str, list[Row]] = {
        "information": [(printable(name), printable(value)) for name, value in found.information if value],
        "signatures": [_signature_row(each, language) for each in found.signatures],
        "seals": [_seal_row(each, each.seal, words["none"]) for each in found.signatures if each.seal is not None],
        "files": [row for each in found.signatures for row in _file_rows(each, language)],
        "pictures": [_picture_row(each, name, words["none"]) for each, name in seen],
    }
    return tuple((tuple(words[name].split("|")), each) for name, each in rows.items() if each)


def _signature_row(each: SignatureSeen, language: Language) -> Row:
    words = _WORDS[language]
    none = words["none"]
    return (
        str(each.number),
        each.form or each.type or none,
        printable(each.signer) or none,
        none if each.claimed_time is None else format_rfc3339(each.claimed_time),
        words["yes"] if each.stamped else none,
        words["lists"].format(number=each.listed),
        none if each.extent is None else _EXTENTS[language][each.extent],
        words["lists"].format(number=len(each.changed)) if each.changed else none,
    )


def _seal_row(each: SignatureSeen, seal: UnverifiedSeal, none: str) -> Row:
    shown = [f"{stamp.page or '?'}: {_told(stamp.box)}" for stamp in each.stamps[:_TOLD] if stamp.box is not None]
    return (
        str(each.number),
        printable(seal.name),
        printable(seal.identifier),
        f"v{int(seal.version)}",
        f"{seal.valid_from:%Y-%m-%d} – {seal.valid_until:%Y-%m-%d}",
        printable(_maker(seal)) or none,
        "; ".join(shown) or none,
    )


def _told(box: Sequence[float]) -> str:
    return ",".join(f"{round(each, 1):g}" for each in box)


def _maker(seal: UnverifiedSeal) -> str:
    try:
        return parse_certificate(seal.maker_certificate).subject
    except TrustError:
        return ""


def _file_rows(each: SignatureSeen, language: Language) -> list[Row]:
    words = _WORDS[language]
    number, none = str(each.number), words["none"]
    rows: list[Row] = [(number, printable(file), words["changed"], none) for file in each.changed]
    rows += [
        (number, printable(open_.file), words["uncovered"], coverage_text(open_.role.value, language))
        for open_ in each.uncovered
    ]
    left = len(rows) - _TOLD
    return rows if left <= 0 else [*rows[:_TOLD], (number, words["more"].format(number=left), none, none)]


def _picture_row(each: OfdPageSeen, name: str, none: str) -> Row:
    seals = ", ".join(str(number) for number in dict.fromkeys(number for number, _ in each.seals))
    missing = str(each.missing) if each.missing else none
    return (str(each.page or none), seals or none, missing, name or printable(each.note) or none)


def inspection_to_json(
    found: OfdInspection, file: str, seen: Sequence[tuple[OfdPageSeen, str]] | None
) -> dict[str, object]:
    """Return all of it as one object for machines; `pictures` only where some were asked for."""
    told: dict[str, object] = {
        "file": file,
        "format": "ofd",
        "octets": found.octets,
        "files": found.files,
        "pages": found.pages,
        "information": [{"name": name, "value": value} for name, value in found.information],
        "signatures": [_signature_json(each) for each in found.signatures],
        "attachments": list(found.attachments),
        "versions": list(found.versions),
        "unlisted": list(found.unlisted),
        "notes": list(found.notes),
        "trouble": _trouble(found.trouble),
    }
    if seen is not None:
        told["pictures"] = [
            {
                "page": each.page or None,
                "file": name or None,
                "seals": [{"signature": number, "box_mm": _box(box)} for number, box in each.seals],
                "missing": each.missing,
                "note": each.note,
            }
            for each, name in seen
        ]
    return told


def _signature_json(each: SignatureSeen) -> dict[str, object]:
    return {
        "number": each.number,
        "file": each.file,
        "type": each.type,
        "form": each.form or None,
        "claimed_signer": each.signer,
        "claimed_time": None if each.claimed_time is None else format_rfc3339(each.claimed_time),
        "time_stamp": each.stamped,
        "provider": each.provider,
        "parameters": dict(each.parameters),
        "seal": None if each.seal is None else _seal_json(each.seal),
        "shown": [
            {"page": stamp.page or None, "box_mm": None if stamp.box is None else _box(stamp.box)}
            for stamp in each.stamps
        ],
        "listed": each.listed,
        "changed": list(each.changed),
        "covers": None if each.extent is None else each.extent.value,
        "uncovered": [{"file": open_.file, "role": open_.role.value} for open_ in each.uncovered],
        "notes": list(each.notes),
        "trouble": _trouble(each.trouble),
    }


def _seal_json(seal: UnverifiedSeal) -> dict[str, object]:
    return {
        "number": seal.identifier,
        "name": seal.name,
        "version": int(seal.version),
        "kind": seal.kind,
        "vendor": seal.vendor,
        "claimed_maker": _maker(seal),
        "valid_from": format_rfc3339(seal.valid_from),
        "valid_until": format_rfc3339(seal.valid_until),
        "time_stamp": seal.timestamp is not None,
    }


def _box(box: Sequence[float]) -> list[float]:
    return [round(each, 2) for each in box]


def _trouble(error: TrustError | None) -> dict[str, str] | None:
    return None if error is None else {"code": error.code.value, "detail": error.detail}
