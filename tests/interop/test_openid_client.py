"""panva's openid-client (a certified relying party) signs in at our provider: pushed requests, DPoP, step-up refused then granted."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from lxml import html

from idp.op.client_model import GrantType
from tests.support.served_provider import PASSWORD, TWO_FACTORS, served

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.served_provider import Served

pytestmark = pytest.mark.interop

SCRIPT = Path(__file__).parent / "openid_client" / "rp.mjs"
MODULES = Path(__file__).resolve().parents[2] / "build" / "openid-client"
BACK = "http://127.0.0.1:9/back"
OUT = "http://127.0.0.1:9/out"
API = "https://api.test"
LEVEL_TWO = '{"id_token":{"acr":{"essential":true,"value":"urn:trustkit:ial:0:aal:2"}}}'


@dataclass
class RelyingParty:
    """openid-client in a process of its own."""

    process: subprocess.Popen[str]

    def do(self, act: str, **given: Any) -> dict[str, Any]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({"act": act, **given}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, "openid-client ended"
        answer: dict[str, Any] = json.loads(line)
        return answer


@pytest.fixture
def provider(home: Path, passphrase_file: Path, tmp_path: Path) -> Iterator[Served]:
    with served(home, passphrase_file, tmp_path / "log") as found:
        yield found


@pytest.fixture
def party(provider: Served) -> Iterator[RelyingParty]:
    if shutil.which("node") is None or not (MODULES / "node_modules" / "openid-client").is_dir():
        pytest.skip("openid-client is not there: python -m tools.interop")
    client, secret = provider.client(
        "panva",
        grant_types=["authorization_code", "refresh_token", "client_credentials", GrantType.BACKCHANNEL.value],
        redirect_uris=[BACK],
        post_logout_redirect_uris=[OUT],
        scope="openid read",
        resources=[API],
        require_pushed_authorization_requests=True,
        dpop_bound_access_tokens=True,
    )
    script = MODULES / "rp.mjs"
    shutil.copy(SCRIPT, script)
    command = ["node", str(script), provider.issuer, client.identifier, secret]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield RelyingParty(process)
        process.kill()


def _signed_in(provider: Served, party: RelyingParty, **parameters: str) -> dict[str, Any]:
    begun = party.do("begin", redirect_uri=BACK, parameters={"scope": "openid read", **parameters})
    assert "url" in begun, begun
    assert set(parse_qs(urlsplit(begun["url"]).query)) == {"client_id", "request_uri"}
    answer = provider.follow(begun["url"], BACK)
    return party.do("finish", url=answer.headers["location"])


def test_it_signs_in_refreshes_looks_up_and_signs_out(provider: Served, party: RelyingParty) -> None:
    provider.sign_in(provider.person())
    found = _signed_in(provider, party)
    assert "tokens" in found, found
    tokens, claims = found["tokens"], found["claims"]
    assert tokens["token_type"] == "dpop"
    assert claims["acr"] == "urn:trustkit:ial:0:aal:1"
    told = party.do("userinfo", token=tokens["access_token"], subject=claims["sub"])
    assert told["claims"]["sub"] == claims["sub"]
    refreshed = party.do("refresh", token=tokens["refresh_token"])["tokens"]
    assert party.do("introspect", token=refreshed["access_token"])["claims"]["active"] is True
    assert party.do("refresh", token=tokens["refresh_token"])["error"] == "invalid_grant"
    assert party.do("introspect", token=refreshed["access_token"])["claims"] == {"active": False}
    own = party.do("own", scope="read")["tokens"]
    assert party.do("introspect", token=own["access_token"])["claims"]["cnf"].keys() == {"jkt"}
    assert party.do("revoke", token=own["access_token"]) == {}
    assert party.do("introspect", token=own["access_token"])["claims"] == {"active": False}
    out = party.do("logout", hint=tokens["id_token"], back=OUT)["url"]
    assert provider.follow(out, OUT).headers["location"].startswith(OUT)
    silent = _signed_in(provider, party, prompt="none")
    assert silent["error"] == "login_required"


def test_a_step_up_is_refused_and_then_granted(provider: Served, party: RelyingParty) -> None:
    person = provider.person()
    provider.sign_in(person, PASSWORD)
    refused = _signed_in(provider, party, prompt="none", claims=LEVEL_TWO)
    assert refused["error"] == "interaction_required"
    begun = party.do("begin", redirect_uri=BACK, parameters={"scope": "openid", "claims": LEVEL_TWO})
    page = provider.browser.get(begun["url"]).headers["location"]
    assert urlsplit(page).path == "/login"
    interaction = parse_qs(urlsplit(page).query)["i"][0]
    unmet = provider.follow(f"{provider.issuer}/authorize/continue?i={interaction}", BACK)  # without a second factor
    assert party.do("finish", url=unmet.headers["location"])["error"] == "unmet_authentication_requirements"
    provider.sign_in(person, TWO_FACTORS)
    granted = _signed_in(provider, party, claims=LEVEL_TWO)
    assert granted["claims"]["acr"] == "urn:trustkit:ial:0:aal:2"


def _answers(provider: Served, decision: str) -> None:
    """The person answers, on his page, the one request that waits there."""
    page: Any = html.document_fromstring(provider.browser.get(f"{provider.issuer}/account/requests").text)
    (form,) = [each for each in page.forms if each.get("action") == "/account/requests/decide"]
    fields = {each.name: each.value for each in form.inputs if each.get("type") == "hidden"}
    told = provider.browser.post(f"{provider.issuer}{form.get('action')}", data={**fields, "decision": decision})
    assert told.status_code == 200, told.text


def test_it_asks_behind_the_persons_back_and_polls_for_his_answer(provider: Served, party: RelyingParty) -> None:
    person = provider.person(name="li.hua")
    provider.sign_in(person)
    asking = {"scope": "openid", "login_hint": "li.hua", "binding_message": "7-31"}
    asked = party.do("ask", parameters=asking)["asked"]
    assert asked.keys() == {"auth_req_id", "expires_in", "interval"}
    _answers(provider, "allow")
    found = party.do("poll", asked=asked)
    assert found["tokens"]["token_type"] == "dpop", found
    assert found["claims"]["acr"] == "urn:trustkit:ial:0:aal:1"
    assert party.do("userinfo", token=found["tokens"]["access_token"], subject=found["claims"]["sub"])["claims"]["sub"]
    assert party.do("poll", asked=asked)["error"] == "invalid_grant"  # tokens are given once
    refused = party.do("ask", parameters={**asking, "id_token_hint": found["tokens"]["id_token"]})
    assert refused["error"] == "invalid_request"  # two hints
    hinted = {"scope": "openid", "id_token_hint": found["tokens"]["id_token"]}
    asked = party.do("ask", parameters=hinted)["asked"]
    _answers(provider, "deny")
    assert party.do("poll", asked=asked)["error"] == "access_denied"
