"""The provider's keys change and no token fails for it; a reader that keeps the set for hours knows each key before it signs."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from idp.home_secrets import HomeSecrets
from idp.op.key_ring import KeyState
from idp.op.keys import ALGORITHMS, RELOAD, KeyTimes, ProviderKeys
from tests.support.clocks import Ticking
from tests.support.tokens import API, ISSUER
from trustkit.audit import trail
from trustkit.crypto.public_key import KeyKind
from trustkit.encoding.canonical_json import canonical_json
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity import Principal
from trustkit.identity_codes import IdentityCode
from trustkit.jose.claims import lifetime_claims
from trustkit.jose.jwk import Sm2CurveName
from trustkit.jose.jwt import JwtRules, verify_jwt
from trustkit.jose.keys import parse_jwks
from trustkit.jose.model import JwsAlgorithm
from trustkit.jose.sign import sign_jwt
from trustkit.store import op_keys

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from trustkit.jose.keys import JwkSet
    from trustkit.store.database import Database
    from trustkit.store.unit_of_work import UnitOfWork

HOUR = 3600.0
DAY = 24 * HOUR
OPERATOR = Principal(id="operator:0")
TIMES = KeyTimes(lead=timedelta(hours=24), life=timedelta(days=10), keep=timedelta(hours=6))
ES256 = JwsAlgorithm.ES256


def provider(
    database: Database, clock: Ticking, algorithms: Sequence[JwsAlgorithm] = (ES256,), secret: int = 0
) -> ProviderKeys:
    sealing = HomeSecrets(bytes([secret] * 32))
    return ProviderKeys(database=database, sealing=sealing, clock=clock, times=TIMES, algorithms=algorithms)


def token(keys: ProviderKeys, clock: Ticking, algorithm: JwsAlgorithm = ES256) -> str:
    signer, kid = keys.signing(algorithm)
    claims = {"iss": ISSUER, "aud": API, "sub": "s1", **lifetime_claims(clock.now(), timedelta(hours=1))}
    return sign_jwt(claims, signer, kind="JWT", key_id=kid)


def read(text: str, known: JwkSet, clock: Ticking, algorithm: JwsAlgorithm = ES256) -> str:
    rules = JwtRules(kinds={"jwt"}, algorithms={algorithm}, issuer=ISSUER, audiences={API}, required={"exp"})
    return verify_jwt(text, known, rules, now=clock.now()).key.key_id


def published(keys: ProviderKeys) -> JwkSet:
    return parse_jwks(canonical_json(dict(keys.jwks())))


def states(keys: ProviderKeys) -> list[str]:
    return sorted(key.state.value for key in keys.ring(anew=True).keys)


def test_each_algorithm_has_a_key_that_signs_and_one_that_comes_next(database: Database) -> None:
    clock = Ticking()
    keys = provider(database, clock, ALGORITHMS)
    keys.tend()
    for algorithm in ALGORITHMS:
        assert read(token(keys, clock, algorithm), keys.verifying(), clock, algorithm)
    standard, gm = keys.jwks(), keys.gm_jwks()
    kinds = [found.public_key.kind for found in parse_jwks(canonical_json(dict(standard))).keys]
    assert sorted(kinds) == [KeyKind.EC_P256] * 2 + [KeyKind.RSA] * 2
    assert b"sm2" not in canonical_json(dict(standard))
    assert [found.public_key.kind for found in parse_jwks(canonical_json(dict(gm))).keys] == [KeyKind.SM2] * 2
    assert b'"d"' not in canonical_json([dict(standard), dict(gm)])
    keys.tend()
    assert states(keys) == ["current"] * 3 + ["next"] * 3  # nothing was due


@pytest.mark.parametrize("curve", Sm2CurveName)
def test_the_sm2_curve_is_spelled_as_configured(database: Database, curve: Sm2CurveName) -> None:
    sealing = HomeSecrets(bytes(32))
    sm2 = JwsAlgorithm.SGD_SM3_SM2
    keys = ProviderKeys(database=database, sealing=sealing, clock=Ticking(), algorithms=(sm2,), sm2_curve=curve)
    keys.tend()
    document = canonical_json(dict(keys.gm_jwks()))
    assert document.count(b'"crv":"%s"' % curve.value.encode()) == 2
    assert {found.public_key.kind for found in parse_jwks(document).keys} == {KeyKind.SM2}


def test_no_login_fails_while_keys_change(database: Database) -> None:
    """A provider and its sibling process; a reader that fetches the set once in twelve hours. Twenty-six days, four hours at a time."""
    clock = Ticking()
    one, other = provider(database, clock), provider(database, clock)
    one.tend()
    known = published(one)
    used = set()
    for hours in range(0, 26 * 24, 4):
        if hours % 12 == 0:
            known = published(other)
        for keys in (one, other):
            used.add(read(token(keys, clock), known, clock))
        text = token(other, clock)
        clock.pass_(HOUR - 1)
        assert read(text, one.verifying(), clock)  # still in force, and still known to the provider itself
        clock.pass_(3 * HOUR + 1)
        one.tend()
    assert len(used) == 3
    assert states(one) in (["current", "next"], ["current", "next", "retired"])


def test_the_trail_tells_each_change(database: Database) -> None:
    clock = Ticking()
    keys = provider(database, clock)
    keys.tend()
    clock.pass_(11 * DAY)
    keys.tend(OPERATOR)
    clock.pass_(DAY)
    keys.tend()
    with database.reading() as unit:
        told = [(event.type.rpartition(":")[2], event.actor) for event in trail.list_events(unit)]
    assert told == [
        ("made", "system"),
        ("activated", "system"),
        ("made", "system"),
        ("retired", "operator:0"),
        ("activated", "operator:0"),
        ("made", "operator:0"),
        ("removed", "system"),
    ]


def test_rotating_by_hand_waits_until_the_next_key_is_known(database: Database) -> None:
    clock = Ticking()
    keys = provider(database, clock)
    keys.tend()
    _, old = keys.signing(ES256)
    before = token(keys, clock)
    with pytest.raises(TrustError) as caught:
        keys.rotate(ES256, OPERATOR)
    assert caught.value.code is IdentityCode.OP_KEY_EARLY
    clock.pass_(DAY)
    known = published(keys)
    new = keys.rotate(ES256, OPERATOR)
    assert (new.state, keys.signing(ES256)[1]) == (KeyState.CURRENT, new.kid)
    assert new.kid != old
    assert read(token(keys, clock), known, clock) == new.kid
    clock.pass_(-DAY)
    assert read(before, published(keys), clock) == old


def test_a_key_that_is_known_to_others_is_dropped_at_once(database: Database) -> None:
    clock = Ticking()
    keys = provider(database, clock)
    keys.tend()
    before = token(keys, clock)
    keys.rotate(ES256, OPERATOR, compromised=True)
    with pytest.raises(TrustError) as caught:
        read(before, keys.verifying(), clock)
    assert caught.value.code is ErrorCode.JWS_KEY_UNKNOWN
    assert states(keys) == ["current", "next"]


def test_rotating_at_once_keeps_what_was_signed(database: Database) -> None:
    clock = Ticking()
    keys = provider(database, clock)
    keys.tend()
    before = token(keys, clock)
    keys.rotate(ES256, OPERATOR, at_once=True)
    assert read(before, keys.verifying(), clock)
    assert states(keys) == ["current", "next", "retired"]


def test_a_sibling_process_follows_within_its_time(database: Database) -> None:
    clock = Ticking()
    one, other = provider(database, clock), provider(database, clock)
    one.tend()
    _, old = other.signing(ES256)
    new = one.rotate(ES256, OPERATOR, at_once=True).kid
    assert other.signing(ES256)[1] == old
    assert read(token(one, clock), other.verifying(), clock) == new  # it knew the next key
    clock.pass_(RELOAD.total_seconds())
    assert other.signing(ES256)[1] == new


def test_two_processes_at_once_make_one_key_of_each_state(database: Database) -> None:
    clock = Ticking()
    both = [provider(database, clock, (ES256, JwsAlgorithm.SGD_SM3_SM2)) for _ in range(4)]
    threads = [threading.Thread(target=keys.tend) for keys in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert states(both[0]) == ["current"] * 2 + ["next"] * 2
    assert len({keys.signing(ES256)[1] for keys in both}) == 1


def test_a_second_key_of_a_state_is_refused_by_the_store(database: Database) -> None:
    keys = provider(database, Ticking())
    keys.tend()
    with database.reading() as unit:
        rows = op_keys.list_keys(unit)
    at = rows[0].created_at
    attempts: tuple[Callable[[UnitOfWork], None], ...] = (
        lambda uow: op_keys.add(uow, rows[0]),
        lambda uow: op_keys.add(uow, replace(rows[0], kid="sig-another")),
        lambda uow: op_keys.retire(uow, "sig-nothing", at=at),
        lambda uow: op_keys.activate(uow, "sig-nothing", at=at),
        lambda uow: op_keys.remove(uow, rows[0].kid, was="retired"),
    )
    for attempt in attempts:
        with pytest.raises(TrustError) as caught, database.unit_of_work() as uow:
            attempt(uow)
        assert caught.value.code is ErrorCode.STORE_CONFLICT


def test_keys_of_another_home_are_not_opened(database: Database) -> None:
    provider(database, Ticking()).tend()
    with pytest.raises(TrustError) as caught:
        provider(database, Ticking(), secret=1).signing(ES256)
    assert caught.value.code is ErrorCode.DECRYPTION_FAILED


def test_before_there_are_keys_nothing_is_signed(database: Database) -> None:
    keys = provider(database, Ticking())
    for ask in (lambda: keys.signing(ES256), lambda: keys.rotate(ES256, OPERATOR)):
        with pytest.raises(TrustError) as caught:
            ask()
        assert caught.value.code is IdentityCode.OP_KEY_MISSING
    assert keys.jwks() == {"keys": []}
