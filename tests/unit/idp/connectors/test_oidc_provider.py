"""What is kept of a provider: rotation without a failed login, poisoned sets, outages."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.support.openid_provider import ISSUER, NOW, SimulatedProvider, signed_in
from tests.support.upstreams import json_answer
from trustkit.errors import TrustError
from trustkit.identity_codes import IdentityCode

if TYPE_CHECKING:
    from idp.connectors.oidc import OpenIdConnector


def _asked(provider: SimulatedProvider, part: str) -> int:
    return sum(part in call.url for call in provider.upstream.asked)


def _sign_in(provider: SimulatedProvider, connector: OpenIdConnector, after: timedelta = timedelta(0)) -> str:
    moment = NOW + after
    provider.claims |= {"iat": int(moment.timestamp()), "exp": int(moment.timestamp()) + 300}
    return asyncio.run(signed_in(provider, connector, at=moment)).subject


def test_metadata_and_keys_are_asked_once_an_hour() -> None:
    provider = SimulatedProvider()
    connector = provider.connector()
    for minutes in (0, 1, 59):
        _sign_in(provider, connector, timedelta(minutes=minutes))
    assert (_asked(provider, "openid-configuration"), _asked(provider, "/certs")) == (1, 1)
    _sign_in(provider, connector, timedelta(minutes=61))
    assert (_asked(provider, "openid-configuration"), _asked(provider, "/certs")) == (2, 2)


def test_a_new_key_fails_no_login() -> None:
    provider = SimulatedProvider()
    connector = provider.connector()
    _sign_in(provider, connector)
    provider.rotate()
    assert _sign_in(provider, connector, timedelta(seconds=11)) == "u-1"
    assert _asked(provider, "/certs") == 2


def test_made_up_keys_ask_once_in_ten_seconds() -> None:
    provider = SimulatedProvider()
    connector = provider.connector()
    _sign_in(provider, connector)
    provider.header["kid"] = "made-up"
    for seconds in (11, 12, 13, 20):
        with pytest.raises(TrustError) as refused:
            _sign_in(provider, connector, timedelta(seconds=seconds))
        assert refused.value.code is IdentityCode.IDP_UPSTREAM_ANSWER
        assert refused.value.facts["rule"] == "jose:jws:key-unknown"
    assert _asked(provider, "/certs") == 2


def test_a_set_with_junk_keys_works() -> None:
    provider = SimulatedProvider()
    own = provider._set()
    assert isinstance(own, dict)
    junk = [
        {"kty": "EC", "crv": "sm9", "x": "AA", "y": "AA"},
        {"kty": "oct", "k": "AA"},
        {"kty": "AKP", "alg": "ML-DSA-44"},
        {},
    ]
    provider.keys = {"keys": [*junk, *own["keys"]]}
    assert _sign_in(provider, provider.connector()) == "u-1"


@pytest.mark.parametrize("poison", [{"keys": []}, {"keys": [{"kty": "oct", "k": "AA"}]}, {"error": "x"}, []])
def test_a_poisoned_set_replaces_nothing(poison: object) -> None:
    provider = SimulatedProvider()
    connector = provider.connector()
    _sign_in(provider, connector)
    provider.bodies["certs"] = json_answer(poison)
    assert _sign_in(provider, connector, timedelta(hours=2)) == "u-1"
    assert _sign_in(provider, connector, timedelta(hours=23)) == "u-1"
    with pytest.raises(TrustError):
        _sign_in(provider, connector, timedelta(hours=25))


def test_a_withdrawn_key_is_not_believed_once_that_is_known() -> None:
    provider = SimulatedProvider()
    connector = provider.connector()
    _sign_in(provider, connector)
    provider.keys = SimulatedProvider()._set()
    provider.keys["keys"][0]["kid"] = "k9"
    with pytest.raises(TrustError) as refused:
        _sign_in(provider, connector, timedelta(minutes=61))
    assert refused.value.facts["rule"] == "jose:jws:key-unknown"


def test_an_outage_is_told_and_not_asked_into_for_ten_seconds() -> None:
    provider = SimulatedProvider()
    connector = provider.connector()
    answers = dict(provider.upstream.behaviours)
    provider.upstream.behaviours = {}
    for seconds in (0, 9):
        with pytest.raises(TrustError) as refused:
            _sign_in(provider, connector, timedelta(seconds=seconds))
        assert refused.value.code is IdentityCode.IDP_UPSTREAM_UNREACHABLE
    assert _asked(provider, ISSUER) == 1
    provider.upstream.behaviours = answers
    assert _sign_in(provider, connector, timedelta(seconds=10)) == "u-1"


def test_a_clock_set_back_does_not_keep_what_is_old() -> None:
    provider = SimulatedProvider(claims={"auth_time": None})
    connector = provider.connector()
    _sign_in(provider, connector)
    _sign_in(provider, connector, timedelta(hours=-2))
    assert _asked(provider, "openid-configuration") == 2
