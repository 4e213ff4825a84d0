"""A client of ours whose people sign in at a real Keycloak 26: a level Keycloak does not give is refused, and granted after a step here."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pyotp
import pytest

from idp.factors.enroller import verify_operator
from idp.op.clients import live_client
from tests.support.authority import passphrase
from tests.support.provider import names_of
from tests.support.served_provider import served
from tests.support.walking_client import BACK, WalkingClient
from trustkit.app.idp_factors import HomeFactors
from trustkit.app.idp_home import open_identity
from trustkit.app.keycloak_acts import KeycloakWish, upstream
from trustkit.audit import trail
from trustkit.audit.events import EventType
from trustkit.store import people

keycloak_server = pytest.importorskip("tests.support.keycloak_server", reason="python-keycloak is not installed")

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.keycloak_server import KeycloakServer
    from tests.support.served_provider import Served

pytestmark = list(keycloak_server.MARKS)

REALM = "citizens"
NAME, PASSWORD = "hanmei", "correct-horse-battery"
LEVEL = "urn:trustkit:ial:0:aal:"
ESSENTIAL = json.dumps({"id_token": {"acr": {"essential": True, "value": f"{LEVEL}2"}}})
TABLE = """
[[idp.connector]]
kind = "openid"
name = "keycloak"
title_zh = "统一身份认证平台"
title_en = "Single sign-on"
issuer = "{issuer}"
client = "trustkit"
algorithms = ["ES256"]
login_ladder = "keycloak"
admits = true
seconds = 60
"""


@pytest.fixture
def provider(home: Path, passphrase_file: Path, tmp_path: Path, keycloak: KeycloakServer) -> Iterator[Served]:
    """Our provider with Keycloak as its upstream, set up by the command's own act."""

    def prepare(found: Served) -> None:
        admin = keycloak.admin("master")
        if REALM in {each["realm"] for each in admin.get_realms()}:
            admin.delete_realm(REALM)  # with whoever is signed in there
        with (home / "settings.toml").open("a", encoding="utf-8") as settings:
            settings.write(TABLE.format(issuer=f"{keycloak.url}/realms/{REALM}"))
        wish = KeycloakWish(
            server=keycloak.url,
            realm=REALM,
            admin="admin",
            admin_realm="master",
            authorities=None,
            name="keycloak",
            client="trustkit",
        )
        with open_identity(home, passphrase()) as opened:
            assert upstream(opened, keycloak.setup(), wish).to_do == ()
        assert found.issuer
        keycloak.add_user(REALM, NAME, PASSWORD)

    with served(home, passphrase_file, tmp_path / "log", prepare=prepare) as found:
        yield found


@pytest.fixture
def party(provider: Served) -> Iterator[WalkingClient]:
    client, secret = provider.client("party", redirect_uris=[BACK], scope="openid")
    issuer = provider.issuer
    found = WalkingClient(f"{issuer}/authorize", f"{issuer}/token", client.identifier, secret)
    with found.browser:
        yield found


def _at_keycloak(party: WalkingClient) -> dict[str, str]:
    """Choose Keycloak on our page, and sign in by its own."""
    party.browser.submit({}, action="/login/at/keycloak")
    return party.browser.submit({"username": NAME, "password": PASSWORD}, stop=BACK)


def _second_factor(provider: Served, person: str) -> pyotp.TOTP:
    with open_identity(provider.home, passphrase()) as opened:
        now, totp = opened.clock.now(), HomeFactors(home=opened).totp
        enroller = verify_operator(opened.operator, person, now=now)
        offer = totp.begin(enroller, account="x", now=now)
        app = pyotp.TOTP(offer.typed.replace(" ", ""))
        totp.confirm(enroller, offer.handle, app.at(int(now.timestamp()) - 30), now=now)
    return app


def _person(provider: Served) -> str:
    """Return the one person of the home: who came by Keycloak."""
    with open_identity(provider.home, passphrase()) as opened, opened.database.reading() as unit:
        (found,) = people.list_people(unit)
    return found.id


def test_a_level_keycloak_does_not_give_is_refused_and_then_granted(provider: Served, party: WalkingClient) -> None:
    assert party.asks() == {}
    first = party.told(_at_keycloak(party))
    assert first["acr"] == f"{LEVEL}1"
    refused = party.asks(claims=ESSENTIAL, prompt="none")
    assert refused["error"] == "interaction_required"
    assert party.asks(claims=ESSENTIAL) == {}  # asked for at Keycloak or here, and he has neither
    interaction = party.browser.url.partition("i=")[2]
    unmet = party.browser.visit(f"{provider.issuer}/authorize/continue?i={interaction}", stop=BACK)
    assert unmet["error"] == "unmet_authentication_requirements"
    app = _second_factor(provider, _person(provider))
    assert party.asks(claims=ESSENTIAL) == {}
    party.browser.visit(f"{party.browser.url}&means=totp")
    second = party.told(party.browser.submit({"code": app.now()}, stop=BACK))
    assert (second["acr"], second["sub"]) == (f"{LEVEL}2", first["sub"])


def test_a_logout_at_keycloak_ends_what_came_of_it(
    keycloak: KeycloakServer, provider: Served, party: WalkingClient
) -> None:
    """Keycloak itself tells it, by the address that keycloak-setup gave it."""
    assert party.asks() == {}
    claims = party.told(_at_keycloak(party))
    assert "code" in party.asks(prompt="none")
    admin = keycloak.admin(REALM)
    person = admin.get_user_id(NAME)
    assert person is not None
    admin.user_logout(person)
    assert party.asks(prompt="none")["error"] == "login_required"
    with open_identity(provider.home, passphrase()) as opened, opened.database.reading() as unit:
        ended = [each for each in trail.list_events(unit, limit=1000) if each.type == EventType.SESSION_ENDED]
        client, tokens = live_client(unit, party.client), names_of(opened.secrets)
    assert client is not None
    found = [(tokens.session_name(client, each.object_id), each.reason) for each in ended]
    assert found == [(claims["sid"], "upstream-logout")]
