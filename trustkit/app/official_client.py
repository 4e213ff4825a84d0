"""The terminal as a client of this home's own OpenID provider: a browser that comes back to this machine, or a code for another device.

    client = OfficialClient(upstream=upstream, issuer="https://id.example.cn")
    await client.require_there()
    asked = client.ask(need, return_uri, token=token_urlsafe)            # asked.url is opened in a browser
    token = await client.redeem(asked, {"code": …, "state": …, "iss": …})
    begun = await client.begin_device(need)                              # begun.code is shown, then
    token = await client.poll(begun)                                     # None while the person has not answered

Code with PKCE (RFC 7636) over the loopback address (RFC 8252 7.3), the answer bound by `state` and `iss` (RFC 9207); device flow by RFC 8628.
The terminal has no secret: what it gets is a token that only says who signed in, and is judged by the home's own store.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from idp.connectors.upstream import FORM, JSON, Call, Upstream, ask, form
from idp.op.discovery import OPENID_CONFIGURATION
from idp.op.token_api import REVOKE, TOKEN
from trustkit.app.official_settings import TERMINAL_CLIENT
from trustkit.encoding.canonical_json import parse_json
from trustkit.encoding.text64 import encode_base64url
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity_codes import IdentityCode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from idp.stepup import Need
    from trustkit.encoding.canonical_json import JsonValue

_AUTHORIZE: Final = "/authorize"
_DEVICE: Final = "/device_authorization"
_DEVICE_GRANT: Final = "urn:ietf:params:oauth:grant-type:device_code"
_MAX_ANSWER: Final = 64 * 1024
_MOST_TOLD: Final = 100
_OK: Final = 200
_PENDING: Final = frozenset({"authorization_pending", "slow_down"})
_MOST_SECONDS: Final = 1800  # somebody waits for it


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowserRequest:
    """A sign-in asked for in a browser: `url` is opened, the rest is kept for the answer."""

    url: str
    return_uri: str
    state: str = field(repr=False)
    verifier: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceRequest:
    """A sign-in asked for at another device, by a code the person types in there."""

    url: str
    whole_url: str
    code: str
    seconds: int
    interval: int
    device: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficialClient:
    """See the module. `client` is who asks: the terminal, or another client of the home's own without a secret."""

    upstream: Upstream
    issuer: str
    client: str = TERMINAL_CLIENT

    def ask(self, need: Need, return_uri: str, *, token: Callable[[], str]) -> BrowserRequest:
        """Return what is opened in a browser. `token` makes random texts of at least 43 characters (RFC 7636 4.1)."""
        state, verifier = token(), token()
        challenge = encode_base64url(sha256(verifier.encode("ascii")).digest())
        query = {
            "response_type": "code",
            "client_id": self.client,
            "redirect_uri": return_uri,
            "scope": "openid",
            "state": state,
            "nonce": token(),
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            **_demands(need),
        }
        url = f"{self.issuer}{_AUTHORIZE}?{urlencode(query)}"
        return BrowserRequest(url=url, return_uri=return_uri, state=state, verifier=verifier)

    async def require_there(self) -> None:
        """Ask whether the provider answers, before a person is sent to it. Raise IDP_UPSTREAM_UNREACHABLE, IDP_UPSTREAM_ANSWER."""
        await ask(self.upstream, Call(method="GET", url=f"{self.issuer}{OPENID_CONFIGURATION}"))

    async def redeem(self, asked: BrowserRequest, answer: Mapping[str, str]) -> str:
        """Return the access token for what came back to this machine.

        Raises:
            TrustError: OFFICIAL_REFUSED (another request's or provider's answer; the person or the provider said no);
                IDP_UPSTREAM_UNREACHABLE, IDP_UPSTREAM_ANSWER.
        """
        if not hmac.compare_digest(answer.get("state", "").encode(), asked.state.encode()):
            raise TrustError(ErrorCode.OFFICIAL_REFUSED, "an answer to another request", error="state")
        if answer.get("iss", "") != self.issuer:
            raise TrustError(ErrorCode.OFFICIAL_REFUSED, "an answer of another provider", error="iss")
        if "error" in answer or not answer.get("code"):
            raise TrustError(ErrorCode.OFFICIAL_REFUSED, "no sign-in", error=_told(answer.get("error")))
        status, members = await self._post(
            TOKEN,
            {
                "grant_type": "authorization_code",
                "code": answer["code"],
                "redirect_uri": asked.return_uri,
                "code_verifier": asked.verifier,
                "client_id": self.client,
            },
        )
        return _token(status, members)

    async def begin_device(self, need: Need) -> DeviceRequest:
        """Return a code to be typed in at another device. Raise OFFICIAL_REFUSED, IDP_UPSTREAM_UNREACHABLE, IDP_UPSTREAM_ANSWER."""
        status, members = await self._post(_DEVICE, {"client_id": self.client, "scope": "openid", **_demands(need)})
        if status != _OK:
            raise TrustError(ErrorCode.OFFICIAL_REFUSED, "no sign-in by a code", error=_told(members.get("error")))
        url, code, device = (_text(members, name) for name in ("verification_uri", "user_code", "device_code"))
        if not url.startswith(f"{self.issuer}/"):
            raise TrustError(IdentityCode.IDP_UPSTREAM_ANSWER, "the code's page is elsewhere", rule="address")
        return DeviceRequest(
            url=url,
            whole_url=str(members.get("verification_uri_complete") or url),
            code=code,
            seconds=_seconds(members, "expires_in", _MOST_SECONDS),
            interval=_seconds(members, "interval", 5),
            device=device,
        )

    async def poll(self, begun: DeviceRequest) -> str | None:
        """Return the access token, None while the person has not answered. Raise OFFICIAL_REFUSED and what the network raises."""
        asked = {"grant_type": _DEVICE_GRANT, "device_code": begun.device, "client_id": self.client}
        status, members = await self._post(TOKEN, asked)
        return None if members.get("error") in _PENDING else _token(status, members)

    async def sign_out(self, token: str) -> None:
        """Take a token back (RFC 7009). Raise IDP_UPSTREAM_UNREACHABLE, IDP_UPSTREAM_ANSWER."""
        await self._post(REVOKE, {"token": token, "client_id": self.client}, empty=True)

    async def _post(
        self, path: str, parameters: Mapping[str, str], *, empty: bool = False
    ) -> tuple[int, Mapping[str, JsonValue]]:
        call = Call(method="POST", url=f"{self.issuer}{path}", body=form(parameters), media_type=FORM)
        answer = await ask(self.upstream, call)
        if empty and answer.status == _OK:
            return answer.status, {}
        try:
            members = parse_json(answer.body, max_size=_MAX_ANSWER) if answer.media_type == JSON else None
        except TrustError as error:
            raise TrustError(IdentityCode.IDP_UPSTREAM_ANSWER, "not JSON", rule="json") from error
        if not isinstance(members, dict):
            raise TrustError(IdentityCode.IDP_UPSTREAM_ANSWER, "no JSON object", rule="json")
        return answer.status, members


def _demands(need: Need) -> dict[str, str]:
    age = {} if need.max_age is None else {"max_age": str(int(need.max_age.total_seconds()))}
    return {"acr_values": need.name, **age}


def _token(status: int, members: Mapping[str, JsonValue]) -> str:
    if status != _OK:
        raise TrustError(ErrorCode.OFFICIAL_REFUSED, "no sign-in", error=_told(members.get("error")))
    return _text(members, "access_token")


def _text(members: Mapping[str, JsonValue], name: str) -> str:
    found = members.get(name)
    if not isinstance(found, str) or not found:
        raise TrustError(IdentityCode.IDP_UPSTREAM_ANSWER, f"no {name}", rule="missing")
    return found


def _seconds(members: Mapping[str, JsonValue], name: str, preset: int) -> int:
    found = members.get(name)
    return min(found, _MOST_SECONDS) if type(found) is int and found > 0 else preset


def _told(error: object) -> str:
    """Return the provider's word for an error, as far as it is a word."""
    text = error if isinstance(error, str) else ""
    return text[:_MOST_TOLD] if text.isascii() and text.isprintable() else ""
