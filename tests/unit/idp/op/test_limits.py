"""Clients, and whoever pretends to be one, are answered so often; who is refused learns nothing of names and secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from idp.op.client_limits import ALL_NAMES, ClientLimits
from idp.op.client_model import GrantType
from idp.op.discovery import offered_methods
from idp.op.provider import DEVICES_PER_MINUTE
from idp.op.rules import CertificateSource
from tests.support.provider import basic
from trustkit.errors import ErrorCode
from trustkit.store.op_schema import op_polls
from trustkit.web.rates import RateLimiter

if TYPE_CHECKING:
    import httpx

    from tests.support.provider import World

CLIENT = {"grant_type": "client_credentials"}
BURST = 6  # a tenth of what a minute allows


def _limited(world: World, *, client: int = 10_000, public: int = 10_000, failures: int = 10 * BURST) -> World:
    world.limits = ClientLimits.a_minute(world.clock, client=client, public=public, failures=failures)
    return world


def _is_told_to_wait(answer: httpx.Response) -> bool:
    told = (answer.status_code, answer.json()["error"])
    return told == (429, "temporarily_unavailable") and int(answer.headers["retry-after"]) >= 1


def test_who_fails_too_often_waits_whether_the_client_is_known_or_not(sqlite_world: World) -> None:
    world = _limited(sqlite_world)
    client, secret = world.client()
    told: dict[str, list[tuple[int, str]]] = {}
    for identifier in (client.identifier, "nobody"):
        data = {**CLIENT, "client_id": identifier, "client_secret": "wrong"}
        answers = [world.post(path, data) for path in ("/token", "/introspect", "/par") for _ in range(3)]
        told[identifier] = [(each.status_code, each.text) for each in answers]
        assert _is_told_to_wait(answers[-1])
    assert told[client.identifier] == told["nobody"]
    assert [status for status, _ in told["nobody"]] == [401] * BURST + [429] * 3
    right = world.post("/token", CLIENT, **basic(client, secret))
    assert _is_told_to_wait(right)  # else the answer would tell that the secret is right
    world.clock.pass_(2)
    assert world.post("/token", CLIENT, **basic(client, secret)).status_code == 200


def test_many_names_help_nobody_and_hurt_no_other(sqlite_world: World) -> None:
    world = _limited(sqlite_world)
    client, secret = world.client()
    found = [
        world.post("/token", {**CLIENT, "client_id": f"c-{number}", "client_secret": "x"}).status_code
        for number in range(ALL_NAMES * BURST + 2)
    ]
    assert found == [401] * (ALL_NAMES * BURST) + [429] * 2
    world.clock.pass_(60)
    assert world.post("/token", CLIENT, **basic(client, secret)).status_code == 200


def test_a_client_is_answered_so_often_wherever_it_asks(sqlite_world: World) -> None:
    world = _limited(sqlite_world, client=20)
    client, secret = world.client()
    other, mine = world.client("other")
    answers = [
        world.post(path, {**CLIENT, "token": "x"}, **basic(client, secret))
        for path in ("/token", "/introspect", "/revoke")
    ]
    assert [each.status_code for each in answers] == [200, 200, 429]
    assert _is_told_to_wait(answers[-1])
    assert world.post("/token", CLIENT, **basic(other, mine)).status_code == 200


def test_a_public_client_is_anybody_and_counted_by_its_address(sqlite_world: World) -> None:
    world = _limited(sqlite_world, public=20)
    members: dict[str, Any] = {
        "token_endpoint_auth_method": "none",
        "grant_types": ["authorization_code"],
        "scope": "openid",
    }
    client, _ = world.client(**members, resources=[])
    answers = [world.post("/par", world.asking(client, scope="openid")) for _ in range(3)]
    assert [each.status_code for each in answers] == [201, 201, 429]
    assert _is_told_to_wait(answers[-1])


DEVICE: dict[str, Any] = {"grant_types": [GrantType.DEVICE.value], "scope": "openid", "redirect_uris": []}


def test_a_client_begins_so_many_requests_of_devices(sqlite_world: World) -> None:
    world = sqlite_world
    clients = [world.client(name, **DEVICE) for name in ("tv", "kiosk")]
    burst = DEVICES_PER_MINUTE // 10
    asked: list[tuple[str, str, dict[str, Any]]] = [
        ("POST", "/device_authorization", {"data": {"scope": "openid"}, **basic(client, secret)})
        for client, secret in clients
    ]
    answers = world.send_together([*asked[:1] * (burst + 1), asked[1]])
    (refused,) = (each for each in answers if each.status_code != 200)
    assert _is_told_to_wait(refused)
    assert answers[-1].status_code == 200  # another client's are counted apart
    with world.database.reading() as unit:
        assert unit.fetch_value(select(func.count()).select_from(op_polls)) == burst + 1


def test_a_public_clients_devices_are_counted_by_their_address(sqlite_world: World) -> None:
    world = _limited(sqlite_world, public=20)
    client, _ = world.client(**DEVICE, token_endpoint_auth_method="none", resources=[])
    answers = [
        world.post("/device_authorization", {"client_id": client.identifier, "scope": "openid"}) for _ in range(3)
    ]
    assert [each.status_code for each in answers] == [200, 200, 429]
    assert _is_told_to_wait(answers[-1])


def test_browsers_are_sent_on_so_often(sqlite_world: World) -> None:
    world = sqlite_world
    client, _ = world.client()
    world.limiter = RateLimiter(10, world.clock)
    assert world.browse("/authorize", world.asking(client)).status_code == 303
    for path in ("/authorize", "/authorize/continue"):
        answer = world.send("GET", path, params=world.asking(client))
        assert answer.json() == {"shown": ErrorCode.REQUEST_RATE.value}


def test_only_what_works_here_is_offered(sqlite_world: World) -> None:
    found = {
        source: {each.value for each in offered_methods(source) if "tls" in each.value} for source in CertificateSource
    }
    assert found == {
        CertificateSource.NONE: set(),
        CertificateSource.TLS: {"tls_client_auth"},
        CertificateSource.PROXY: {"tls_client_auth", "self_signed_tls_client_auth"},
    }
    document = sqlite_world.send("GET", "/.well-known/openid-configuration").json()
    assert document["tls_client_certificate_bound_access_tokens"] is False
    assert "tls_client_auth" not in document["token_endpoint_auth_methods_supported"]
    assert document["scopes_supported"] == ["openid", "offline_access"]  # the home keeps no name `profile` could open


def test_what_anybody_may_read_is_not_sent_to_who_holds_it(sqlite_world: World) -> None:
    document = sqlite_world.send("GET", "/.well-known/openid-configuration").json()
    for address in ("/.well-known/openid-configuration", document["jwks_uri"].partition("://")[2].partition("/")[2]):
        path = f"/{address.lstrip('/')}"
        answer = sqlite_world.send("GET", path)
        again = sqlite_world.send("GET", path, headers={"if-none-match": answer.headers["etag"]})
        assert (answer.status_code, again.status_code, again.content) == (200, 304, b"")
        assert {each.headers["access-control-allow-origin"] for each in (answer, again)} == {"*"}
        assert {each.headers["cache-control"] for each in (answer, again)} == {"public, max-age=300"}
