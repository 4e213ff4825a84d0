"""Looking into tokens (RFC 7662) and taking them back (RFC 7009).

Who may look: the client a token was given to, and the server of a resource it is for. To anybody else, and for anything that is not good,
the answer is the same: not active. Signed tokens are looked up all the same, so that what was revoked since is not active at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from idp.group_commit import Written
from idp.handles import is_handle
from idp.op.client_model import GrantType
from idp.op.clients import live_client
from idp.op.door import require_confidential
from idp.op.grants import grant_of_token, revoke_grant, token_in_trail
from idp.op.handles import HandleKind
from idp.op.once import use_once
from trustkit.audit.events import AuditEvent, EventType
from trustkit.error_family import PASSING
from trustkit.errors import TrustError
from trustkit.identity import Principal
from trustkit.jose.claims import numeric_date
from trustkit.store import op_grants, op_once

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from idp.group_commit import GroupWriter
    from idp.op.client_authentication import Proven
    from idp.op.client_model import Client
    from idp.op.grants import Liveness
    from idp.op.parameters import Parameters
    from idp.op.tokens import TokenMaker
    from trustkit.encoding.canonical_json import JsonValue
    from trustkit.jose.access_token import VerifiedAccessToken
    from trustkit.store.op_grants import GrantRow
    from trustkit.store.unit_of_work import ReadUnit, UnitOfWork

INACTIVE: Final[Mapping[str, JsonValue]] = {"active": False}
_TOLD: Final = (
    "iss",
    "sub",
    "aud",
    "client_id",
    "jti",
    "scope",
    "exp",
    "iat",
    "acr",
    "amr",
    "auth_time",
    "org",
    "act",
    "cnf",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenDesk:
    """Looks into tokens, and takes them back."""

    writer: GroupWriter
    tokens: TokenMaker
    liveness: Liveness

    def look(self, unit: ReadUnit, proven: Proven, parameters: Parameters, now: datetime) -> Mapping[str, JsonValue]:
        """Return what a token is (RFC 7662 2.2). Raise OP_REQUEST_FORM, OP_CLIENT_REFUSED."""
        client = require_confidential(proven).client
        token = parameters.need("token")
        if is_handle(token):
            return self._refresh_told(unit, client, token, now)
        verified = self._verified(token, client, now)
        live = verified is not None and self.is_live(unit, verified, now=now, known=client)
        return self._told(verified) if verified is not None and live else INACTIVE

    async def spend(self, proven: Proven) -> None:
        """Use up what the client's assertion may be used for once. Raise OP_CLIENT_REFUSED when it was used before."""
        if proven.once:
            await self.writer.write(lambda uow: Written(None, refused=use_once(uow, proven.once)))

    async def revoke(self, proven: Proven, parameters: Parameters, *, now: datetime) -> None:
        """Take a token back: a refresh token with its whole grant. A token that is not this client's or not good is no error (2.2).

        Raises:
            TrustError: OP_REQUEST_FORM.
        """
        client, token = proven.client, parameters.need("token")
        await self.spend(proven)
        if is_handle(token):
            await self.writer.write(lambda uow: self._revoke_refresh(uow, client, token, now))
            return
        verified = self._verified(token, client, now)
        if verified is not None and verified.client == client.identifier:
            await self.writer.write(lambda uow: self._revoke_access(uow, client, verified, now))

    def is_live(
        self, unit: ReadUnit, verified: VerifiedAccessToken, *, now: datetime, known: Client | None = None
    ) -> bool:
        """Tell whether a token in force was not taken back: by itself, with its grant, its client, its person or his session.

        `known` is a client that was found live in the same unit.
        """
        mine = known is not None and known.identifier == verified.client
        if (not mine and live_client(unit, verified.client) is None) or op_once.is_revoked(unit, verified.token_id):
            return False
        grant = grant_of_token(verified.token_id)
        if not grant:
            return True
        row = op_grants.find(unit, grant)
        return row is not None and self._is_good(unit, row, now)

    def _is_good(self, unit: ReadUnit, row: GrantRow, now: datetime) -> bool:
        try:
            self.liveness.require_live(unit, row, now=now)
        except TrustError as error:
            if error.code.family in PASSING:
                raise
            return False
        return True

    def _verified(self, token: str, client: Client, now: datetime) -> VerifiedAccessToken | None:
        """Return a token that is in force and this client's to look into, None for any other."""
        registration = client.registration
        issuer = self.tokens.rules.issuer
        try:
            verified = self.tokens.verify_access(
                token, audiences={issuer, *registration.serves, *registration.resources}, now=now
            )
        except TrustError as error:
            if error.code.family in PASSING:
                raise
            return None
        mine = verified.client == client.identifier or bool(set(verified.claims.audience) & set(registration.serves))
        return verified if mine else None

    def _told(self, verified: VerifiedAccessToken) -> Mapping[str, JsonValue]:
        members = verified.claims.members
        kind = "DPoP" if verified.confirmation.key else "Bearer"
        return {"active": True, "token_type": kind, **{name: members[name] for name in _TOLD if name in members}}

    def _refresh_told(self, unit: ReadUnit, client: Client, token: str, now: datetime) -> Mapping[str, JsonValue]:
        row = op_grants.find_refresh(unit, HandleKind.REFRESH.digest(token))
        grant = op_grants.find(unit, row.grant_id) if row is not None else None
        if row is None or grant is None or grant.client != client.identifier:
            return INACTIVE
        if row.used_at is not None or now >= row.expires_at or not self._is_good(unit, grant, now):
            return INACTIVE
        return {
            "active": True,
            "token_type": GrantType.REFRESH.value,
            "client_id": grant.client,
            "sub": self.tokens.subject(client, grant.person),
            "scope": grant.scopes,
            "exp": numeric_date(row.expires_at),
            "iat": numeric_date(row.created_at),
        }

    def _revoke_refresh(self, uow: UnitOfWork, client: Client, token: str, now: datetime) -> Written[None]:
        row = op_grants.find_refresh(uow, HandleKind.REFRESH.digest(token))
        grant = op_grants.find(uow, row.grant_id) if row is not None else None
        if grant is None or grant.client != client.identifier:
            return Written(None)
        actor = Principal(id=f"client:{client.identifier}")
        return Written(None, revoke_grant(uow, grant, reason="client", actor=actor, now=now))

    def _revoke_access(
        self, uow: UnitOfWork, client: Client, verified: VerifiedAccessToken, now: datetime
    ) -> Written[None]:
        if not op_once.revoke_token(uow, verified.token_id, expires_at=verified.expires_at):
            return Written(None)
        event = AuditEvent(
            type=EventType.OP_TOKEN_REVOKED,
            at=now,
            actor=Principal(id=f"client:{client.identifier}"),
            object_type="access-token",
            object_id=token_in_trail(verified.token_id),
            facts={"client": client.identifier},
        )
        return Written(None, (event,))
