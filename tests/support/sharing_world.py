"""A home whose sharing service answers in this process, and the provider whose tokens it takes."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx

from tests.support.authority import copy_home
from tests.support.copy_desk import BANK, CopyDesk
from tests.support.token_issuer import API, NOW, Issuer
from trustkit.app.sharing_scopes import AUTHORISE, FETCH, QUERY, WATCH
from trustkit.app.sharing_server import sharing_application
from trustkit.app.sharing_stream import Pace
from trustkit.app.wiring import open_authority
from trustkit.clock import FixedClock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from starlette.types import ASGIApp

    from esign.copies.model import Recipient
    from trustkit.encoding.canonical_json import JsonValue

SHORT = Pace(seconds=0.01, looks=4, quiet=2)


@dataclass
class World:
    """A home whose sharing service answers, and the provider whose tokens it takes."""

    desk: CopyDesk
    issuer: Issuer
    app: ASGIApp

    def token(self, organisation: Recipient | dict[str, str] | None, scope: str) -> str:
        found: dict[str, JsonValue] = {"scope": scope}
        if organisation is not None:
            named = (
                organisation
                if isinstance(organisation, dict)
                else {"uscc": organisation.uscc, "name": organisation.name}
            )
            found["org"] = {**named, "role": "handler", "mandate": "md-abc", "matters": ["tax", "licence-use"]}
        return self.issuer.token(**found)

    def post(self, path: str, body: object, *, of: Recipient | dict[str, str] | None = BANK, scope: str = "") -> Any:
        return self.send(path, json=body, headers={"authorization": f"Bearer {self.token(of, scope or _scope(path))}"})

    def send(self, path: str, method: str = "POST", **request: Any) -> Any:
        async def act() -> httpx.Response:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(app=self.app), base_url=API) as client:
                return await client.request(method, f"/v1/sharing/{path}", **request)

        return asyncio.run(act())

    def changes(self, after: str | None, *, of: Recipient = BANK) -> Any:
        """Return a whole stream of an organisation, after an event or from now on."""
        headers = {"authorization": f"Bearer {self.token(of, WATCH)}"} | (
            {} if after is None else {"last-event-id": after}
        )
        return self.send("changes", "GET", headers=headers)


def _scope(path: str) -> str:
    return {"query": QUERY, "copies": FETCH}.get(path, AUTHORISE)


@contextmanager
def sharing_world(folder: Path, *more: str) -> Iterator[World]:
    """Give a home in a folder whose service answers; `more` are further lines of its section of the settings."""
    home = copy_home(folder / "home")
    settings = home / "settings.toml"
    with ExitStack() as stack:
        before = stack.enter_context(open_authority(home, FixedClock(NOW)))
        issuer = Issuer(before)
        issuer.keys.tend()
        stack.enter_context(issuer.listening())
        lines = (f'issuer = "{issuer.url}"', f'resource = "{API}"', "anonymous_per_minute = 1000000", *more)
        settings.write_text("\n".join((settings.read_text("utf-8"), "[sharing]", *lines, "")), "utf-8")
        authority = stack.enter_context(open_authority(home, FixedClock(NOW)))
        desk = CopyDesk(authority)
        yield World(desk, issuer, sharing_application(authority, desk.keys, pace=SHORT))
