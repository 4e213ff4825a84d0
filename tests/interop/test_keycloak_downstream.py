"""trustkit behind a real Keycloak 26: services of a realm have people signed in here, and stepped up here, both set up by keycloak-setup's acts."""

from __future__ import annotations

import json
import time
from datetime import timedelta
from typing import TYPE_CHECKING

import pyotp
import pytest

from idp.factors.enroller import verify_operator
from idp.op.clients import ClientRegister
from idp.subject.mandates import NewMandate
from tests.support.authority import passphrase
from tests.support.provider import names_of
from tests.support.served_provider import served
from tests.support.walking_client import BACK, WalkingClient
from trustkit.app.idp_factors import HomeFactors
from trustkit.app.idp_home import open_identity
from trustkit.app.keycloak_acts import KeycloakWish, downstream
from trustkit.app.keycloak_setup import broker_return
from trustkit.app.new_people import make_person
from trustkit.custody.passphrase import Passphrase
from trustkit.store.mandates import MandateRole

keycloak_server = pytest.importorskip("tests.support.keycloak_server", reason="python-keycloak is not installed")

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.keycloak_server import KeycloakServer
    from tests.support.page_walker import PageWalker
    from tests.support.served_provider import Served
    from trustkit.app.keycloak_setup import KeycloakSetup

pytestmark = list(keycloak_server.MARKS)

REALM = "services"
SERVICE = "permits"
NAME, PASSWORD = "li.hua", "correct horse battery"
LEVEL = "urn:trustkit:ial:0:aal:"
ORGANISATION = "91350100M000100Y43"


@pytest.fixture
def provider(home: Path, passphrase_file: Path, tmp_path: Path) -> Iterator[Served]:
    with served(home, passphrase_file, tmp_path / "log") as found:
        yield found


@pytest.fixture
def service(keycloak: KeycloakServer) -> Iterator[WalkingClient]:
    """A realm made ready by the command's own act, with a service that people are sent from."""
    admin = keycloak.admin("master")
    if REALM in {each["realm"] for each in admin.get_realms()}:
        admin.delete_realm(REALM)
    admin.create_realm({"realm": REALM, "enabled": True})
    keycloak.admin(REALM).create_client(
        {
            "clientId": SERVICE,
            "publicClient": True,
            "standardFlowEnabled": True,
            "redirectUris": [BACK],
            "attributes": {"pkce.code.challenge.method": "S256"},
        }
    )
    base = f"{keycloak.url}/realms/{REALM}/protocol/openid-connect"
    found = WalkingClient(f"{base}/auth", f"{base}/token", SERVICE, fixed={"kc_idp_hint": "trustkit"})
    with found.browser:
        yield found


def _behind(keycloak: KeycloakServer, provider: Served, alias: str = "trustkit", **members: str) -> KeycloakSetup:
    back = broker_return(keycloak.url, REALM, alias)
    client, secret = provider.client(f"keycloak-{alias}", redirect_uris=[back], scope="openid", **members)
    wish = KeycloakWish(
        server=keycloak.url,
        realm=REALM,
        admin="admin",
        admin_realm="master",
        authorities=None,
        name=alias,
        client=client.identifier,
        services=(SERVICE,),
    )
    setup = keycloak.setup()
    with open_identity(provider.home, passphrase()) as opened:
        told = downstream(opened, setup, wish, Passphrase(secret.encode()))
        assert told.address == back
        again = downstream(opened, keycloak.setup(), wish, Passphrase(secret.encode()))
    assert again.changed == ()
    return setup


def _person(provider: Served) -> str:
    with open_identity(provider.home, passphrase()) as opened:
        return make_person(opened, NAME, PASSWORD)


def _second_factor(provider: Served, person: str) -> pyotp.TOTP:
    with open_identity(provider.home, passphrase()) as opened:
        now, totp = opened.clock.now(), HomeFactors(home=opened).totp
        enroller = verify_operator(opened.operator, person, now=now)
        offer = totp.begin(enroller, account="x", now=now)
        app = pyotp.TOTP(offer.typed.replace(" ", ""))
        totp.confirm(enroller, offer.handle, app.at(int(now.timestamp()) - 30), now=now)
    return app


def _password(browser: PageWalker, provider: Served) -> dict[str, str]:
    assert browser.url.startswith(f"{provider.issuer}/login"), browser.url
    return browser.submit({"login_name": NAME, "password": PASSWORD}, stop=BACK)


def _code(browser: PageWalker, app: pyotp.TOTP) -> dict[str, str]:
    browser.visit(f"{browser.url}&means=totp")
    return browser.submit({"code": app.now()}, stop=BACK)


def _profile(browser: PageWalker) -> dict[str, str]:
    """Answer the page on which Keycloak asks somebody it has not met for his name."""
    named = {"email": "li.hua@example.test", "firstName": "Hua", "lastName": "Li"}
    return browser.submit(named, stop=BACK)


def test_a_service_of_keycloak_refuses_a_password_and_grants_a_second_factor(
    keycloak: KeycloakServer, provider: Served, service: WalkingClient
) -> None:
    _behind(keycloak, provider)
    person = _person(provider)
    app = _second_factor(provider, person)
    assert service.asks(acr_values=f"{LEVEL}1") == {}
    assert _password(service.browser, provider) == {}
    first = service.told(_profile(service.browser))
    assert first["trustkit_acr"] == f"{LEVEL}1"  # not enough for a service that needs level 2: it asks again
    time.sleep(2)
    assert service.asks(acr_values=f"{LEVEL}2", max_age="1") == {}
    second = service.told(_code(service.browser, app))
    assert second["trustkit_acr"] == f"{LEVEL}2"
    assert second["trustkit_sub"] == first["trustkit_sub"] != person
    assert second["sub"] == first["sub"]


@pytest.mark.parametrize("essential", [False, True], ids=["least of the client", "essential claim"])
def test_a_level_that_must_be_reached_is_refused_and_then_granted(
    keycloak: KeycloakServer,
    provider: Served,
    service: WalkingClient,
    essential: bool,  # noqa: FBT001
) -> None:
    _behind(keycloak, provider, **({} if essential else {"least_acr": f"{LEVEL}2"}))
    asked = {"claims": _mapped(keycloak)} if essential else {}
    person, browser = _person(provider), service.browser
    browser.visit(f"{provider.issuer}/account")
    _password(browser, provider)
    assert service.asks(**asked) == {}
    assert "means=" not in browser.page  # he has nothing that would do
    interaction = browser.url.partition("i=")[2]
    assert browser.visit(f"{provider.issuer}/authorize/continue?i={interaction}", stop=BACK) == {}
    assert browser.url.startswith(broker_return(keycloak.url, REALM, "trustkit"))
    assert "error=unmet_authentication_requirements" in browser.url
    app = _second_factor(provider, person)
    assert service.asks(**asked) == {}
    assert _code(browser, app) == {}
    assert service.told(_profile(browser))["trustkit_acr"] == f"{LEVEL}2"


def _mapped(keycloak: KeycloakServer) -> str:
    """Let the realm know our words, as it refuses essential levels that it has no number for; return the claim that asks for level 2."""
    admin = keycloak.admin(REALM)
    realm = admin.get_realm(REALM)
    numbers = json.dumps({f"{LEVEL}1": 1, f"{LEVEL}2": 2})
    admin.update_realm(REALM, {**realm, "attributes": {**realm["attributes"], "acr.loa.map": numbers}})
    return json.dumps({"id_token": {"acr": {"essential": True, "value": f"{LEVEL}2"}}})


def test_for_whom_somebody_acts_reaches_services_and_goes_with_him(
    keycloak: KeycloakServer, provider: Served, service: WalkingClient
) -> None:
    _behind(keycloak, provider)
    person, browser = _person(provider), service.browser
    mandate = _mandate(provider, person)
    browser.visit(f"{provider.issuer}/account")
    _password(browser, provider)
    browser.submit({}, action="/account/act")
    assert service.asks() == {}
    first = service.told(_profile(browser))
    assert first["trustkit_org"] == {
        "uscc": ORGANISATION,
        "name": "滨海示例科技有限公司",
        "role": "handler",
        "mandate": _told_mandate(provider, mandate),
    }
    assert first["trustkit_act"] == {"sub": first["trustkit_sub"]}
    browser.visit(f"{provider.issuer}/account")
    browser.submit({"mandate": ""}, action="/account/act")
    time.sleep(2)
    assert service.asks(max_age="1") == {}
    browser.visit(f"{browser.url}&means=password")  # known already: no name is asked for
    again = service.told(browser.submit({"password": PASSWORD}, stop=BACK))
    assert (again["trustkit_org"], again["trustkit_act"]) == ({}, {})
    assert again["sub"] == first["sub"]


def test_who_signs_out_here_is_signed_out_of_keycloak(
    keycloak: KeycloakServer, provider: Served, service: WalkingClient
) -> None:
    _behind(keycloak, provider)
    _person(provider)
    assert service.asks() == {}
    assert _password(service.browser, provider) == {}
    user = str(service.told(_profile(service.browser))["sub"])
    admin = keycloak.admin(REALM)
    assert len(admin.get_sessions(user)) == 1
    service.browser.visit(f"{provider.issuer}/account")
    service.browser.submit({}, action="/logout")
    until = time.monotonic() + 60
    while admin.get_sessions(user) and time.monotonic() < until:
        time.sleep(0.5)
    assert admin.get_sessions(user) == []
    assert service.asks() == {}
    assert service.browser.url.startswith(f"{provider.issuer}/login")


def _told_mandate(provider: Served, mandate: str) -> str:
    """Return what Keycloak, our one client there, is told of a mandate."""
    with open_identity(provider.home, passphrase()) as opened:
        (client,) = (
            each
            for each in ClientRegister(database=opened.database, clock=opened.clock).list_clients()
            if each.registration.acting_as_text
        )
        return names_of(opened.secrets).mandate_name(client, mandate)


def _mandate(provider: Served, person: str) -> str:
    with open_identity(provider.home, passphrase()) as opened:
        now = opened.clock.now()
        new = NewMandate(
            person=person,
            uscc=ORGANISATION,
            name="滨海示例科技有限公司",
            role=MandateRole.HANDLER,
            scope=("*",),
            valid_from=now,
            valid_until=now + timedelta(hours=1),
            evidence_sm3="0" * 64,
        )
        with opened.database.unit_of_work() as uow:
            return opened.mandates.add(uow, new, now=now, actor=opened.operator).id
