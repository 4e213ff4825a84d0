"""What was handed out and comes back once: an enrolment under way, a challenge. Sealed in the store meanwhile, under its handle's SM3."""

from __future__ import annotations

from typing import TYPE_CHECKING

from idp.handles import digest_of, fresh_handle, is_handle
from trustkit.errors import TrustError
from trustkit.identity_codes import IdentityCode
from trustkit.store import factor_challenges
from trustkit.store.factor_challenges import ChallengeRow

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, timedelta

    from idp.sealing import Sealing
    from trustkit.error_family import Code
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
        over: Code = IdentityCode.FACTOR_ENROLMENT_OVER,
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
        with self._database.unit_of_work() as uow:
            self.keep(uow, handle, kept, person=person, now=now)
        return handle

    def keep(self, uow: UnitOfWork, handle: str, kept: bytes, *, person: str | None, now: datetime) -> None:
        """Keep something under a handle that was handed out for another purpose. Raise STORE_CONFLICT when there is something."""
        key = self._key(handle)
        row = ChallengeRow(
            handle_sm3=key,
            purpose=self._purpose,
            person=person,
            kept=self._sealing.seal(self._purpose, key.encode(), kept),
            created_at=now,
            expires_at=now + self._life,
        )
        factor_challenges.add(uow, row)

    def owner(self, unit: ReadUnit, handle: str, *, now: datetime) -> str | None:
        """Return whose it is. Raise `over` when there is none now."""
        return self._find(unit, handle, now).person

    def look(self, unit: ReadUnit, handle: str, *, person: str | None, now: datetime) -> bytes:
        """Return what was kept, which stays. Raise `over` when there is none for this person now."""
        row = self._find(unit, handle, now)
        if row.person != person:
            raise TrustError(self._over, "nothing is under way by this handle")
        return self._sealing.open(self._purpose, row.handle_sm3.encode(), row.kept)

    def take(self, uow: UnitOfWork, handle: str) -> None:
        """Take it for good. Raise `over` when somebody was faster."""
        if not factor_challenges.take(uow, self._key(handle)):
            raise TrustError(self._over, "it was taken at the same time")

    def _find(self, unit: ReadUnit, handle: str, now: datetime) -> ChallengeRow:
        row = factor_challenges.find(unit, self._key(handle)) if is_handle(handle) else None
        if row is None or row.purpose != self._purpose or not row.created_at <= now < row.expires_at:
            raise TrustError(self._over, "nothing is under way by this handle")
        return row

    def _key(self, handle: str) -> str:
        """Return what the store knows it by: one handle stands for one thing of each purpose."""
        return digest_of(f"{self._purpose} {handle}")
