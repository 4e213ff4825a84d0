"""What was handed out and comes back once: an enrolment under way, a challenge. Sealed in the store meanwhile, under its handle's SM3."""

from __future__ import annotations

from typing import TYPE_CHECKING

from idp.handles import digest_of, fresh_handle, is_handle
from trustkit.errors import ErrorCode, TrustError
from trustkit.store import factor_challenges
from trustkit.store.factor_challenges import ChallengeRow

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, timedelta

    from idp.sealing import Sealing
    from trustkit.store.database import Database
    from trustkit.store.unit_of_work import ReadUnit, UnitOfWork


class Handed:
    """What was handed out for one purpose and comes back once, sealed in the store meanwhile."""

    def __init__(
        self,
        database: Database,
        sealing: Sealing,
        *,
        purpose: str,
        life: timedelta,
        token: Callable[[int], str],
        over: ErrorCode = ErrorCode.FACTOR_ENROLMENT_OVER,
    ) -> None:
        """Serve one purpose; `over` is what is raised for what is not there, or not any more."""
        self._database = database
        self._sealing = sealing
        self._purpose = purpose
        self._life = life
        self._token = token
        self._over = over

    def hand_out(self, kept: bytes, *, person: str | None, now: datetime) -> str:
        """Keep something for a person, or for anybody, and return its handle."""
        handle = fresh_handle(self._token)
        key = digest_of(handle)
        row = ChallengeRow(
            handle_sm3=key,
            purpose=self._purpose,
            person=person,
            kept=self._sealing.seal(self._purpose, key.encode(), kept),
            created_at=now,
            expires_at=now + self._life,
        )
        with self._database.unit_of_work() as uow:
            factor_challenges.add(uow, row)
        return handle

    def look(self, unit: ReadUnit, handle: str, *, person: str | None, now: datetime) -> bytes:
        """Return what was kept, which stays. Raise `over` when there is none for this person now."""
        key = digest_of(handle) if is_handle(handle) else ""
        row = factor_challenges.find(unit, key)
        if (
            row is None
            or row.purpose != self._purpose
            or row.person != person
            or not row.created_at <= now < row.expires_at
        ):
            raise TrustError(self._over, "nothing is under way by this handle")
        return self._sealing.open(self._purpose, key.encode(), row.kept)

    def take(self, uow: UnitOfWork, handle: str) -> None:
        """Take it for good. Raise `over` when somebody was faster."""
        if not factor_challenges.take(uow, digest_of(handle)):
            raise TrustError(self._over, "it was taken at the same time")
