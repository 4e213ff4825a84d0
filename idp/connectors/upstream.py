"""The network as connectors ask for it: one call, one bounded answer. Which addresses may be asked is the adapter's to judge.

answer = await ask(upstream, Call(method="POST", url=token_endpoint, body=body, media_type=FORM))
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, Protocol
from urllib.parse import urlencode

from trustkit.errors import TrustError
from trustkit.identity_codes import IdentityCode

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_ANSWER: Final = 256 * 1024  # octets: documents of keys and metadata have some ten thousand
JSON: Final = "application/json"
FORM: Final = "application/x-www-form-urlencoded"
_REDIRECTS, _REFUSALS, _FAULTS = 300, 400, 500
_TOO_MANY: Final = 429


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request. `headers` are further ones; the adapter sets Host, and asks for no compression."""

    method: Literal["GET", "POST"]
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    media_type: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back: `media_type` in lower case without parameters, `headers` by their names in lower case."""

    status: int
    media_type: str
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


class Upstream(Protocol):
    """Calls a provider. Follows no redirects, uses no proxies; safe to use from several tasks at once."""

    async def ask(self, call: Call) -> Answer:
        """Return the answer, whatever its status.

        Raises:
            TrustError: IDP_UPSTREAM_UNREACHABLE (name, connection, certificate, time, too many calls at once);
                IDP_UPSTREAM_ANSWER with the rule ``address`` (not https, an address that may not be asked), ``size``, ``compressed``.
        """


async def ask(upstream: Upstream, call: Call) -> Answer:
    """Return an answer that is about the request: a success, or a refusal of it (4xx).

    Raises:
        TrustError: as `Upstream.ask`; IDP_UPSTREAM_UNREACHABLE for the provider's own faults and 429; IDP_UPSTREAM_ANSWER
            (``redirect``, ``status``).
    """
    answer = await upstream.ask(call)
    if answer.status >= _FAULTS or answer.status == _TOO_MANY:
        raise TrustError(IdentityCode.IDP_UPSTREAM_UNREACHABLE, "cannot answer now", status=answer.status)
    if _REDIRECTS <= answer.status < _REFUSALS:
        raise TrustError(IdentityCode.IDP_UPSTREAM_ANSWER, "redirects are not followed", rule="redirect")
    return answer


def require_success(answer: Answer) -> Answer:
    """Return a successful answer. Raise IDP_UPSTREAM_REFUSED for a 4xx."""
    if not 200 <= answer.status < _REDIRECTS:  # noqa: PLR2004 - HTTP
        raise TrustError(IdentityCode.IDP_UPSTREAM_REFUSED, "the request was refused", status=answer.status)
    return answer


def form(parameters: Mapping[str, str]) -> bytes:
    """Return parameters as a form (RFC 6749 appendix B)."""
    return urlencode(parameters).encode("ascii")
