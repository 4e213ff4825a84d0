from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

import pytest

from idp.connectors.exchange import ExchangeConnector
from idp.connectors.exchange_calls import Exchanging
from idp.connectors.exchange_description import MAX_DESCRIPTION, parse_exchange
from idp.connectors.exchange_signing import ExchangeKeys
from idp.connectors.port import LoginStart, Redirect
from idp.connectors.upstream import Answer, Call
from idp.evidence import BrokeredIdentity, EvidenceKind
from tests.support.upstreams import ScriptedUpstream, form_of, json_answer, query_of, tokens
from trustkit.crypto.mac import MacAlgorithm, compute_mac, verify_mac
from trustkit.crypto.public_key import KeyKind
from trustkit.crypto.suites import SignatureSuite
from trustkit.crypto.verify import verify_signature
from trustkit.custody.private_key import generate_key
from trustkit.encoding.text64 import decode_base64, encode_base64
from trustkit.errors import TrustError
from trustkit.identity import AssuranceLevel
from trustkit.identity_codes import IdentityCode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from trustkit.custody.port import Signer
    from trustkit.error_family import Code

NOW = datetime(2026, 12, 1, 8, tzinfo=UTC)
START = LoginStart(handle="login-1", needed=AssuranceLevel(), max_age=None, language="zh")
SECRET = b"shared-secret"
TOKEN, USER = "https://user.example/api/token", "https://user.example/api/user"
USCC = "1199010000TRYQK01Q"
TEXT = """
[begin]
url = "https://user.example/oauth/authorize?lang=zh"
parameters = { appId = "{client}", backUrl = "{return}?state={state}" }

[return]
code = "ticket"
state = "state"
error = "error"

[[call]]
url = "https://user.example/api/token"
encoding = "form"
parameters = { appId = "{client}", ticket = "{code}", nonce = "{nonce}", timestamp = "{timestamp}" }
signature = { algorithm = "hmac-sm3", input = "{parameters}", encoding = "hex", parameter = "sign" }
success = { pointer = "/code", values = ["0", "200"] }
echo = "/nonce"
take = { access = "/data/token" }

[[call]]
url = "https://user.example/api/user"
encoding = "json"
parameters = { token = "{access}" }
headers = { Authorization = "Bearer {access}" }
signature = { algorithm = "sm2", input = "{method}{path}{body}{timestamp_ms}", encoding = "base64", header = "X-Sign" }
answer_signature = { algorithm = "hmac-sm3", encoding = "hex", header = "X-Answer-Sign" }
take = { user = "/data/id", level = "/data/authlevel", time = "/data/at", code18 = "/data/org/code", org = "/data/org/name", duty = "/data/org/duty" }

[identity]
subject = "user"
real_name = "level"
authenticated_at = "time"
uscc = "code18"
organisation = "org"
role = "duty"
roles = { "1" = "legal-representative", "2" = "handler" }
"""


@cache
def signer() -> Signer:
    return generate_key(KeyKind.SM2).signer()


def _token_answer(call: Call) -> Answer:
    form = form_of(call)
    line = "&".join(f"{name}={form[name]}" for name in sorted(form) if name != "sign")
    verify_mac(MacAlgorithm.HMAC_SM3, SECRET, line.encode(), bytes.fromhex(form["sign"]))
    assert form["timestamp"] == str(int(NOW.timestamp()))
    return json_answer({"code": 0, "nonce": form["nonce"], "data": {"token": f"at-{form['ticket']}"}})


def _signed(value: object, key: bytes = SECRET) -> Answer:
    answer = json_answer(value, media_type="text/plain")
    mac = compute_mac(MacAlgorithm.HMAC_SM3, key, answer.body).hex()
    return replace(answer, headers={"x-answer-sign": mac})


DATA = {"id": 4711, "authlevel": "3", "at": int(NOW.timestamp()) - 60}


def _user_answer(call: Call, **changes: object) -> Answer:
    assert json.loads(call.body) == {"token": "at-ST-1"}
    assert call.headers["Authorization"] == "Bearer at-ST-1"
    message = b"POST/api/user" + call.body + str(int(NOW.timestamp() * 1000)).encode()
    signature = decode_base64(call.headers["X-Sign"])
    verify_signature(suite=SignatureSuite.SM2_SM3, key=signer().public_key, message=message, signature=signature)
    return _signed({"data": {**DATA, **changes}})


def _connector(upstream: ScriptedUpstream | None = None, text: str = TEXT) -> ExchangeConnector:
    upstream = upstream or ScriptedUpstream({TOKEN: _token_answer, USER: _user_answer})
    keys = ExchangeKeys(secret=SECRET, signer=signer())
    return ExchangeConnector(
        name="hunan",
        title={"zh": "湖南", "en": "Hunan"},
        return_url="https://id.example/login/return/hunan",
        client="app-1",
        description=parse_exchange(text),
        exchanging=Exchanging(upstream=upstream, keys=keys, token=tokens("nonce")),
        ladder="hunan",
        token=tokens("state"),
    )


def _sign_in(connector: ExchangeConnector | None = None, **changes: str) -> BrokeredIdentity:
    connector = connector or _connector()
    begun = asyncio.run(connector.begin(START, now=NOW))
    answer = {"state": begun.state, "ticket": "ST-1"} | changes
    return asyncio.run(connector.finish(START, begun.kept, answer, now=NOW))


def _answered(
    user: Callable[[Call], Answer] = _user_answer, token: Callable[[Call], Answer] = _token_answer
) -> BrokeredIdentity:
    return _sign_in(_connector(ScriptedUpstream({TOKEN: token, USER: user})))


def test_the_browser_is_sent_with_a_state_in_the_return_address() -> None:
    begun = asyncio.run(_connector().begin(START, now=NOW))
    assert isinstance(begun.step, Redirect)
    assert begun.step.url.startswith("https://user.example/oauth/authorize?lang=zh&")
    query = query_of(begun.step.url)
    assert query["backUrl"] == f"https://id.example/login/return/hunan?state={begun.state}"
    assert begun.kept["state"] == begun.state


def test_a_ticket_is_exchanged_by_signed_calls() -> None:
    identity = _sign_in()
    assert (identity.provider, identity.subject) == ("hunan", "4711")
    assert identity.authenticated_at == NOW - timedelta(seconds=60)
    assert [(each.kind, each.ladder, each.level) for each in identity.evidence] == [
        (EvidenceKind.REAL_NAME, "hunan", "3")
    ]
    assert identity.organisations == ()


def test_each_call_has_a_nonce_of_its_own() -> None:
    upstream = ScriptedUpstream({TOKEN: _token_answer, USER: _user_answer})
    connector = _connector(upstream)
    _sign_in(connector)
    _sign_in(connector)
    nonces = [form_of(call)["nonce"] for call in upstream.asked if call.url == TOKEN]
    assert len(set(nonces)) == 2


def test_an_organisation_and_the_role_in_it_are_claims() -> None:
    org = {"code": USCC, "name": "示例市政务服务管理局", "duty": 2}
    found = _answered(lambda call: _user_answer(call, org=org)).organisations
    assert [(each.uscc, each.role) for each in found] == [(USCC, "handler")]


def test_a_level_that_is_not_told_is_no_evidence() -> None:
    identity = _answered(lambda call: _user_answer(call, authlevel=None, at=None))
    assert (identity.evidence, identity.authenticated_at) == ((), None)


def _told(**changes: object) -> Callable[[], object]:
    return lambda: _answered(lambda call: _user_answer(call, **changes))


def _token(value: object, **how: object) -> Callable[[], object]:
    return lambda: _answered(token=lambda _: json_answer(value, **how))  # type: ignore[arg-type]


ORG: Mapping[str, object] = {"code": USCC, "name": "示例", "duty": 2}
A, D, R, T = (
    IdentityCode.IDP_UPSTREAM_ANSWER,
    IdentityCode.IDP_UPSTREAM_DENIED,
    IdentityCode.IDP_UPSTREAM_REFUSED,
    IdentityCode.IDP_UPSTREAM_UNREACHABLE,
)
REFUSED: list[tuple[str, Callable[[], object], Code, str]] = [
    ("no state", lambda: _sign_in(state=""), A, "state"),
    ("another login's state", lambda: _sign_in(state="state-9999"), A, "state"),
    ("no ticket", lambda: _sign_in(ticket=""), A, "missing"),
    ("a huge ticket", lambda: _sign_in(ticket="x" * 2049), A, "size"),
    ("given up", lambda: _sign_in(error="access_denied"), D, ""),
    ("nobody there", lambda: _sign_in(_connector(ScriptedUpstream())), T, ""),
    ("a fault", _token({}, status=500), T, ""),
    ("too many", _token({}, status=429), T, ""),
    ("a redirect", _token({}, status=302), A, "redirect"),
    ("refused", _token({}, status=401), R, ""),
    ("another nonce", _token({"code": 0, "nonce": "x", "data": {"token": "t"}}), A, "nonce"),
    ("no nonce", _token({"code": 0, "data": {"token": "t"}}), A, "nonce"),
    ("no success", _token({"code": 7}), D, ""),
    ("success nobody told", _token({"data": {"token": "t"}}), D, ""),
    ("success as something else", _token({"code": {"0": 0}}), D, ""),
    ("a page", _token({}, media_type="text/html"), A, "media-type"),
    ("a list", _token([]), A, "json"),
    ("twice the key", lambda: _answered(token=lambda _: Answer(status=200, media_type="application/json", body=b'{"code":0,"code":1}')), A, "json"),
    ("no JSON", lambda: _answered(token=lambda _: Answer(status=200, media_type="application/json", body=b"{")), A, "json"),
    ("too deep", lambda: _answered(token=lambda _: Answer(status=200, media_type="application/json", body=b'{"a":' * 50 + b"1" + b"}" * 50)), A, "json"),
    ("an unsigned answer", lambda: _answered(lambda _: json_answer({"data": DATA})), A, "signature"),
    ("another key's answer", lambda: _answered(lambda _: _signed({"data": DATA}, b"other")), A, "signature"),
    ("a changed answer", lambda: _answered(lambda call: replace(_user_answer(call), body=b'{"data":{"id":1}}')), A, "signature"),
    ("a signature that is none", lambda: _answered(lambda call: replace(_user_answer(call), headers={"x-answer-sign": "zz"})), A, "signature"),
    ("a huge signature", lambda: _answered(lambda call: replace(_user_answer(call), headers={"x-answer-sign": "0" * 300})), A, "signature"),
    ("nobody", _told(id=None), A, "subject"),
    ("an object", _told(id={"a": 1}), A, "subject"),
    ("a long name", _told(id="x" * 256), A, "subject"),
    ("a huge value", _told(id="x" * 2049), A, "size"),
    ("a time to come", _told(at=int(NOW.timestamp()) + 301), A, "time"),
    ("no time", _told(at="yesterday"), A, "time"),
    ("a negative time", _told(at=-1), A, "time"),
    ("a time beyond all", _told(at=10**13), A, "time"),
    ("a wrong code", _told(org={**ORG, "code": USCC[:-1] + "X"}), A, "organisation"),
    ("no name", _told(org={**ORG, "name": ""}), A, "organisation"),
    ("an unknown role", _told(org={**ORG, "duty": 3}), A, "role"),
    ("a token that is no header", _token({"code": 0, "nonce": None}), A, "nonce"),
]  # fmt: skip


@pytest.mark.parametrize(("act", "code", "rule"), [pytest.param(*row[1:], id=row[0]) for row in REFUSED])
def test_refuses(act: Callable[[], object], code: Code, rule: str) -> None:
    with pytest.raises(TrustError) as refused:
        act()
    assert (refused.value.code, refused.value.facts.get("rule", "")) == (code, rule)


def test_a_value_with_line_ends_never_gets_into_a_header() -> None:
    def token(call: Call) -> Answer:
        return json_answer({"code": 0, "nonce": form_of(call)["nonce"], "data": {"token": "a\r\nX-Evil: 1"}})

    with pytest.raises(TrustError) as refused:
        _answered(token=token)
    assert refused.value.facts["rule"] == "header"


def test_places_in_values_are_no_places() -> None:
    upstream = ScriptedUpstream({TOKEN: _token_answer, USER: lambda _: json_answer({}, status=400)})
    with pytest.raises(TrustError):
        _sign_in(_connector(upstream), ticket="{secret}")
    assert form_of(upstream.asked[0])["ticket"] == "{secret}"
    assert upstream.asked[1].headers["Authorization"] == "Bearer at-{secret}"


def test_a_provider_signs_answers_with_its_sm2_key() -> None:
    keys = ExchangeKeys(provider_key=signer().public_key)
    body = b'{"a":1}'
    keys.require_signed("sm2", body, encode_base64(signer().sign(body)), "base64")
    with pytest.raises(TrustError) as refused:
        keys.require_signed("sm2", body + b" ", encode_base64(signer().sign(body)), "base64")
    assert refused.value.facts["rule"] == "signature"


@pytest.mark.parametrize(
    ("algorithm", "answers"), [("hmac-sm3", False), ("sm2", False), ("sm2", True), ("hmac-sm3", True)]
)
def test_a_signature_without_its_key_is_a_fault_of_settings(algorithm: str, answers: bool) -> None:  # noqa: FBT001 - parametrised
    with pytest.raises(TrustError) as refused:
        ExchangeKeys().require(algorithm, answers=answers)
    assert refused.value.code is IdentityCode.IDP_CONNECTOR


MALFORMED = [
    ("not TOML", TEXT + "=", None),
    ("a further table", TEXT + "[more]", "more"),
    ("a further key", TEXT.replace("[return]", "[return]\nmore = 1"), "more"),
    ("no beginning", TEXT.replace("[begin]", "[began]"), "begin"),
    ("no state", TEXT.replace("?state={state}", ""), "begin.parameters"),
    ("an unknown place", TEXT.replace('"{client}", backUrl', '"{clinet}", backUrl'), "begin.parameters.appId"),
    ("a secret in the browser", TEXT.replace('"{client}", backUrl', '"{secret}", backUrl'), "begin.parameters.appId"),
    ("a brace alone", TEXT.replace('"{client}", backUrl', '"{", backUrl'), "begin.parameters.appId"),
    ("no code", TEXT.replace('code = "ticket"', 'code = ""'), "return.code"),
    ("a place before it is taken", TEXT.replace('ticket = "{code}"', 'ticket = "{access}"'), "call.0.parameters.ticket"),
    ("an encoding", TEXT.replace('encoding = "form"', 'encoding = "xml"'), "call.0.encoding"),
    ("a secret in an address", TEXT.replace('encoding = "form"', 'encoding = "query"').replace('"{code}"', '"{secret}"'), "call.0.parameters.ticket"),
    ("a body without POST", TEXT.replace('encoding = "form"', 'encoding = "form"\nmethod = "GET"'), "call.0.method"),
    ("an algorithm", TEXT.replace('"hmac-sm3", input', '"md5", input'), "call.0.signature.algorithm"),
    ("a signature nowhere", TEXT.replace(', parameter = "sign"', ""), "call.0.signature"),
    ("a signature over itself", TEXT.replace('input = "{parameters}"', 'input = "{body}"'), "call.0.signature"),
    ("an answer's input", TEXT.replace("answer_signature = {", 'answer_signature = { input = "", '), "input"),
    ("a pointer", TEXT.replace('"/nonce"', '"nonce"'), "call.0.echo"),
    ("a pointer with an escape", TEXT.replace('"/nonce"', '"/a~1b"'), "call.0.echo"),
    ("a name", TEXT.replace("take = { access", "take = { Access"), "call.0.take"),
    ("a name of ours", TEXT.replace("take = { access", "take = { nonce"), "call.0.take"),
    ("no values", TEXT.replace('values = ["0", "200"]', "values = []"), "call.0.success.values"),
    ("a header of ours", TEXT.replace("{ Authorization", "{ Host"), "call.1.headers"),
    ("no subject", TEXT.replace('subject = "user"', 'subject = ""'), "identity.subject"),
    ("a value nobody took", TEXT.replace('subject = "user"', 'subject = "nobody"'), "identity.subject"),
    ("an organisation without roles", TEXT.replace("roles = {", "# roles = {"), "identity.roles"),
    ("a role of nobody", TEXT.replace('"handler"', '"owner"'), "identity.roles"),
    ("no calls", TEXT.split("[[call]]", maxsplit=1)[0] + "[identity]" + TEXT.split("[identity]")[1], "call"),
    ("five calls", TEXT + "\n[[call]]" * 3, "call"),
    ("huge", TEXT + "#" * MAX_DESCRIPTION, None),
    ("a long template", TEXT.replace('"{client}", backUrl', f'"{"x" * 1025}", backUrl'), "begin.parameters.appId"),
    ("a number for a text", TEXT.replace('"{client}", backUrl', "1, backUrl"), "begin.parameters"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "key"), [pytest.param(*row[1:], id=row[0]) for row in MALFORMED])
def test_a_description_is_refused_with_its_key(text: str, key: str | None) -> None:
    with pytest.raises(TrustError) as refused:
        parse_exchange(text)
    assert (refused.value.code, refused.value.facts.get("key")) == (IdentityCode.IDP_CONNECTOR, key)
