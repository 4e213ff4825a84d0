"""How clients are told of a logout: one small form over HTTPS, without redirects, proxies or patience."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import httpx

from trustkit.errors import TrustError
from trustkit.identity_codes import IdentityCode

SECONDS: Final = 5.0


def _client() -> httpx.Client:
    return httpx.Client(timeout=SECONDS, follow_redirects=False, trust_env=False)


@dataclass(frozen=True, slots=True)
class BackChannel:
    """Posts logout tokens (`idp.op.logout_outbox.Teller`)."""

    client: httpx.Client = field(default_factory=_client, repr=False)

    def tell(self, url: str, logout_token: str) -> int:
        """Return the HTTP status of the answer; its body is not looked at. Raise OP_LOGOUT when there was none."""
        try:
            with self.client.stream("POST", url, data={"logout_token": logout_token}) as answer:
                return answer.status_code
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise TrustError(IdentityCode.OP_LOGOUT, "the client did not answer") from error

    def close(self) -> None:
        """Close the connections."""
        self.client.close()
