"""A real Keycloak 26, in both directions: it is set up by `trustkit idp keycloak-setup`'s own acts, and people walk through its pages."""

from __future__ import annotations

import asyncio
import base64
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyotp
import pytest

from idp.connectors.oidc import OpenIdConnector
from idp.connectors.port import LoginStart, Redirect
from idp.csrf import csrf_token
from idp.factors.enroller import verify_operator
from idp.factors.port import FactorKind
from idp.handles import fresh_handle
from idp.home_secrets import HomeSecrets
from idp.interaction import InteractionPurpose
from idp.interactions import Wanted
from idp.levels.ladder import parse_ladder
from idp.login_progress import FORM
from idp.login_view import At, LoginStage, Outcome
from idp.stepup import Shortfall
from tests.support.authority import passphrase
from tests.support.page_walker import PageWalker
from trustkit.app.idp_connector_secrets import keep_secret
from trustkit.app.idp_connector_settings import parse_connectors
from trustkit.app.idp_connectors import ConnectorMaking
from trustkit.app.idp_home import open_identity
from trustkit.app.idp_login import HomeLogin
from trustkit.app.idp_standing import GatheredStanding
from trustkit.app.initialise_identity import initialise_identity
from trustkit.app.keycloak_acts import KeycloakWish, upstream
from trustkit.clock import SystemClock
from trustkit.custody.passphrase import Passphrase
from trustkit.custody.pkcs8 import MIN_ITERATIONS
from trustkit.errors import TrustError
from trustkit.identity import AssuranceLevel
from trustkit.identity_codes import IdentityCode

keycloak_server = pytest.importorskip("tests.support.keycloak_server", reason="python-keycloak is not installed")

if TYPE_CHECKING:
    from collections.abc import Callable

    from idp.evidence import BrokeredIdentity
    from idp.session_model import Session
    from tests.support.keycloak_server import KeycloakServer
    from trustkit.app.idp_home import IdentityHome

pytestmark = list(keycloak_server.MARKS)

REALM = "gov"
LADDER = Path(__file__).parents[2] / "policies" / "assurance" / "keycloak.toml"
RETURN = "http://127.0.0.1:8442/login/return/keycloak"
PASSWORD, TOTP = "correct-horse-battery", "ABCDEFGHIJKLMNOPQRST"
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
SEALING = HomeSecrets(b"\x07" * 32)


@pytest.fixture(scope="module")
def connector(keycloak: KeycloakServer, tmp_path_factory: pytest.TempPathFactory) -> OpenIdConnector:
    home = tmp_path_factory.mktemp("home")
    (home / "keys").mkdir(mode=0o700)
    secret = keycloak.setup().upstream(realm=REALM, client="trustkit", return_url=RETURN)
    keep_secret(home, "keycloak", secret, SEALING)
    keycloak.add_user(REALM, "lilei", PASSWORD)
    keycloak.add_user(REALM, "hanmei", PASSWORD, TOTP)
    return _connector(home, keycloak)


def _connector(home: Path, keycloak: KeycloakServer) -> OpenIdConnector:
    table: dict[str, object] = {
        "kind": "openid",
        "name": "keycloak",
        "title_zh": "统一身份认证平台",
        "title_en": "Single sign-on",
        "issuer": f"{keycloak.url}/realms/{REALM}",
        "client": "trustkit",
        "algorithms": ["ES256"],
        "acr_values": ["1", "2"],
        "login_ladder": "keycloak",
        "userinfo": True,
        "seconds": 60,
    }
    making = ConnectorMaking(
        home=home,
        base_url="http://127.0.0.1:8442",
        production=False,
        sealing=SEALING,
        passphrase=Passphrase(b"not used by this one"),
        clock=SystemClock(),
        standing=GatheredStanding(publications=None, fetcher=None),
    )
    made = making.connectors(parse_connectors([table]))["keycloak"]
    assert isinstance(made, OpenIdConnector)
    return made


def _login(connector: OpenIdConnector, name: str, *, level: int, totp: str = "", **changes: Any) -> BrokeredIdentity:
    start = LoginStart(
        handle="h", needed=AssuranceLevel(authentication=level), max_age=timedelta(minutes=5), language="zh"
    )

    async def act() -> BrokeredIdentity:
        begun = await connector.begin(start, now=SystemClock().now())
        assert isinstance(begun.step, Redirect)
        with PageWalker() as browser:
            browser.visit(begun.step.url)
            back = browser.submit({"username": name, "password": PASSWORD}, stop=RETURN)
            if totp:
                assert back == {}
                back = browser.submit({"otp": pyotp.TOTP(_base32(totp)).now()}, stop=RETURN)
        assert back["state"] == begun.state
        identity = await connector.finish(start, begun.kept, back | changes, now=SystemClock().now())
        with pytest.raises(TrustError) as refused:  # the code was used
            await connector.finish(start, begun.kept, back, now=SystemClock().now())
        assert refused.value.facts["rule"] == "code"
        return identity

    return asyncio.run(act())


def _base32(secret: str) -> str:
    return base64.b32encode(secret.encode()).decode()


def _worth(identity: BrokeredIdentity) -> int:
    ladder = parse_ladder("keycloak", LADDER.read_bytes())
    rungs = [ladder.rung(each.kind, each.level) for each in identity.evidence]
    return max((rung.level for rung in rungs if rung is not None), default=0)


def test_a_password_login_is_told_as_level_1(connector: OpenIdConnector) -> None:
    begun = SystemClock().now()
    identity = _login(connector, "lilei", level=1)
    assert identity.provider == "keycloak"
    assert [each.level for each in identity.evidence] == ["1"]
    assert _worth(identity) == 1
    assert identity.authenticated_at is not None
    assert identity.authenticated_at > begun - timedelta(minutes=1)
    assert identity.display_name == "lilei Test"


def test_a_second_factor_is_asked_for_and_told_as_level_2(connector: OpenIdConnector) -> None:
    identity = _login(connector, "hanmei", level=2, totp=TOTP)
    assert [each.level for each in identity.evidence] == ["2"]
    assert _worth(identity) == 2
    assert identity.subject == _login(connector, "hanmei", level=1).subject


def test_a_brokered_login_is_stepped_up_here(keycloak: KeycloakServer, home: Path) -> None:
    """What Keycloak does not do after a brokered login: ask for a second factor. Its level 1 and a code of ours are level 2."""
    initialise_identity(home, passphrase(), iterations=MIN_ITERATIONS)
    with (home / "settings.toml").open("a", encoding="utf-8") as settings:
        settings.write(TABLE.format(issuer=f"{keycloak.url}/realms/{REALM}"))
    with open_identity(home, passphrase()) as identity:
        told = upstream(identity, keycloak.setup(), _wish(keycloak, REALM))
        assert told.to_do == ()
        keycloak.add_user(REALM, "lilei", PASSWORD)
        login = HomeLogin(home=identity)
        person, session = _stepped_up(identity, login, lambda person: _app(identity, login, person))
        assert session.assurance == AssuranceLevel(authentication=2)
        assert (session.person, session.provider) == (person, "keycloak")
        assert {"otp"} <= set(session.methods)


def _wish(keycloak: KeycloakServer, realm: str) -> KeycloakWish:
    return KeycloakWish(
        server=keycloak.url,
        realm=realm,
        admin="admin",
        admin_realm="master",
        authorities=None,
        name="keycloak",
        client="trustkit",
    )


def _app(identity: IdentityHome, login: HomeLogin, person: str) -> pyotp.TOTP:
    """Enrol an app for somebody, by the code before the present one."""
    now = identity.clock.now()
    enroller, totp = verify_operator(identity.operator, person, now=now), login.factors.totp
    offer = totp.begin(enroller, account="x", now=now)
    app = pyotp.TOTP(offer.typed.replace(" ", ""))
    totp.confirm(enroller, offer.handle, app.at(int(now.timestamp()) - 30), now=now)
    return app


def _opened(identity: IdentityHome, level: int) -> At:
    browser = fresh_handle()
    wanted = Wanted(
        purpose=InteractionPurpose.ACCOUNT, needed=AssuranceLevel(authentication=level), max_age=timedelta(hours=1)
    )
    with identity.database.unit_of_work() as uow:
        made = identity.interactions.open(uow, wanted, browser=browser, now=identity.clock.now())
    form = csrf_token(identity.secrets, browser, FORM, made.interaction.id)
    return At(interaction=made.interaction.id, browser=browser, session=None, address="192.0.2.1", form=form)


def _through(identity: IdentityHome, login: HomeLogin, level: int) -> tuple[At, Outcome]:
    """Sign in at Keycloak by its own pages, and come back."""
    at = _opened(identity, level)

    async def act() -> Outcome:
        step = await login.brokered.begin(at, "keycloak", language="zh")
        assert isinstance(step, Redirect)
        with PageWalker() as browser:
            browser.visit(step.url)
            stop = f"{identity.settings.idp.url()}/login/return/keycloak"
            back = browser.submit({"username": "lilei", "password": PASSWORD}, stop=stop)
        return await login.brokered.finish(replace(at, interaction=""), "keycloak", back)

    return at, asyncio.run(act())


def _stepped_up(identity: IdentityHome, login: HomeLogin, enrol: Callable[[str], pyotp.TOTP]) -> tuple[str, Session]:
    _, first = _through(identity, login, 1)
    assert (first.view.stage, first.session is not None) == (LoginStage.DONE, True)
    person = _session(identity, first.session).person
    app = enrol(person)
    at, half = _through(identity, login, 2)
    assert (half.view.stage, half.view.missing, half.session) == (LoginStage.STEP, Shortfall.AUTHENTICATION, None)
    whole = login.login.prove(at, FactorKind.TOTP, app.at(int(identity.clock.now().timestamp())))
    assert whole.view.stage is LoginStage.DONE
    return person, _session(identity, whole.session)


def _session(identity: IdentityHome, secret: str | None) -> Session:
    with identity.database.unit_of_work() as uow:
        found = identity.sessions.current(uow, secret, now=identity.clock.now())
    assert found is not None
    return found


def test_setting_up_again_changes_nothing(connector: OpenIdConnector, keycloak: KeycloakServer) -> None:
    again = keycloak.setup()
    secret = again.upstream(realm=REALM, client=connector.client, return_url=RETURN)
    assert (again.changed, len(secret) > 20) == ([], True)


def test_what_somebody_changed_is_set_right(connector: OpenIdConnector, keycloak: KeycloakServer) -> None:
    admin = keycloak.admin(REALM)
    identifier = admin.get_client_id(connector.client)
    assert identifier is not None
    admin.update_client(identifier, admin.get_client(identifier) | {"redirectUris": ["*"], "implicitFlowEnabled": True})
    again = keycloak.setup()
    again.upstream(realm=REALM, client=connector.client, return_url=RETURN)
    assert again.changed == [f"client {connector.client}"]
    found = admin.get_client(identifier)
    assert (found["redirectUris"], found["implicitFlowEnabled"]) == ([RETURN], False)


def test_a_wrong_password_of_the_administrator_is_refused(keycloak: KeycloakServer) -> None:
    wrong = replace(keycloak, password="wrong")
    with pytest.raises(TrustError) as refused:
        wrong.setup().upstream(realm=REALM, client="x", return_url=RETURN)
    assert refused.value.code is IdentityCode.IDP_UPSTREAM_REFUSED
    assert "wrong" not in str(refused.value)
