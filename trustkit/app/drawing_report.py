"""What `trustkit render` tells: what was drawn, and what of the document is not in the picture, for people and for machines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from esign.ofd.draw.notes import Lack
from trustkit.texts.catalogue import Language
from trustkit.texts.printable import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from esign.ofd.draw.draw import DrawnDocument, DrawnPage

_LACKS: Final = {
    Language.EN: {
        Lack.PAGE: "the page cannot be read; it is left empty",
        Lack.PICTURE: "the renderer failed over this page; there is no picture of it",
        Lack.LIMIT: "more than is drawn of one document; the rest is left out",
        Lack.MALFORMED: "a document in the package cannot be read",
        Lack.RESOURCE: "something the page refers to is not there or cannot be read",
        Lack.GLYPH: "a character no font here can draw is left out",
        Lack.IMAGE: "a picture cannot be decoded, or is too large",
        Lack.MEDIA: "sound or film is not shown",
        Lack.UNKNOWN: "an object of unknown kind is left out",
        Lack.FOREIGN: "an element of a foreign namespace is left out, which some readers show and others do not",
        Lack.AMBIGUOUS: "something stands there twice or in two ways, and readers differ about which counts",
        Lack.RECURSION: "objects within objects without end, or too deep",
        Lack.SEAL: "the picture of a seal or signature is not to be had as it was signed",
        Lack.ANNOTATION: "annotations cannot be read",
        Lack.COVERED: "the picture of a seal is as large as a page; readers show it over what stands there, here it is ink upon it",
        Lack.NUMBER: "a number or measure makes no sense",
        Lack.ENCRYPTED: "parts of the package are encrypted; readers that can open them may show other contents",
        Lack.PATH_CUT: "a path is drawn as far as it can be read",
        Lack.FONT: "a font is not embedded; another stands in for it",
        Lack.FONT_DAMAGED: "an embedded font cannot be read; another stands in for it",
        Lack.BORROWED: "a character the embedded font lacks is drawn with another",
        Lack.GRADIENT: "a gradient is simplified",
        Lack.PATTERN: "a pattern is simplified",
        Lack.STYLE: "a size, line or other property cannot be read; the standard's own is drawn",
        Lack.COLOUR: "a colour or colour space is not as announced; the nearest reading is drawn",
        Lack.CLIP: "a clip cannot be read; more is shown than it would leave",
        Lack.BORDER: "the border of a picture is left out",
        Lack.OPAQUE: "the picture of a seal has no clear ground; some readers hide with it what lies beneath, here that shines through",
        Lack.HIDDEN: "marked invisible by the file, and not drawn",
    },
    Language.ZH: {
        Lack.PAGE: "该页无法读取，留空",
        Lack.PICTURE: "渲染程序无法处理该页，没有图片",
        Lack.LIMIT: "超出单个文档的绘制上限，其余部分未绘制",
        Lack.MALFORMED: "包内有文档无法读取",
        Lack.RESOURCE: "页面引用的内容缺失或无法读取",
        Lack.GLYPH: "现有字体均无此字，未绘制",
        Lack.IMAGE: "图像无法解码或过大",
        Lack.MEDIA: "音视频不予显示",
        Lack.UNKNOWN: "未知类型的对象未绘制",
        Lack.FOREIGN: "其他命名空间的元素未绘制，部分阅读器会显示",
        Lack.AMBIGUOUS: "同一内容重复出现或写法有歧义，各阅读器显示可能不同",
        Lack.RECURSION: "对象循环嵌套或嵌套过深",
        Lack.SEAL: "无法取得所签的印章（签名）图像",
        Lack.ANNOTATION: "注释无法读取",
        Lack.COVERED: "印章图像过大，部分阅读器会以其遮盖原有内容，此处仅如印泥叠加",
        Lack.NUMBER: "数值或尺寸不合理",
        Lack.ENCRYPTED: "包内有加密部分，能解密的阅读器可能显示不同内容",
        Lack.PATH_CUT: "路径仅绘制到可读之处",
        Lack.FONT: "字体未嵌入，以其他字体代替",
        Lack.FONT_DAMAGED: "嵌入字体无法读取，以其他字体代替",
        Lack.BORROWED: "嵌入字体缺此字，以其他字体绘制",
        Lack.GRADIENT: "渐变已简化",
        Lack.PATTERN: "底纹已简化",
        Lack.STYLE: "尺寸、线型等属性无法读取，按标准缺省值绘制",
        Lack.COLOUR: "颜色或颜色空间与声明不符，按最接近的理解绘制",
        Lack.CLIP: "裁剪区无法读取，显示内容多于裁剪后应有内容",
        Lack.BORDER: "图像边框未绘制",
        Lack.OPAQUE: "印章图像底色不透明，部分阅读器会遮住下方内容，此处下方内容可见",
        Lack.HIDDEN: "文件标记为不可见，未绘制",
    },
}
_WORDS: Final = {
    Language.EN: {
        "head": "{file}: OFD, pages: {pages}, drawn: {drawn}",
        "unverified": "This is what the file looks like; whether it is genuine, trustkit verify tells.",
        "pages": "page|size (mm)|dots per inch|file",
        "notes": "page|object|in the picture|what|detail|times",
        "missing": "MISSING",
        "other": "otherwise",
        "whole": "Nothing is known to be missing from the picture.",
        "partial": "NOT ALL of the document is in the picture; see what is marked MISSING.",
        "none": "–",
    },
    Language.ZH: {
        "head": "{file}：OFD，页数：{pages}，已绘制：{drawn}",
        "unverified": "这只是文件的外观；真伪请用 trustkit verify 验证。",
        "pages": "页|尺寸（毫米）|分辨率（dpi）|文件",
        "notes": "页|对象|图中情况|说明|细节|次数",
        "missing": "缺失",
        "other": "有出入",
        "whole": "未发现图中有缺失内容。",
        "partial": "文档内容未全部绘制，见标为“缺失”的各项。",
        "none": "–",
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenPage:
    """A page and the file it was written to; `dots_per_inch` of a picture, None in a PDF."""

    page: DrawnPage
    file: str
    dots_per_inch: float | None


def is_whole(drawn: DrawnDocument) -> bool:
    """Whether nothing is known to be missing from the drawn pages."""
    return not any(note.is_missing for note in drawn.notes)


def heading(file: str, drawn: DrawnDocument, language: Language) -> tuple[str, str]:
    """Return the lines above the tables."""
    words = _WORDS[language]
    head = words["head"].format(file=printable(file), pages=drawn.page_count, drawn=len(drawn.pages))
    return head, words["unverified"]


def footing(drawn: DrawnDocument, language: Language) -> str:
    """Return the line below the tables."""
    return _WORDS[language]["whole" if is_whole(drawn) else "partial"]


def columns(table: str, language: Language) -> tuple[str, ...]:
    """Return the headings of a table: pages or notes."""
    return tuple(_WORDS[language][table].split("|"))


def page_rows(written: Sequence[WrittenPage], language: Language) -> list[tuple[str, ...]]:
    """Return a row for each page."""
    none = _WORDS[language]["none"]
    return [
        (
            str(each.page.number),
            f"{each.page.width:g} × {each.page.height:g}",
            none if each.dots_per_inch is None else f"{each.dots_per_inch:.0f}",
            printable(each.file),
        )
        for each in written
    ]


def note_rows(drawn: DrawnDocument, language: Language) -> list[tuple[str, ...]]:
    """Return a row for each note, what is missing first."""
    words = _WORDS[language]
    return [
        (
            str(note.page) if note.page else words["none"],
            printable(note.object_id) or words["none"],
            words["missing" if note.is_missing else "other"],
            _LACKS[language][note.lack],
            printable(note.detail) or words["none"],
            str(note.count),
        )
        for note in sorted(drawn.notes, key=lambda note: not note.is_missing)
    ]


def drawing_to_json(
    file: str, drawn: DrawnDocument, written: Sequence[WrittenPage], language: Language
) -> dict[str, object]:
    """Return all of it as one object for machines."""
    return {
        "file": file,
        "format": "OFD",
        "pages": drawn.page_count,
        "complete": is_whole(drawn),
        "drawn": [
            {
                "page": each.page.number,
                "width_mm": each.page.width,
                "height_mm": each.page.height,
                "dots_per_inch": None if each.dots_per_inch is None else round(each.dots_per_inch, 2),
                "file": each.file,
            }
            for each in written
        ],
        "notes": [
            {
                "kind": note.lack.value,
                "missing": note.is_missing,
                "page": note.page or None,
                "object": note.object_id or None,
                "detail": note.detail,
                "count": note.count,
                "message": _LACKS[language][note.lack],
            }
            for note in drawn.notes
        ],
    }
