"""A real Keycloak, started for the tests that ask for it and stopped after them; `make interop` brings it into ``build/keycloak``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from keycloak import KeycloakAdmin

from trustkit.app.demo.keycloak import keycloak_at_hand, running_keycloak
from trustkit.app.keycloak_setup import KeycloakOrder, KeycloakSetup, open_keycloak
from trustkit.custody.passphrase import Passphrase

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass(frozen=True)
class KeycloakServer:
    """A server of its own, empty but for its administrator."""

    url: str
    password: str = field(repr=False)

    def order(self) -> KeycloakOrder:
        return KeycloakOrder(server=self.url, admin="admin", password=Passphrase(self.password.encode()))

    def setup(self) -> KeycloakSetup:
        return KeycloakSetup(open_keycloak(self.order()))

    def admin(self, realm: str) -> KeycloakAdmin:
        return KeycloakAdmin(
            server_url=self.url, username="admin", password=self.password, realm_name=realm, user_realm_name="master"
        )

    def add_user(self, realm: str, name: str, password: str, totp: str = "") -> None:
        """Make a person with a password and, where a secret is given (ASCII), one-time passwords."""
        credentials: list[dict[str, Any]] = [{"type": "password", "value": password, "temporary": False}]
        if totp:
            data = '{"subType":"totp","period":30,"digits":6,"algorithm":"HmacSHA1"}'
            credentials.append(
                {"type": "otp", "secretData": f'{{"value":"{totp}"}}', "credentialData": data, "userLabel": "app"}
            )
        person = {
            "username": name,
            "enabled": True,
            "email": f"{name}@example.test",
            "emailVerified": True,
            "firstName": name,
            "lastName": "Test",
            "credentials": credentials,
        }
        self.admin(realm).create_user(person, exist_ok=True)


def installed() -> Path | None:
    """Return the folder of a server, None when there is none to use here."""
    return keycloak_at_hand()[0]


MARKS = (
    pytest.mark.interop,
    pytest.mark.slow,
    pytest.mark.skipif(installed() is None, reason="make interop brings Keycloak; it needs Java"),
)


def running(folder: Path) -> Iterator[KeycloakServer]:
    """Yield a running server whose data lie in `folder`."""
    distribution = installed()
    assert distribution is not None
    with running_keycloak(distribution, folder) as server:
        yield KeycloakServer(url=server.url, password=server.password)
