"""What clients can do in a person's name now: shown on his page, ended there one way of access at a time.

    own = OwnGrants(liveness=…)
    own.list_of(unit, person, language="zh", now=now)
    own.end(uow, person, "og-…", now=now)          # it, and what is the same to him: client, organisation, absence

A client makes a grant at every login; to its owner those of one client, for one he acts for, with or without his presence, are one.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime  # noqa: TC003 - a field type of a public dataclass
from typing import TYPE_CHECKING, Final

from idp.op.client_model import OFFLINE
from idp.op.clients import live_client
from idp.op.grants import revoke_grant
from trustkit.audit import trail
from trustkit.errors import TrustError
from trustkit.identity import Principal
from trustkit.identity_codes import IdentityCode
from trustkit.store import op_grants

if TYPE_CHECKING:
    from idp.op.grants import Liveness
    from idp.subject.mandates import ActingFor
    from trustkit.store.op_grants import GrantRow
    from trustkit.store.unit_of_work import ReadUnit, UnitOfWork

REASON: Final = "owner"


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnGrant:
    """One way a client has of acting for a person.

    Attributes:
        id: a grant that names it; `since` is the oldest's time, `until` the newest's.
        offline: it goes on when the person is signed out.
    """

    id: str
    client: str
    title: str
    scopes: tuple[str, ...]
    since: datetime
    until: datetime
    acting: ActingFor | None = field(default=None, repr=False)
    offline: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnGrants:
    """The grants of people, as they see them. Methods work in the unit they are given and tell the trail in it."""

    liveness: Liveness

    def list_of(self, unit: ReadUnit, person: str, *, language: str, now: datetime) -> tuple[OwnGrant, ...]:
        """List what is good now, by clients' titles."""
        found: dict[tuple[str, str | None, bool], OwnGrant] = {}
        for row in op_grants.list_kinds(unit, person, now=now):
            try:
                standing = self.liveness.require_live(unit, row, now=now)
            except TrustError as error:
                if error.code is not IdentityCode.OP_GRANT_REFUSED:
                    raise
                continue  # its session or its mandate ended: it is good for nothing
            key, scopes = _same(row), tuple(row.scopes.split())
            earlier = found.get(key)
            if earlier is not None:
                merged = tuple(dict.fromkeys((*earlier.scopes, *scopes)))
                found[key] = replace(earlier, scopes=merged, until=max(earlier.until, row.expires_at))
                continue
            client = live_client(unit, row.client)
            found[key] = OwnGrant(
                id=row.identifier,
                client=row.client,
                title=row.client if client is None else client.title(language),
                scopes=scopes,
                since=row.created_at,
                until=row.expires_at,
                acting=standing.acting_for,
                offline=key[2],
            )
        return tuple(sorted(found.values(), key=lambda each: (each.title, each.since)))

    def end(self, uow: UnitOfWork, person: str, grant: str, *, now: datetime) -> None:
        """End a grant of a person with those that are the same to him, and all tokens of them. Raise OP_GRANT_MISSING."""
        row = op_grants.find(uow, grant)
        if row is None or row.person != person or row.revoked_at is not None:
            raise TrustError(IdentityCode.OP_GRANT_MISSING, "the person has no such grant")
        actor = Principal(id=person)
        for each in op_grants.each_of_person(uow, person, row.client):
            if _same(each) == _same(row):
                trail.record_many(uow, revoke_grant(uow, each, reason=REASON, actor=actor, now=now))


def _same(row: GrantRow) -> tuple[str, str | None, bool]:
    return row.client, row.mandate, OFFLINE in row.scopes.split()
