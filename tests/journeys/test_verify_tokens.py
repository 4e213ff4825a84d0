"""The verification API behind access tokens: a provider's metadata and keys are fetched over the network, its tokens let callers in."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.dpop_proof import sign_dpop
from tests.support.token_issuer import API, NOW, Issuer
from tests.support.web import Visitor
from trustkit.app.wiring import open_authority
from trustkit.audit import trail
from trustkit.audit.events import EventType
from trustkit.clock import FixedClock
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.crypto.public_key import KeyKind
from trustkit.custody.private_key import generate_key
from trustkit.identity import SYSTEM
from trustkit.jose.claims import numeric_date
from trustkit.jose.jwk import jwk_of
from trustkit.jose.model import JwsAlgorithm

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from trustkit.audit.trail import TrailEntry
    from trustkit.encoding.canonical_json import JsonValue


@pytest.fixture
def guarded(home: Path) -> Iterator[tuple[Visitor, Issuer]]:
    settings = home / "settings.toml"
    with open_authority(home, FixedClock(NOW)) as before:
        issuer = Issuer(before)
        issuer.keys.tend()
        with issuer.listening():
            settings.write_text(
                settings.read_text("utf-8")
                + f'\n[tokens]\nissuer = "{issuer.url}"\nresource = "{API}"\nverify = true\n'
                + 'verify_level = "urn:trustkit:ial:2:aal:2"\nverify_minutes = 5\n',
                "utf-8",
            )
            with open_authority(home, FixedClock(NOW)) as authority:
                yield Visitor.of(authority), issuer


def ask(visitor: Visitor, *headers: tuple[str, str]) -> Any:
    return visitor.post("/v1/verify", files={"file": ("a.bin", b"no document")}, headers=list(headers))


def test_who_shows_a_token_may_verify(guarded: tuple[Visitor, Issuer]) -> None:
    visitor, issuer = guarded
    answer = ask(visitor)
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, 'Bearer realm="trustkit"')
    assert visitor.post("/v1/verify/report", files={"file": ("a.bin", b"x")}).status_code == 401
    text = issuer.token()
    answer = ask(visitor, ("Authorization", f"Bearer {text}"))
    assert (answer.status_code, answer.json()["file"]) == (200, "a.bin")
    batch = visitor.post("/v1/verify/batch", files=[("file", ("a.bin", b"x"))])
    assert batch.status_code == 401
    assert visitor.get("/v1/health").status_code == 200
    assert issuer.asked == ["/.well-known/openid-configuration", "/jwks"]  # fetched once


def test_a_weak_or_old_login_is_told_to_step_up(guarded: tuple[Visitor, Issuer]) -> None:
    visitor, issuer = guarded
    for weak in ({"acr": "urn:trustkit:ial:2:aal:1"}, {"auth_time": numeric_date(NOW - timedelta(minutes=6))}):
        answer = ask(visitor, ("Authorization", f"Bearer {issuer.token(**weak)}"))
        assert (answer.status_code, answer.json()["code"]) == (401, "web:token:level")
        told = answer.headers["www-authenticate"]
        assert 'error="insufficient_user_authentication"' in told
        assert 'acr_values="urn:trustkit:ial:2:aal:2", max_age="300"' in told


def test_a_proof_serves_once_in_all_processes(guarded: tuple[Visitor, Issuer]) -> None:
    visitor, issuer = guarded
    key = generate_key(KeyKind.EC_P256).signer()
    text = issuer.token(cnf={"jkt": jwk_of(key.public_key).thumbprint})
    made = sign_dpop(key, method="POST", url=f"{API}/v1/verify", token_id="j", now=NOW, access_token=text)
    shown = (("Authorization", f"DPoP {text}"), ("DPoP", made))
    assert ask(visitor, *shown).status_code == 200
    again = ask(Visitor(visitor.app), *shown)
    assert (again.status_code, again.json()["code"], again.json()["detail"]) == (
        401,
        "web:token:proof",
        "jose:dpop:replayed",
    )
    assert ask(visitor, ("Authorization", f"Bearer {text}")).status_code == 401


def test_keys_change_and_tokens_go_on(guarded: tuple[Visitor, Issuer]) -> None:
    visitor, issuer = guarded
    old = issuer.token()
    assert ask(visitor, ("Authorization", f"Bearer {old}")).status_code == 200
    issuer.keys.rotate(JwsAlgorithm.ES256, SYSTEM, at_once=True)
    assert ask(visitor, ("Authorization", f"Bearer {issuer.token()}")).status_code == 200  # it was published before
    assert ask(visitor, ("Authorization", f"Bearer {old}")).status_code == 200
    assert issuer.asked.count("/jwks") == 1


def test_an_issuer_out_of_reach_refuses_nobody_for_good(guarded: tuple[Visitor, Issuer]) -> None:
    visitor, issuer = guarded
    issuer.broken = True
    answer = ask(visitor, ("Authorization", f"Bearer {issuer.token()}"))
    assert (answer.status_code, answer.json()["code"]) == (503, "idp:upstream:unreachable")


def told(home: Path) -> list[TrailEntry]:
    with open_authority(home, FixedClock(NOW)) as authority, authority.database.reading() as unit:
        return list(trail.list_events(unit, type=EventType.FILE_VERIFIED))


def test_the_trail_says_who_asked_for_a_verdict(guarded: tuple[Visitor, Issuer], home: Path) -> None:
    visitor, issuer = guarded
    organisation: JsonValue = {"uscc": "91110000100000000X", "name": "示范公司", "role": "handler", "mandate": "md-abc"}
    citizen = issuer.token(sub="zhangsan@example.org", org=organisation, act={"sub": "zhangsan@example.org"})
    answer = ask(visitor, ("Authorization", f"Bearer {citizen}"))
    assert answer.status_code == 200, answer.text
    machine = issuer.token(sub="platform", client_id="platform", acr=None, auth_time=None)
    assert ask(visitor, ("Authorization", f"Bearer {machine}")).status_code == 401  # the door asks for a person
    again = visitor.post(
        "/v1/verify/batch",
        files=[("file", ("a.bin", b"x")), ("file", ("b.bin", b"y"))],
        headers={"Authorization": f"Bearer {citizen}"},
    )
    assert again.status_code == 200
    entries = told(home)
    assert len(entries) == 3
    (actor,) = {each.actor for each in entries}
    assert re.fullmatch("person:[0-9a-f]{64}", actor)
    assert {each.facts["client"] for each in entries} == {"platform"}
    assert {each.facts["mandate"] for each in entries} == {"md-abc"}
    code = digest(DigestAlgorithm.SM3, b"91110000100000000X").hex()
    assert {each.facts["organisation_sm3"] for each in entries} == {code}
    requests = [each.headers["x-request-id"] for each in (answer, again)]
    assert [each.request_id for each in entries] == [requests[0], requests[1], requests[1]]
    assert "zhangsan" not in repr(entries)


@pytest.mark.parametrize("client", ["https://rp.example/?who=a", "+8613812345678", "p" * 200])
def test_no_client_or_person_can_make_the_trail_refuse_a_verdict(
    guarded: tuple[Visitor, Issuer], home: Path, client: str
) -> None:
    visitor, issuer = guarded
    organisation: JsonValue = {"uscc": "91110000100000000X", "name": "示范公司", "mandate": "授权 1"}
    shown = issuer.token(sub="13812345678", client_id=client, org=organisation)
    assert ask(visitor, ("Authorization", f"Bearer {shown}")).status_code == 200
    (entry,) = told(home)
    assert re.fullmatch("[0-9a-f]{64}", str(entry.facts["client"]))
    assert re.fullmatch("[0-9a-f]{64}", str(entry.facts["mandate"]))


def test_one_person_has_one_name_in_the_trail_whichever_process_answers(
    guarded: tuple[Visitor, Issuer], home: Path
) -> None:
    visitor, issuer = guarded
    shown = ("Authorization", f"Bearer {issuer.token()}")
    other = ("Authorization", f"Bearer {issuer.token(sub='s2')}")
    assert ask(visitor, shown).status_code == 200
    with open_authority(home, FixedClock(NOW)) as authority:
        second = Visitor.of(authority)
        assert ask(second, shown).status_code == 200
        assert ask(second, other).status_code == 200
    first, same, another = (each.actor for each in told(home))
    assert first == same != another


def test_whom_no_guard_asks_stays_anonymous(home: Path) -> None:
    with open_authority(home, FixedClock(NOW)) as authority:
        assert ask(Visitor.of(authority), ("Authorization", "Bearer anything")).status_code == 200
    (entry,) = told(home)
    assert (entry.actor, "client" in entry.facts) == ("anonymous", False)


def test_the_log_says_who_asked_by_the_same_name(
    guarded: tuple[Visitor, Issuer], home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    visitor, issuer = guarded
    with caplog.at_level("INFO", logger="trustkit.web"):
        assert ask(visitor, ("Authorization", f"Bearer {issuer.token(sub='zhangsan')}")).status_code == 200
        assert visitor.get("/v1/health").status_code == 200
    served = [vars(each)["trustkit_fields"] for each in caplog.records if each.msg == "request.served"]
    (entry,) = told(home)
    assert [(each.get("actor"), each.get("client")) for each in served] == [(entry.actor, "platform"), (None, None)]
