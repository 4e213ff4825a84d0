"""How we prove at a provider's endpoints that we are its client (OpenID Connect Core 9), and the calls that need it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol
from urllib.parse import quote_plus

from idp.connectors.answers import json_object, refusal
from idp.connectors.oidc_response import refusal_of
from idp.connectors.upstream import FORM, JSON, MAX_ANSWER, Call, Upstream, ask, form
from trustkit.encoding.text64 import encode_base64
from trustkit.errors import TrustError
from trustkit.identity_codes import IdentityCode
from trustkit.jose.client_assertion import ASSERTION_TYPE
from trustkit.jose.sign import sign_client_assertion

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from trustkit.custody.port import Signer
    from trustkit.encoding.canonical_json import JsonValue

_REFUSED: Final = 400


class ClientProof(Protocol):
    """One way of proving it."""

    def proved(self, *, issuer: str, now: datetime) -> tuple[dict[str, str], dict[str, str]]:
        """Return further headers and further form parameters for one call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretProof:
    """``client_secret_basic``: both parts are form-encoded first (RFC 6749 2.3.1)."""

    client: str
    secret: str = field(repr=False)

    def proved(self, *, issuer: str, now: datetime) -> tuple[dict[str, str], dict[str, str]]:  # noqa: ARG002 - the protocol's
        """See `ClientProof.proved`."""
        pair = f"{quote_plus(self.client)}:{quote_plus(self.secret)}"
        return {"Authorization": f"Basic {encode_base64(pair.encode('ascii'))}"}, {}


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyProof:
    """``private_key_jwt``: a token for this one call, for this issuer alone (RFC 7523, RFC 9126 2 on the audience)."""

    client: str
    signer: Signer = field(repr=False)
    key_id: str
    token: Callable[[], str] = field(repr=False)

    def proved(self, *, issuer: str, now: datetime) -> tuple[dict[str, str], dict[str, str]]:
        """See `ClientProof.proved`."""
        assertion = sign_client_assertion(
            self.signer, client=self.client, audience=issuer, token_id=self.token(), now=now, key_id=self.key_id
        )
        return {}, {"client_id": self.client, "client_assertion_type": ASSERTION_TYPE, "client_assertion": assertion}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderCalls:
    """Calls of one provider by its client."""

    upstream: Upstream
    issuer: str
    proof: ClientProof

    async def post(self, url: str, parameters: Mapping[str, str], *, where: str, now: datetime) -> dict[str, JsonValue]:
        """Return the JSON object a form is answered with.

        Raises:
            TrustError: IDP_UPSTREAM_UNREACHABLE, IDP_UPSTREAM_REFUSED, IDP_UPSTREAM_DENIED, IDP_UPSTREAM_ANSWER
                (``code``: one that was used or is another's; ``json``, ``media-type``).
        """
        headers, more = self.proof.proved(issuer=self.issuer, now=now)
        body = form({**parameters, **more})
        answer = await ask(
            self.upstream,
            Call(method="POST", url=url, headers={**headers, "Accept": JSON}, body=body, media_type=FORM),
        )
        if answer.media_type != JSON:
            if answer.status >= _REFUSED:
                raise TrustError(IdentityCode.IDP_UPSTREAM_REFUSED, f"{where}: refused", status=answer.status)
            raise refusal(f"{where}: not JSON", "media-type")
        tree = json_object(answer.body, limit=MAX_ANSWER)
        if answer.status >= _REFUSED:
            raise refusal_of(tree.get("error"), where)
        return tree
