"""What `trustkit inspect` tells, for people in their language and for machines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from esign.pdf.model import ChangeKind, SignatureForm
from esign.pdf.revision_parts import Part, Way
from trustkit.clock import format_rfc3339
from trustkit.cms.named_signer import named_signer
from trustkit.cms.read import parse_signed_message
from trustkit.errors import TrustError
from trustkit.texts.catalogue import Language
from trustkit.texts.printable import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from esign.pdf.inspection import PdfInspection, Revision
    from esign.pdf.model import UnverifiedPdfSignature
    from esign.pdf.revision_parts import PartChange
    from trustkit.app.inspection import PageSeen

Row = tuple[str, ...]

_PARTS: Final = {
    Language.EN: {
        Part.CATALOG: "document settings",
        Part.PAGES: "the list of pages",
        Part.PAGE: "page content",
        Part.RESOURCE: "fonts, pictures and other resources",
        Part.ANNOTATION: "annotations",
        Part.FIELD: "form fields",
        Part.SIGNATURE: "signatures",
        Part.EVIDENCE: "validation material",
        Part.ATTACHMENT: "attachments",
        Part.METADATA: "metadata",
        Part.STRUCTURE: "file structure",
        Part.OTHER: "objects of unknown use",
    },
    Language.ZH: {
        Part.CATALOG: "文档设置",
        Part.PAGES: "页面列表",
        Part.PAGE: "页面内容",
        Part.RESOURCE: "字体、图像等资源",
        Part.ANNOTATION: "批注",
        Part.FIELD: "表单域",
        Part.SIGNATURE: "签名",
        Part.EVIDENCE: "验证数据",
        Part.ATTACHMENT: "附件",
        Part.METADATA: "元数据",
        Part.STRUCTURE: "文件结构",
        Part.OTHER: "用途不明的对象",
    },
}
_WAYS: Final = {
    Language.EN: {Way.ADDED: "added", Way.CHANGED: "changed", Way.REMOVED: "removed"},
    Language.ZH: {Way.ADDED: "新增", Way.CHANGED: "修改", Way.REMOVED: "删除"},
}
_AFTERWARDS: Final = {
    Language.EN: {
        ChangeKind.NONE: "nothing: covers the whole file",
        ChangeKind.ALLOWED: "allowed changes",
        ChangeKind.FORBIDDEN: "CHANGES THAT ARE NOT ALLOWED",
    },
    Language.ZH: {
        ChangeKind.NONE: "无：覆盖整个文件",
        ChangeKind.ALLOWED: "允许的更改",
        ChangeKind.FORBIDDEN: "不允许的更改",
    },
}
_SEEN: Final = {
    Language.EN: {
        "first": "drawn",
        "same": "looks as before",
        "changed": "LOOKS DIFFERENT",
        "new": "NEW PAGE",
        "gone": "PAGE IS GONE",
        "unseen": "not drawn",
        "uncompared": "drawn, NOT COMPARED",
    },
    Language.ZH: {
        "first": "已绘制",
        "same": "外观不变",
        "changed": "外观有变化",
        "new": "新增页面",
        "gone": "页面消失",
        "unseen": "未绘制",
        "uncompared": "已绘制，未比较",
    },
}
_WORDS: Final = {
    Language.EN: {
        "head": "{file}: PDF {version}, {octets} octets, pages: {pages}, revisions: {revisions}, signatures: {signatures}",
        "unverified": "What follows is what the file says of itself; whether it is true, trustkit verify tells.",
        "broken": "This file cannot be read as a PDF in full. Found in its octets: {marks}",
        "revisions": "revision|octets|signed here|what it changed",
        "signatures": "signature|revision|form|says it is by|says it is of|certifies|what followed",
        "pictures": "revision|page|look|where (mm from the top left: left, top, right, bottom)|picture",
        "first": "the first: {number} octets",
        "nothing": "nothing that counts",
        "untold": "cannot be told: {note}",
        "change": "{part} {way} ({objects})",
        "page": "page {page}: {change}",
        "trailing": "Octets after the last revision: {number}",
        "uncovered": "Not reached by any field: {value}",
        "note": "Note: {value}",
        "certifies": "level {level}",
        "none": "–",
    },
    Language.ZH: {
        "head": "{file}：PDF {version}，{octets} 字节，页数：{pages}，修订：{revisions}，签名：{signatures}",
        "unverified": "以下仅为文件自身所述；是否属实请用 trustkit verify 验证。",
        "broken": "该文件无法作为 PDF 完整读取。字节中发现：{marks}",
        "revisions": "修订|字节范围|在此签名|改动内容",
        "signatures": "签名|修订|形式|自称签名人|自称时间|认证级别|之后的改动",
        "pictures": "修订|页|外观|位置（距左上角毫米：左、上、右、下）|图片",
        "first": "首个修订：{number} 字节",
        "nothing": "无实质改动",
        "untold": "无法判断：{note}",
        "change": "{part}{way}（{objects} 个对象）",
        "page": "第 {page} 页：{change}",
        "trailing": "最后一个修订之后的字节数：{number}",
        "uncovered": "未被任何签名域引用：{value}",
        "note": "注意：{value}",
        "certifies": "{level} 级",
        "none": "–",
    },
}


def heading(found: PdfInspection, file: str, language: Language) -> tuple[str, ...]:
    """Return the lines that stand above the tables."""
    words = _WORDS[language]
    head = words["head"].format(
        file=printable(file),
        version=found.version or "?",
        octets=found.octets,
        pages="?" if found.pages is None else found.pages,
        revisions=len(found.revisions),
        signatures=len(found.signatures),
    )
    if found.trouble is None:
        return head, words["unverified"]
    marks = ", ".join(f"{name} × {count}" for name, count in found.marks)
    return head, words["broken"].format(marks=marks)


def footing(found: PdfInspection, language: Language) -> tuple[str, ...]:
    """Return the lines that stand below the tables."""
    words = _WORDS[language]
    lines = [
        f"{printable(each.field_name)}: {printable(' '.join(each.later_changes.detail.split()))}"
        for each in found.signatures
        if each.later_changes.detail
    ]
    lines += [words["uncovered"].format(value=printable(each)) for each in found.uncovered]
    lines += [words["note"].format(value=printable(each)) for each in found.notes]
    if found.trailing:
        lines.append(words["trailing"].format(number=found.trailing))
    return tuple(lines)


def columns(table: str, language: Language) -> Row:
    """Return the headings of a table: revisions, signatures or pictures."""
    return tuple(_WORDS[language][table].split("|"))


def revision_rows(found: PdfInspection, language: Language) -> list[Row]:
    """Return a row for each revision."""
    none = _WORDS[language]["none"]
    return [
        (
            str(each.number),
            f"{each.start}-{'?' if each.end is None else each.end}",
            ", ".join(map(printable, each.signed_fields)) or none,
            _changes(each, language),
        )
        for each in found.revisions
    ]


def _changes(revision: Revision, language: Language) -> str:
    words = _WORDS[language]
    if revision.changes is None:
        return words["untold"].format(note=printable(revision.note))
    if revision.number == 1:
        return words["first"].format(number="?" if revision.end is None else revision.end)
    separator = "；" if language is Language.ZH else "; "
    return separator.join(_change(each, language) for each in revision.changes) or words["nothing"]


def _change(change: PartChange, language: Language) -> str:
    words = _WORDS[language]
    told = words["change"].format(
        part=_PARTS[language][change.part], way=_WAYS[language][change.way], objects=change.objects
    )
    return words["page"].format(page=change.page, change=told) if change.page else told


def signature_rows(found: PdfInspection, language: Language) -> list[Row]:
    """Return a row for each signature."""
    words = _WORDS[language]
    none = words["none"]
    return [
        (
            printable(each.field_name) or none,
            str(each.revision + 1),
            f"{each.form.value} ({printable(each.sub_filter)})",
            printable(claimed_signer(each)) or none,
            none if each.claimed_time is None else format_rfc3339(each.claimed_time),
            none if each.certification is None else words["certifies"].format(level=int(each.certification)),
            _AFTERWARDS[language][each.later_changes.kind],
        )
        for each in found.signatures
    ]


def picture_rows(seen: Sequence[tuple[PageSeen, str]], language: Language) -> list[Row]:
    """Return a row for each page of each revision that was looked at, with the name of its picture."""
    none = _WORDS[language]["none"]
    return [
        (
            str(each.revision),
            str(each.page) if each.page else none,
            _SEEN[language][each.change] + (f" ({printable(each.note)})" if each.note else ""),
            " ".join(",".join(f"{edge:g}" for edge in region) for region in each.regions) or none,
            name or none,
        )
        for each, name in seen
    ]


def claimed_signer(signature: UnverifiedPdfSignature) -> str:
    """Return the subject of the certificate a message names as its signer's, unproved; nothing where none can be read."""
    if signature.form not in {SignatureForm.CMS, SignatureForm.RFC3161}:
        return signature.name
    try:
        found = named_signer(parse_signed_message(signature.contents))
    except TrustError:
        found = None
    return signature.name if found is None else found.subject


def inspection_to_json(
    found: PdfInspection, file: str, seen: Sequence[tuple[PageSeen, str]] | None = None
) -> dict[str, object]:
    """Return all of it as one object for machines; `pictures` only where some were asked for."""
    told: dict[str, object] = {
        "file": file,
        "octets": found.octets,
        "version": found.version,
        "pages": found.pages,
        "revisions": [_revision_json(each) for each in found.revisions],
        "signatures": [_signature_json(each) for each in found.signatures],
        "uncovered": list(found.uncovered),
        "notes": list(found.notes),
        "trailing": found.trailing,
        "marks": dict(found.marks),
        "trouble": None
        if found.trouble is None
        else {"code": found.trouble.code.value, "detail": found.trouble.detail},
    }
    if seen is not None:
        told["pictures"] = [
            {
                "revision": each.revision,
                "page": each.page or None,
                "change": each.change,
                "regions_mm": [list(region) for region in each.regions],
                "file": name or None,
                "note": each.note,
            }
            for each, name in seen
        ]
    return told


def _revision_json(revision: Revision) -> dict[str, object]:
    changes = [
        {"part": each.part.value, "way": each.way.value, "page": each.page or None, "objects": each.objects}
        for each in revision.changes or ()
    ]
    return {
        "number": revision.number,
        "start": revision.start,
        "end": revision.end,
        "signed_fields": list(revision.signed_fields),
        "changes": None if revision.changes is None else changes,
        "note": revision.note,
    }


def _signature_json(signature: UnverifiedPdfSignature) -> dict[str, object]:
    return {
        "field": signature.field_name,
        "revision": signature.revision + 1,
        "form": signature.form.value,
        "sub_filter": signature.sub_filter,
        "claimed_signer": claimed_signer(signature),
        "claimed_time": None if signature.claimed_time is None else format_rfc3339(signature.claimed_time),
        "reason": signature.reason,
        "location": signature.location,
        "byte_range": list(signature.byte_range),
        "covers_whole_file": signature.covers_whole_file,
        "certification": None if signature.certification is None else int(signature.certification),
        "later_changes": signature.later_changes.kind.value,
        "later_changes_detail": signature.later_changes.detail,
    }
