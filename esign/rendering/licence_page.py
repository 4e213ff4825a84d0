"""A licence page: data and a template in, a PDF/A-3b out, the same octets for the same input.

The template is a typst file that defines `licence(page)`; the data reaches it as JSON and is never read as markup. The
document around it (`frame.typ`) sets title, language and fonts and attaches the files. Nothing is drawn when a
character has no glyph or a text does not fit: a page is right or there is none. The seal is not part of the page.

    pdf = render_licence(LicencePage(template=path, title=…, author=…, data=…, qr_text=…, attachments=…, timestamp=…))
    typeset = lay_out_licence(page)    # the same page, for whoever reads it back and gives nobody the PDF

A template whose type says so draws in parts: `page.part` is "whole", "ground" (what every licence of the type with these fields has) or
"values" (all else). Ground and values, one over the other, are the whole (docs/adr/0028).
"""

from __future__ import annotations

import json
import os
import re
import threading
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final, Literal

import typst

from esign.rendering.fonts import REMEDY, FontChain, FontRole, find_fonts
from esign.rendering.measuring import families_to_measure, measured_fonts
from esign.rendering.qr import QrCode, qr_code
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from esign.rendering.measuring import MeasuredFont
    from trustkit.encoding.canonical_json import JsonValue

PDF_STANDARD: Final = "a-3b"  # not a-3a: the signature's widget comes later and cannot join the page's structure
MAX_PAGE_DATA: Final = 512 * 1024  # octets of JSON, attachments included; a licence has about 20 kB
MAX_ATTACHMENTS: Final = 16
MAX_COMPILERS: Final = 32  # per thread: licence types times font sets in use
MAX_FILES: Final = 1_000  # beside a template and below
MAX_GROUNDS: Final = 32  # licence types times which of their fields are there, times font sets
_RESERVED: Final = frozenset({"document", "fonts", "attachments", "mark", "part", "qr"})
_OVERFLOW: Final = re.compile(r"overflow: ([a-z0-9_]{1,64})")
_UNBROKEN: Final = re.compile(r"[!-~\u00a1-\u1fff]{22,}")  # longer than any code, shorter than any line
_TEMPLATE_PATH: Final = re.compile(
    r"(?:[a-z0-9][a-z0-9_-]*/)?[a-z0-9][a-z0-9_-]*\.typ"
)  # it is put into the frame's import
_FRAME: Final = files("esign.rendering").joinpath("frame.typ").read_text("utf-8")
_EPOCH: Final = datetime.fromtimestamp(0, UTC)  # of what has no time of its own
_LOCAL: Final = threading.local()


class Relationship(StrEnum):
    """What an attached file is to the page (ISO 19005-3, AFRelationship)."""

    DATA = "data"
    SOURCE = "source"
    ALTERNATIVE = "alternative"
    SUPPLEMENT = "supplement"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A text file inside the PDF."""

    name: str
    mime_type: str
    text: str = field(repr=False)
    relationship: Relationship = Relationship.DATA
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageMark:
    """What is written over every page of a copy: `heading` once above, `lines` again and again across, `tiny` too small to be seen."""

    heading: str
    lines: tuple[str, ...]
    tiny: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LicencePage:
    """All that decides a page.

    Attributes: `template`, a file that may read its own folder and nothing else; `shared`, a folder beside that folder, where templates
    have parts in common, and None for none (with one, a template may read all folders beside its own); `title`, `author` and `keywords` of the
    document's metadata, free of personal data; `data` for the template (its keys beside ``document``, ``fonts``,
    ``attachments``, ``mark``, ``part`` and ``qr``, which are set here); `ground`, what of the data the ground may know and so no value of a
    field, None for a template that does not draw in parts; `timestamp`, aware: the creation date; `mark`, None but for a copy, and a page
    with one is drawn whole.
    """

    template: Path
    title: str
    author: str
    data: Mapping[str, JsonValue] = field(repr=False)
    qr_text: str = field(repr=False)
    ground: Mapping[str, JsonValue] | None = None
    timestamp: datetime
    shared: Path | None = None
    keywords: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    mark: PageMark | None = None


class _Part(StrEnum):
    """What of a page is drawn."""

    WHOLE = "whole"
    GROUND = "ground"
    VALUES = "values"


@dataclass(frozen=True, slots=True, kw_only=True)
class TypesetPage:
    """A page in PDF.

    Where `ground` is not None, it is a PDF of the ground, the same octets for many licences, and `pdf` the values alone, in which
    others stand where the boxes of `code` belong, and fonts of boxes where those of `drawn` do, by their PostScript names.
    """

    pdf: bytes = field(repr=False)
    ground: bytes | None = field(default=None, repr=False)
    code: QrCode | None = field(default=None, repr=False)
    drawn: Mapping[str, MeasuredFont] = field(default_factory=dict, repr=False)


def render_licence(page: LicencePage, fonts: FontChain | None = None) -> bytes:
    """Return the page as PDF/A-3b, ending with a newline so that an update can be appended.

    Raises:
        TrustError: FONT_MISSING; GLYPH_MISSING; LICENCE_DATA, naming the field, when a text does not fit or the data is
            too large; LICENCE_TYPE when the template is missing; RENDERING_FAILED for every other fault of a template.
    """
    chain = fonts or find_fonts()
    _require_page(page, chain)
    return _compile(page, chain, _inputs(page, chain, qr_code(page.qr_text).svg), standards=(PDF_STANDARD,))


def lay_out_licence(page: LicencePage, fonts: FontChain | None = None) -> TypesetPage:
    """Return the same page as PDF of nothing but the page, in half the time: no tags, no attachments, for no archive; in parts if it has them.

    Raises:
        TrustError: what `render_licence` raises.
    """
    chain = fonts or find_fonts()
    _require_page(page, chain)
    bare = replace(page, attachments=())
    code = qr_code(page.qr_text)
    if page.ground is None or page.mark is not None:
        return TypesetPage(pdf=_compile(page, chain, _inputs(bare, chain, code.svg), tags=False))
    plain = replace(bare, title="", author="", keywords=(), data=page.ground)
    read = (page.template.parent,) if page.shared is None else (page.template.parent, page.shared)
    ground = _ground(page.template, page.shared, _stamp(*read), chain, _inputs(plain, chain, "", _Part.GROUND))
    values = _inputs(bare, chain, code.stand_in, _Part.VALUES)
    return TypesetPage(
        pdf=_compile(page, chain, values, tags=False), ground=ground, code=code, drawn=measured_fonts(chain)
    )


@lru_cache(maxsize=MAX_GROUNDS)
def _ground(
    template: Path,
    shared: Path | None,
    stamp: tuple[tuple[str, int, int], ...],  # noqa: ARG001 - of what is read
    chain: FontChain,
    inputs: str,
) -> bytes:
    """Return the ground of a template, drawn once for all licences that have the same."""
    page = LicencePage(template=template, title="", author="", data={}, qr_text="", timestamp=_EPOCH, shared=shared)
    return _compile(page, chain, inputs, tags=False)


def _stamp(*folders: Path) -> tuple[tuple[str, int, int], ...]:
    """Return what changes when somebody changes a file in folders or below: paths, times and sizes."""
    found: list[tuple[str, int, int]] = []
    waiting = [os.fspath(folder) for folder in folders]
    while waiting and len(found) < MAX_FILES:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                state = entry.stat(follow_symlinks=False)
                found.append((entry.path, state.st_mtime_ns, state.st_size))
                waiting += [entry.path] if entry.is_dir(follow_symlinks=False) else []
    if waiting:
        raise TrustError(ErrorCode.LICENCE_TYPE, "too many files beside a template", limit=MAX_FILES)
    return tuple(sorted(found))


def _require_page(page: LicencePage, chain: FontChain) -> None:
    if not _TEMPLATE_PATH.fullmatch(_path(page)) or not page.template.is_file():
        raise TrustError(ErrorCode.LICENCE_TYPE, f"no template {page.template.name}")
    if page.shared is not None and page.shared.parent != page.template.parent.parent:
        raise TrustError(ErrorCode.LICENCE_TYPE, "what templates share stands beside their folders")
    if _RESERVED & {*page.data, *(page.ground or ())} or len(page.attachments) > MAX_ATTACHMENTS:
        raise TrustError(ErrorCode.LICENCE_DATA, "a reserved key, or too many attachments", limit=MAX_ATTACHMENTS)
    for where, text in _texts(page.data, "page"):
        chain.require_glyphs(text, where=where)
    for text in () if page.mark is None else (page.mark.heading, *page.mark.lines, page.mark.tiny):
        chain.require_glyphs(text, where="mark")


def _inputs(page: LicencePage, chain: FontChain, qr: str, part: _Part = _Part.WHOLE) -> str:
    attached = [
        {
            "name": item.name,
            "mime": item.mime_type,
            "text": item.text,
            "relationship": item.relationship.value,
            "description": item.description,
        }
        for item in page.attachments
    ]
    measuring = (
        families_to_measure(chain) if part is _Part.VALUES else {}
    )  # read back, and drawn with the page fonts then
    data = _breakable(dict(page.data)) | {
        "document": {"title": page.title, "author": page.author, "keywords": list(page.keywords)},
        "fonts": {
            role.value: [measuring.get(family, family) for family in chain.families(role)]
            for role in (FontRole.SERIF, FontRole.SANS)
        },
        "attachments": attached,
        "mark": None if page.mark is None else asdict(page.mark),
        "part": part.value,
        "qr": qr,
    }
    text = json.dumps(data, ensure_ascii=False)
    if len(text.encode("utf-8")) > MAX_PAGE_DATA:
        raise TrustError(ErrorCode.LICENCE_DATA, "the page's data is too large", limit=MAX_PAGE_DATA)
    return text


def _compile(
    page: LicencePage,
    chain: FontChain,
    inputs: str,
    *,
    standards: tuple[Literal["a-3b"], ...] = (),
    tags: bool = True,
) -> bytes:
    try:
        compiler = _compiler(page, chain)
        pdf = compiler.compile(
            input=_document(_path(page), inputs),
            format="pdf",
            pdf_standards=list(standards),
            pdf_tags=tags,
            timestamp=page.timestamp,
        )
    except (typst.TypstError, RuntimeError, OSError, ValueError) as error:
        raise _failure(page, str(getattr(error, "message", ""))) from None  # its trace would show the data
    if not isinstance(pdf, bytes):
        raise TrustError(ErrorCode.RENDERING_FAILED, "the template made no single document")
    return pdf if pdf.endswith(b"\n") else pdf + b"\n"


def _failure(page: LicencePage, message: str) -> TrustError:
    overflow = _OVERFLOW.search(message)
    if overflow:
        return TrustError(ErrorCode.LICENCE_DATA, "the text does not fit the page", field=overflow[1])
    # typst may quote a value in its message; then the message is withheld.
    quoted = any(text and text in message for _, text in _texts(page.data, ""))
    return TrustError(ErrorCode.RENDERING_FAILED, "" if quoted else f"typst: {message[:300]}")


def _root(page: LicencePage) -> Path:
    """Return the folder a template may read."""
    return page.template.parent if page.shared is None else page.shared.parent


def _path(page: LicencePage) -> str:
    """Return a template's path in the folder it may read."""
    return page.template.name if page.shared is None else f"{page.template.parent.name}/{page.template.name}"


def _compiler(page: LicencePage, chain: FontChain) -> typst.Compiler:
    """Return this thread's compiler for a folder of templates: a compiler may not be shared between threads."""
    known: dict[tuple[Path, tuple[Path, ...]], typst.Compiler] | None = getattr(_LOCAL, "compilers", None)
    if known is None:
        known = _LOCAL.compilers = {}
    root = _root(page)
    key = (root, chain.folders)
    if key not in known:
        if len(known) >= MAX_COMPILERS:
            known.clear()
        known[key] = typst.Compiler(
            _document(_path(page), "{}"), root=root, font_paths=_fonts(chain), ignore_system_fonts=True
        )
    return known[key]


@lru_cache(maxsize=8)
def _fonts(chain: FontChain) -> typst.Fonts:
    fonts = typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(folder) for folder in chain.folders]
    )
    # typst passes over a font file that it cannot read, and text in a font it lacks is left out without a word.
    wanted = {face.family for face in chain.faces}.union(families_to_measure(chain).values())
    unread = sorted(wanted.difference(fonts.families()))
    if unread:
        raise TrustError(ErrorCode.FONT_MISSING, f"typst cannot read {', '.join(unread)}; {REMEDY}")
    return fonts


def _document(template: str, inputs: str) -> bytes:
    """Return the frame around a template, its data inside as a string, in which typst knows no more than a backslash and a quote."""
    literal = inputs.replace("\\", "\\\\").replace('"', '\\"')
    document = _FRAME.replace("/template.typ", f"/{template}").replace('"{}"', f'"{literal}"')
    return document.encode("utf-8")


def _breakable(data: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """Let a field's value break inside a run that has no place to break: it would leave the page otherwise."""
    copy: dict[str, JsonValue] = {}
    for key, item in data.items():
        if isinstance(item, dict):
            copy[key] = _breakable(item)
        elif isinstance(item, list):
            copy[key] = [_breakable(each) if isinstance(each, dict) else each for each in item]
        elif isinstance(item, str) and key == "value":
            copy[key] = _UNBROKEN.sub(lambda run: "\u200b".join(run[0]), item)
        else:
            copy[key] = item
    return copy


def _texts(value: JsonValue | Mapping[str, JsonValue], where: str) -> Iterator[tuple[str, str]]:
    """Yield every text in the data with the key it stands under."""
    if isinstance(value, str):
        yield where, value
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item, where)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _texts(item, where if key in {"value", "zh", "en"} else key)
