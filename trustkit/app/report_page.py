"""A report as PDF/A-3b: the same content as its other forms, drawn by the pipeline that draws licences, with the report as JSON inside."""

from __future__ import annotations

from importlib.resources import as_file, files
from typing import TYPE_CHECKING

from esign.rendering.fonts import code_point, find_fonts
from esign.rendering.licence_page import MAX_PAGE_DATA, Attachment, LicencePage, render_licence
from trustkit.clock import parse_rfc3339
from trustkit.encoding.canonical_json import canonical_json
from trustkit.errors import ErrorCode, TrustError
from trustkit.texts.catalogue import Language
from verifier.reports.evidence_told import KINDS
from verifier.reports.words import WORDS

if TYPE_CHECKING:
    from esign.rendering.fonts import FontChain
    from trustkit.encoding.canonical_json import JsonValue


def report_to_pdf(content: dict[str, JsonValue]) -> bytes:
    """Return the content of a report as PDF; a character no font here draws stands as its code point.

    Raises:
        TrustError: FONT_MISSING; INPUT_TOO_LARGE for a report of more than `MAX_PAGE_DATA`; RENDERING_FAILED.
    """
    chain = find_fonts()
    words = WORDS[Language(str(content["language"]))]
    file = content["file"]
    name = f"sm3:{file['sm3']}" if isinstance(file, dict) else ""
    shown = _drawable(content, chain)
    data: dict[str, JsonValue] = {"report": shown, "words": dict(words), "kinds": list(KINDS)}
    with as_file(files("trustkit.app").joinpath("report_page.typ")) as template:
        page = LicencePage(
            template=template,
            title=words["title"],
            author=str(content["made_by"]),
            data=data,
            qr_text=name,
            timestamp=parse_rfc3339(str(content["validated_at"])).replace(microsecond=0),
            attachments=(
                Attachment(
                    name="report.json", mime_type="application/json", text=canonical_json(content).decode("utf-8")
                ),
            ),
        )
        try:
            return render_licence(page, chain)
        except TrustError as error:
            if error.code is not ErrorCode.LICENCE_DATA:
                raise
            told = "more than a PDF report holds: --as html takes all of it"
            raise TrustError(ErrorCode.INPUT_TOO_LARGE, told, limit=MAX_PAGE_DATA) from error


def _drawable(value: JsonValue, chain: FontChain) -> JsonValue:
    if isinstance(value, str):
        missing = dict.fromkeys(chain.glyphs_missing(value))
        for each in missing:
            value = value.replace(each, code_point(each))
        return value
    if isinstance(value, list):
        return [_drawable(each, chain) for each in value]
    return {key: _drawable(each, chain) for key, each in value.items()} if isinstance(value, dict) else value
