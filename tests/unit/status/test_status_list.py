from __future__ import annotations

import json
import zlib
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from esign.status import unpacking
from esign.status.model import MAX_LIST_SIZE, LicenceStatus, StatusEntries
from esign.status.read import parse_status_token, unpack_list
from esign.status.sign import build_status_token, pack_list
from esign.status.verify import VerifiedStatusList, require_current, verify_status_list
from tests.support.pki import PkiWorld
from trustkit.crypto.public_key import KeyKind
from trustkit.encoding.text64 import encode_base64url
from trustkit.errors import ErrorCode, TrustError
from trustkit.jose.sign import certificate_header, sign_jws

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trustkit.encoding.canonical_json import JsonValue
    from trustkit.error_family import Code

URI = "https://licences.example.test/v1/status/1"
START = PkiWorld.START
LST = encode_base64url(zlib.compress(b"\x24"))


@pytest.fixture(scope="module")
def world() -> PkiWorld:
    return PkiWorld()


def _build(world: PkiWorld, **bent: object) -> str:
    arguments = {
        "entries": bytes((0, 1, 2, 0, 3)),
        "uri": URI,
        "issued_at": START,
        "expires_at": START + timedelta(days=1),
        "ttl": timedelta(hours=1),
        "signer": world.status_signer.signer,
        "chain": world.chain(world.status_signer),
    } | bent
    return build_status_token(**arguments)  # type: ignore[arg-type]


def _claims(**bent: object) -> dict[str, object]:
    claims: dict[str, object] = {
        "sub": URI,
        "iat": 1_800_000_000,
        "exp": 1_800_086_400,
        "ttl": 60,
        "status_list": {"bits": 2, "lst": LST},
    }
    return {name: value for name, value in (claims | bent).items() if value is not None}


def _sign(world: PkiWorld, claims: object, typ: str = "statuslist+jwt") -> str:
    header: dict[str, JsonValue] = {"typ": typ, "x5c": certificate_header(world.chain(world.status_signer))}
    return sign_jws(header, json.dumps(claims).encode(), world.status_signer.signer)


@pytest.mark.parametrize("kind", [KeyKind.SM2, KeyKind.EC_P256])
def test_round_trip(world: PkiWorld, kind: KeyKind) -> None:
    if kind is not KeyKind.SM2:
        world = PkiWorld(kind=kind)
    text = _build(world)
    verified = verify_status_list(parse_status_token(text), uri=URI, at=START)
    assert [verified.status(index) for index in range(5)] == [
        LicenceStatus.VALID,
        LicenceStatus.REVOKED,
        LicenceStatus.SUSPENDED,
        LicenceStatus.VALID,
        LicenceStatus.UNDEFINED,
    ]
    assert verified.uri == URI
    assert verified.octets == text.encode("ascii")
    assert verified.certificate == world.status_signer.certificate
    assert verified.chain == world.chain(world.status_signer)
    assert (verified.issued_at, verified.expires_at) == (START, START + timedelta(days=1))
    assert verified.ttl == timedelta(hours=1)


@given(st.lists(st.integers(0, 3), min_size=1, max_size=200))
def test_packing_round_trip(entries: list[int]) -> None:
    unpacked = unpack_list(pack_list(entries), 2)
    assert [unpacked.value(index) for index in range(len(entries))] == entries
    assert all(unpacked.value(index) == 0 for index in range(len(entries), len(unpacked)))


def test_order_of_bits() -> None:
    """Draft clause 4.1: the first entry in the lowest bits of the first octet."""
    assert [StatusEntries(1, b"\xb9").value(i) for i in range(8)] == [1, 0, 0, 1, 1, 1, 0, 1]
    assert [StatusEntries(2, b"\xc9").value(i) for i in range(4)] == [1, 2, 0, 3]
    assert [StatusEntries(4, b"\xc9").value(i) for i in range(2)] == [9, 12]
    assert StatusEntries(8, b"\xc9").status(0) is LicenceStatus.UNDEFINED


@pytest.mark.parametrize("index", [-1, 8, 2**70])
def test_index_beyond_the_list(world: PkiWorld, index: int) -> None:
    verified = verify_status_list(parse_status_token(_build(world)))
    with pytest.raises(TrustError) as refusal:
        verified.status(index)
    assert refusal.value.code is ErrorCode.STATUS_LIST_INDEX


MALFORMED: dict[str, object] = {
    "no object": [],
    "no sub": _claims(sub=None),
    "sub empty": _claims(sub=""),
    "sub no text": _claims(sub=1),
    "sub unprintable": _claims(sub="a\nb"),
    "sub long": _claims(sub="a" * 3000),
    "no iat": _claims(iat=None),
    "iat no number": _claims(iat="1"),
    "iat true": _claims(iat=True),
    "iat negative": _claims(iat=-1),
    "iat beyond the years": _claims(iat=2**45),
    "exp before iat": _claims(exp=1_800_000_000),
    "exp no number": _claims(exp="1"),
    "ttl zero": _claims(ttl=0),
    "ttl endless": _claims(ttl=10**9),
    "no list": _claims(status_list=None),
    "list no object": _claims(status_list=[]),
    "no bits": _claims(status_list={"lst": LST}),
    "bits 3": _claims(status_list={"bits": 3, "lst": LST}),
    "bits 16": _claims(status_list={"bits": 16, "lst": LST}),
    "no lst": _claims(status_list={"bits": 2}),
    "lst not packed": _claims(status_list={"bits": 2, "lst": encode_base64url(b"abcdefgh")}),
    "lst empty": _claims(status_list={"bits": 2, "lst": ""}),
    "lst of nothing": _claims(status_list={"bits": 2, "lst": encode_base64url(zlib.compress(b""))}),
    "lst cut short": _claims(status_list={"bits": 2, "lst": encode_base64url(zlib.compress(bytes(99))[:-3])}),
    "lst with surplus": _claims(status_list={"bits": 2, "lst": encode_base64url(zlib.compress(b"a") + b"b")}),
    "lst in raw deflate": _claims(status_list={"bits": 2, "lst": encode_base64url(zlib.compress(b"abc", wbits=-15))}),
}


@pytest.mark.parametrize("claims", MALFORMED.values(), ids=MALFORMED.keys())
def test_malformed(world: PkiWorld, claims: object) -> None:
    text = _sign(world, claims)
    with pytest.raises(TrustError) as refusal:
        parse_status_token(text)
    assert refusal.value.code is ErrorCode.STATUS_LIST_MALFORMED


@pytest.mark.parametrize("typ", ["", "JWT", "statuslist+cwt"])
def test_another_type_of_token(world: PkiWorld, typ: str) -> None:
    text = _sign(world, _claims(), typ)
    with pytest.raises(TrustError) as refusal:
        parse_status_token(text)
    assert refusal.value.code is ErrorCode.STATUS_LIST_MALFORMED


def test_optional_claims(world: PkiWorld) -> None:
    parsed = parse_status_token(_sign(world, _claims(exp=None, ttl=None), "application/StatusList+JWT"))
    assert parsed.expires_at is None
    assert parsed.ttl is None
    require_current(verify_status_list(parsed), at=parsed.issued_at + timedelta(days=9999))


@pytest.mark.parametrize(
    ("lst", "code"),
    [("=", ErrorCode.BASE64_MALFORMED), ("é", ErrorCode.BASE64_MALFORMED)],
)
def test_lst_is_base64url(lst: str, code: Code) -> None:
    with pytest.raises(TrustError) as refusal:
        unpack_list(lst, 2)
    assert refusal.value.code is code


def test_bomb_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = encode_base64url(zlib.compress(bytes(200 * 1024 * 1024), 9))
    with pytest.raises(TrustError) as refusal:
        unpack_list(bomb, 2)
    assert refusal.value.code is ErrorCode.STATUS_LIST_MALFORMED
    assert refusal.value.facts["limit"] == MAX_LIST_SIZE
    monkeypatch.setattr(unpacking, "MAX_LIST_SIZE", 1000)
    assert len(unpack_list(encode_base64url(zlib.compress(bytes(1000))), 8)) == 1000
    for size in (1001, 5000):
        with pytest.raises(TrustError):
            unpack_list(encode_base64url(zlib.compress(bytes(size))), 8)


def test_signature_and_issuer(world: PkiWorld) -> None:
    good = _build(world)
    header, payload, signature = good.split(".")
    changed = payload[:20] + ("A" if payload[20] != "A" else "B") + payload[21:]
    stranger = PkiWorld()
    bare = sign_jws({"typ": "statuslist+jwt"}, json.dumps(_claims()).encode(), world.status_signer.signer)
    junk = sign_jws({"typ": "statuslist+jwt", "x5c": ["MAA="]}, json.dumps(_claims()).encode(), world.signer.signer)
    other = sign_jws(
        {"typ": "statuslist+jwt", "x5c": certificate_header(stranger.chain(stranger.status_signer))},
        json.dumps(_claims()).encode(),
        world.status_signer.signer,
    )
    for text, code in (
        (bare, ErrorCode.STATUS_LIST_ISSUER),
        (junk, ErrorCode.CERTIFICATE_MALFORMED),
        (other, ErrorCode.SIGNATURE_WRONG),
    ):
        parsed = parse_status_token(text)
        with pytest.raises(TrustError) as refusal:
            verify_status_list(parsed)
        assert refusal.value.code is code
    with pytest.raises(TrustError):
        verify_status_list(parse_status_token(f"{header}.{changed}.{signature}"))
    with pytest.raises(TrustError) as refusal:
        verify_status_list(parse_status_token(good), uri=URI + "0")
    assert refusal.value.code is ErrorCode.STATUS_LIST_ISSUER


@pytest.mark.parametrize(
    ("at", "good"),
    [
        (START - timedelta(minutes=6), False),
        (START - timedelta(minutes=5), True),
        (START + timedelta(hours=23), True),
        (START + timedelta(days=1), False),
    ],
)
def test_time(world: PkiWorld, at: datetime, *, good: bool) -> None:
    parsed = parse_status_token(_build(world))
    if good:
        assert verify_status_list(parsed, at=at).issued_at == START
        return
    with pytest.raises(TrustError) as refusal:
        verify_status_list(parsed, at=at)
    assert refusal.value.code is ErrorCode.STATUS_LIST_EXPIRED


@pytest.mark.parametrize(
    "bent",
    [
        {"entries": b""},
        {"entries": (0, 4)},
        {"entries": (0, -1)},
        {"entries": (0, 256)},
        {"chain": ()},
        {"expires_at": START},
        {"ttl": timedelta(0)},
    ],
)
def test_building_misuse(world: PkiWorld, bent: dict[str, object]) -> None:
    with pytest.raises(TrustError) as refusal:
        _build(world, **bent)
    assert refusal.value.code is ErrorCode.USAGE


def test_certificate_of_another_key(world: PkiWorld) -> None:
    with pytest.raises(TrustError) as refusal:
        _build(world, chain=world.chain(world.signer))
    assert refusal.value.code is ErrorCode.USAGE


def _revoke(size: int, indices: Sequence[int]) -> bytes:
    entries = bytearray(size)
    for index in indices:
        entries[index] = 1
    return bytes(entries)


def test_a_million_entries(world: PkiWorld) -> None:
    text = _build(world, entries=_revoke(1_000_000, (0, 7, 999_999)))
    verified = verify_status_list(parse_status_token(text))
    assert len(verified.entries) == 1_000_000
    assert [i for i in (0, 1, 7, 8, 999_998, 999_999) if verified.status(i) is LicenceStatus.REVOKED] == [0, 7, 999_999]


def test_verified_is_made_by_verifying_only(world: PkiWorld) -> None:
    verified = verify_status_list(parse_status_token(_build(world)))
    fields = {name: getattr(verified, name) for name in VerifiedStatusList.__slots__}
    with pytest.raises(TypeError, match="verify_status_list"):
        VerifiedStatusList(**fields, made_here=None)
