"""A browser as far as forms without scripts need one: cookies, redirects followed by hand, forms filled in."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any, Self
from urllib.parse import parse_qsl, urljoin, urlsplit

import httpx

MOST_STEPS = 20


class PageWalker:
    """Walks from page to page until an address begins with `stop`: that one is not asked. `refusals` lets pages of any status end a walk."""

    def __init__(self, *, refusals: bool = False) -> None:
        self.refusals = refusals
        self.status = 0
        self.client = httpx.Client(timeout=60, trust_env=False, follow_redirects=False)
        self.url = ""
        self.page = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()

    def visit(self, url: str, *, stop: str = "\0") -> dict[str, str]:
        """Go to an address; return the query when the walk ends at `stop`, nothing when it ends at a page."""
        return self._walk(self.client.build_request("GET", url), stop)

    def submit(self, fields: dict[str, str], *, action: str = "", stop: str = "\0") -> dict[str, str]:
        """Fill in the first form of the page that has the fields, and this address where one is given, and send it."""
        form = next(
            each for each in forms_of(self.page) if set(fields) <= set(each.fields) and each.action.startswith(action)
        )
        action = urljoin(self.url, form.action)
        return self._walk(self.client.build_request("POST", action, data=form.fields | fields), stop)

    def _walk(self, request: httpx.Request, stop: str) -> dict[str, str]:
        for _ in range(MOST_STEPS):
            self.url = str(request.url)
            if self.url.startswith(stop):
                return dict(parse_qsl(urlsplit(self.url).query, keep_blank_values=True))
            answer = self.client.send(request)
            for cookie in self.client.cookies.jar:
                cookie.secure = False  # browsers send such cookies to this machine without TLS, too
            self.page, self.status = answer.text, answer.status_code
            onward = answer.headers.get("location") or answer.headers.get("refresh", "").partition("url=")[2]
            if not onward:
                assert self.refusals or answer.status_code == 200, (answer.status_code, self.url, self.page[:2000])
                return {}
            request = self.client.build_request("GET", urljoin(self.url, onward))
        raise AssertionError(self.url)


class Form:
    """A form: where it is sent, and its fields as they stand."""

    def __init__(self, action: str) -> None:
        self.action = action
        self.fields: dict[str, str] = {}


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[Form] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, Any]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append(Form(values.get("action", "")))
        elif tag in {"input", "button"} and self.found and (name := values.get("name")):
            self.found[-1].fields.setdefault(name, values.get("value", ""))


def forms_of(page: str) -> list[Form]:
    """Return the forms of a page."""
    reader = _Forms()
    reader.feed(page)
    return reader.found
