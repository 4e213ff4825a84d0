"""The machine-readable side of a licence: a JSON object under the names of GB/T 36903-2018, attached to its page.

Standard names are the pinyin short names (ZZMC 证照名称, ZZBS 证照标识 …), all else a type's extension fields KZ_*. Two keys
are ours: ``version`` of this form, and ``status``, which tells where the licence's status is published
(draft-ietf-oauth-status-list). Obligations of single fields in the standard were not at hand; every field that can be
filled is filled.

    metadata = build_metadata(kind, data, identifier=…, issuer=…, issued_at=now, status=StatusReference(uri=…, index=7))
    attachment = metadata_attachment(metadata)
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from esign.licence.field_rule import HOLDER_CODE, HOLDER_NAME, HOLDER_TYPE, VALID_FROM, VALID_TO
from esign.licence.fields import OPEN_ENDED
from esign.rendering.licence_page import Attachment, Relationship
from trustkit.clock import CHINA
from trustkit.encoding.canonical_json import JsonValue, canonical_json
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from datetime import date

    from esign.licence.data import LicenceData
    from esign.licence.identifier import LicenceIdentifier
    from esign.licence.types import LicenceType
    from trustkit.identity import Organisation

METADATA_FILE: Final = "licence.json"
METADATA_VERSION: Final = 1
MAX_STATUS_URI: Final = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusReference:
    """Where the status of the licence is published: the address of a status list and the index in it."""

    uri: str
    index: int


def build_metadata(
    kind: LicenceType,
    data: LicenceData,
    *,
    identifier: LicenceIdentifier,
    issuer: Organisation,
    issued_at: datetime,
    status: StatusReference,
) -> dict[str, JsonValue]:
    """Return the metadata of one licence.

    Raises:
        TrustError: LICENCE_DATA when the identifier belongs to another type or issuer, the time has no zone, or the
            status reference is out of bounds.
    """
    if identifier.type_code != kind.code or identifier.issuer != issuer.uscc:
        raise TrustError(ErrorCode.LICENCE_DATA, "the identifier is of another type or issuer", field="ZZBS")
    if issued_at.tzinfo is None:
        raise TrustError(ErrorCode.LICENCE_DATA, "a time without a zone", field="ZZQZSJ")
    if status.index < 0 or not 0 < len(status.uri) <= MAX_STATUS_URI:
        raise TrustError(ErrorCode.LICENCE_DATA, "status reference out of bounds", field="status")
    moment = issued_at.astimezone(CHINA).isoformat(timespec="seconds")
    day = issue_date(issued_at).isoformat()
    number = next((value.text.kept for value in data.values if value.rule.key == kind.number_from), identifier.serial)
    metadata: dict[str, JsonValue] = {
        "ZZMC": kind.title_zh,
        "ZZLXDM": kind.code,
        "ZZBH": number,
        "ZZBS": identifier.text,
        "ZZBFJG": issuer.name,
        "ZZBFJGDM": issuer.uscc,
        "ZZBFRQ": day,
        HOLDER_NAME: data.kept(HOLDER_NAME),
        HOLDER_CODE: data.kept(HOLDER_CODE),
        "CZZTDMLX": data.holder.type_name,
        HOLDER_TYPE: data.holder.type_code,
        VALID_FROM: data.kept(VALID_FROM) or day,
        VALID_TO: data.kept(VALID_TO) or OPEN_ENDED,
        "ZZQZR": issuer.name,
        "ZZQZSJ": moment,
        "ZZQZMC": f"{issuer.name}{kind.seal.lower_line}",
        "CJSJ": moment,
        "version": METADATA_VERSION,
        "status": {"status_list": {"idx": status.index, "uri": status.uri}},
    }
    metadata |= {value.rule.metadata: value.text.kept for value in data.values}
    return metadata


def metadata_attachment(metadata: dict[str, JsonValue]) -> Attachment:
    """Return the metadata as the file that goes into the PDF: canonical JSON (RFC 8785)."""
    return Attachment(
        name=METADATA_FILE,
        mime_type="application/json",
        text=canonical_json(metadata).decode("utf-8"),
        relationship=Relationship.DATA,
        description="电子证照元数据 Licence metadata (GB/T 36903)",
    )


def issue_date(issued_at: datetime) -> date:
    """Return the date of issue as written on the licence: the day in Beijing."""
    return issued_at.astimezone(UTC).astimezone(CHINA).date()
