"""``trustkit serve`` with two more routes that do nothing: what `benchmarks.verify_http` starts."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final
from unittest.mock import patch

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from granian import Granian

from trustkit.app import asgi, frame, server
from trustkit.app import described as asgi_described
from trustkit.web.direct import DirectRoute

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from starlette.types import ASGIApp

DECLARED: Final = "/noop"  # as any route is
DIRECT: Final = "/noop-direct"  # `trustkit.web.direct`


async def nothing(request: Request) -> Response:  # noqa: ARG001 - as an endpoint has it
    """Answer a constant."""
    return JSONResponse({"status": "ok"})


def create() -> ASGIApp:
    """Return the application of the service, with routes that do nothing; the server's worker processes call this."""
    router = APIRouter()
    router.post(DECLARED)(nothing)
    described, framed = asgi_described.described, frame.framed
    with (
        patch.object(asgi, "described", lambda routers, **more: described([*routers, router], **more)),
        patch.object(
            asgi,
            "framed",
            lambda *args, direct, **more: framed(*args, direct=[*direct, DirectRoute(DIRECT, nothing)], **more),
        ),
    ):
        return asgi.create()


def serve(home: Path, port: int) -> None:
    """Serve as ``trustkit serve`` does."""
    with patch.object(server, "Server", partial(_server, Granian)):
        server.run_server(home, host=None, port=port, passphrase=None)


def _server(kind: Callable[..., object], _target: str, **more: object) -> object:
    return kind("benchmarks.idle_routes:create", **more)
