"""The token endpoint: what was handed in becomes tokens, once.

    members = await service.exchange(request)

The order is always the same: who asks and whether it may ask so; what it hands in, and whether that is still good; then one unit of work
that takes it and tells the trail; and only after the commit are tokens signed and handed out. A process that dies in between has handed
out nothing: the code or refresh token is spent, and the person signs in again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from idp.group_commit import Written, checked
from idp.op.asked_scopes import narrowed_resources, own_scopes
from idp.op.client_model import OPENID, GrantType
from idp.op.code_redemption import redeem_code
from idp.op.grants import KEY_BOUND, issued, new_token_id
from idp.op.once import use_once
from idp.op.polling import redeem_backchannel, redeem_device
from idp.op.proof import require_bound
from idp.op.refreshing import rotate
from idp.op.tokens import Bearer
from trustkit.errors import TrustError
from trustkit.identity_codes import IdentityCode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from idp.group_commit import GroupWriter
    from idp.op.once import Once
    from idp.op.taking import Taken, Taking, TokenRequest
    from idp.op.tokens import TokenMaker
    from trustkit.encoding.canonical_json import JsonValue
    from trustkit.store.unit_of_work import UnitOfWork

    Taker = Callable[[UnitOfWork, TokenRequest, Taking], Written[Taken]]


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenService:
    """Gives tokens."""

    taking: Taking
    tokens: TokenMaker
    writer: GroupWriter

    async def exchange(self, request: TokenRequest) -> Mapping[str, JsonValue]:
        """Return the members of the answer (RFC 6749 5.1).

        Raises:
            TrustError: OP_GRANT_TYPE, OP_CLIENT_MAY_NOT, OP_CLIENT_REFUSED and OP_PROOF (used before), OP_GRANT_REFUSED,
                OP_GRANT_REUSED, OP_SCOPE, OP_TARGET, OP_REQUEST_FORM, OP_REQUEST_DENIED, OP_POLL_*; what the store and the trail raise.
        """
        match _grant_type(request):
            case GrantType.CLIENT:
                return await self._for_itself(request)
            case GrantType.CODE:
                taken = await self._take(request, redeem_code)
            case GrantType.REFRESH:
                taken = await self._take(request, rotate)
            case GrantType.DEVICE:
                taken = await self._take(request, redeem_device)
            case GrantType.BACKCHANNEL:
                taken = await self._take(request, redeem_backchannel)
        return self._answer(request, taken)

    async def _for_itself(self, request: TokenRequest) -> Mapping[str, JsonValue]:
        client, now = request.proven.client, request.now
        bearer = Bearer(
            client=client,
            scopes=own_scopes(client, request.parameters),
            resources=narrowed_resources(request.parameters, client.registration.resources),
            binding=require_bound(request.proven, request.proof, kept=""),
            token_id=new_token_id("", self.taking.handle),
        )
        event = issued(bearer, means=GrantType.CLIENT.value, rules=self.taking.rules, now=now)
        things = _once(request)

        def tell(uow: UnitOfWork) -> Written[None]:
            refusal = use_once(uow, things)
            return Written(None, () if refusal else (event,), refused=refusal)

        await self.writer.write(tell)
        return self._members(bearer, self.tokens.access_token(bearer, now=now))

    async def _take(self, request: TokenRequest, taker: Taker) -> Taken:
        things = _once(request)

        def take(uow: UnitOfWork) -> Written[Taken]:
            if refusal := use_once(uow, things):
                return Written(None, refused=refusal)
            return taker(uow, request, self.taking)

        return await self.writer.write(checked(take))

    def _answer(self, request: TokenRequest, taken: Taken) -> Mapping[str, JsonValue]:
        now, bearer = request.now, taken.bearer
        access = self.tokens.access_token(bearer, now=now)
        members = self._members(bearer, access)
        if taken.refresh_token:
            members["refresh_token"] = taken.refresh_token
        if OPENID in bearer.scopes:
            members["id_token"] = self.tokens.id_token(
                bearer, access_token=access, nonce=taken.nonce, demands=taken.demands, now=now
            )
            if bearer.client.registration.acting_as_text:
                # Keycloak finds by it which of its sessions ended; it reads no `sid` of an ID token (26.5, OIDCIdentityProvider)
                members["session_state"] = self.tokens.session_name(bearer.client, bearer.session)
        return members

    def _members(self, bearer: Bearer, access: str) -> dict[str, JsonValue]:
        return {
            "access_token": access,
            "token_type": "DPoP" if bearer.binding.startswith(KEY_BOUND) else "Bearer",
            "expires_in": int(self.taking.rules.access.total_seconds()),
            "scope": " ".join(bearer.scopes),
        }


def _grant_type(request: TokenRequest) -> GrantType:
    named = request.parameters.need("grant_type")
    try:
        grant = GrantType(named)
    except ValueError as error:
        raise TrustError(IdentityCode.OP_GRANT_TYPE, "no such grant type here") from error
    if grant not in request.proven.client.registration.grants:
        raise TrustError(IdentityCode.OP_CLIENT_MAY_NOT, "not registered for this grant type")
    return grant


def _once(request: TokenRequest) -> tuple[Once, ...]:
    return request.proven.once + (() if request.proof is None else request.proof.once)
