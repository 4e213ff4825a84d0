"""Capsules: what is written is read, fits one code, and one row for each thing that is refused."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest
import zxingcpp
from PIL import Image

from esign.capsule.model import CAPSULE_TYPE, MAX_CAPSULE, CapsuleContent, capsule_text
from esign.capsule.picture import capsule_png, capsule_svg
from esign.capsule.read import parse_capsule
from esign.capsule.sign import content_of, sign_capsule
from esign.capsule.verify import VerifiedCapsule, verify_capsule
from tests.support.cose import with_unprotected
from tests.support.pki import PkiWorld
from tests.unit.verifier.licences import IDENTIFIER
from trustkit.capsule_codes import CapsuleCode
from trustkit.cose.read import SHA256
from trustkit.cose.sign import sign_sign1
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.encoding.cbor import encode_cbor
from trustkit.encoding.text32 import decode_base32, encode_base32
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from trustkit.encoding.cbor import CborValue
    from trustkit.error_family import Code

START = PkiWorld.START
METADATA: dict[str, Any] = {
    "ZZBS": IDENTIFIER,
    "ZZMC": "营业执照",
    "ZZLXDM": "11100000MB0143028R001",
    "CZZT": "示例科技有限公司",
    "CZZTDM": "91990101MA0EXAMPL5",
    "ZZBFJG": "示例市市场监督管理局",
    "ZZYXQQSRQ": "2026-01-01",
    "ZZYXQJZRQ": "长期",
    "status": {"status_list": {"idx": 5, "uri": "https://status.example/lists/1"}},
}


@pytest.fixture(scope="module")
def world() -> PkiWorld:
    return PkiWorld()


def _content(**bent: Any) -> CapsuleContent:
    return content_of(METADATA | bent, issued_at=START)


@pytest.fixture(scope="module")
def octets(world: PkiWorld) -> bytes:
    return sign_capsule(_content(), world.signer.signer, world.signer.certificate)


def test_round_trip(world: PkiWorld, octets: bytes) -> None:
    for data in (octets, capsule_text(octets).encode(), b"\n " + capsule_text(octets).encode() + b"\r\n"):
        found = parse_capsule(data)
        assert verify_capsule(found, world.signer.certificate).content == found.content == _content()
    assert len(octets) <= MAX_CAPSULE
    assert found.certificates == (world.signer.certificate.der,)
    assert "CZZTDM" not in found.content.essentials  # codes of holders may be citizens' numbers
    assert "示例科技" not in repr(found)


def test_metadata_in_the_form_of_the_licence(octets: bytes) -> None:
    told = parse_capsule(octets).content.metadata()
    assert told == {name: value for name, value in METADATA.items() if name not in {"CZZTDM", "ZZBFJG"}}


def test_the_code_is_read_by_a_stock_reader(octets: bytes) -> None:
    text = capsule_text(octets)
    found = zxingcpp.read_barcode(Image.open(BytesIO(capsule_png(text))))
    assert found is not None
    assert found.text == text
    assert parse_capsule(found.text.encode()).content == _content()
    assert capsule_svg(text).startswith(b"<svg")


def test_a_certificate_that_does_not_fit_is_named(world: PkiWorld) -> None:
    content = _content(CZZT="示" * 150)
    octets = sign_capsule(content, world.signer.signer, world.signer.certificate)
    found = parse_capsule(octets)
    assert (found.certificates, len(found.message.thumbprint)) == ((), 32)
    assert verify_capsule(found, world.signer.certificate).content == content
    with pytest.raises(TrustError) as refusal:
        verify_capsule(found, world.issuing.certificate)
    assert refusal.value.code is CapsuleCode.CAPSULE_MALFORMED


def test_what_fits_no_code_is_refused(world: PkiWorld) -> None:
    with pytest.raises(TrustError) as refusal:
        sign_capsule(_content(CZZT="示" * 300, ZZYXQQSRQ="示" * 300), world.signer.signer, world.signer.certificate)
    assert refusal.value.code is CapsuleCode.CAPSULE_TOO_LARGE


@pytest.mark.parametrize("bent", [{"ZZBS": None}, {"status": {}}, {"status": None}])
def test_metadata_without_what_is_needed(bent: dict[str, Any]) -> None:
    with pytest.raises(TrustError) as refusal:
        _content(**bent)
    assert refusal.value.code is CapsuleCode.CAPSULE_MALFORMED


def _payload(**bent: CborValue) -> bytes:
    names = {"sub": 2, "iat": 6, "status": 65535, "essentials": -70100, "other": 1}
    claims: dict[str, CborValue] = {
        "sub": METADATA["ZZBS"],
        "iat": 1,
        "status": {"status_list": {"idx": 1, "uri": "u"}},
        "essentials": {1: "a"},
    }
    return encode_cbor({names[key]: value for key, value in (claims | bent).items() if value is not None})


MALFORMED: dict[str, tuple[bytes, Code]] = {
    "no map": (encode_cbor([]), CapsuleCode.CAPSULE_MALFORMED),
    "no sub": (_payload(sub=None), CapsuleCode.CAPSULE_MALFORMED),
    "sub empty": (_payload(sub=""), CapsuleCode.CAPSULE_MALFORMED),
    "sub unprintable": (_payload(sub="a\nb"), CapsuleCode.CAPSULE_MALFORMED),
    "sub long": (_payload(sub="a" * 301), CapsuleCode.CAPSULE_MALFORMED),
    "iat true": (_payload(iat=True), CapsuleCode.CAPSULE_MALFORMED),
    "iat beyond the years": (_payload(iat=2**45), CapsuleCode.CAPSULE_MALFORMED),
    "no status": (_payload(status=None), CapsuleCode.CAPSULE_MALFORMED),
    "status of another kind": (_payload(status={"x": {}}), CapsuleCode.CAPSULE_MALFORMED),
    "no index": (_payload(status={"status_list": {"uri": "u"}}), CapsuleCode.CAPSULE_MALFORMED),
    "index below": (_payload(status={"status_list": {"idx": -1, "uri": "u"}}), CapsuleCode.CAPSULE_MALFORMED),
    "no name": (_payload(essentials={2: "a"}), CapsuleCode.CAPSULE_MALFORMED),
    "an essential nobody knows": (
        _payload(essentials={1: "a", 9: "c"}),
        CapsuleCode.CAPSULE_MALFORMED,
    ),
    "an essential in octets": (_payload(essentials={1: b"a"}), CapsuleCode.CAPSULE_MALFORMED),
    "a claim nobody knows": (_payload(other="x"), CapsuleCode.CAPSULE_MALFORMED),
    "unsorted": (bytes.fromhex("a206010261" + "61"), CapsuleCode.CBOR_NOT_DETERMINISTIC),
    "too large": (_payload(sub="a" * 1300), ErrorCode.INPUT_TOO_LARGE),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed(world: PkiWorld, name: str) -> None:
    payload, code = MALFORMED[name]
    octets = sign_sign1({16: CAPSULE_TYPE}, payload, world.signer.signer)
    with pytest.raises(TrustError) as refusal:
        parse_capsule(octets)
    assert refusal.value.code is code


@pytest.mark.parametrize("typ", ["", "JWT", "application/statuslist+cwt"])
def test_another_type(world: PkiWorld, typ: str) -> None:
    octets = sign_sign1({16: typ}, _payload(), world.signer.signer)
    with pytest.raises(TrustError) as refusal:
        parse_capsule(octets)
    assert refusal.value.code is CapsuleCode.CAPSULE_MALFORMED


def test_the_certificate_is_named_where_the_signature_covers_it(world: PkiWorld) -> None:
    thumbprint: CborValue = [SHA256, digest(DigestAlgorithm.SHA256, world.signer.certificate.der)]
    names: tuple[tuple[int, CborValue], ...] = ((33, world.signer.certificate.der), (34, thumbprint))
    for label, value in names:
        octets = with_unprotected(sign_sign1({16: CAPSULE_TYPE}, _payload(), world.signer.signer), {label: value})
        with pytest.raises(TrustError) as refusal:
            parse_capsule(octets)
        assert refusal.value.code is CapsuleCode.COSE_MALFORMED


TEXTS: dict[str, tuple[bytes, Code]] = {
    "small letters": (b"TKL1:mfrgg", CapsuleCode.BASE32_MALFORMED),
    "a letter lost": (b"TKL1:MFRGGZ", CapsuleCode.BASE32_MALFORMED),
    "stray bits": (b"TKL1:MFRGH", CapsuleCode.BASE32_MALFORMED),
    "padding": (b"TKL1:MFRGG===", CapsuleCode.BASE32_MALFORMED),
    "nothing": (b"TKL1:", CapsuleCode.CBOR_MALFORMED),
    "no ASCII": ("TKL1:码".encode(), CapsuleCode.CAPSULE_MALFORMED),
    "endless": (b"TKL1:" + b"A" * 10_000, ErrorCode.INPUT_TOO_LARGE),
    "no capsule": (b"TKL1:MFRGG", CapsuleCode.CBOR_MALFORMED),
}


@pytest.mark.parametrize("name", TEXTS)
def test_texts_that_are_none(name: str) -> None:
    text, code = TEXTS[name]
    with pytest.raises(TrustError) as refusal:
        parse_capsule(text)
    assert refusal.value.code is code


def test_signatures(world: PkiWorld, octets: bytes) -> None:
    bent = octets[:-1] + bytes((octets[-1] ^ 1,))
    for data, certificate, code in (
        (bent, world.signer.certificate, ErrorCode.SIGNATURE_WRONG),
        (octets, world.issuing.certificate, CapsuleCode.CAPSULE_MALFORMED),
    ):
        with pytest.raises(TrustError) as refusal:
            verify_capsule(parse_capsule(data), certificate)
        assert refusal.value.code is code
    with pytest.raises(TrustError) as refusal:
        sign_capsule(_content(), world.signer.signer, world.issuing.certificate)
    assert refusal.value.code is ErrorCode.USAGE


def test_verified_is_made_by_verifying_only(world: PkiWorld, octets: bytes) -> None:
    verified = verify_capsule(parse_capsule(octets), world.signer.certificate)
    fields = {name: getattr(verified, name) for name in VerifiedCapsule.__slots__}
    with pytest.raises(TypeError, match="verify_capsule"):
        VerifiedCapsule(**fields, made_here=None)


def test_base32_is_canonical() -> None:
    for size in range(12):
        assert decode_base32(encode_base32(bytes(range(size)))) == bytes(range(size))
