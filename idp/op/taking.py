"""What taking a code, a refresh token or an approved poll is given, and what comes of it.

A taker checks everything before it writes anything, and raises OP_* for what is refused: its unit is shared with others.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from idp.group_commit import Written
from idp.op.asked_scopes import narrowed, narrowed_resources, still_allowed, still_served
from idp.op.client_model import GrantType
from idp.op.grants import bearer_of, issued, new_token_id
from idp.op.handles import HandleKind
from idp.op.proof import require_bound
from trustkit.store import op_grants
from trustkit.store.op_grants import RefreshRow

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from idp.op.client_authentication import Proven
    from idp.op.grants import Liveness
    from idp.op.parameters import Parameters
    from idp.op.proof import ProvenKey
    from idp.op.rules import ProviderRules
    from idp.op.tokens import Bearer
    from trustkit.identity import AcrDemand
    from trustkit.store.op_grants import GrantRow
    from trustkit.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRequest:
    """One request for tokens: what was sent, who sent it, and with which proof of a key."""

    parameters: Parameters
    proven: Proven
    proof: ProvenKey | None
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What a request is answered with once it is committed: for whom the tokens are, and the next refresh token."""

    bearer: Bearer
    refresh_token: str = field(default="", repr=False)
    nonce: str = field(default="", repr=False)
    demands: tuple[AcrDemand, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Taking:
    """What takers need beside the request."""

    rules: ProviderRules
    liveness: Liveness
    handle: Callable[[], str] = field(repr=False)

    def finish(
        self,
        uow: UnitOfWork,
        request: TokenRequest,
        grant: GrantRow,
        *,
        means: GrantType,
        spend: Callable[[], bool],
        spent: Callable[[], Written[Taken]],
        nonce: str = "",
        demands: tuple[AcrDemand, ...] = (),
    ) -> Written[Taken]:
        """Check what is common to all, spend what was handed in, and return what the answer is made of.

        `spent` answers for what another process spent just now: as when it was used before.

        Raises:
            TrustError: OP_GRANT_REFUSED, OP_SCOPE, OP_TARGET, OP_PROOF, before anything is written.
        """
        client, now = request.proven.client, request.now
        standing = self.liveness.require_live(uow, grant, now=now)
        bearer = bearer_of(
            client,
            grant,
            token_id=new_token_id(grant.identifier, self.handle),
            scopes=narrowed(request.parameters, still_allowed(client, grant.scopes.split())),
            resources=narrowed_resources(request.parameters, still_served(client, grant.resources.split())),
            binding=require_bound(request.proven, request.proof, kept=grant.binding),
            standing=standing,
        )
        if not spend():
            return spent()
        if bearer.binding and not grant.binding:
            op_grants.bind(uow, grant.identifier, bearer.binding)
        refresh = ""
        if GrantType.REFRESH in client.registration.grants:
            refresh = self.handle()
            op_grants.add_refresh(uow, self._refresh_row(refresh, grant, now))
        event = issued(bearer, means=means.value, rules=self.rules, now=now)
        return Written(Taken(bearer=bearer, refresh_token=refresh, nonce=nonce, demands=demands), (event,))

    def _refresh_row(self, token: str, grant: GrantRow, now: datetime) -> RefreshRow:
        return RefreshRow(
            token_sm3=HandleKind.REFRESH.digest(token),
            grant_id=grant.identifier,
            created_at=now,
            expires_at=min(now + self.rules.refresh, grant.expires_at),
        )
