"""A step by password as a service takes it: what the store does for it is done for many at once, and only the hash takes a thread.

    step = PasswordStep(login=login, passwords=passwords, writer=writer, room=room)
    outcome = await step.prove(at, password, login_name="li.hua")

The try is admitted and counted, and committed; judged; written with what it leads to. Between them nothing is held. With a login name it is
a beginning, whoever was known before.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from idp.factors.port import FactorKind
from idp.group_commit import Written, checked
from idp.login import MAX_TEXT, refusal_event, untold
from trustkit.errors import TrustError
from trustkit.identity_codes import IdentityCode

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from idp.factors.passwords import JudgedPassword, Passwords, TriedPassword
    from idp.factors.throttle import Attempt
    from idp.group_commit import GroupWriter
    from idp.login import Login
    from idp.login_progress import Progress
    from idp.login_view import At, Outcome
    from idp.password_room import PasswordRoom
    from trustkit.store.unit_of_work import UnitOfWork


_WAITING: Final = frozenset({IdentityCode.FACTOR_THROTTLED, IdentityCode.FACTOR_LOCKED})


@dataclass(frozen=True, slots=True)
class _Begun:
    progress: Progress
    attempt: Attempt
    tried: TriedPassword


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordStep:
    """Steps by password of one process, for its one event loop."""

    login: Login
    passwords: Passwords
    writer: GroupWriter
    room: PasswordRoom

    async def prove(self, at: At, text: str, *, login_name: str = "") -> Outcome:
        """Return what became of a step; it is finished also for who goes away meanwhile.

        Raises:
            TrustError: IDP_INTERACTION, IDP_FORGED, IDP_LOGIN_STEP, IDP_LOGIN_IMPOSSIBLE; IDP_LOGIN_REFUSED of a beginning, FACTOR_REFUSED of
                a further step; FACTOR_THROTTLED, FACTOR_LOCKED; IDP_LOGIN_OTHER; REQUEST_BUSY.
        """
        if len(text) > MAX_TEXT or not self.login.desk.means.passwords:
            raise TrustError(IdentityCode.IDP_LOGIN_STEP, "no such step")
        return await self.room.admitted(lambda: self._prove(at, text, login_name))

    @contextmanager
    def running(self) -> Iterator[None]:
        """Take steps for as long as the block lasts; what was begun is finished."""
        try:
            with self.room.running():
                yield
        finally:
            self.writer.close()

    async def _prove(self, at: At, text: str, login_name: str) -> Outcome:
        now = self.login.clock.now()
        begun = await self.writer.write(lambda uow: self._begin(uow, at, login_name, now))
        try:
            judged = await self.room.thread(lambda: self.passwords.judge(begun.tried, text))
            return await self.writer.write(lambda uow: self._end(uow, at, begun, judged))
        except TrustError as error:
            event = refusal_event(begun.progress, begun.attempt, FactorKind.PASSWORD, error)
            if event is not None:
                await self.writer.write(lambda _: Written(None, (event,)))
            raise untold(begun.progress, error) from None

    def _begin(self, uow: UnitOfWork, at: At, login_name: str, now: datetime) -> Written[_Begun]:
        def look(unit: UnitOfWork) -> Written[tuple[Progress, Attempt]]:
            progress = self.login.admitted(unit, at, FactorKind.PASSWORD, begins=bool(login_name), now=now)
            return Written((progress, self.login.attempt(unit, at, progress, login_name, now)))

        found = checked(look)(uow)
        if found.value is None:
            return Written(None, refused=found.refused)
        progress, attempt = found.value
        try:
            self.passwords.require_open(uow, attempt)
        except TrustError as error:
            if error.code not in _WAITING:
                raise  # the store's: the unit is lost
            return Written(None, refused=error)  # and undoes nothing of those who are written with him
        return Written(_Begun(progress, attempt, self.passwords.admit(uow, attempt)))

    def _end(self, uow: UnitOfWork, at: At, begun: _Begun, judged: JudgedPassword) -> Written[Outcome]:
        self.passwords.accept(uow, judged)
        return Written(self.login.advanced(uow, at, begun.progress, judged.proved, now=begun.attempt.at))
