"""Telling clients that a session ended (OpenID Connect Back-Channel Logout 1.0, 2.5): kept in the store until told, or given up.

A client that does not answer is tried again after ever longer times, `ATTEMPTS` times in all; that it was told or given up is in the trail.
A process takes a row by moving its time on, so two never tell at once, and one that dies leaves it to the next.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Protocol

from idp.op.clients import live_client
from trustkit.audit import trail
from trustkit.audit.events import AuditEvent, EventType, Outcome
from trustkit.errors import TrustError
from trustkit.identity import SYSTEM
from trustkit.store import op_logouts

if TYPE_CHECKING:
    from idp.op.client_model import Client
    from idp.op.tokens import TokenMaker
    from trustkit.clock import Clock
    from trustkit.store.database import Database
    from trustkit.store.op_logouts import LogoutRow

WAITS: Final = tuple(timedelta(seconds=seconds) for seconds in (15, 60, 300, 1800, 7200, 21600))
ATTEMPTS: Final = len(WAITS)
PAGE: Final = 50


class Teller(Protocol):
    """Posts a form to a client; what goes over the network stands in `trustkit.app`."""

    def tell(self, url: str, logout_token: str) -> int:
        """Return the HTTP status of the client's answer. Raise OP_LOGOUT when there was none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogoutOutbox:
    """Works off what clients are to be told."""

    database: Database
    clock: Clock
    tokens: TokenMaker
    teller: Teller

    def work(self) -> int:
        """Tell what is due, once; return how many were told. Raise what the store raises."""
        with self.database.reading() as unit:
            due = op_logouts.list_due(unit, now=self.clock.now(), limit=PAGE)
        return sum(self._one(row) for row in due)

    def _one(self, row: LogoutRow) -> bool:
        now = self.clock.now()
        with self.database.unit_of_work() as uow:
            if not op_logouts.take(uow, row, due_at=now + WAITS[min(row.attempts, ATTEMPTS - 1)]):
                return False  # another process has it
            client = live_client(uow, row.client)
        told = client is not None and self._tell(client, row)
        if told or client is None or row.attempts + 1 >= ATTEMPTS:
            self._close(row, told=told)
        return told

    def _tell(self, client: Client, row: LogoutRow) -> bool:
        token_id = f"{row.identifier}.{row.attempts}"
        token = self.tokens.logout_token(
            client, person=row.person, session=row.session, token_id=token_id, now=self.clock.now()
        )
        try:
            status = self.teller.tell(client.registration.backchannel_uri, token)
        except TrustError:
            return False
        return status in {200, 204}  # 2.8; 204 as some frameworks have it

    def _close(self, row: LogoutRow, *, told: bool) -> None:
        event = AuditEvent(
            type=EventType.OP_LOGOUT_TOLD,
            at=self.clock.now(),
            actor=SYSTEM,
            object_type="session",
            object_id=row.session,
            outcome=Outcome.SUCCESS if told else Outcome.FAILURE,
            facts={"attempts": row.attempts + 1, "client": row.client},
        )
        with self.database.unit_of_work() as uow:
            if op_logouts.close(uow, row.identifier, state="told" if told else "given-up"):
                trail.record(uow, event)
