"""What we write, read by somebody else's ASN.1 under the structures of the editions, and written by it again: the same octets."""

# asn1crypto comes without types:
# mypy: disable-error-code="misc"

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar

import pytest
from asn1crypto import core

from esign.seal.model import SealExtension, SealPicture, SealVersion
from esign.seal.order import SealOrder
from esign.seal.sign import make_seal
from tests.support.electronic_seals import seal_over
from tests.support.signed_pdf import stamper

if TYPE_CHECKING:
    from tests.support.pki import PkiWorld

VERSIONS = list(SealVersion)


class Header(core.Sequence):
    _fields: ClassVar = [("ID", core.IA5String), ("version", core.Integer), ("Vid", core.IA5String)]


class Certificates(core.SequenceOf):
    _child_spec = core.OctetString


class CertDigestObj(core.Sequence):
    _fields: ClassVar = [("type", core.PrintableString), ("value", core.OctetString)]


class CertDigests(core.SequenceOf):
    _child_spec = CertDigestObj


class PropertyV1(core.Sequence):
    _fields: ClassVar = [
        ("type", core.Integer),
        ("name", core.UTF8String),
        ("certList", Certificates),
        ("createDate", core.UTCTime),
        ("validStart", core.UTCTime),
        ("validEnd", core.UTCTime),
    ]


class PropertyV4(core.Sequence):
    _fields: ClassVar = [
        ("type", core.Integer),
        ("name", core.UTF8String),
        ("certListType", core.Integer),
        ("certList", Certificates),
        ("createDate", core.GeneralizedTime),
        ("validStart", core.GeneralizedTime),
        ("validEnd", core.GeneralizedTime),
    ]


class PropertyDigests(core.Sequence):
    _fields: ClassVar = [
        *PropertyV4._fields[:3],
        ("certList", CertDigests),
        *PropertyV4._fields[4:],
    ]


class Picture(core.Sequence):
    _fields: ClassVar = [
        ("type", core.IA5String),
        ("data", core.OctetString),
        ("width", core.Integer),
        ("height", core.Integer),
    ]


class ExtData(core.Sequence):
    _fields: ClassVar = [
        ("extnID", core.ObjectIdentifier),
        ("critical", core.Boolean, {"default": False}),
        ("extnValue", core.OctetString),
    ]


class ExtensionDatas(core.SequenceOf):
    _child_spec = ExtData


def info(properties: type[core.Sequence]) -> type[core.Sequence]:
    class SealInfo(core.Sequence):
        _fields: ClassVar = [
            ("header", Header),
            ("esID", core.IA5String),
            ("property", properties),
            ("picture", Picture),
            ("extDatas", ExtensionDatas, {"optional": True}),
        ]

    return SealInfo


class SignInfo(core.Sequence):
    _fields: ClassVar = [
        ("cert", core.OctetString),
        ("signatureAlgorithm", core.ObjectIdentifier),
        ("signData", core.OctetBitString),
    ]


class SealV1(core.Sequence):
    _fields: ClassVar = [("esealInfo", info(PropertyV1)), ("signInfo", SignInfo)]


def seal_v4(properties: type[core.Sequence]) -> type[core.Sequence]:
    class Seal(core.Sequence):
        _fields: ClassVar = [
            ("eSealInfo", info(properties)),
            ("cert", core.OctetString),
            ("signAlgID", core.ObjectIdentifier),
            ("signedValue", core.OctetBitString),
            ("timeStamp", core.OctetBitString, {"explicit": 0, "optional": True}),
        ]

    return Seal


class ToSignV1(core.Sequence):
    _fields: ClassVar = [
        ("version", core.Integer),
        ("eseal", SealV1),
        ("timeInfo", core.OctetBitString),
        ("dataHash", core.OctetBitString),
        ("propertyInfo", core.IA5String),
        ("cert", core.OctetString),
        ("signatureAlgorithm", core.ObjectIdentifier),
    ]


class SignatureV1(core.Sequence):
    _fields: ClassVar = [("toSign", ToSignV1), ("signature", core.OctetBitString)]


class ToSignV4(core.Sequence):
    _fields: ClassVar = [
        ("version", core.Integer),
        ("eseal", seal_v4(PropertyV4)),
        ("timeInfo", core.GeneralizedTime),
        ("dataHash", core.OctetBitString),
        ("propertyInfo", core.IA5String),
        ("extDatas", ExtensionDatas, {"explicit": 0, "optional": True}),
    ]


class SignatureV4(core.Sequence):
    _fields: ClassVar = [
        ("toSign", ToSignV4),
        ("cert", core.OctetString),
        ("signatureAlgID", core.ObjectIdentifier),
        ("signature", core.OctetBitString),
        ("timeStamp", core.OctetBitString, {"explicit": 0, "optional": True}),
    ]


def rewritten(spec: type[core.Sequence], octets: bytes) -> bytes:
    found = spec.load(octets, strict=True)
    _ = found.native  # every field by its type
    return bytes(found.dump(force=True))


def seal_of(world: PkiWorld, version: SealVersion, *, by_digest: bool = False) -> bytes:
    now = world.clock.now()
    order = SealOrder(
        version=version,
        identifier="11010000000001",
        name="示例市政务服务管理局",
        users=(world.signer.certificate, world.revoked.certificate),
        created_at=now,
        valid_from=now,
        valid_until=now + timedelta(days=30),
        picture=SealPicture(type="PNG", data=b"picture", width=42, height=42),
        by_digest=by_digest,
        extensions=(
            SealExtension(oid="1.2.3", critical=True, value=b"x"),
            SealExtension(oid="1.2.4", critical=False, value=b"y"),
        ),
    )
    return make_seal(
        order,
        signer=world.seal_maker.signer,
        certificate=world.seal_maker.certificate,
        stamp=stamper(world) if version is SealVersion.V5 else None,
    )


@pytest.mark.parametrize("version", VERSIONS)
def test_seals_and_signatures(world: PkiWorld, version: SealVersion) -> None:
    seal = seal_of(world, version)
    v1 = version is SealVersion.V1
    assert rewritten(SealV1 if v1 else seal_v4(PropertyV4), seal) == seal
    octets = seal_over(
        seal,
        protected=b"content",
        property_info="ByteRange",
        signer=world.signer.signer,
        certificate=world.signer.certificate,
        at=world.clock.now(),
        stamp=None if v1 else stamper(world),
    )
    assert rewritten(SignatureV1 if v1 else SignatureV4, octets) == octets


@pytest.mark.parametrize("version", VERSIONS[1:])
def test_digests_in_place_of_certificates(world: PkiWorld, version: SealVersion) -> None:
    seal = seal_of(world, version, by_digest=True)
    assert rewritten(seal_v4(PropertyDigests), seal) == seal
