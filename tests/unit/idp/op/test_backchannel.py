"""Clients ask people behind their backs (CIBA, poll mode): who may, what is refused, and that nobody learns who is here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from idp.factors.port import FactorKind
from idp.op.handles import HandleKind
from tests.support.provider import RETURN, basic, claims_of
from tests.support.signing_in import PEOPLE, SESSIONS, TERMINAL
from trustkit.errors import TrustError
from trustkit.identity_codes import IdentityCode
from trustkit.store import op_polls

if TYPE_CHECKING:
    from idp.op.backchannel import BackchannelQuestion
    from idp.session_model import Session
    from tests.support.provider import World

CIBA = "urn:openid:params:grant-type:ciba"
LEVEL_2 = "urn:trustkit:ial:0:aal:2"


class Asking:
    """A client that may ask, and a person who may be asked."""

    def __init__(self, world: World, name: str = "bank", **members: Any) -> None:
        self.world = world
        preset: dict[str, Any] = {"grant_types": [CIBA, "refresh_token"], "redirect_uris": [], "scope": "openid read"}
        self.client, self.secret = world.client(name, **{**preset, **members})

    def ask(self, **members: str) -> Any:
        given = {"scope": "openid read", "login_hint": "li.hua", "binding_message": "W4SCT", **members}
        data = {name: value for name, value in given.items() if value}
        return self.world.post("/bc-authorize", data, **basic(self.client, self.secret))

    def asked(self, **members: str) -> str:
        answer = self.ask(**members)
        assert answer.status_code == 200, answer.text
        assert answer.headers["cache-control"] == "no-store"
        found: str = answer.json()["auth_req_id"]
        return found

    def poll(self, request: str, **members: str) -> Any:
        data = {"grant_type": CIBA, "auth_req_id": request, **members}
        return self.world.post("/token", data, **basic(self.client, self.secret))


def _session(world: World) -> Session:
    with world.database.reading() as unit:
        found = SESSIONS.current(unit, world.cookies[world.cookie_rules.session], now=world.clock.now())
    assert found is not None
    return found


def _waiting(world: World) -> tuple[BackchannelQuestion, ...]:
    session = _session(world)
    with world.database.reading() as unit:
        return world.provider().backchannel.waiting(unit, session.person, now=world.clock.now())


def _answer(world: World, reference: str, *, allowed: bool) -> None:
    session = _session(world)
    desk, now = world.provider().backchannel, world.clock.now()
    with world.database.unit_of_work() as uow:
        if allowed:
            desk.allow(uow, session, reference, now=now)
        else:
            desk.refuse(uow, session.person, reference, now=now)


def test_who_was_named_allows_it_and_the_client_gets_its_tokens_once(world: World) -> None:
    asking = Asking(world)
    world.sign_in(world.person())
    request = asking.asked()
    assert asking.poll(request).json()["error"] == "authorization_pending"
    assert asking.poll(request).json()["error"] == "slow_down"
    (question,) = _waiting(world)
    assert (question.client, question.message, question.scopes) == (
        asking.client.identifier,
        "W4SCT",
        ("openid", "read"),
    )
    _answer(world, question.reference, allowed=True)
    world.clock.pass_(10)
    tokens = asking.poll(request).json()
    claims = claims_of(tokens["id_token"])
    assert (claims["aud"], claims["acr"]) == (asking.client.identifier, "urn:trustkit:ial:0:aal:1")
    assert tokens["refresh_token"]
    assert asking.poll(request).json()["error"] == "invalid_grant"
    assert _waiting(world) == ()


def test_a_no_and_the_end_of_time_are_told(world: World) -> None:
    asking = Asking(world)
    world.sign_in(world.person())
    refused = asking.asked()
    _answer(world, _waiting(world)[0].reference, allowed=False)
    assert asking.poll(refused).json()["error"] == "access_denied"
    late = asking.asked(requested_expiry="60")
    reference = _waiting(world)[0].reference
    world.clock.pass_(61)
    assert asking.poll(late).json()["error"] == "expired_token"
    with pytest.raises(TrustError) as caught:
        _answer(world, reference, allowed=True)
    assert caught.value.code is IdentityCode.OP_REQUEST_OVER


def test_a_level_is_needed_before_it_is_allowed_and_told_after(sqlite_world: World) -> None:
    world = sqlite_world
    asking, person = Asking(world), world.person()
    world.sign_in(person)
    request = asking.asked(acr_values=LEVEL_2)
    (question,) = _waiting(world)
    with pytest.raises(TrustError) as caught:
        _answer(world, question.reference, allowed=True)
    assert caught.value.code is IdentityCode.OP_LEVEL_UNMET
    world.sign_in(person, FactorKind.PASSWORD, FactorKind.TOTP)
    _answer(world, question.reference, allowed=True)
    assert claims_of(asking.poll(request).json()["id_token"])["acr"] == LEVEL_2


def test_an_id_token_of_the_clients_own_names_somebody(sqlite_world: World) -> None:
    world = sqlite_world
    both = Asking(world, grant_types=[CIBA, "authorization_code"], redirect_uris=[RETURN])
    other = Asking(world, "other")
    world.sign_in(world.person())
    token = world.redeem(both.client, both.secret, world.code(both.client)).json()["id_token"]
    both.asked(login_hint="", id_token_hint=token)
    assert len(_waiting(world)) == 1
    refused = other.ask(login_hint="", id_token_hint=token)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("hint", ["nobody", "locked", "", "x" * 2000, "\u202e"])
def test_nobody_learns_who_is_here(sqlite_world: World, hint: str) -> None:
    world = sqlite_world
    asking = Asking(world)
    person = world.person()
    known = asking.ask(scope="openid")
    if hint == "locked":
        with world.database.unit_of_work() as uow:
            PEOPLE.lock(uow, person, reason="lost", now=world.clock.now(), actor=TERMINAL)
        hint = "li.hua"
    unknown = asking.ask(scope="openid", login_hint=hint or " ")
    assert unknown.status_code == known.status_code == 200
    assert dict(unknown.headers) | {"date": ""} == dict(known.headers) | {"date": ""}
    one, other = known.json(), unknown.json()
    assert one.keys() == other.keys()
    assert (one["expires_in"], one["interval"]) == (other["expires_in"], other["interval"])
    assert len(one["auth_req_id"]) == len(other["auth_req_id"])
    assert asking.poll(other["auth_req_id"]).json() == asking.poll(one["auth_req_id"]).json()


@pytest.mark.parametrize(
    ("members", "error"),
    [
        ({"login_hint": ""}, "invalid_request"),
        ({"login_hint_token": "x"}, "invalid_request"),
        ({"login_hint": "", "login_hint_token": "x"}, "invalid_request"),
        ({"id_token_hint": "x"}, "invalid_request"),
        ({"login_hint": "", "id_token_hint": "x"}, "invalid_request"),
        ({"request": "x"}, "request_not_supported"),
        ({"scope": ""}, "invalid_scope"),
        ({"scope": "read"}, "invalid_scope"),
        ({"scope": "openid write"}, "invalid_scope"),
        ({"binding_message": "x" * 65}, "invalid_binding_message"),
        ({"binding_message": "a\nb"}, "invalid_binding_message"),
        ({"binding_message": "a\u202eb"}, "invalid_binding_message"),
        ({"requested_expiry": "0"}, "invalid_request"),
        ({"requested_expiry": "-1"}, "invalid_request"),
        ({"requested_expiry": "ten"}, "invalid_request"),
        ({"requested_expiry": "9" * 12}, "invalid_request"),
        ({"acr_values": "x " * 2000}, "invalid_request"),
        ({"resource": "https://other.example"}, "invalid_target"),
    ],
)
def test_what_may_not_be_asked(sqlite_world: World, members: dict[str, str], error: str) -> None:
    answer = Asking(sqlite_world).ask(**members)
    assert (answer.status_code, answer.json()["error"]) == (400, error)


def test_an_expiry_stays_within_bounds(sqlite_world: World) -> None:
    asking = Asking(sqlite_world)
    lives = [asking.ask(requested_expiry=each).json()["expires_in"] for each in ("", "1", "120", "99999999")]
    assert lives == [600, 30, 120, 600]


def test_a_client_asks_only_where_it_is_registered_for_it(sqlite_world: World) -> None:
    world = sqlite_world
    plain = Asking(world, grant_types=["client_credentials"], scope="read")
    assert plain.ask().json()["error"] == "unauthorized_client"
    assert plain.poll("A" * 43).json()["error"] == "unauthorized_client"
    asking = Asking(world, "other")
    wrong = world.post("/bc-authorize", {"scope": "openid", "login_hint": "li.hua"}, **basic(asking.client, "wrong"))
    assert (wrong.status_code, wrong.json()["error"]) == (401, "invalid_client")


@pytest.mark.parametrize(
    "members",
    [
        {"token_endpoint_auth_method": "none"},
        {"scope": "read"},
        {"backchannel_token_delivery_mode": "ping"},
        {"backchannel_token_delivery_mode": "push"},
    ],
)
def test_what_cannot_be_registered(sqlite_world: World, members: dict[str, str]) -> None:
    with pytest.raises(TrustError) as caught:
        Asking(sqlite_world, **members)
    assert caught.value.code is IdentityCode.OP_CLIENT_FORM


def test_requests_of_others_are_not_answered_and_not_polled(sqlite_world: World) -> None:
    world = sqlite_world
    asking, other = Asking(world), Asking(world, "other")
    world.person()
    request = asking.asked()
    assert other.poll(request).json()["error"] == "invalid_grant"
    device = {"grant_type": "urn:ietf:params:oauth:grant-type:device_code", "device_code": request}
    both = Asking(world, "both", grant_types=[CIBA, device["grant_type"]])
    assert world.post("/token", device, **basic(both.client, both.secret)).json()["error"] == "invalid_grant"
    world.sign_in(world.person("han.mei"))
    assert _waiting(world) == ()
    with world.database.reading() as unit:
        row = op_polls.find(unit, HandleKind.BACKCHANNEL.digest(request))
    assert row is not None
    for reference in (row.poll_sm3, "", "0" * 64):
        with pytest.raises(TrustError) as caught:
            _answer(world, reference, allowed=True)
        assert caught.value.code is IdentityCode.OP_REQUEST_OVER


@pytest.mark.parametrize(
    "names",
    [
        ("li.hua",) * 4,
        ("nobody",) * 4,
        ("li.hua", "LI.HUA", " li.hua ", "ｌｉ.hua"),
        ("no.body", "NO.BODY", " no.body ", "ｎｏ.body"),
    ],
)
def test_nobody_is_named_again_and_again(sqlite_world: World, names: tuple[str, ...]) -> None:
    world = sqlite_world
    asking = Asking(world)
    world.person()
    more = basic(asking.client, asking.secret)
    data = [{"scope": "openid", "login_hint": name} for name in names]
    answers = world.send_together([("POST", "/bc-authorize", {"data": each, **more}) for each in data])
    assert sorted(each.status_code for each in answers) == [200, 200, 429, 429]


def test_the_metadata_tell_of_it(sqlite_world: World) -> None:
    told = sqlite_world.send("GET", "/.well-known/openid-configuration").json()
    assert told["backchannel_authentication_endpoint"].endswith("/bc-authorize")
    assert told["backchannel_token_delivery_modes_supported"] == ["poll"]
    assert told["backchannel_user_code_parameter_supported"] is False
    assert CIBA in told["grant_types_supported"]
