"""The whole ASGI application as a visitor meets it, in this process and without a socket."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx

from trustkit.app.asgi import application

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from trustkit.app.authority import Authority


@dataclass(frozen=True, slots=True)
class Visitor:
    """Sends one request after another; an exception that reaches the server is the test's failure. `headers` go with each."""

    app: ASGIApp
    raising: bool = True
    headers: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, authority: Authority) -> Visitor:
        return cls(application(authority))

    def send(self, method: str, path: str, **request: Any) -> httpx.Response:
        async def act() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=self.raising)
            async with httpx.AsyncClient(
                transport=transport, base_url="http://trustkit.test", headers=self.headers
            ) as client:
                return await client.request(method, path, **request)

        return asyncio.run(act())

    def get(self, path: str, **request: Any) -> httpx.Response:
        return self.send("GET", path, **request)

    def post(self, path: str, **request: Any) -> httpx.Response:
        return self.send("POST", path, **request)

    def verify(self, document: bytes, *, name: str = "licence.pdf", **fields: str) -> dict[str, Any]:
        """Return the verdict of ``POST /v1/verify`` on one file."""
        answer = self.post("/v1/verify", files={"file": (name, document)}, data=fields)
        assert answer.status_code == 200, answer.text
        verdict: dict[str, Any] = answer.json()
        return verdict
