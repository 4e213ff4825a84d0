"""Tokens for the service: what is asked of their provider, and what it answers (RFC 6749 4.4, RFC 8707)."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import isnan
from typing import TYPE_CHECKING, Final

from trustkit_client.errors import AnswerError, ClientError, Problem
from trustkit_client.reading import optional_text_in, read_object, text_in

if TYPE_CHECKING:
    from trustkit_client.proof import Proof

_EARLY: Final = 30.0  # seconds before its end at which a token is no longer used
_USUAL_LIFETIME: Final = 60.0  # of a token whose provider does not say (RFC 6749 5.1 recommends that it does)
_LONGEST: Final = (
    86_400.0  # seconds a token is kept, whatever its provider says: one that was withdrawn is not used for ever
)
_TOKEN: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/=")  # RFC 6750 2.1


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRequest:
    """Where tokens come from, and for what.

    Attributes:
        url: the provider's token endpoint.
        proof: `ClientSecret`, `PrivateKeyJwt` or `TlsCertificate`.
        resource: the service's name at the provider (RFC 8707), its `[tokens] resource`; empty where the provider knows one alone.
        scope: the permissions asked for; empty for all the client is registered with (each door of the service has one: docs/verification-api.md).
    """

    url: str
    proof: Proof
    resource: str = ""
    scope: str = ""

    def form(self, now: float) -> tuple[dict[str, str], dict[str, str]]:
        """Return headers and form fields of a request for a token, at `now` (seconds since 1970)."""
        headers, shown = self.proof.shown(self.url, now)
        wanted = {"grant_type": "client_credentials", "scope": self.scope, "resource": self.resource}
        return headers, {key: value for key, value in wanted.items() if value} | shown


@dataclass(frozen=True, slots=True)
class Token:
    """A token, and until when (by the monotonic clock) it is used."""

    text: str = field(repr=False)
    until: float


def token_of(body: bytes, monotonic: float) -> Token:
    """Return the token in an answer that came at a time of the monotonic clock. Raise AnswerError, also for one that needs a proof with each call."""
    found = read_object(body)
    if text_in(found, "token_type").lower() != "bearer":
        raise AnswerError("the token is no bearer token")
    text = text_in(found, "access_token")
    if not text or not _TOKEN.issuperset(text):
        raise AnswerError("the token has letters no token has")
    lasts = found.get("expires_in", _USUAL_LIFETIME)
    if isinstance(lasts, bool) or not isinstance(lasts, int | float) or (isinstance(lasts, float) and isnan(lasts)):
        raise AnswerError("expires_in is no number")
    kept = min(max(lasts, 0.0), _LONGEST)
    return Token(text, monotonic + max(kept - _EARLY, kept / 2))


def token_problem(status: int, body: bytes) -> Problem:
    """Return why a provider refused (RFC 6749 5.2)."""
    try:
        found = read_object(body)
        word = text_in(found, "error")
        told = optional_text_in(found, "error_description") or ""
    except ClientError:
        word, told = f"status-{status}", ""
    remedy = "See that the client is registered with this proof, this resource and these permissions."
    return Problem(
        status=status, code=f"oauth:{word}", title="The provider of tokens refused", remedy=remedy, detail=told
    )
