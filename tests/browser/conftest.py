"""Debian's Chromium, driven by Playwright; nothing is loaded from anywhere but this machine."""

from __future__ import annotations

import asyncio
import shutil
import socket
import threading
from typing import TYPE_CHECKING, Any

import pytest
import uvicorn
from playwright.sync_api import sync_playwright
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from idp.pages.render import page
from tests.support.authority import home, passphrase_file, pristine_home
from tests.support.idp_pages import PAGES
from tests.support.source import ROOT
from trustkit.texts.catalogue import Language

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser
    from starlette.requests import Request

__all__ = ["home", "passphrase_file", "pristine_home"]


@pytest.fixture(scope="session")
def launch() -> Iterator[Callable[..., Browser]]:
    """Give what starts a Chromium with words of its own; one Playwright drives all of them."""
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("Chromium is not installed: python -m tools.browser")
    with sync_playwright() as playwright:

        def start(*words: str) -> Browser:
            # The sandbox wants privileges a container has not; every page is our own.
            return playwright.chromium.launch(executable_path=program, args=["--no-sandbox", *words])

        yield start


@pytest.fixture(scope="session")
def chromium(launch: Callable[..., Browser]) -> Iterator[Browser]:
    browser = launch()
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def gallery() -> Iterator[str]:
    """Serve every page of the gallery, each at /LANGUAGE/NAME."""

    async def shown(request: Request) -> Response:
        template, values = PAGES[request.path_params["name"]]
        return page(template, values, language=Language(request.path_params["language"]))

    async def icon(_request: Request) -> Response:
        return Response(status_code=204)

    app = Starlette(
        routes=[
            Mount("/static", StaticFiles(directory=ROOT / "idp" / "pages" / "static")),
            Route("/favicon.ico", icon),
            Route("/{language}/{name}", shown),
        ]
    )
    with served(app) as origin:
        yield origin


class served:  # noqa: N801 - used as a with-statement's verb
    """Serve an application on a free port of this machine while the block runs; the value is its origin."""

    def __init__(self, app: Any) -> None:
        self._server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off", ws="none"))
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> str:
        self._thread.start()
        return f"http://localhost:{self._socket.getsockname()[1]}"

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(timeout=10)
        self._socket.close()

    def _run(self) -> None:
        asyncio.run(self._server.serve([self._socket]))
