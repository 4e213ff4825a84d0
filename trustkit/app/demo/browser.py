"""A browser without a window: it opens pages, fills in their forms, keeps cookies, and goes where pages send it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urljoin

import httpx
from lxml import html

from trustkit.app.demo.stage import UnexpectedAnswerError

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
            follow_redirects=True, timeout=30, trust_env=False, headers={"accept-language": "zh"}
        )

    def open(self, path: str) -> None:
        """Open a page of the service."""
        self._show(self.client.get(urljoin(self.base_url, path)))

    def submit(self, action: str, fields: Mapping[str, str]) -> None:
        """Fill in the page's form of this address and send it. Raise UnexpectedAnswerError when the page has none."""
        forms = self.shown.xpath("//form[@action=$action]", action=action)
        if not forms:
            raise UnexpectedAnswerError(f"{self.url}: the page has no form {action}: {self.text()[:300]}")
        hidden = {each.get("name"): each.get("value", "") for each in forms[0].xpath(".//input[@type='hidden']")}
        self._show(self.client.post(urljoin(self.base_url, action), data={**hidden, **fields}))

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

    def _show(self, answer: httpx.Response) -> None:
        onward = answer.headers.get("refresh", "").partition("url=")[2]
        self.url = str(answer.url)
        if not answer.is_success:
            self.shown = html.document_fromstring(answer.text)
            raise UnexpectedAnswerError(f"{self.url}: {answer.status_code} {self.text()[:300]}")
        if onward:
            self.open(onward)
            return
        self.shown = html.document_fromstring(answer.content)
