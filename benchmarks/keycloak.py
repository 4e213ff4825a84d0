"""What a real Keycloak answers of the same requests, on the same cores in the same run: beside `benchmarks.provider`.

`make interop` brings it into ``build/keycloak``. It runs as its tests run it (``start-dev``, a store of its own in a file), with refresh
tokens that are replaced at each use, as ours are. Its Java compiler is given some thousand requests before anything is measured.
"""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from tests.support.service import arguments, descendants

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from benchmarks.connection import Connection

REALM: Final = "bench"
CLIENT: Final = "bench"
SECRET: Final = "a-secret-of-the-benchmark-alone"  # noqa: S105 - of a server made for the measurement
PERSON, PASSWORD = "li.hua", "correct horse battery"


@dataclass
class Keycloak:
    """A server that runs, with a client and a person."""

    url: str
    pid: int
    shown: str

    def __post_init__(self) -> None:
        self.path = f"/realms/{REALM}/protocol/openid-connect/token"
        self.refresh_tokens: dict[int, str] = {}
        self.token = ""

    async def own(self, connection: Connection, number: int) -> None:
        """Ask for a token of the client's own."""
        del number
        await self._asked(connection, {"grant_type": "client_credentials"})

    async def sign_in(self, connection: Connection, number: int) -> None:
        """Get a refresh token, which is not measured: by the grant that needs no browser."""
        form = {"grant_type": "password", "username": PERSON, "password": PASSWORD}
        self.refresh_tokens[number] = str((await self._asked(connection, form))["refresh_token"])

    async def refresh(self, connection: Connection, number: int) -> None:
        """Replace a refresh token."""
        form = {"grant_type": "refresh_token", "refresh_token": self.refresh_tokens[number]}
        self.refresh_tokens[number] = str((await self._asked(connection, form))["refresh_token"])

    async def look(self, connection: Connection, number: int) -> None:
        """Look into a token."""
        del number
        if not self.token:
            self.token = str((await self._asked(connection, {"grant_type": "client_credentials"}))["access_token"])
        told = await self._asked(connection, {"token": self.token}, path=f"{self.path}/introspect")
        assert told["active"], told  # noqa: S101 - a benchmark of refusals would be worth nothing

    async def _asked(self, connection: Connection, form: dict[str, str], path: str = "") -> dict[str, object]:
        status, _, body = await connection.ask("POST", path or self.path, self.shown, form)
        assert status == 200, body  # noqa: PLR2004, S101 - as above
        return dict(json.loads(body))


@contextmanager
def running_keycloak(folder: Path, shown: str) -> Iterator[Keycloak]:
    """Yield a server ready to be measured; `shown` is the header its client shows itself by."""
    # python-keycloak, an extra: only who compares needs it
    from tests.support import keycloak_server  # noqa: PLC0415

    for server in keycloak_server.running(folder):
        admin = server.admin("master")
        admin.create_realm({"realm": REALM, "enabled": True, "revokeRefreshToken": True, "sslRequired": "none"})
        server.admin(REALM).create_client(
            {
                "clientId": CLIENT,
                "secret": SECRET,
                "protocol": "openid-connect",
                "publicClient": False,
                "serviceAccountsEnabled": True,
                "directAccessGrantsEnabled": True,
                "standardFlowEnabled": False,
            }
        )
        server.add_user(REALM, PERSON, PASSWORD)
        port = str(urlsplit(server.url).port).encode()
        (pid,) = (
            each
            for each in descendants(os.getpid())
            if arguments(each).split(b"\0")[0].endswith(b"java") and port in arguments(each)
        )
        yield Keycloak(url=server.url, pid=pid, shown=shown)
