"""The face of a licence (证照照面): what its page shows, composed from type, data and metadata.

page = licence_face(kind, data, metadata, issued_at=now, qr_text=url)
pdf = render_licence(page)
seal = draw_seal(seal_design(kind, issuer))      # goes into kind.seal.box on page kind.seal.page
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from esign.licence.fields import shown_date
from esign.licence.metadata import issue_date, metadata_attachment
from esign.rendering.licence_page import LicencePage
from esign.rendering.seal_drawing import SealDesign

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from esign.licence.data import LicenceData, LicenceValue
    from esign.licence.types import LicenceType
    from esign.rendering.fonts import FontChain
    from trustkit.encoding.canonical_json import JsonValue
    from trustkit.identity import Organisation


def licence_face(
    kind: LicenceType,
    data: LicenceData,
    metadata: Mapping[str, JsonValue],
    *,
    issued_at: datetime,
    qr_text: str,
) -> LicencePage:
    """Return the page of a licence, its metadata attached. The document's title holds no personal data."""
    identifier, issuer = str(metadata["ZZBS"]), str(metadata["ZZBFJG"])
    labels: dict[str, JsonValue] = {
        value.rule.key: {"zh": value.rule.label_zh, "en": value.rule.label_en} for value in data.values
    }
    fields: dict[str, JsonValue] = {value.rule.key: _shown(value) for value in data.values}
    same: dict[str, JsonValue] = {
        "title": {"zh": kind.title_zh, "en": kind.title_en},
        # typst takes whole numbers and texts alike; JSON of ours has no fractions.
        "seal": {
            "x": f"{kind.seal.x_mm:g}",
            "y": f"{kind.seal.y_mm:g}",
            "diameter": f"{kind.seal.diameter_mm:g}",
        },
    }
    shown: dict[str, JsonValue] = {
        **same,
        "identifier": identifier,
        "issuer": issuer,
        "issued": shown_date(issue_date(issued_at)),
        "fields": fields,
    }
    return LicencePage(
        template=kind.template,
        shared=kind.shared,
        title=f"{kind.title_zh} {identifier}",
        author=issuer,
        keywords=(kind.title_zh, identifier),
        data=shown,
        ground={**same, "fields": labels} if kind.in_parts else None,
        qr_text=qr_text,
        attachments=(metadata_attachment(dict(metadata)),),
        timestamp=issued_at,
    )


def _shown(value: LicenceValue) -> dict[str, JsonValue]:
    """Return a field for the template; the rows of a list each as what stands left and right."""
    rows: list[JsonValue] = [{"left": {"value": left}, "right": {"value": right}} for left, right in value.text.rows]
    found: dict[str, JsonValue] = {
        "zh": value.rule.label_zh,
        "en": value.rule.label_en,
        "value": value.text.shown,
    }
    return found | {"rows": rows} if rows else found


def seal_design(kind: LicenceType, issuer: Organisation) -> SealDesign:
    """Return the seal an issuer puts on licences of this type. Raise SEAL_DESIGN when its name is out of bounds."""
    return SealDesign(name=issuer.name, lower_line=kind.seal.lower_line, diameter_mm=kind.seal.diameter_mm)


def require_drawable(kind: LicenceType, data: LicenceData, issuer: Organisation, fonts: FontChain) -> None:
    """Raise GLYPH_MISSING, naming field and character, when the page or the seal could not be drawn in full."""
    for value in data.values:
        fonts.require_glyphs(value.text.shown, where=value.rule.key)
    fonts.require_glyphs(issuer.name + kind.seal.lower_line, where="issuer")
