"""Logouts that a provider tells of by the back channel (OpenID Connect Back-Channel Logout 1.0, 2.5 to 2.8): what came of its session ends.

    await logouts.take("keycloak", logout_token, address="192.0.2.1")

Sessions are found by the provider's `sid` where the token has one, of its `sub` alone where it has that as well; by its `sub` alone every
session of that person which the provider began or raised. One that a provider only raised ends whole: it does not fall back (ADR 0044). Of who took the
link away since, the `sid` still finds what came of it. Logins under way that came of it are forgotten, and who was on his way back from the provider
is not let in (`idp.login_brokered`): the logout is remembered for as long as he could come. That nobody was signed in is
no fault. A token is taken once: who caught one ends nothing that began since.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from starlette.concurrency import run_in_threadpool

from idp.connector_refusals import ConnectorRefusals
from idp.connectors.answers import refusal
from idp.connectors.port import TellsLogouts
from idp.evidence import BrokeredIdentity
from idp.grounds import parse_grounds
from idp.login_brokered import LIFETIME
from idp.upstream_session import logout_turn, told_marks, upstream_of
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.errors import TrustError
from trustkit.identity import Principal
from trustkit.store import idp_logins, idp_sessions, op_once, upstream_logouts
from trustkit.store.sequences import next_value

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from idp.connectors.port import Connector, UpstreamLogout
    from idp.factors.throttle import Throttle
    from idp.sealing import Sealing
    from idp.sessions import Sessions
    from idp.subject.links import Links
    from trustkit.clock import Clock
    from trustkit.store.database import Database
    from trustkit.store.idp_sessions import SessionRow
    from trustkit.store.unit_of_work import UnitOfWork

REASON: Final = "upstream-logout"
_CONTEXT: Final = "trustkit idp upstream logout v1"
_APART: Final = "upstream-logout"
_NO_NAME: Final = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamLogouts:
    """Takes logouts of the home's connectors."""

    database: Database
    clock: Clock
    sealing: Sealing = field(repr=False)
    sessions: Sessions
    links: Links
    connectors: Mapping[str, Connector]
    throttle: Throttle

    async def take(self, name: str, token: str, *, address: str) -> int:
        """End what came of the session a logout token tells of; return how many sessions that were.

        Raises:
            TrustError: IDP_UPSTREAM_ANSWER with the rule that was broken: ``connector`` (none that tells of logouts), ``replay``, and those of
                `OpenIdConnector.logged_out`; IDP_UPSTREAM_UNREACHABLE, IDP_UPSTREAM_REFUSED.
        """
        try:
            told = await self._teller(name).logged_out(token, now=self.clock.now())
            return await run_in_threadpool(self._end, name, told)
        except TrustError as error:
            await run_in_threadpool(self._record, name if name in self.connectors else _NO_NAME, address, error)
            raise

    def _teller(self, name: str) -> TellsLogouts:
        connector: object = self.connectors.get(name)
        if not isinstance(connector, TellsLogouts):
            raise refusal("no connector of this name tells of logouts", "connector")
        return connector

    def _end(self, name: str, told: UpstreamLogout) -> int:
        now, actor = self.clock.now(), Principal(id=f"connector:{name}")
        seen = digest(DigestAlgorithm.SM3, f"{_CONTEXT}\n{name}\n{told.token_id}".encode()).hex()
        with self.database.unit_of_work() as uow:
            next_value(uow, logout_turn(name))  # who comes back from the provider meanwhile is seen here, or sees this
            if not op_once.see(uow, seen, expires_at=told.until):
                raise refusal("logout token: used before", "replay")
            marks = told_marks(self.sealing, name, subject=told.subject, session=told.session)
            upstream_logouts.note(uow, marks, at=now, expires_at=now + LIFETIME)
            found = {row.id for row in self._found(uow, name, told, now)}
            for session in found:
                if self.sessions.find(uow, session, now=now) is not None:
                    self.sessions.end(uow, session, reason=REASON, now=now, actor=actor)
        return len(found)

    def _found(self, uow: UnitOfWork, name: str, told: UpstreamLogout, now: datetime) -> Iterable[SessionRow]:
        """Return the sessions, and forget the logins under way."""
        person = self._person(uow, name, told.subject)
        if told.session:
            upstream = upstream_of(self.sealing, name, told.session)
            idp_logins.remove_upstream(uow, upstream)
            rows = idp_sessions.list_upstream(uow, upstream, now=now)
            yield from (row for row in rows if self._may_be(uow, row, name, told.subject, person))
        if person is not None:
            idp_logins.remove_of(uow, person, name)
            mark = upstream_of(self.sealing, name, "")
            rows = idp_sessions.list_open(uow, person, now=now)
            yield from (row for row in rows if _came_of(row, name, mark, named=bool(told.session)))

    def _may_be(self, uow: UnitOfWork, row: SessionRow, name: str, subject: str, person: str | None) -> bool:
        """Tell whether a session is the subject's; nobody's subject may be that of who took his link away meanwhile."""
        if not subject or person is not None:
            return person in {None, row.person}
        return all(each.provider != name for each in self.links.listed(uow, row.person))

    def _person(self, uow: UnitOfWork, name: str, subject: str) -> str | None:
        if not subject:
            return None
        who = BrokeredIdentity(provider=name, subject=subject, evidence=(), authenticated_at=None)
        return self.links.find(uow, who)

    def _record(self, name: str, address: str, error: TrustError) -> None:
        told = ConnectorRefusals(database=self.database, throttle=self.throttle, stage="logout", apart=_APART)
        told.tell(name, error, address=address, now=self.clock.now())


def _came_of(row: SessionRow, name: str, mark: str, *, named: bool) -> bool:
    """Tell whether a provider began or raised a session; with `named` only one whose mark names no session of that provider."""
    grounds = parse_grounds(row.grounds)
    marks = {each for each in (row.upstream, *grounds.upstreams) if each.startswith(mark)}
    if marks:
        return not named or marks == {mark}
    return row.provider == name or any(each.source == name for each in grounds.evidence)
