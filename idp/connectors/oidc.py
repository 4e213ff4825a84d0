"""Signing in at an OpenID provider (OpenID Connect Core 1.0, code flow): Keycloak, another home of trustkit, a provincial platform.

    connector = OpenIdConnector(name="keycloak", …, provider=provider, proof=SecretProof(…), rules=ClaimRules(…))

What is always done: state, nonce and PKCE S256; the request is pushed where the provider takes that (RFC 9126); `iss` of the response
(RFC 9207) and a return address of each connector's own against mix-up; the token call proved by our secret or key; the ID token by the rules of
`trustkit.jose.id_token` under algorithms of our configuration; userinfo only of the same `sub`. What the provider says of levels is handed on as
evidence, never as a level: whether it is enough, and what else is asked of the person, is decided after the login (`idp.stepup`).
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from idp.connectors.answers import json_object, refusal
from idp.connectors.exchange import MAX_SUBJECT
from idp.connectors.oidc_client import ClientProof, ProviderCalls
from idp.connectors.oidc_identity import MAX_SESSION, ClaimRules, OpenIdClaims
from idp.connectors.oidc_provider import OpenIdProvider  # noqa: TC001 - a field type of a public dataclass
from idp.connectors.oidc_request import AuthenticationRequest, redirect_to
from idp.connectors.oidc_response import require_code
from idp.connectors.port import Begun, LoginStart, Redirect, UpstreamLogout
from idp.connectors.upstream import JSON, MAX_ANSWER, Call, ask, require_success
from trustkit.errors import ErrorCode, TrustError
from trustkit.jose.id_token import verify_id_token
from trustkit.jose.jwt import DEFAULT_SKEW
from trustkit.jose.logout_token import verify_logout_token

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from datetime import datetime

    from idp.connectors.oidc_metadata import ProviderMetadata
    from idp.evidence import BrokeredIdentity
    from trustkit.encoding.canonical_json import JsonValue
    from trustkit.jose.jwt import VerifiedJwt
    from trustkit.jose.keys import JwkSet
    from trustkit.jose.model import JwsAlgorithm

MAX_TOKEN: Final = 64 * 1024  # characters
MAX_REQUEST_URI: Final = 1024
MAX_LOGOUT: Final = 16 * 1024  # characters of a logout token: anybody may send one


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenIdConnector:
    """See the module. `return_url` is ``/login/return/NAME`` of our own origin, as registered at the provider."""

    name: str
    title: Mapping[str, str]
    return_url: str
    client: str
    provider: OpenIdProvider
    proof: ClientProof
    algorithms: Collection[JwsAlgorithm]
    rules: ClaimRules
    scope: str = "openid"
    acr_values: Mapping[int, str] = field(default_factory=dict)
    ask_userinfo: bool = False
    token: Callable[[], str] = field(repr=False)

    async def begin(self, start: LoginStart, *, now: datetime) -> Begun:
        """See `Connector.begin`: a redirect; by a request pushed before where the provider takes one."""
        metadata = await self.provider.metadata(now=now)
        request = AuthenticationRequest(
            client=self.client,
            return_url=self.return_url,
            scope=self.scope,
            state=self.token(),
            nonce=self.token(),
            verifier=self.token(),
            acr_values=self.acr_values,
        )
        parameters = request.parameters(start)
        if metadata.requires_pushed and not metadata.pushed:
            raise refusal("wants pushed requests and takes none", "endpoint")
        if metadata.pushed:
            parameters = {"client_id": self.client, "request_uri": await self._pushed(metadata, parameters, now)}
        kept = {
            "state": request.state,
            "nonce": request.nonce,
            "verifier": request.verifier,
            "issuer": metadata.issuer,
        }
        return Begun(step=Redirect(url=redirect_to(metadata.authorization, parameters)), state=request.state, kept=kept)

    async def finish(
        self,
        start: LoginStart,  # noqa: ARG002 - the protocol's; state and nonce bind the login
        kept: Mapping[str, str],
        answer: Mapping[str, str],
        *,
        now: datetime,
    ) -> BrokeredIdentity:
        """Return who signed in. `answer` is the query of the return address, each parameter once.

        Raises:
            TrustError: IDP_UPSTREAM_ANSWER with the rule that was broken: ``state``, ``issuer``, ``missing``, ``size``, ``code``,
                ``token-type``, ``json``, ``media-type``, ``keys``, ``subject``, ``auth-time``, ``claims``, ``organisation``, ``role``,
                or the code of what was wrong with the ID token; IDP_UPSTREAM_DENIED, IDP_UPSTREAM_REFUSED, IDP_UPSTREAM_UNREACHABLE.
        """
        metadata = await self.provider.metadata(now=now)
        code = require_code(kept, answer, metadata)
        tokens = await self._calls().post(
            metadata.token,
            {
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": self.return_url,
                "code_verifier": kept["verifier"],
            },
            where="the token call",
            now=now,
        )
        if _text(tokens, "token_type").lower() != "bearer":  # RFC 6749 5.1: compared without case
            raise refusal("tokens of a kind nobody asked for", "token-type")
        access, text = _text(tokens, "access_token"), _text(tokens, "id_token")
        token = await self.provider.verified(
            lambda keys: self._verified(keys, text, nonce=kept["nonce"], access=access, code=code, now=now), now=now
        )
        userinfo = await self._userinfo(metadata, access, token.claims.subject) if self.ask_userinfo else {}
        return OpenIdClaims(token=token, userinfo=userinfo).identity(self.rules, provider=self.name, now=now)

    async def logged_out(self, token: str, *, now: datetime) -> UpstreamLogout:
        """Return whose session ended at the provider (OpenID Connect Back-Channel Logout 1.0, 2.6). That it comes once is its reader's to see to.

        Raises:
            TrustError: IDP_UPSTREAM_ANSWER with the rule that was broken: ``size``, ``subject``, or the code of what was wrong with the token;
                IDP_UPSTREAM_REFUSED, IDP_UPSTREAM_UNREACHABLE when there are no keys.
        """
        if not 0 < len(token) <= MAX_LOGOUT or not token.isascii():
            raise refusal("logout token: too long or no token", "size")
        claims = (await self.provider.verified(lambda keys: self._logout(keys, token, now), now=now)).claims
        session = claims.text("sid")
        if len(claims.subject) > MAX_SUBJECT or len(session) > MAX_SESSION or not claims.token_id:
            raise refusal("logout token: names nobody", "subject")
        until = (claims.expires_at or now) + DEFAULT_SKEW
        return UpstreamLogout(subject=claims.subject, session=session, token_id=claims.token_id, until=until)

    def _logout(self, keys: JwkSet, text: str, now: datetime) -> VerifiedJwt:
        try:
            return verify_logout_token(
                text,
                keys,
                issuer=self.provider.issuer,
                client=self.client,
                algorithms=self.algorithms,
                now=now,
                typed=False,  # 2.4 recommends the type only; the event, and no nonce, keep other tokens out
                aliases=self.provider.aliases,
            )
        except TrustError as error:
            if error.code is ErrorCode.JWS_KEY_UNKNOWN:
                raise  # newer keys may know it
            raise refusal(f"logout token: {error.detail}", error.code.value) from error

    def _verified(self, keys: JwkSet, text: str, *, nonce: str, access: str, code: str, now: datetime) -> VerifiedJwt:
        try:
            return verify_id_token(
                text,
                keys,
                issuer=self.provider.issuer,
                client=self.client,
                algorithms=self.algorithms,
                nonce=nonce,
                now=now,
                access_token=access,
                code=code,
                aliases=self.provider.aliases,
            )
        except TrustError as error:
            if error.code is ErrorCode.JWS_KEY_UNKNOWN:
                raise  # newer keys may know it
            raise refusal(f"ID token: {error.detail}", error.code.value) from error

    async def _pushed(self, metadata: ProviderMetadata, parameters: Mapping[str, str], now: datetime) -> str:
        found = await self._calls().post(metadata.pushed, parameters, where="the pushed request", now=now)
        uri = found.get("request_uri")
        if (
            not isinstance(uri, str)
            or not 0 < len(uri) <= MAX_REQUEST_URI
            or not uri.isascii()
            or not uri.isprintable()
        ):
            raise refusal("no request_uri", "missing")
        return uri

    async def _userinfo(self, metadata: ProviderMetadata, access: str, subject: str) -> Mapping[str, JsonValue]:
        if not metadata.userinfo:
            raise refusal("has no userinfo endpoint", "endpoint")
        headers = {"Authorization": f"Bearer {access}", "Accept": JSON}
        asked = Call(method="GET", url=metadata.userinfo, headers=headers)
        answer = require_success(await ask(self.provider.upstream, asked))
        if answer.media_type != JSON:
            raise refusal("userinfo is not JSON", "media-type")
        found = json_object(answer.body, limit=MAX_ANSWER)
        # Core 5.3.2: userinfo of another `sub` must not be used
        given = found.get("sub")
        if not isinstance(given, str) or not hmac.compare_digest(given.encode(), subject.encode()):
            raise refusal("userinfo of somebody else", "subject")
        return found

    def _calls(self) -> ProviderCalls:
        return ProviderCalls(upstream=self.provider.upstream, issuer=self.provider.issuer, proof=self.proof)


def _text(tokens: Mapping[str, JsonValue], name: str) -> str:
    value = tokens.get(name)
    if not isinstance(value, str) or not value:
        raise refusal(f"the token call gave no {name}", "missing")
    if len(value) > MAX_TOKEN or not value.isascii() or not value.isprintable():
        raise refusal(f"{name} is too long or no token", "size")
    return value
