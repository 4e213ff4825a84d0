from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from idp.connectors.port import LoginStart, Prompt
from idp.connectors.wallet import PresentationRequest, ShownCredential, WalletConnector
from tests.support.upstreams import tokens
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity import AssuranceLevel
from trustkit.identity_codes import IdentityCode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from idp.evidence import BrokeredIdentity

NOW = datetime(2026, 12, 1, 8, tzinfo=UTC)
START = LoginStart(handle="login-1", needed=AssuranceLevel(), max_age=None, language="zh")
SHOWN = ShownCredential(holder="h-1", level="pid", holder_bound=True, expires_at=NOW + timedelta(days=1))


@dataclass
class Verifier:
    """A verifier that believes what it is told, and what it was asked with."""

    result: ShownCredential = SHOWN
    more: str = "query"

    async def request(self, *, state: str, nonce: str, now: datetime) -> PresentationRequest:
        assert (state != nonce, now) == (True, NOW)
        return PresentationRequest(shown={"link": f"openid4vp://?nonce={nonce}"}, kept={self.more: "pid"})

    async def shown(
        self, kept: Mapping[str, str], answer: Mapping[str, str], *, nonce: str, now: datetime
    ) -> ShownCredential:
        assert (kept["query"], answer["vp_token"], now) == ("pid", "vp", NOW)
        assert nonce == kept["nonce"]
        return self.result


def _sign_in(verifier: Verifier | None = None, **changes: str) -> BrokeredIdentity:
    connector = WalletConnector(
        name="wallet",
        title={"zh": "钱包", "en": "Wallet"},
        verifier=verifier or Verifier(),
        ladder="wallet",
        token=tokens(),
    )
    begun = asyncio.run(connector.begin(START, now=NOW))
    assert isinstance(begun.step, Prompt)
    assert begun.kept["nonce"] in begun.step.parameters["link"]
    return asyncio.run(connector.finish(START, begun.kept, {"state": begun.state, "vp_token": "vp"} | changes, now=NOW))


def test_a_shown_credential_is_evidence_until_it_expires() -> None:
    identity = _sign_in()
    assert (identity.provider, identity.subject) == ("wallet", "h-1")
    assert [(each.level, each.expires_at) for each in identity.evidence] == [
        ("pid", SHOWN.expires_at),
        ("wallet", SHOWN.expires_at),
    ]


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"holder": ""}, "subject"),
        ({"holder": "x" * 256}, "subject"),
        ({"holder_bound": False}, "holder"),
        ({"expires_at": NOW}, "expired"),
    ],
)
def test_refuses(change: dict[str, object], rule: str) -> None:
    with pytest.raises(TrustError) as refused:
        _sign_in(Verifier(replace(SHOWN, **change)))  # type: ignore[arg-type]
    assert (refused.value.code, refused.value.facts["rule"]) == (IdentityCode.IDP_UPSTREAM_ANSWER, rule)


def test_refuses_another_logins_state() -> None:
    with pytest.raises(TrustError) as refused:
        _sign_in(state="x")
    assert refused.value.facts["rule"] == "state"


def test_a_verifier_does_not_replace_what_ties_the_login() -> None:
    with pytest.raises(TrustError) as refused:
        _sign_in(Verifier(more="nonce"))
    assert refused.value.code is ErrorCode.BUG
