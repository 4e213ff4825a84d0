from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from esign.licence.data import read_licence_data
from esign.licence.face import licence_face
from esign.licence.formats import LicenceFormat, format_of
from esign.licence.identifier import compose_identifier
from esign.licence.metadata import METADATA_FILE, StatusReference, build_metadata, metadata_attachment
from esign.licence.ofd_making import TAG_TYPE, licence_ofd, sealing_request
from esign.ofd.earlier import require_holding
from esign.ofd.package import open_package
from esign.ofd.read import read_ofd
from esign.ofd.sign import sign_ofd
from esign.ofd.xml import attribute, children, local_name, parse_xml, text
from esign.rendering.licence_page import lay_out_licence
from esign.seal.model import SealVersion
from tests.support.pki import PkiWorld
from tests.support.ses import make_seal

if TYPE_CHECKING:
    from datetime import datetime

    from esign.licence.types import LicenceType
    from esign.ofd.write import WrittenOfd
    from trustkit.encoding.canonical_json import JsonValue
    from trustkit.identity import Organisation


@pytest.fixture(scope="module")
def world() -> PkiWorld:
    return PkiWorld()


@pytest.fixture
def metadata(kind: LicenceType, sample: bytes, issuer: Organisation, now: datetime) -> dict[str, JsonValue]:
    data = read_licence_data(kind, sample, today=now.date())
    identifier = compose_identifier(type_code=kind.code, issuer=issuer.uscc, serial="1", version=1)
    status = StatusReference(uri="https://licence.example.gov.cn/status/1", index=7)
    return build_metadata(kind, data, identifier=identifier, issuer=issuer, issued_at=now, status=status)


@pytest.fixture
def written(kind: LicenceType, sample: bytes, now: datetime, metadata: dict[str, JsonValue]) -> WrittenOfd:
    data = read_licence_data(kind, sample, today=now.date())
    page = licence_face(kind, data, metadata, issued_at=now, qr_text="https://licence.example.gov.cn/v/1")
    return licence_ofd(page, lay_out_licence(page), data, metadata)


def test_the_page_is_the_same_whether_a_pdf_is_wanted_too_or_not(
    written: WrittenOfd, kind: LicenceType, sample: bytes, now: datetime, metadata: dict[str, JsonValue]
) -> None:
    data = read_licence_data(kind, sample, today=now.date())
    page = licence_face(kind, data, metadata, issued_at=now, qr_text="https://licence.example.gov.cn/v/1")
    assert licence_ofd(page, lay_out_licence(page), data, metadata) == written


def test_the_metadata_are_those_of_the_pdf(written: WrittenOfd, metadata: dict[str, JsonValue]) -> None:
    ofd = read_ofd(written.octets)
    (attached,) = ofd.attached(METADATA_FILE)
    assert attached.file is not None
    assert ofd.package.octets(attached.file).decode() == metadata_attachment(metadata).text
    assert dict(ofd.documents[0].custom_data) == {key: each for key, each in metadata.items() if isinstance(each, str)}


def test_tags_name_the_objects_that_show_the_fields(
    written: WrittenOfd, kind: LicenceType, sample: bytes, now: datetime, metadata: dict[str, JsonValue]
) -> None:
    package = open_package(written.octets)
    (listed,) = children(parse_xml(package.octets("Doc_0/Tags/CustomTags.xml"), "x"), "CustomTag")
    assert attribute(listed, "TypeID") == TAG_TYPE
    page = parse_xml(package.octets("Doc_0/Pages/Page_0/Content.xml"), "x")
    shown = {each.get("ID"): next(each.iter("{*}TextCode")).text or "" for each in page.iter("{*}TextObject")}
    tags = {
        local_name(field): "".join(shown[text(each)] for each in children(field, "ObjectRef"))
        for field in parse_xml(package.octets("Doc_0/Tags/CustomTag.xml"), "x")
    }
    data = read_licence_data(kind, sample, today=now.date())
    for value in data.values:
        assert value.text.shown.replace(" ", "") in tags[value.rule.metadata].replace(" ", ""), value.rule.metadata
    assert metadata["ZZBS"] == tags["ZZBS"]
    assert metadata["ZZBFJG"] == tags["ZZBFJG"]
    assert "年" in tags["ZZBFRQ"]


@pytest.mark.parametrize("version", list(SealVersion))
def test_the_seal_stands_where_the_type_says(
    written: WrittenOfd, kind: LicenceType, world: PkiWorld, version: SealVersion
) -> None:
    request = sealing_request(
        kind,
        written,
        make_seal(world, version=version),
        signer=world.signer.signer,
        certificate=world.signer.certificate,
        at=world.START,
        stamp=bytes,
        reason="签发",
    )
    assert (request.timestamp is None) is (version is SealVersion.V1)
    (place,) = request.stamps
    assert (place.left + place.width / 2, place.top + place.height / 2) == (kind.seal.x_mm, kind.seal.y_mm)
    page = parse_xml(open_package(written.octets).octets("Doc_0/Document.xml"), "x")
    assert place.page in {each.get("ID") for each in page.iter("{*}Page")}
    if version is SealVersion.V1:
        assert len(require_holding(read_ofd(sign_ofd(request)))) == 1


def test_formats_are_told_apart(written: WrittenOfd) -> None:
    assert format_of(written.octets) is LicenceFormat.OFD
    assert format_of(b"%PDF-1.7") is LicenceFormat.PDF
