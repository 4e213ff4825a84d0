"""The question to an OpenID provider (OpenID Connect Core 3.1.2.1): code flow with PKCE S256, state and nonce, always."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from trustkit.encoding.text64 import encode_base64url
from trustkit.identity import MOST_AUTHENTICATION

if TYPE_CHECKING:
    from collections.abc import Mapping

    from idp.connectors.port import LoginStart

LONGEST_LOGIN: Final = timedelta(hours=12)  # at the provider, where nothing shorter is needed
_LOCALES: Final = {"zh": "zh-CN zh en", "en": "en"}


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthenticationRequest:
    """One question. `acr_values` are the provider's own words for what is needed, by the authentication level of ours."""

    client: str
    return_url: str
    scope: str
    state: str
    nonce: str
    verifier: str
    acr_values: Mapping[int, str]

    def parameters(self, start: LoginStart) -> dict[str, str]:
        """Return the parameters of the request."""
        parameters = {
            "response_type": "code",
            "client_id": self.client,
            "redirect_uri": self.return_url,
            "scope": self.scope,
            "state": self.state,
            "nonce": self.nonce,
            "code_challenge": challenge_of(self.verifier),
            "code_challenge_method": "S256",
            "ui_locales": _LOCALES.get(start.language, "en"),
        }
        if asked := self._asked(start):
            parameters["acr_values"] = asked
        # asked for always: a provider that is asked has to tell when somebody signed in (Core 2, `auth_time`)
        age = LONGEST_LOGIN if start.max_age is None else max(timedelta(0), start.max_age)
        parameters["max_age"] = str(int(age.total_seconds()))
        return parameters

    def _asked(self, start: LoginStart) -> str:
        """Return the words for the least level that is enough; the provider's highest where it has none so high: we add the rest.

        Of our levels only the highest promises what cannot be phished, so that is asked for by the highest word as well.
        """
        least = MOST_AUTHENTICATION if start.bound else start.needed.authentication
        enough = sorted(level for level in self.acr_values if level >= least)
        if least == 0 or not self.acr_values:
            return ""
        return self.acr_values[enough[0] if enough else max(self.acr_values)]


def challenge_of(verifier: str) -> str:
    """Return the S256 challenge of a verifier (RFC 7636 4.2)."""
    return encode_base64url(hashlib.sha256(verifier.encode("ascii")).digest())


def redirect_to(endpoint: str, parameters: Mapping[str, str]) -> str:
    """Return an address with parameters; those the endpoint has already stay (RFC 6749 3.1)."""
    return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(parameters)}"
