"""Logout tokens of a provider (OpenID Connect Back-Channel Logout 1.0, 2.4 and 2.6), and what is none."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from idp.connectors.port import TellsLogouts
from tests.support.openid_provider import CLIENT, ISSUER, NOW, SimulatedProvider
from trustkit.errors import TrustError
from trustkit.identity_codes import IdentityCode
from trustkit.jose.logout_token import LOGOUT_EVENT
from trustkit.jose.sign import sign_jws

if TYPE_CHECKING:
    from collections.abc import Mapping

ISSUED = int(NOW.timestamp())


def _token(provider: SimulatedProvider, header: Mapping[str, Any] | None = None, **changes: Any) -> str:
    claims = {
        "iss": ISSUER,
        "aud": CLIENT,
        "iat": ISSUED,
        "exp": ISSUED + 120,
        "jti": "j-1",
        "events": {LOGOUT_EVENT: {}},
        "sub": "u-1",
        "sid": "s-1",
        **changes,
    }
    kept = {name: value for name, value in claims.items() if value is not None}
    full = {"typ": "logout+jwt", "kid": provider.key_id, **(header or {})}
    return sign_jws(full, json.dumps(kept).encode(), provider.signer)


@pytest.mark.parametrize("typ", ["logout+jwt", "JWT"])
def test_a_logout_token_says_whose_session_ended(typ: str) -> None:
    provider = SimulatedProvider()
    connector = provider.connector()
    assert isinstance(connector, TellsLogouts)
    told = asyncio.run(connector.logged_out(_token(provider, {"typ": typ}), now=NOW))
    assert (told.subject, told.session, told.token_id) == ("u-1", "s-1", "j-1")
    assert told.until > NOW + timedelta(seconds=120)
    assert "s-1" not in repr(told)


@pytest.mark.parametrize(("gone", "left"), [("sid", ("u-1", "")), ("sub", ("", "s-1"))])
def test_one_of_subject_and_session_is_enough(gone: str, left: tuple[str, str]) -> None:
    provider = SimulatedProvider()
    told = asyncio.run(provider.connector().logged_out(_token(provider, **{gone: None}), now=NOW))
    assert (told.subject, told.session) == left


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"iss": "https://evil.example"}, "jose:jwt:issuer"),
        ({"aud": "another"}, "jose:jwt:audience"),
        ({"aud": None}, "jose:jwt:audience"),
        ({"exp": ISSUED - 600, "iat": ISSUED - 700}, "jose:jwt:expired"),
        ({"exp": None}, "jose:jwt:malformed"),
        ({"iat": None}, "jose:jwt:malformed"),
        ({"iat": ISSUED + 600, "exp": ISSUED + 700}, "jose:jwt:not-yet-valid"),
        ({"exp": ISSUED + 24 * 3600}, "jose:jwt:lifetime"),
        ({"jti": None}, "jose:jwt:malformed"),
        ({"events": None}, "jose:jwt:malformed"),
        ({"events": {"other": {}}}, "jose:jwt:malformed"),
        ({"events": {LOGOUT_EVENT: []}}, "jose:jwt:malformed"),
        ({"sub": None, "sid": None}, "jose:jwt:malformed"),
        ({"nonce": "n"}, "jose:jwt:malformed"),
        ({"sub": "x" * 600}, "subject"),
        ({"sid": "x" * 300}, "subject"),
    ],
)
def test_what_is_no_logout_of_ours_is_refused(changes: dict[str, Any], rule: str) -> None:
    provider = SimulatedProvider()
    with pytest.raises(TrustError) as refused:
        asyncio.run(provider.connector().logged_out(_token(provider, **changes), now=NOW))
    assert (refused.value.code, refused.value.facts["rule"]) == (IdentityCode.IDP_UPSTREAM_ANSWER, rule)


@pytest.mark.parametrize("typ", ["at+jwt", "dpop+jwt", "secevent+jwt"])
def test_another_kind_of_token_is_refused(typ: str) -> None:
    provider = SimulatedProvider()
    with pytest.raises(TrustError) as refused:
        asyncio.run(provider.connector().logged_out(_token(provider, {"typ": typ}), now=NOW))
    assert refused.value.facts["rule"] == "jose:jwt:type"


def test_an_id_token_is_no_logout() -> None:
    provider = SimulatedProvider(claims={"jti": "j-1", "sid": "s-1"})
    with pytest.raises(TrustError) as refused:
        asyncio.run(provider.connector().logged_out(provider.id_token(), now=NOW))
    assert refused.value.facts["rule"] == "jose:jwt:malformed"


@pytest.mark.parametrize("token", ["", "é", "x" * (16 * 1024 + 1)])
def test_what_is_too_long_or_no_token_is_not_looked_into(token: str) -> None:
    provider = SimulatedProvider()
    with pytest.raises(TrustError) as refused:
        asyncio.run(provider.connector().logged_out(token, now=NOW))
    assert refused.value.facts["rule"] == "size"
    assert not provider.upstream.asked


def test_a_token_under_another_key_is_refused() -> None:
    provider = SimulatedProvider()
    connector = provider.connector()
    asyncio.run(connector.logged_out(_token(provider), now=NOW))
    forged = SimulatedProvider()
    with pytest.raises(TrustError) as refused:
        asyncio.run(connector.logged_out(_token(forged), now=NOW))
    assert refused.value.facts["rule"] == "crypto:signature:wrong"
