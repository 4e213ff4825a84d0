"""Refreshing: each refresh token is used once and replaced (RFC 9700 4.14.2); one used twice ends the whole grant.

Who has the older one cannot be told from who has the newer one, so both lose: the grant with all its tokens is revoked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from idp.group_commit import Written
from idp.handles import is_handle
from idp.op.client_model import GrantType
from idp.op.grants import refused, revoke_grant
from idp.op.handles import HandleKind
from trustkit.errors import TrustError
from trustkit.identity import Principal
from trustkit.identity_codes import IdentityCode
from trustkit.store import op_grants

if TYPE_CHECKING:
    from datetime import datetime

    from idp.op.taking import Taken, Taking, TokenRequest
    from trustkit.store.op_grants import GrantRow
    from trustkit.store.unit_of_work import UnitOfWork


def rotate(uow: UnitOfWork, request: TokenRequest, taking: Taking) -> Written[Taken]:
    """Take a refresh token. Raise OP_REQUEST_FORM, OP_GRANT_REFUSED; as `Taking.finish`."""
    client, now = request.proven.client, request.now
    token = request.parameters.need("refresh_token")
    token_sm3 = HandleKind.REFRESH.digest(token)
    row = op_grants.find_refresh(uow, token_sm3) if is_handle(token) else None
    grant = op_grants.find(uow, row.grant_id) if row is not None else None
    if row is None or grant is None or grant.client != client.identifier:
        raise refused("no such refresh token of this client")
    if row.used_at is not None:
        return _reused(uow, grant, now)
    if now >= row.expires_at:
        raise refused("the refresh token expired")
    return taking.finish(
        uow,
        request,
        grant,
        means=GrantType.REFRESH,
        spend=lambda: op_grants.use_refresh(uow, token_sm3, at=now),
        spent=lambda: _reused(uow, grant, now),
    )


def _reused(uow: UnitOfWork, grant: GrantRow, now: datetime) -> Written[Taken]:
    """End the grant, be it that the other use was long ago or in another process just now."""
    actor = Principal(id=f"client:{grant.client}")
    events = revoke_grant(uow, grant, reason="refresh-reused", actor=actor, now=now, reused=True)
    return Written(
        None,
        events,
        refused=TrustError(IdentityCode.OP_GRANT_REUSED, "the refresh token was used before; its grant is revoked"),
    )
