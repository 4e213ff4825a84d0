"""A real Keycloak, started for the tests that ask for it and stopped after them; `make interop` brings it into ``build/keycloak``."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
from keycloak import KeycloakAdmin

from trustkit.app.keycloak_setup import KeycloakOrder, KeycloakSetup, open_keycloak
from trustkit.custody.passphrase import Passphrase

if TYPE_CHECKING:
    from collections.abc import Iterator

BUILD = Path(__file__).resolve().parents[2] / "build" / "keycloak"
START_SECONDS = 600  # on a machine that does much else; some 20 on one that does not
MEMORY = "-Xms128m -Xmx640m"


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
    """Return the server's script, None when it is not there or there is no Java."""
    found = sorted(BUILD.glob("keycloak-*/bin/kc.sh"))
    return found[-1] if found and shutil.which("java") else None


def running(folder: Path) -> Iterator[KeycloakServer]:
    """Yield a running server whose data lie in `folder`."""
    script = installed()
    assert script is not None
    home = folder / "keycloak"
    shutil.copytree(script.parents[1], home, symlinks=True)
    port = _free_port()
    server = KeycloakServer(url=f"http://127.0.0.1:{port}", password=secrets.token_urlsafe(24))
    surroundings = os.environ | {  # noqa: TID251 - of a program of others
        "KC_BOOTSTRAP_ADMIN_USERNAME": "admin",
        "KC_BOOTSTRAP_ADMIN_PASSWORD": server.password,
        "JAVA_OPTS_KC_HEAP": MEMORY,
    }
    command = [str(home / "bin" / "kc.sh"), "start-dev", "--http-host", "127.0.0.1", "--http-port", str(port)]
    with (folder / "keycloak.log").open("wb") as log:
        process = subprocess.Popen(command, env=surroundings, stdout=log, stderr=log, start_new_session=True)
        try:
            _wait(process, server.url, folder / "keycloak.log")
            yield server
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait(10)


def _wait(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        assert process.poll() is None, log.read_text("utf-8", "replace")[-2000:]
        try:
            if httpx.get(f"{url}/realms/master", timeout=5, trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(1)
    raise AssertionError(log.read_text("utf-8", "replace")[-2000:])


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
