"""Trust lists: what is written is read, and one row for each thing that is refused; lists of a home, pinned and renewed."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from esign.trustlist.read import parse_trust_list
from esign.trustlist.sign import sign_trust_list
from esign.trustlist.verify import VerifiedTrustList, key_name, require_later, require_signer, verify_trust_list
from tests.support.pki import PkiWorld
from trustkit.app.trust_lists import MOST, HomeTrustLists
from trustkit.capsule_codes import CapsuleCode
from trustkit.encoding.canonical_json import canonical_json, parse_json
from trustkit.errors import ErrorCode, TrustError
from trustkit.jose.sign import certificate_header, sign_jws

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.pki import Member

START = PkiWorld.START
URI = "https://list.example/1"
ISSUER, OTHER = "1199010000TRYQK01Q", "110000"
ONE, TWO, THREE = (f"11100000MB0143028R00{number}" for number in (1, 2, 3))


@pytest.fixture(scope="module")
def world() -> PkiWorld:
    return PkiWorld()


def _plan(**bent: Any) -> dict[str, Any]:
    plan: dict[str, Any] = {
        "uri": URI,
        "issuers": [{"code": ISSUER, "name": "示例局", "types": [ONE]}, {"code": OTHER, "types": [TWO]}],
        "equivalents": [[TWO, THREE]],
        **bent,
    }
    return {name: value for name, value in plan.items() if value is not None}


def _octets(world: PkiWorld, *, by: Member | None = None, number: int = 1, next_key: str = "", **bent: Any) -> bytes:
    member = by or world.signer
    return sign_trust_list(
        _plan(**bent),
        number=number,
        issued_at=START,
        expires_at=START + timedelta(days=30),
        signer=member.signer,
        chain=(member.certificate,),
        next_key=next_key,
    )


def _list(world: PkiWorld, **words: Any) -> VerifiedTrustList:
    return verify_trust_list(parse_trust_list(_octets(world, **words)))


def test_round_trip(world: PkiWorld) -> None:
    found = verify_trust_list(parse_trust_list(b"\n" + _octets(world, next_key="ab" * 32) + b"\n"))
    said = found.content
    assert (said.uri, said.number, said.next_key) == (URI, 1, "ab" * 32)
    assert (said.issued_at, said.expires_at) == (START, START + timedelta(days=30))
    assert (said.entitles(ISSUER, ONE), said.entitles(ISSUER, TWO)) == (True, False)
    assert (said.entitles(OTHER, TWO), said.entitles(OTHER, THREE), said.entitles(OTHER, ONE)) == (True, True, False)
    assert (said.is_listed(ISSUER), said.is_listed("x"), said.entitles("x", ONE)) == (True, False, False)
    assert said.same_types(TWO) == {TWO, THREE}
    assert said.same_types(ONE) == {ONE}
    assert (said.is_current(START), said.is_current(START + timedelta(days=30))) == (True, False)
    assert not said.is_current(START - timedelta(seconds=1))
    assert found.key == key_name(world.signer.certificate)


PLANS: dict[str, dict[str, Any]] = {
    "no uri": _plan(uri=None),
    "an endless uri": _plan(uri="u" * 513),
    "a number for a uri": _plan(uri=1),
    "no issuers": _plan(issuers=None),
    "nobody": _plan(issuers=[]),
    "an issuer that is none": _plan(issuers=["x"]),
    "an issuer without code": _plan(issuers=[{"types": [ONE]}]),
    "an issuer twice": _plan(issuers=[{"code": OTHER, "types": [ONE]}, {"code": OTHER, "types": [TWO]}]),
    "an issuer of nothing": _plan(issuers=[{"code": OTHER, "types": []}]),
    "a type that is none": _plan(issuers=[{"code": OTHER, "types": ["*"]}]),
    "a member nobody knows": _plan(issuers=[{"code": OTHER, "types": [ONE], "until": "x"}]),
    "another member": _plan(more=1),
    "equivalents that are no list": _plan(equivalents={}),
    "a type in two groups": _plan(equivalents=[[ONE, TWO], [TWO, THREE]]),
    "too many types": _plan(issuers=[{"code": OTHER, "types": [ONE] * 501}]),
}


@pytest.mark.parametrize("name", PLANS)
def test_plans_that_are_none(world: PkiWorld, name: str) -> None:
    with pytest.raises(TrustError) as refusal:
        sign_trust_list(
            PLANS[name],
            number=1,
            issued_at=START,
            expires_at=START + timedelta(days=1),
            signer=world.signer.signer,
            chain=(world.signer.certificate,),
        )
    assert refusal.value.code is CapsuleCode.TRUST_LIST_MALFORMED


CLAIMS: dict[str, dict[str, Any]] = {
    "another version": {"version": 2},
    "no number": {"number": None},
    "number true": {"number": True},
    "number below": {"number": -1},
    "over before it begins": {"exp": 1},
    "beyond a quarter": {"exp": int((START + timedelta(days=93)).timestamp())},
    "iat beyond the years": {"iat": 2**45},
    "next_key that is none": {"next_key": "AB" * 32},
    "next_key a number": {"next_key": 1},
}


@pytest.mark.parametrize("name", CLAIMS)
def test_claims_that_are_wrong(world: PkiWorld, name: str) -> None:
    claims = parse_json(parse_trust_list(_octets(world)).jws.payload)
    assert isinstance(claims, dict)
    bent = {key: value for key, value in {**claims, **CLAIMS[name]}.items() if value is not None}
    header = certificate_header((world.signer.certificate,))
    text = sign_jws({"typ": "trustlist+jwt", "x5c": header}, canonical_json(bent), world.signer.signer)
    with pytest.raises(TrustError) as refusal:
        parse_trust_list(text.encode())
    assert refusal.value.code is CapsuleCode.TRUST_LIST_MALFORMED


def test_signatures(world: PkiWorld) -> None:
    good = _octets(world)
    payload = parse_trust_list(good).jws.payload
    other = sign_jws({"typ": "statuslist+jwt"}, payload, world.signer.signer).encode()
    bare = sign_jws({"typ": "trustlist+jwt"}, payload, world.signer.signer).encode()
    strange = {"typ": "trustlist+jwt", "x5c": certificate_header((world.issuing.certificate,))}
    forged = sign_jws(strange, payload, world.signer.signer).encode()  # type: ignore[arg-type]
    for octets, code in (
        (other, CapsuleCode.TRUST_LIST_MALFORMED),
        (bare, CapsuleCode.TRUST_LIST_MALFORMED),
        (forged, ErrorCode.SIGNATURE_WRONG),
    ):
        with pytest.raises(TrustError) as refusal:
            verify_trust_list(parse_trust_list(octets))
        assert refusal.value.code is code
    with pytest.raises(TrustError) as refusal:
        require_signer(_list(world), ("00" * 32,))
    assert refusal.value.code is CapsuleCode.TRUST_LIST_SIGNER
    found = _list(world)
    values = {name: getattr(found, name) for name in VerifiedTrustList.__slots__}
    with pytest.raises(TypeError, match="verify_trust_list"):
        VerifiedTrustList(**values, made_here=None)


@pytest.mark.parametrize(("number", "uri"), [(1, URI), (0, URI), (2, "https://other.example")])
def test_no_later_edition(world: PkiWorld, number: int, uri: str) -> None:
    with pytest.raises(TrustError) as refusal:
        require_later(_list(world, number=number, uri=uri), _list(world))
    assert refusal.value.code is CapsuleCode.TRUST_LIST_OLDER


def test_a_home_goes_by_the_announced_key_alone(world: PkiWorld, tmp_path: Path) -> None:
    lists = HomeTrustLists(folder=tmp_path / "trust-lists")
    assert (lists.names(), list(lists.trust_lists())) == ((), [])
    following, stranger = key_name(world.tsa.certificate), world.issuing
    lists.add("one", _octets(world, next_key=following))
    with pytest.raises(TrustError) as refusal:
        lists.add("one", _octets(world))
    assert refusal.value.code is ErrorCode.OUTPUT_EXISTS
    for octets, code in (
        (_octets(world, by=stranger, number=2), CapsuleCode.TRUST_LIST_SIGNER),
        (_octets(world, number=1), CapsuleCode.TRUST_LIST_OLDER),
    ):
        with pytest.raises(TrustError) as refusal:
            lists.renew("one", octets)
        assert refusal.value.code is code
    lists.renew("one", _octets(world, number=2, next_key=following))
    lists.renew("one", _octets(world, by=world.tsa, number=3))  # rolled over
    assert lists.get("one").content.number == 3
    with pytest.raises(TrustError) as refusal:
        lists.renew("one", _octets(world, number=4))  # the key of before is of the past
    assert refusal.value.code is CapsuleCode.TRUST_LIST_SIGNER


def test_a_crash_before_the_pins_keeps_no_announced_key_out(
    world: PkiWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lists, following = HomeTrustLists(folder=tmp_path), key_name(world.tsa.certificate)
    lists.add("one", _octets(world))
    edition, next_one = _octets(world, number=2, next_key=following), _octets(world, by=world.tsa, number=3)

    with monkeypatch.context() as patched:  # the list is written, and nothing after it
        patched.setattr(HomeTrustLists, "_pin", lambda *_: None)
        lists.renew("one", edition)
    with pytest.raises(TrustError) as refusal:
        lists.renew("one", next_one)
    assert refusal.value.code is CapsuleCode.TRUST_LIST_SIGNER
    assert lists.renew("one", b"\n" + edition).octets == edition  # fetched again
    assert lists.renew("one", next_one).content.number == 3


def test_a_list_that_cannot_be_used_is_told(world: PkiWorld, tmp_path: Path) -> None:
    lists = HomeTrustLists(folder=tmp_path)
    lists.add("one", _octets(world))
    (tmp_path / "one.jwt").write_bytes(_octets(world, by=world.tsa, number=9))
    (told,) = lists.trust_lists()
    assert isinstance(told, TrustError)
    assert told.code is CapsuleCode.TRUST_LIST_SIGNER
    (tmp_path / "one.keys.json").write_bytes(b"[]")
    (told,) = lists.trust_lists()
    assert isinstance(told, TrustError)
    assert told.code is CapsuleCode.TRUST_LIST_MALFORMED
    for name, code in (("two", CapsuleCode.TRUST_LIST_MISSING), ("../one", ErrorCode.USAGE), ("", ErrorCode.USAGE)):
        with pytest.raises(TrustError) as refusal:
            lists.get(name)
        assert refusal.value.code is code


def test_so_many_lists_at_most(world: PkiWorld, tmp_path: Path) -> None:
    lists = HomeTrustLists(folder=tmp_path)
    for number in range(MOST):
        (tmp_path / f"l{number}.jwt").touch()
    with pytest.raises(TrustError) as refusal:
        lists.add("one-more", _octets(world))
    assert refusal.value.code is ErrorCode.USAGE
