"""Making the document of a copy: the face of the licence as its sealed record says it, marked over and under, sealed anew.

Nothing of the issuer's own document goes into it: page, metadata, seal and signature are made afresh, so whoever has a copy cannot
take the marks off and be left with the licence.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from esign.copies.model import MEMBER, CopyTerms  # a field type of a public dataclass
from esign.licence.face import licence_face
from esign.licence.field_rule import VALID_FROM, VALID_TO
from esign.licence.fields import OPEN_ENDED, shown_date
from esign.licence.metadata import metadata_attachment
from esign.licence.types import find_licence_type
from esign.rendering.licence_page import PageMark
from trustkit.clock import CHINA, format_rfc3339
from trustkit.encoding.canonical_json import canonical_json
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from esign.licence.formats import LicenceFormat
    from esign.licence.making import LicenceMaker
    from esign.licence.ordering import LicenceOrder
    from esign.licence.types import LicenceType
    from trustkit.encoding.canonical_json import JsonValue
    from trustkit.store.licence_copies import CopyRow
    from trustkit.store.licences import LicenceRow

# GB/T 36903 of a copy: 加注件制作时间, 制作者, 事由, 有效期截止时间.
MADE_AT: Final = "JZJZZSJ"
MADE_BY: Final = "JZJZZZ"
MADE_FOR: Final = "JZJZZSY"
GOOD_UNTIL: Final = "JZJYXQJZSJ"
STATUS_PATH: Final = "/v1/licence-copies/{number}/status"
_DAY_TIME: Final = "%H:%M"
_TINY: Final = 8  # times the number stands in a line too small to be seen


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyMaker:
    """Draws and seals copies with what seals licences."""

    licences: LicenceMaker

    def order(
        self,
        row: LicenceRow,
        record: Mapping[str, JsonValue],
        formats: tuple[LicenceFormat, ...],
        seal: str | None,
    ) -> LicenceOrder:
        """Return the order of a document with the face that a sealed record says; `seal` names the electronic seal of an OFD.

        Raises:
            TrustError: as `LicenceOrders.order_of_code`; LICENCE_TYPE when the licence's type is not there any more; LICENCE_DATA when the
                type has changed so that it no longer takes what was issued.
        """
        kind = find_licence_type(self.licences.types, row.type_code)
        if kind is None:
            raise TrustError(ErrorCode.LICENCE_TYPE, "the type of the licence is not among the policies any more")
        said = fields_of(kind, record)
        try:
            return self.licences.orders.order_of_code(row.type_code, canonical_json(said), formats, seal)
        except TrustError as error:
            plain = _without_defaults(kind, record, said)
            if error.code is not ErrorCode.LICENCE_DATA or plain == said:
                raise
        return self.licences.orders.order_of_code(row.type_code, canonical_json(plain), formats, seal)

    def make(
        self,
        order: LicenceOrder,
        licence: LicenceRow,
        record: Mapping[str, JsonValue],
        row: CopyRow,
        terms: CopyTerms,
    ) -> tuple[bytes, ...]:
        """Return the sealed documents of a reserved copy, one for each format in order. Raise as `LicenceMaker.make`."""
        at = row.intent_at
        metadata = self._metadata(record, row, terms)
        face = licence_face(
            order.kind,
            order.data,
            metadata,
            issued_at=licence.intent_at.replace(microsecond=0),
            qr_text=self.licences.base_url + STATUS_PATH.format(number=row.number),
        )
        page = replace(
            face,
            title=f"{face.title} 加注件 {row.number}",
            keywords=(*face.keywords, "加注件", row.number),
            attachments=(metadata_attachment(metadata),),
            timestamp=at.replace(microsecond=0),
            ground=None,
            mark=page_mark(terms),
        )
        return self.licences.seal(order, page, metadata, at=at, reason=f"制作{order.kind.title_zh}加注件")

    def _metadata(self, record: Mapping[str, JsonValue], row: CopyRow, terms: CopyTerms) -> dict[str, JsonValue]:
        """Return the licence's own words with those of the copy, whose status is published at a place of its own."""
        moment = row.intent_at.astimezone(CHINA).isoformat(timespec="seconds")
        return {
            **record,
            "CJSJ": moment,
            "ZZQZSJ": moment,
            MADE_AT: moment,
            MADE_BY: self.licences.issuer.name,
            MADE_FOR: terms.purpose,
            GOOD_UNTIL: format_rfc3339(terms.valid_until),
            MEMBER: terms.to_json(),
            "status": {"status_list": {"idx": row.status_index, "uri": row.status_list}},
        }


def fields_of(kind: LicenceType, record: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """Return what a licence's data file would say, by the keys of its type, from what is kept in its sealed record."""
    return {rule.key: record[rule.metadata] for rule in kind.fields if rule.metadata in record}


def _without_defaults(
    kind: LicenceType, record: Mapping[str, JsonValue], said: Mapping[str, JsonValue]
) -> dict[str, JsonValue]:
    """Leave out a term that the record may only have because every record has one: from its issue on, without end."""
    defaults = {VALID_FROM: record.get("ZZBFRQ"), VALID_TO: OPEN_ENDED}
    assumed = {
        rule.key
        for rule in kind.fields
        if not rule.required and rule.metadata in defaults and record.get(rule.metadata) == defaults[rule.metadata]
    }
    return {key: value for key, value in said.items() if key not in assumed}


def page_mark(terms: CopyTerms) -> PageMark:
    """Return what is written over every page of a copy."""
    recipient = f"{terms.recipient.name}（{terms.recipient.uscc}）"
    begins, ends = _shown(terms.valid_from), _shown(terms.valid_until)
    return PageMark(
        heading=f"加注件 COPY  仅用于 {terms.purpose}  ·  接收方 {recipient}  ·  有效期 {begins} 至 {ends}  ·  编号 {terms.number}",
        lines=(
            f"仅用于：{terms.purpose}",
            f"接收方：{recipient}",
            f"有效期自 {begins}",
            f"至 {ends}",
            f"加注件编号 Copy No. {terms.number}",
            "Only for this purpose and recipient",
        ),
        tiny=" ".join([f"TRUSTKIT-COPY-{terms.number}"] * _TINY),
    )


def _shown(moment: datetime) -> str:
    local = moment.astimezone(CHINA)
    return f"{shown_date(local.date())} {local.strftime(_DAY_TIME)}"
