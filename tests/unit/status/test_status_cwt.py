"""Status lists as CWT: what the JWT says, and one row for each thing that is refused."""

from __future__ import annotations

import zlib
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from esign.status.model import CWT_MEDIA_TYPE, LicenceStatus
from esign.status.read import parse_status_list
from esign.status.sign import ListContent, sign_status_cwt, sign_status_jwt
from esign.status.verify import verify_status_list
from tests.support.cose import with_unprotected
from tests.support.pki import PkiWorld
from trustkit.capsule_codes import CapsuleCode
from trustkit.cose.model import Label
from trustkit.cose.sign import chain_header, sign_sign1
from trustkit.encoding.cbor import encode_cbor
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from trustkit.encoding.cbor import CborKey, CborValue
    from trustkit.error_family import Code

URI = "https://licences.example.test/v1/status/1"
START = PkiWorld.START
LST = zlib.compress(b"\x24")


@pytest.fixture(scope="module")
def world() -> PkiWorld:
    return PkiWorld()


def _content(**bent: object) -> ListContent:
    values = {
        "entries": bytes((0, 1, 2, 0, 3)),
        "uri": URI,
        "issued_at": START,
        "expires_at": START + timedelta(days=1),
        "ttl": timedelta(hours=1),
    }
    return ListContent(**(values | bent))  # type: ignore[arg-type]


def _signed(world: PkiWorld, payload: bytes, typ: CborValue = CWT_MEDIA_TYPE, *, bare: bool = False) -> bytes:
    chain: dict[CborKey, CborValue] = {} if bare else {33: chain_header(world.chain(world.status_signer))}
    return sign_sign1({Label.TYPE.value: typ, **chain}, payload, world.status_signer.signer)


def _claims(**bent: CborValue) -> bytes:
    numbers = {"sub": 2, "exp": 4, "iat": 6, "status_list": 65533, "ttl": 65534}
    claims: dict[str, CborValue] = {
        "sub": URI,
        "iat": 1_800_000_000,
        "exp": 1_800_086_400,
        "ttl": 60,
        "status_list": {"bits": 2, "lst": LST},
    }
    return encode_cbor({numbers[name]: value for name, value in (claims | bent).items() if value is not None})


def test_both_forms_say_the_same(world: PkiWorld) -> None:
    chain = world.chain(world.status_signer)
    as_cwt = sign_status_cwt(_content(), world.status_signer.signer, chain)
    as_jwt = sign_status_jwt(_content(), world.status_signer.signer, chain).encode()
    cwt, jwt = (verify_status_list(parse_status_list(each), uri=URI, at=START) for each in (as_cwt, as_jwt))
    assert [cwt.status(index) for index in range(3)] == [
        LicenceStatus.VALID,
        LicenceStatus.REVOKED,
        LicenceStatus.SUSPENDED,
    ]
    for name in ("uri", "issued_at", "expires_at", "ttl", "certificate", "chain", "entries"):
        assert getattr(cwt, name) == getattr(jwt, name), name
    assert (cwt.octets, jwt.octets) == (as_cwt, as_jwt)
    assert len(as_cwt) < len(as_jwt)


MALFORMED: dict[str, tuple[bytes, Code]] = {
    "no map": (encode_cbor([]), ErrorCode.STATUS_LIST_MALFORMED),
    "no sub": (_claims(sub=None), ErrorCode.STATUS_LIST_MALFORMED),
    "sub in octets": (_claims(sub=b"x"), ErrorCode.STATUS_LIST_MALFORMED),
    "sub long": (_claims(sub="a" * 3000), ErrorCode.STATUS_LIST_MALFORMED),
    "no iat": (_claims(iat=None), ErrorCode.STATUS_LIST_MALFORMED),
    "iat true": (_claims(iat=True), ErrorCode.STATUS_LIST_MALFORMED),
    "iat beyond the years": (_claims(iat=2**45), ErrorCode.STATUS_LIST_MALFORMED),
    "exp before iat": (_claims(exp=1_800_000_000), ErrorCode.STATUS_LIST_MALFORMED),
    "ttl endless": (_claims(ttl=10**9), ErrorCode.STATUS_LIST_MALFORMED),
    "no list": (_claims(status_list=None), ErrorCode.STATUS_LIST_MALFORMED),
    "list in text": (_claims(status_list={"bits": 2, "lst": "eNrb"}), ErrorCode.STATUS_LIST_MALFORMED),
    "bits 3": (_claims(status_list={"bits": 3, "lst": LST}), ErrorCode.STATUS_LIST_MALFORMED),
    "not packed": (_claims(status_list={"bits": 2, "lst": b"abcdefgh"}), ErrorCode.STATUS_LIST_MALFORMED),
    "bomb": (
        _claims(status_list={"bits": 2, "lst": zlib.compress(bytes(20 * 1024 * 1024), 9)}),
        ErrorCode.STATUS_LIST_MALFORMED,
    ),
    "a fraction": (bytes.fromhex("a106fb41d26580b487e6b7"), CapsuleCode.CBOR_MALFORMED),
    "sub twice": (bytes.fromhex("a202616102616a"), CapsuleCode.CBOR_NOT_DETERMINISTIC),
    "no CBOR": (b"\xff", CapsuleCode.CBOR_MALFORMED),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed(world: PkiWorld, name: str) -> None:
    payload, code = MALFORMED[name]
    octets = _signed(world, payload)
    with pytest.raises(TrustError) as refusal:
        parse_status_list(octets)
    assert refusal.value.code is code


@pytest.mark.parametrize("typ", ["", "statuslist+cwt", "application/statuslist+jwt", 60])
def test_another_type(world: PkiWorld, typ: CborValue) -> None:
    octets = _signed(world, _claims(), typ)
    with pytest.raises(TrustError) as refusal:
        parse_status_list(octets)
    assert refusal.value.code is ErrorCode.STATUS_LIST_MALFORMED


def test_what_need_not_be_there(world: PkiWorld) -> None:
    found = parse_status_list(_signed(world, _claims(exp=None, ttl=None)))
    assert (found.expires_at, found.ttl) == (None, None)


def test_signature_and_certificate(world: PkiWorld) -> None:
    bare, good = _signed(world, _claims(), bare=True), _signed(world, _claims())
    other = sign_sign1(
        {16: CWT_MEDIA_TYPE, 33: chain_header(world.chain(world.signer))}, _claims(), world.status_signer.signer
    )
    bent = good[:-1] + bytes((good[-1] ^ 1,))
    for octets, code in (
        (bare, ErrorCode.STATUS_LIST_ISSUER),
        (other, ErrorCode.SIGNATURE_WRONG),
        (bent, ErrorCode.SIGNATURE_WRONG),
    ):
        with pytest.raises(TrustError) as refusal:
            verify_status_list(parse_status_list(octets))
        assert refusal.value.code is code


def test_certificates_that_are_not_protected(world: PkiWorld) -> None:
    chain = world.chain(world.status_signer)
    octets = with_unprotected(_signed(world, _claims(), bare=True), {Label.X5CHAIN.value: chain_header(chain)})
    with pytest.raises(TrustError) as refusal:
        parse_status_list(octets)
    assert refusal.value.code is CapsuleCode.COSE_MALFORMED


def test_signing_without_a_certificate(world: PkiWorld) -> None:
    with pytest.raises(TrustError) as refusal:
        sign_status_cwt(_content(), world.status_signer.signer, ())
    assert refusal.value.code is ErrorCode.USAGE
