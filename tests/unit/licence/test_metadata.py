from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest

from esign.licence.data import LicenceData, read_licence_data
from esign.licence.identifier import LicenceIdentifier, compose_identifier
from esign.licence.metadata import StatusReference, build_metadata, issue_date, metadata_attachment
from esign.rendering.licence_page import Relationship
from trustkit.encoding.canonical_json import canonical_json, parse_json
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from esign.licence.types import LicenceType
    from trustkit.identity import Organisation

STATUS = StatusReference(uri="https://licence.example.gov.cn/status/1", index=7)


@pytest.fixture
def data(kind: LicenceType, sample: bytes, now: datetime) -> LicenceData:
    return read_licence_data(kind, sample, today=now.date())


@pytest.fixture
def identifier(kind: LicenceType, issuer: Organisation) -> LicenceIdentifier:
    return compose_identifier(type_code=kind.code, issuer=issuer.uscc, serial="20261124000001", version=1)


def test_names_of_gb_t_36903(
    kind: LicenceType, data: LicenceData, identifier: LicenceIdentifier, issuer: Organisation, now: datetime
) -> None:
    metadata = build_metadata(kind, data, identifier=identifier, issuer=issuer, issued_at=now, status=STATUS)
    assert metadata.pop("KZ_JYFW") == data.shown("scope")
    assert metadata == {
        "ZZMC": "营业执照",
        "ZZLXDM": "11100000MB0143028R001",
        "ZZBH": "91990100MA7TRYQ01H",
        "ZZBS": identifier.text,
        "ZZBFJG": "示例市市场监督管理局",
        "ZZBFJGDM": "1199010000TRYQK01Q",
        "ZZBFRQ": "2026-11-24",
        "CZZT": "示例市云杉信息技术有限公司",
        "CZZTDM": "91990100MA7TRYQ01H",
        "CZZTDMLX": "统一社会信用代码",
        "CZZTDMLXDM": "001",
        "ZZYXQQSRQ": "2019-03-01",
        "ZZYXQJZRQ": "长期",
        "ZZQZR": "示例市市场监督管理局",
        "ZZQZSJ": "2026-11-24T16:30:15+08:00",
        "ZZQZMC": "示例市市场监督管理局电子证照专用章",
        "CJSJ": "2026-11-24T16:30:15+08:00",
        "version": 1,
        "status": {"status_list": {"idx": 7, "uri": "https://licence.example.gov.cn/status/1"}},
        "KZ_LX": "有限责任公司（自然人投资或控股）",
        "KZ_FDDBR": "张示例",
        "KZ_ZCZB": "CNY 10000000.00",
        "KZ_CLRQ": "2019-03-01",
        "KZ_ZS": "示例省示例市示例区科技园路88号云杉大厦12层1201室",
    }


def test_the_attachment_is_canonical_json(
    kind: LicenceType, data: LicenceData, identifier: LicenceIdentifier, issuer: Organisation, now: datetime
) -> None:
    metadata = build_metadata(kind, data, identifier=identifier, issuer=issuer, issued_at=now, status=STATUS)
    attachment = metadata_attachment(metadata)
    assert (attachment.name, attachment.mime_type) == ("licence.json", "application/json")
    assert attachment.relationship is Relationship.DATA
    octets = attachment.text.encode("utf-8")
    assert parse_json(octets) == metadata
    assert canonical_json(metadata) == octets
    assert "云杉" not in repr(attachment)


def test_without_term_and_number(
    kind: LicenceType, sample: bytes, identifier: LicenceIdentifier, issuer: Organisation, now: datetime
) -> None:
    tree = parse_json(sample)
    assert isinstance(tree, dict)
    octets = canonical_json({key: value for key, value in tree.items() if key not in {"term_start", "term_end"}})
    data = read_licence_data(kind, octets, today=now.date())
    numberless = replace(kind, number_from=None)
    metadata = build_metadata(numberless, data, identifier=identifier, issuer=issuer, issued_at=now, status=STATUS)
    assert (metadata["ZZYXQQSRQ"], metadata["ZZYXQJZRQ"]) == ("2026-11-24", "长期")
    assert metadata["ZZBH"] == "20261124000001"


def test_the_day_is_beijings() -> None:
    assert issue_date(datetime(2026, 11, 24, 15, 59, tzinfo=UTC)) == date(2026, 11, 24)
    assert issue_date(datetime(2026, 11, 24, 16, 0, tzinfo=UTC)) == date(2026, 11, 25)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"issuer": "1199020000TRYQK01X"}, "ZZBS"),
        ({"type": "11100000000013338W009"}, "ZZBS"),
        ({"issued_at": datetime(2026, 11, 24)}, "ZZQZSJ"),  # noqa: DTZ001 - the fault that is tried
        ({"status": StatusReference(uri="", index=1)}, "status"),
        ({"status": StatusReference(uri="x" * 2001, index=1)}, "status"),
        ({"status": StatusReference(uri="https://a.example", index=-1)}, "status"),
    ],
)
def test_refused(  # noqa: PLR0917 - fixtures and a table
    kind: LicenceType, data: LicenceData, issuer: Organisation, now: datetime, changes: dict[str, object], field: str
) -> None:
    made = compose_identifier(
        type_code=str(changes.pop("type", kind.code)),
        issuer=str(changes.pop("issuer", issuer.uscc)),
        serial="1",
        version=1,
    )
    arguments: dict[str, object] = {"issued_at": now, "status": STATUS, **changes}
    with pytest.raises(TrustError) as caught:
        build_metadata(kind, data, identifier=made, issuer=issuer, **arguments)  # type: ignore[arg-type] # one table
    assert caught.value.code is ErrorCode.LICENCE_DATA
    assert caught.value.facts["field"] == field
