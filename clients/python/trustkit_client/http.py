"""What both clients set up alike: the address, and requests as httpx has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import httpx

from trustkit_client.errors import AnswerError, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trustkit_client.conversation import Send

CONNECT_SECONDS: Final = 10.0
MAX_REASON: Final = 200  # characters
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
LANGUAGES: Final = frozenset({"en", "zh"})


def require_address(url: str, *, in_clear: bool = False) -> str:
    """Return an address without a slash at its end.

    Args:
        url: https, or http to this machine, without user, query or fragment.
        in_clear: whether http to any other is taken too: whoever is on the way then reads all and answers what he likes.

    Raises:
        UsageError: for any other.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.query or parts.fragment:
        raise UsageError("an address such as https://verify.example.cn is needed")
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK and not in_clear:
        raise UsageError(
            "over plain http whoever is on the way answers in the service's name",
            code="client:address:in-clear",
            remedy="Give an https address; `in_clear=True` takes another where no token is sent.",
        )
    return url.rstrip("/")


def require_language(language: str) -> str:
    """Return a language messages exist in. Raise UsageError."""
    if language not in LANGUAGES:
        raise UsageError("messages are in zh or en")
    return language


def timeouts(seconds: float) -> httpx.Timeout:
    """Return how long is waited: to connect, and for each piece of an answer."""
    return httpx.Timeout(seconds, connect=min(seconds, CONNECT_SECONDS))


def request_for(send: Send) -> dict[str, Any]:
    """Return the arguments of httpx's `build_request`."""
    found: dict[str, Any] = {"method": send.method, "url": send.url, "headers": dict(send.headers)}
    if send.query:
        found["params"] = dict(send.query)
    if send.parts:
        found["files"] = [(name, (label, data, "application/octet-stream")) for name, (label, data) in send.parts]
    if send.fields:
        found["data"] = dict(send.fields)
    if send.value is not None:
        found["json"] = send.value
    if send.content is not None:
        found["content"] = send.content
    return found


def headers_of(response: httpx.Response) -> Mapping[str, str]:
    """Return the headers of an answer by names in small letters."""
    return {name.lower(): value for name, value in response.headers.items()}


def require_room(octets: int, limit: int) -> None:
    """Raise AnswerError for an answer larger than any is."""
    if octets > limit:
        raise AnswerError("the answer is larger than any is")


def lost_by(error: httpx.HTTPError) -> str:
    """Return why there was no answer, in a few words that name no secret."""
    return f"{type(error).__name__} {error}"[:MAX_REASON].strip()
