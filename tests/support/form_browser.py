"""A browser without script: it keeps cookies, fills in the forms a page has, and goes where it is sent."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

import httpx
from lxml import html

if TYPE_CHECKING:
    from starlette.types import ASGIApp

_MOST_STEPS = 8


@dataclass
class FormBrowser:
    """One browser at an application in this process; `answer` is what it has before it, `url` where that is."""

    app: ASGIApp
    base: str
    cookies: dict[str, str] = field(default_factory=dict)
    url: str = ""
    answer: httpx.Response | None = None
    went: list[str] = field(default_factory=list)

    @property
    def page(self) -> Any:
        """The page, read."""
        assert self.answer is not None
        return html.document_fromstring(self.answer.text)

    @property
    def status(self) -> int:
        """Its status."""
        assert self.answer is not None
        return self.answer.status_code

    @property
    def text(self) -> str:
        """What is to be read on it."""
        return " ".join(self.page.text_content().split())

    @property
    def code(self) -> str:
        """The code an error's page tells."""
        return self.text.partition("Error: ")[2].partition(" ")[0]

    @property
    def title(self) -> str:
        """Its heading."""
        return str(self.page.findtext(".//h1"))

    @property
    def problem(self) -> str:
        """What it says went wrong, empty for nothing."""
        return " ".join(each.text_content().strip() for each in self.page.xpath("//*[@id='problem']"))

    @property
    def path(self) -> str:
        """Where it is, without the query."""
        return self.url.removeprefix(self.base).partition("?")[0]

    def open(self, path: str, **headers: str) -> httpx.Response:
        """Open a page of the site, and follow where it leads within the site."""
        return self._follow("GET", urljoin(self.base, path), headers=headers)

    def send(self, action: str, *, drop: tuple[str, ...] = (), nth: int = 0, **fields: str) -> httpx.Response:
        """Send the form with this action, its hidden fields as they are."""
        form = [each for each in self.page.forms if each.get("action") == action][nth]
        hidden = {each.name: each.value or "" for each in form.inputs if each.get("type") == "hidden"}
        data = {name: value for name, value in {**hidden, **fields}.items() if name not in drop}
        return self._follow("POST", urljoin(self.base, action), data=data)

    def post(self, path: str, *, headers: dict[str, str] | None = None, content: bytes = b"", **fields: str) -> None:
        """Send what no page of the site has a form for."""
        body: dict[str, Any] = {"content": content} if content else {"data": fields}
        self._follow("POST", urljoin(self.base, path), headers=headers or {}, **body)

    def _follow(self, method: str, url: str, **request: Any) -> httpx.Response:
        self.went = []
        for _ in range(_MOST_STEPS):
            self.answer, self.url = self._once(method, url, **request), url
            target = (
                self.answer.headers.get("location", "") or self.answer.headers.get("refresh", "").partition("url=")[2]
            )
            if not target:
                return self.answer
            self.went.append(target)
            url = urljoin(url, target)
            if not url.startswith(self.base + "/"):
                self.url = url
                return self.answer
            method, request = "GET", {}
        message = f"it is sent in circles: {self.went}"
        raise AssertionError(message)

    def _once(self, method: str, url: str, **request: Any) -> httpx.Response:
        async def act() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app)
            async with httpx.AsyncClient(transport=transport, base_url=self.base) as client:
                headers = {"accept-language": "en", **request.pop("headers", {})}
                if self.cookies:
                    headers["cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
                return await client.request(method, url, headers=headers, **request)

        answer = asyncio.run(act())
        for line in answer.headers.get_list("set-cookie"):
            for name, morsel in SimpleCookie(line).items():
                if morsel["max-age"] == "0":
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.value
        return answer
