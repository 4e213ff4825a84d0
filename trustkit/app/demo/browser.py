"""A browser without a window: it opens pages, fills in their forms, keeps cookies, and goes where pages send it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urljoin

import httpx
from lxml import html

from trustkit.app.demo.stage import PATIENCE_SECONDS, UnexpectedAnswerError

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass
class Browser:
    """One browser with its cookies, and the page it shows."""

    base_url: str
    client: httpx.Client = field(init=False)
    shown: html.HtmlElement = field(init=False)
    url: str = field(init=False, default="")

    def __post_init__(self) -> None:
        self.client = httpx.Client(
            follow_redirects=True,
            timeout=PATIENCE_SECONDS,
            trust_env=False,
            headers={"accept-language": "zh"},
            event_hooks={"response": [self._unlock]},
        )

    def open(self, path: str, *, stop: str = "", refused: bool = False) -> None:
        """Open a page of the service; with `refused` also one that says no.

        Where it leads to an address that begins with `stop`, `url` is that and the page stays.
        """
        self._go(self.client.build_request("GET", urljoin(self.base_url, path)), stop, refused=refused)

    def submit(self, action: str, fields: Mapping[str, str], *, stop: str = "") -> None:
        """Fill in the page's form of this address and send it, as `open`. Raise UnexpectedAnswerError when the page has none."""
        forms = self.shown.xpath("//form[@action=$action]", action=action)
        if not forms:
            raise UnexpectedAnswerError(f"{self.url}: the page has no form {action}: {self.text()[:300]}")
        hidden = {each.get("name"): each.get("value", "") for each in forms[0].xpath(".//input[@type='hidden']")}
        address = urljoin(self.base_url, action)
        self._go(self.client.build_request("POST", address, data={**hidden, **fields}), stop)

    def action_with(self, field_name: str) -> str:
        """Return the address of the page's form that asks for something, as it stands there."""
        return self._attribute("//form[.//input[@name=$name]]/@action", field_name)

    def value_of(self, field_name: str) -> str:
        """Return the value of the first field of a name that has one."""
        return self._attribute("//input[@name=$name and @value!='']/@value", field_name)

    def text_in(self, path: str) -> str:
        """Return the text of the first element at an XPath. Raise UnexpectedAnswerError when there is none."""
        found = self.shown.xpath(path)
        if not found:
            raise UnexpectedAnswerError(f"{self.url}: {path} is not there: {self.text()[:300]}")
        return str(found[0].text_content()).strip()

    def text(self) -> str:
        """Return what the page says."""
        return " ".join(str(self.shown.text_content()).split())

    def close(self) -> None:
        """Forget the cookies."""
        self.client.close()

    def _attribute(self, path: str, field_name: str) -> str:
        found = self.shown.xpath(path, name=field_name)
        if not found:
            raise UnexpectedAnswerError(f"{self.url}: nothing asks for {field_name}: {self.text()[:300]}")
        return str(found[0])

    def _unlock(self, _: httpx.Response) -> None:
        for cookie in self.client.cookies.jar:
            cookie.secure = False  # browsers send such cookies to this machine without TLS, too

    def _go(self, request: httpx.Request, stop: str, *, refused: bool = False) -> None:
        try:
            answer = self.client.send(request)
        except httpx.ConnectError as error:
            if not stop or not str(error.request.url).startswith(stop):
                raise UnexpectedAnswerError(f"{error.request.url}: nobody is there") from error
            self.url = str(error.request.url)
            return
        self._show(answer, stop, refused=refused)

    def _show(self, answer: httpx.Response, stop: str, *, refused: bool) -> None:
        onward = answer.headers.get("refresh", "").partition("url=")[2]
        self.url = str(answer.url)
        if not answer.is_success and not refused:
            self.shown = html.document_fromstring(answer.text)
            raise UnexpectedAnswerError(f"{self.url}: {answer.status_code} {self.text()[:300]}")
        if onward:
            self.open(onward, stop=stop)
            return
        self.shown = html.document_fromstring(answer.content)
