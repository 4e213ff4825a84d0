"""How clients are told of a logout: one small form over HTTPS, without redirects, proxies or patience."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from trustkit.errors import TrustError
from trustkit.identity_codes import IdentityCode

if TYPE_CHECKING:
    import httpx

SECONDS: Final = 5.0


class BackChannel:
    """Posts logout tokens (`idp.op.logout_outbox.Teller`), in one thread."""

    def __init__(self) -> None:
        self._client: httpx.Client | None = None

    def tell(self, url: str, logout_token: str) -> int:
        """Return the HTTP status of the answer; its body is not looked at. Raise OP_LOGOUT when there was none."""
        # Loaded when somebody is told: with what it brings along, httpx is a ninth of a start.
        import httpx  # noqa: PLC0415

        if self._client is None:
            self._client = httpx.Client(timeout=SECONDS, follow_redirects=False, trust_env=False)
        try:
            with self._client.stream("POST", url, data={"logout_token": logout_token}) as answer:
                return answer.status_code
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise TrustError(IdentityCode.OP_LOGOUT, "the client did not answer") from error

    def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            self._client.close()
