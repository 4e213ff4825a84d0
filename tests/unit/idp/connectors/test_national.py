from __future__ import annotations

import asyncio
import json
import logging
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from idp.connectors.exchange_calls import Exchanging
from idp.connectors.exchange_signing import ExchangeKeys
from idp.connectors.national import MAX_DATA, NationalAnswer, NationalConnector, NationalMode, NationalResult
from idp.connectors.national_exchange import ExchangePlatform, parse_national_exchange
from idp.connectors.national_simulator import NationalSimulator
from idp.connectors.port import LoginStart, Prompt
from idp.evidence import BrokeredIdentity, EvidenceKind
from tests.support.upstreams import ScriptedUpstream, json_answer, tokens
from trustkit.crypto.mac import MacAlgorithm, compute_mac
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity import AssuranceLevel
from trustkit.identity_codes import IdentityCode

if TYPE_CHECKING:
    from collections.abc import Callable

    from idp.connectors.national import NationalPlatform
    from trustkit.error_family import Code

NOW = datetime(2026, 12, 1, 8, tzinfo=UTC)
START = LoginStart(handle="login-1", needed=AssuranceLevel(), max_age=None, language="zh")
NUMBER = "11010519491231002X"  # the sample of GB 11643
A, D = IdentityCode.IDP_UPSTREAM_ANSWER, IdentityCode.IDP_UPSTREAM_DENIED
GATEWAY = "https://gateway.example/auth"
TEXT = """
[platform]
parameters = { orgID = "00001234", appID = "0001" }

[[call]]
url = "https://gateway.example/auth"
encoding = "json"
parameters = { bizSeq = "{sequence}", authMode = "{mode}", idCardAuthData = "{credential}", certPwdData = "{password}" }
success = { pointer = "/resultCode", values = ["C0000000"] }
take = { number = "/networkNumber", level = "/level" }

[identity]
subject = "number"
real_name = "level"
"""


@dataclass
class Macs:
    """A home secret that only makes digests; it notes what it was given."""

    given: list[bytes] = field(default_factory=list)

    def mac(self, purpose: str, /, *parts: bytes) -> bytes:
        self.given.extend(parts)
        return compute_mac(MacAlgorithm.HMAC_SM3, b"home", b"\0".join((purpose.encode(), *parts)))

    def seal(self, purpose: str, context: bytes, plain: bytes, /) -> bytes:
        raise NotImplementedError

    def open(self, purpose: str, context: bytes, sealed: bytes, /) -> bytes:
        raise NotImplementedError


@dataclass
class Platform:
    """A platform that answers one thing."""

    result: NationalResult

    def parameters(self) -> dict[str, str]:
        return {"orgID": "1", "appID": "2"}

    async def confirm(self, answer: NationalAnswer, *, now: datetime) -> NationalResult:
        assert (answer.sequence != "", now) == (True, NOW)
        return self.result


def _simulator() -> NationalSimulator:
    return NationalSimulator(sealing=Macs(), production=False)


def _connector(
    platform: NationalPlatform | None = None, mode: NationalMode = NationalMode.CREDENTIAL
) -> NationalConnector:
    return NationalConnector(
        name="national",
        title={"zh": "国家网络身份认证", "en": "National network identity"},
        platform=platform or _simulator(),
        mode=mode,
        ladder="national",
        token=tokens(),
    )


def _sign_in(connector: NationalConnector | None = None, word: str = "li-lei", **changes: str) -> BrokeredIdentity:
    connector = connector or _connector()
    begun = asyncio.run(connector.begin(START, now=NOW))
    assert isinstance(begun.step, Prompt)
    data = _simulator().app_answer(word, begun.step.parameters["bizSeq"])
    answer = {"state": begun.state, "resultCode": "0", "idCardAuthData": data} | changes
    return asyncio.run(connector.finish(START, begun.kept, answer, now=NOW))


def test_the_app_is_called_with_a_number_for_this_business() -> None:
    connector = _connector(Platform(NationalResult(number="n", level="x")), NationalMode.CREDENTIAL_AND_PASSWORD)
    first, second = (asyncio.run(connector.begin(START, now=NOW)).step for _ in range(2))
    assert isinstance(first, Prompt)
    assert isinstance(second, Prompt)
    assert (first.kind, first.parameters["orgID"], first.parameters["type"]) == ("national-id", "1", "1")
    assert len(first.parameters["bizSeq"]) == 32
    assert first.parameters["bizSeq"] != second.parameters["bizSeq"]


def test_a_person_is_known_by_a_network_number_alone() -> None:
    identity = _sign_in()
    assert identity.subject == _sign_in().subject
    assert identity.subject != _sign_in(word="han-meimei").subject
    assert (identity.display_name, identity.organisations) == ("", ())
    assert {(each.kind, each.level) for each in identity.evidence} == {
        (EvidenceKind.REAL_NAME, "R01"),
        (EvidenceKind.LOGIN, "R01"),
    }
    assert "li-lei" not in repr(identity)


def test_a_page_brings_the_apps_answer_as_it_was_pasted() -> None:
    connector = _connector()
    begun = asyncio.run(connector.begin(START, now=NOW))
    pasted = f" {_simulator().app_answer('li-lei', begun.kept['sequence'])}\r\n"
    answer = {"state": begun.state, "resultCode": "0", "idCardAuthData": pasted}
    assert asyncio.run(connector.finish(START, begun.kept, answer, now=NOW)).subject == _sign_in().subject


def test_the_simulator_keeps_nothing_and_warns(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        simulator = _simulator()
    assert "simulated" in caplog.text
    assert set(simulator.__slots__) == {"sealing", "production"}


@pytest.mark.parametrize("word", [NUMBER, "Li Lei", "李雷", "13800138000", "", "a" * 40])
def test_the_simulator_takes_nobodys_name_or_number(word: str) -> None:
    with pytest.raises(TrustError) as refused:
        _simulator().app_answer(word, "0" * 32)
    assert refused.value.code is ErrorCode.USAGE
    assert word == "" or word not in str(refused.value)


def test_the_simulator_is_refused_in_production() -> None:
    with pytest.raises(TrustError) as refused:
        NationalSimulator(sealing=Macs(), production=True)
    assert refused.value.code is ErrorCode.SETTINGS_INSECURE


def _platform(number: str) -> NationalConnector:
    return _connector(Platform(NationalResult(number=number, level="x")))


def _other_business() -> object:
    return _sign_in(idCardAuthData=_simulator().app_answer("li-lei", "0" * 32))


REFUSED: list[tuple[str, Callable[[], object], Code, str]] = [
    ("another state", lambda: _sign_in(state="x"), A, "state"),
    ("given up in the app", lambda: _sign_in(resultCode="C0412002"), D, ""),
    ("no result", lambda: _sign_in(resultCode=""), D, ""),
    ("no data", lambda: _sign_in(idCardAuthData=""), A, "missing"),
    ("a password nobody asked for", lambda: _sign_in(certPwdData="x"), A, "missing"),
    ("no password", lambda: _sign_in(_connector(mode=NationalMode.CREDENTIAL_AND_PASSWORD)), A, "missing"),
    ("huge", lambda: _sign_in(idCardAuthData="x" * (MAX_DATA + 1)), A, "size"),
    ("another business", _other_business, D, ""),
    ("forged", lambda: _sign_in(idCardAuthData="li-lei.AAAA"), D, ""),
    ("not even text", lambda: _sign_in(idCardAuthData="?.?"), D, ""),
    ("nobody", lambda: _sign_in(_platform("")), A, "subject"),
    ("a long number", lambda: _sign_in(_platform("x" * 256)), A, "subject"),
    ("a citizen number", lambda: _sign_in(_platform(NUMBER)), A, "plaintext"),
    ("a citizen number inside", lambda: _sign_in(_platform(f"id:{NUMBER}")), A, "plaintext"),
]


@pytest.mark.parametrize(("act", "code", "rule"), [pytest.param(*row[1:], id=row[0]) for row in REFUSED])
def test_refuses(act: Callable[[], object], code: Code, rule: str) -> None:
    with pytest.raises(TrustError) as refused:
        act()
    assert (refused.value.code, refused.value.facts.get("rule", "")) == (code, rule)
    assert NUMBER not in str(refused.value)


def test_a_platform_is_asked_as_its_contract_describes() -> None:
    upstream = ScriptedUpstream(
        {
            GATEWAY: lambda _: json_answer(
                {"resultCode": "C0000000", "networkNumber": "N1", "level": "L4", "name": "张三"}
            )
        }
    )
    exchanging = Exchanging(upstream=upstream, keys=ExchangeKeys(), token=tokens())
    platform = ExchangePlatform(description=parse_national_exchange(TEXT), exchanging=exchanging, client="c")
    identity = _sign_in(_connector(platform), idCardAuthData="blob")
    sent: dict[str, Any] = json.loads(upstream.asked[0].body)
    assert (sent["authMode"], sent["idCardAuthData"], len(sent["bizSeq"])) == ("R01", "blob", 32)
    assert (identity.subject, identity.evidence[0].level) == ("N1", "L4")
    assert platform.parameters() == {"orgID": "00001234", "appID": "0001"}


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (TEXT.replace('orgID = "00001234", ', ""), "platform.parameters"),
        (TEXT.replace("0001234", "0 1"), "platform.parameters"),
        (TEXT + 'display_name = "level"', "identity"),
        (TEXT + 'uscc = "level"', "identity.roles"),
        (TEXT.replace("{credential}", "{code}"), "call.0.parameters.idCardAuthData"),
        (TEXT + "[more]", "more"),
    ],
)
def test_a_contract_is_refused_with_its_key(text: str, key: str) -> None:
    with pytest.raises(TrustError) as refused:
        parse_national_exchange(text)
    assert (refused.value.code, refused.value.facts["key"]) == (IdentityCode.IDP_CONNECTOR, key)


def test_replacing_the_mode_changes_what_the_app_is_asked() -> None:
    connector = replace(_connector(), mode=NationalMode.CREDENTIAL)
    step = asyncio.run(connector.begin(START, now=NOW)).step
    assert isinstance(step, Prompt)
    assert step.parameters["type"] == "0"
