"""The acts of ``trustkit idp keycloak-setup``: what is made at Keycloak, and what is kept of it here."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from idp.connectors.oidc_provider import OpenIdProvider
from idp.op.clients import ClientRegister
from idp.upstream_logout_api import LOGOUT_PATH
from trustkit.app.idp_connector_secrets import keep_secret
from trustkit.app.idp_connectors import RETURN_PATH
from trustkit.app.idp_upstream import open_upstream
from trustkit.errors import ErrorCode, TrustError

try:
    from trustkit.app.keycloak_setup import (
        KeycloakOrder,
        KeycloakSetup,
        broker_logout,
        broker_return,
        open_keycloak,
    )
except ModuleNotFoundError as error:  # the extra is not installed
    if error.name != "keycloak":
        raise
    raise TrustError(ErrorCode.USAGE, "python-keycloak is not installed: pip install 'trustkit[keycloak]'") from error

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from trustkit.app.idp_home import IdentityHome
    from trustkit.custody.passphrase import Passphrase


@dataclass(frozen=True, slots=True, kw_only=True)
class KeycloakWish:
    """What the command was asked. `name` is the connector's or the identity provider's, `client` ours there or Keycloak's here.

    `services` are clients of the realm that are told of logins here.
    """

    server: str
    realm: str
    admin: str
    admin_realm: str
    authorities: Path | None
    name: str
    client: str
    services: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class KeycloakTold:
    """What was changed, and what there is still to do by hand."""

    changed: tuple[str, ...]
    address: str
    to_do: tuple[str, ...]

    def to_json(self) -> Mapping[str, object]:
        """Return it as JSON."""
        return {"changed": list(self.changed), "address": self.address, "to_do": list(self.to_do)}

    def lines(self) -> tuple[str, ...]:
        """Return it as lines."""
        return (
            *(f"Set {each}" for each in self.changed),
            *(("Nothing to change",) if not self.changed else ()),
            *self.to_do,
        )


def open_server(wish: KeycloakWish, password: Passphrase) -> KeycloakSetup:
    """Return the server, nothing asked yet. Raise USAGE."""
    order = KeycloakOrder(
        server=wish.server,
        admin=wish.admin,
        password=password,
        admin_realm=wish.admin_realm,
        authorities=wish.authorities,
    )
    return KeycloakSetup(open_keycloak(order))


def upstream(home: IdentityHome, setup: KeycloakSetup, wish: KeycloakWish) -> KeycloakTold:
    """Let people sign in here by the realm; the client's secret is sealed in the home.

    Raises:
        TrustError: IDP_UPSTREAM_*; what keeping the secret raises.
    """
    address = f"{home.settings.idp.url()}{RETURN_PATH}/{wish.name}"
    logout = f"{home.settings.idp.url()}{LOGOUT_PATH}/{wish.name}"
    secret = setup.upstream(realm=wish.realm, client=wish.client, return_url=address, logout_url=logout)
    keep_secret(home.settings.home, wish.name, secret, home.secrets)
    known = any(each.get("name") == wish.name for each in home.settings.connectors)
    to_do = () if known else ("Put this into settings.toml:", *_table(wish))
    return KeycloakTold(changed=tuple(setup.changed), address=address, to_do=(*setup.warned, *to_do))


def downstream(home: IdentityHome, setup: KeycloakSetup, wish: KeycloakWish, secret: Passphrase) -> KeycloakTold:
    """Let people sign in at the realm by this home, which must be serving: its addresses are those it tells.

    Keycloak's client here is told of logouts, and for whom people act as texts (`trustkit.app.keycloak_claims`).

    Raises:
        TrustError: OP_CLIENT_MISSING; IDP_UPSTREAM_*, also when this home does not serve.
    """
    register = ClientRegister(database=home.database, clock=home.clock)
    client = register.identified(wish.client)
    wanted = replace(client.registration, backchannel_uri=broker_logout(wish.server, wish.realm), acting_as_text=True)
    issuer = home.settings.idp.url()
    plain = not home.settings.production and issuer.startswith("http://")
    network = open_upstream(home.clock, bases=(f"{issuer}/",), authorities=None, production=home.settings.production)
    own = OpenIdProvider(issuer=issuer, upstream=network, plain=plain)
    metadata = asyncio.run(own.metadata(now=home.clock.now()))
    address = setup.downstream(
        realm=wish.realm,
        alias=wish.name,
        metadata=metadata,
        client=wish.client,
        secret=secret.reveal().decode("utf-8", "replace"),
        services=wish.services,
    )
    if register.change(client, wanted, actor=home.operator):
        setup.changed.append(f"client {wish.client} of this home")
    to_do = (
        f"The client {wish.client} of this home comes back to {broker_return(wish.server, wish.realm, wish.name)}",
        *(() if wish.services else ("Services the realm has already are told of logins here by --service CLIENT",)),
    )
    return KeycloakTold(changed=tuple(setup.changed), address=address, to_do=to_do)


def _table(wish: KeycloakWish) -> tuple[str, ...]:
    return (
        "[[idp.connector]]",
        'kind = "openid"',
        f'name = "{wish.name}"',
        'title_zh = "统一身份认证平台"',
        'title_en = "Single sign-on"',
        f'issuer = "{wish.server.rstrip("/")}/realms/{wish.realm}"',
        f'client = "{wish.client}"',
        'algorithms = ["ES256"]',
        'acr_values = ["1", "2"]',
        'login_ladder = "keycloak"',
    )
