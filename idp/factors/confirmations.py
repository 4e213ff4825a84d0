"""Confirmation in an app (the poll mode of CIBA, with number matching): asked on one screen, answered on a telephone that was paired (`idp.factors.apps`).

    asked = confirmations.ask(attempt, wanted_for="签发执照")     # the page shows asked.number
    confirmations.waiting(message, now=now)                      # the app: what waits, without the number
    confirmations.answer(message, now=now)                       # the app: approve with the number, or deny
    proved = confirmations.poll(asked.handle, attempt)           # FACTOR_CONFIRMATION_PENDING until then

Who does not see the page does not know the number, so that somebody who is worn down by requests approves none of a stranger's.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from idp.factors.app_messages import verify_answer, verify_list
from idp.factors.paired import paired_app, proved_by_app
from idp.factors.port import FactorKind, ProvedFactor
from idp.handles import digest_of, fresh_handle, is_handle
from trustkit.audit import trail
from trustkit.audit.events import AuditEvent, EventType, Outcome
from trustkit.errors import TrustError
from trustkit.identity import Principal, fresh_identifier
from trustkit.identity_codes import IdentityCode
from trustkit.store import confirmations as rows
from trustkit.store import factors
from trustkit.store.confirmations import ConfirmationRow, State

if TYPE_CHECKING:
    from collections.abc import Callable

    from idp.factors.app_messages import AppAnswer
    from idp.factors.throttle import Attempt, Throttle
    from trustkit.store.database import Database
    from trustkit.store.factors import FactorRow
    from trustkit.store.unit_of_work import UnitOfWork

LIFE: Final = timedelta(minutes=3)
INTERVAL: Final = timedelta(seconds=2)  # CIBA Core 7.3 has five by default; a page that waits is looked at
MOST_TRIES: Final = 3  # numbers: three of a hundred
_NUMBERS: Final = range(100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A confirmation that was asked for. `handle` polls and stays with the login; `number` goes onto its page, nowhere else."""

    handle: str = field(repr=False)
    number: str = field(repr=False)
    expires_at: datetime
    interval: timedelta = INTERVAL


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A confirmation as the app shows it."""

    id: str
    wanted_for: str
    asked_at: datetime
    expires_at: datetime


class Confirmations:
    """The confirmations of the home's people. Safe in several threads and processes: the store decides."""

    def __init__(
        self,
        database: Database,
        *,
        throttle: Throttle,
        issuer: str,
        token: Callable[[int], str] = secrets.token_urlsafe,
        below: Callable[[int], int] = secrets.randbelow,
    ) -> None:
        """Serve one provider; apps sign for its `issuer`."""
        self._database = database
        self._throttle = throttle
        self._issuer = issuer
        self._token = token
        self._below = below

    def ask(self, attempt: Attempt, *, wanted_for: str) -> Asked:
        """Ask for a confirmation. A name nobody has, or somebody without an app, is asked just so, and never answers.

        `wanted_for` is what the app shows: the service or act, in the person's language; no personal data.

        Raises:
            TrustError: FACTOR_THROTTLED, FACTOR_LOCKED: asking counts as trying, so that nobody is worn down; INPUT_TOO_LARGE.
        """
        self._throttle.admit(attempt, FactorKind.CONFIRMATION)
        handle = fresh_handle(self._token)
        number = f"{self._below(len(_NUMBERS)):02}"
        row = ConfirmationRow(
            id=fresh_identifier("cf"),
            handle_sm3=digest_of(handle),
            person=attempt.person,
            number=number,
            wanted_for=wanted_for,
            created_at=attempt.at,
            expires_at=attempt.at + LIFE,
        )
        with self._database.unit_of_work() as uow:
            rows.add(uow, row)
        return Asked(handle=handle, number=number, expires_at=row.expires_at)

    def waiting(self, message: str, *, now: datetime) -> tuple[Waiting, ...]:
        """Return what waits for the person whose app signed the message, newest first. Raise FACTOR_APP_MESSAGE."""
        with self._database.reading() as unit:
            app = paired_app(unit, message)
            verify_list(message, app.material or b"", sender=app.id, issuer=self._issuer, now=now)
            found = rows.list_pending(unit, app.person, at=now)
        return tuple(
            Waiting(id=row.id, wanted_for=row.wanted_for, asked_at=row.created_at, expires_at=row.expires_at)
            for row in found
        )

    def answer(self, message: str, *, now: datetime) -> None:
        """Take what somebody answered in his app; a third wrong number denies.

        Raises:
            TrustError: FACTOR_APP_MESSAGE; FACTOR_CONFIRMATION_NUMBER; FACTOR_CONFIRMATION_OVER for one that was answered, is over,
                or another person's.
        """
        with self._database.unit_of_work() as uow:
            app = paired_app(uow, message)
            said = verify_answer(message, app.material or b"", sender=app.id, issuer=self._issuer, now=now)
            row = rows.find(uow, said.confirmation)
            if row is None or row.person != app.person:
                raise TrustError(IdentityCode.FACTOR_CONFIRMATION_OVER, "nothing waits for this person by this id")
            right = _decide(uow, row, said, app, now=now)
        if not right:
            raise TrustError(IdentityCode.FACTOR_CONFIRMATION_NUMBER, "the page shows another number")

    def poll(self, handle: str, attempt: Attempt) -> ProvedFactor:
        """Return the proof once it was approved, one time; `attempt` is the one it was asked by, now.

        Raises:
            TrustError: FACTOR_CONFIRMATION_PENDING, FACTOR_CONFIRMATION_SLOWER (within the interval), FACTOR_CONFIRMATION_DENIED,
                FACTOR_CONFIRMATION_OVER (expired, used, of another person, or never asked).
        """
        now, key = attempt.at, digest_of(handle) if is_handle(handle) else ""
        with self._database.unit_of_work() as uow:
            row = rows.find_by_handle(uow, key)
            if row is None or row.person != attempt.person or not row.created_at <= now < row.expires_at:
                raise TrustError(IdentityCode.FACTOR_CONFIRMATION_OVER, "nothing is asked by this handle")
            in_time = rows.poll(uow, key, at=now, not_after=now - INTERVAL)
            used = in_time and row.state is State.APPROVED and rows.use(uow, key)
            standing = used and row.factor is not None and factors.touch(uow, row.factor, at=now)
            if standing:
                self._throttle.clear(uow, self._throttle.admission_of(uow, attempt, FactorKind.CONFIRMATION))
        if not in_time:
            raise TrustError(IdentityCode.FACTOR_CONFIRMATION_SLOWER, "asked again within the interval")
        if row.state is State.PENDING:
            raise TrustError(IdentityCode.FACTOR_CONFIRMATION_PENDING, "not answered yet")
        if row.state is State.DENIED:
            raise TrustError(IdentityCode.FACTOR_CONFIRMATION_DENIED, "denied in the app")
        if not standing or row.person is None or row.factor is None:
            raise TrustError(IdentityCode.FACTOR_CONFIRMATION_OVER, "it was used, or the app was removed")
        return proved_by_app(row.person, row.factor, row.decided_at or now)


def _decide(uow: UnitOfWork, row: ConfirmationRow, said: AppAnswer, app: FactorRow, *, now: datetime) -> bool:
    """Write the answer; tell whether it counts as one: a wrong number does not, and the last that is allowed denies."""
    right = not said.approves or secrets.compare_digest(said.number.encode(), row.number.encode())
    tries = row.tries
    if not right:
        missed = rows.miss(uow, row.id, at=now)
        if missed is None:
            raise TrustError(IdentityCode.FACTOR_CONFIRMATION_OVER, "it was answered, or is over")
        tries = missed
        if missed < MOST_TRIES:
            return False
    state = State.APPROVED if said.approves and right else State.DENIED
    if not rows.decide(uow, row.id, state, factor=app.id, at=now):
        raise TrustError(IdentityCode.FACTOR_CONFIRMATION_OVER, "it was answered, or is over")
    event = AuditEvent(
        type=EventType.CONFIRMATION_ANSWERED,
        at=now,
        actor=Principal(id=app.person),
        object_type="confirmation",
        object_id=row.id,
        outcome=Outcome.SUCCESS if state is State.APPROVED else Outcome.DENIED,
        facts={"decision": state.value, "pseudonym": app.person, "tries": tries},
    )
    trail.record(uow, event)
    return right
