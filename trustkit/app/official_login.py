"""Signing in at the terminal, and the file that remembers it: in the person's own folder, readable by him alone, for minutes.

login = Login(folder=config_folder_from_environment(), issuer=issuer)
token = sign_in(client, need, way=Way.BROWSER, shown=print, …)
login.keep(token); login.token(); login.forget()
"""

from __future__ import annotations

import asyncio
import secrets
import time
import webbrowser
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from trustkit.app.files import disk_error
from trustkit.app.loopback_return import listening
from trustkit.custody.key_files import read_private_file, write_new_private_file
from trustkit.encoding.canonical_json import canonical_json, parse_json
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from idp.stepup import Need
    from trustkit.app.official_client import DeviceRequest, OfficialClient

_FILE: Final = "login.json"
_MAX_FILE: Final = 64 * 1024
_WAIT: Final = timedelta(minutes=5)
_TOKEN_OCTETS: Final = 32  # 43 characters


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """What is remembered of the sign-in at one provider."""

    folder: Path
    issuer: str

    def token(self) -> str:
        """Return the token. Raise OFFICIAL_SIGN_IN when there is none of this provider; KEY_FILE_MODE when others may read the file."""
        try:
            tree = parse_json(read_private_file(self.folder / _FILE, limit=_MAX_FILE), max_size=_MAX_FILE)
        except TrustError as error:
            if error.code is ErrorCode.KEY_FILE_MODE:
                raise
            raise TrustError(ErrorCode.OFFICIAL_SIGN_IN, "no sign-in is remembered") from error
        token = tree.get("access_token") if isinstance(tree, dict) and tree.get("issuer") == self.issuer else None
        if not isinstance(token, str):
            raise TrustError(ErrorCode.OFFICIAL_SIGN_IN, "no sign-in of this home is remembered")
        return token

    def keep(self, token: str) -> None:
        """Remember a token instead of any other. Raise DISK_FULL, DISK_UNWRITABLE."""
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise disk_error(error) from error
        self.forget()
        told = canonical_json({"access_token": token, "issuer": self.issuer})
        write_new_private_file(self.folder / _FILE, told)

    def forget(self) -> None:
        """Remember nothing. Raise DISK_UNWRITABLE."""
        try:
            (self.folder / _FILE).unlink(missing_ok=True)
        except OSError as error:
            raise disk_error(error) from error


def by_browser(client: OfficialClient, need: Need, *, told: Callable[[str], None], opened: bool = True) -> str:
    """Return a token once somebody signed in at a browser of this machine; `told` is given the address, `opened` opens it.

    Raises:
        TrustError: OFFICIAL_REFUSED, IDP_UPSTREAM_*, PORT_IN_USE.
    """
    asyncio.run(client.require_there())
    with listening() as back:
        asked = client.ask(need, back.uri, token=lambda: secrets.token_urlsafe(_TOKEN_OCTETS))
        back.expect(asked.state)
        told(asked.url)
        if opened:
            webbrowser.open(asked.url)
        answer = back.wait(_WAIT)
    return asyncio.run(client.redeem(asked, answer))


def by_device(
    client: OfficialClient,
    need: Need,
    *,
    told: Callable[[DeviceRequest], None],
    pause: Callable[[float], None] = time.sleep,
) -> str:
    """Return a token once somebody typed the code in at another device. Raise OFFICIAL_REFUSED, IDP_UPSTREAM_*."""
    begun = asyncio.run(client.begin_device(need))
    told(begun)
    for _ in range(begun.seconds // begun.interval + 1):
        pause(float(begun.interval))
        token = asyncio.run(client.poll(begun))
        if token is not None:
            return token
    raise TrustError(ErrorCode.OFFICIAL_REFUSED, "nobody signed in", error="timeout")
