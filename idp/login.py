"""Signing in with one's own factors, step by step: each step is proved, judged with all before it, and written.

    login = Login(database=…, clock=…, desk=desk, people=people)
    login.look(at)                                             # what to show; satisfied already, it goes on
    await step.prove(at, password, login_name="li.hua")        # `idp.login_password`
    login.prove(at, FactorKind.TOTP, "123456")                 # Outcome: DONE, and a new session's secret

A name nobody has, somebody locked out and a wrong password are one answer that takes one time, and are counted alike (`idp.factors.throttle`).
Nothing is proved without the token of a form this browser was given. A step that the login does not wait for is refused before its
factor is looked at.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from idp.csrf import require_csrf
from idp.factors.port import FactorKind
from idp.factors.throttle import Attempt
from idp.grounds import Grounds
from idp.login_progress import FORM, require_leads_on
from idp.login_view import Outcome
from idp.people import compared_login_name
from idp.stepup import Satisfied
from trustkit.audit import trail
from trustkit.audit.events import AuditEvent, EventType
from trustkit.audit.events import Outcome as Ended
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity import ANONYMOUS
from trustkit.identity_codes import IdentityCode
from trustkit.store import people as rows

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from idp.factors.port import ProvedFactor, Then
    from idp.login_progress import LoginDesk, Progress
    from idp.login_view import At, LoginView
    from idp.people import People
    from trustkit.clock import Clock
    from trustkit.encoding.canonical_json import JsonValue
    from trustkit.store.database import Database
    from trustkit.store.unit_of_work import ReadUnit, UnitOfWork

MAX_TEXT: Final = 1024  # characters of what is typed
MAX_PASSKEY: Final = 16 * 1024  # octets of an authenticator's answer
_NOBODY: Final = "nobody"
# What a step at the beginning may be refused for without saying whether there is such a person.
_UNTOLD: Final = frozenset({IdentityCode.FACTOR_REFUSED, IdentityCode.FACTOR_CODE_FORM, IdentityCode.IDP_LOGIN_REFUSED})
# What is counted elsewhere, or was refused before it was counted: the trail would be told by whoever likes, as often as he likes.
_UNRECORDED: Final = frozenset(
    {
        IdentityCode.FACTOR_THROTTLED,
        IdentityCode.FACTOR_LOCKED,
        IdentityCode.FACTOR_CODE_FORM,
        IdentityCode.FACTOR_CONFIRMATION_OVER,
        IdentityCode.FACTOR_CONFIRMATION_PENDING,
        IdentityCode.FACTOR_CONFIRMATION_SLOWER,
        ErrorCode.REQUEST_BUSY,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """Logins by one's own factors at one home. Safe in several threads; each step takes the time of its factor."""

    database: Database
    clock: Clock
    desk: LoginDesk
    people: People

    def look(self, at: At) -> Outcome:
        """Return what is to be shown; a session that is enough by now satisfies the interaction. Raise IDP_INTERACTION."""
        now = self.clock.now()
        with self.database.reading() as unit:
            progress = self.desk.load(unit, at, now=now)
            decision = self.desk.decide(unit, progress, now=now)
        session, sessions = progress.session, self.desk.sessions
        if session is not None and (isinstance(decision, Satisfied) or sessions.is_stale(session, now)):
            with self.database.unit_of_work() as uow:
                sessions.touch(uow, session, now=now)
                if isinstance(decision, Satisfied):
                    self.desk.interactions.satisfy(uow, progress.interaction, session, now=now)
        return Outcome(view=self.desk.view(progress, decision, at.browser or ""))

    def first(self, uow: UnitOfWork, at: At, *, now: datetime) -> LoginView:
        """Return what is to be shown of an interaction that was opened in this unit, to a browser that brought no session."""
        progress = self.desk.load(uow, at, now=now)
        return self.desk.view(progress, self.desk.decide(uow, progress, now=now), at.browser or "")

    def prove(self, at: At, kind: FactorKind, text: str, *, login_name: str = "") -> Outcome:
        """Return what became of a step by a text somebody typed who is known; a login name begins anew, with nobody known.

        Raises:
            TrustError: IDP_INTERACTION, IDP_FORGED, IDP_LOGIN_STEP, IDP_LOGIN_IMPOSSIBLE; IDP_LOGIN_REFUSED; FACTOR_REFUSED, FACTOR_CODE_FORM of a further
                step; FACTOR_THROTTLED, FACTOR_LOCKED; IDP_LOGIN_OTHER; REQUEST_BUSY.
        """
        factor = self.desk.means.codes.get(kind)
        if factor is None or len(text) > MAX_TEXT:
            raise TrustError(IdentityCode.IDP_LOGIN_STEP, "no such step")
        now = self.clock.now()
        with self.database.reading() as unit:
            progress = self.admitted(unit, at, kind, begins=bool(login_name), now=now)
            attempt = self.attempt(unit, at, progress, login_name, now)
        if progress.person is None:
            raise TrustError(IdentityCode.IDP_LOGIN_STEP, "whose it is has to be known first")
        return self.taken(at, progress, kind, attempt, lambda then: factor.prove(attempt, text, then=then))

    def passkey_options(self, at: At) -> Mapping[str, JsonValue]:
        """Return what the browser's authenticator is asked: the person's passkeys, or anybody's while nobody is known.

        Raises:
            TrustError: IDP_INTERACTION; IDP_LOGIN_STEP when no passkey leads on, IDP_LOGIN_IMPOSSIBLE when nothing does.
        """
        passkeys = self.desk.means.passkeys
        now = self.clock.now()
        with self.database.reading() as unit:
            progress = self.desk.load(unit, at, now=now)
            decision = self.desk.decide(unit, progress, now=now)
        require_leads_on(decision, FactorKind.PASSKEY)
        if passkeys is None:
            raise TrustError(IdentityCode.IDP_LOGIN_STEP, "no passkeys here")
        alone = progress.person is None
        return passkeys.ask(progress.person, bound_to=at.interaction, now=now, alone=alone)

    def passkey(self, at: At, answer: str) -> Outcome:
        """Return what became of a step by a passkey, counted by its address alone. Raise as `prove`, and FACTOR_PASSKEY_*."""
        passkeys = self.desk.means.passkeys
        body = answer.encode("utf-8", "surrogatepass")
        if passkeys is None or len(body) > MAX_PASSKEY:
            raise TrustError(IdentityCode.IDP_LOGIN_STEP, "no such step")
        now = self.clock.now()
        with self.database.reading() as unit:
            progress = self.admitted(unit, at, FactorKind.PASSKEY, begins=False, now=now)
        attempt = Attempt(person=progress.person, address=at.address, at=now)
        prove = self.after(lambda: passkeys.prove(attempt, body, bound_to=at.interaction))
        return self.taken(at, progress, FactorKind.PASSKEY, attempt, prove)

    def after(self, prove: Callable[[], ProvedFactor]) -> Callable[[Then], ProvedFactor]:
        """Return a proof that is written by itself, with the step it leads to in a unit after it."""

        def proved_then(then: Then) -> ProvedFactor:
            proved = prove()
            with self.database.unit_of_work() as uow:
                then(uow, proved)
            return proved

        return proved_then

    def admitted(self, unit: ReadUnit, at: At, kind: FactorKind, *, begins: bool, now: datetime) -> Progress:
        """Return the login a step belongs to, when it waits for it. Raise IDP_INTERACTION, IDP_FORGED, IDP_LOGIN_STEP, IDP_LOGIN_IMPOSSIBLE."""
        progress = self.desk.load(unit, at, now=now)
        require_csrf(self.desk.sealing, at.browser, at.form, FORM, progress.interaction.id)
        if begins:
            progress = progress.over()
        require_leads_on(self.desk.decide(unit, progress, now=now), kind)
        return progress

    def attempt(self, unit: ReadUnit, at: At, progress: Progress, login_name: str, now: datetime) -> Attempt:
        """Return whose try a step is: of who is known, else of who has the name that was typed."""
        if progress.person is not None:
            return Attempt(person=progress.person, address=at.address, at=now)
        found = self.people.find(unit, login_name)
        name = (
            compared_login_name(login_name) if found is None else ""
        )  # one name in all its spellings, as somebody's is
        return Attempt(person=None if found is None else found.id, name=name, address=at.address, at=now)

    def taken(
        self, at: At, progress: Progress, kind: FactorKind, attempt: Attempt, prove: Callable[[Then], ProvedFactor]
    ) -> Outcome:
        """Return what became of a proof; a refusal is told in the trail, and at a beginning says nothing of whom it was of."""
        outcome: list[Outcome] = []

        def then(uow: UnitOfWork, proved: ProvedFactor) -> None:
            outcome.append(self.advanced(uow, at, progress, proved, now=attempt.at))

        try:
            prove(then)
        except TrustError as error:
            if (event := refusal_event(progress, attempt, kind, error)) is not None:
                with self.database.unit_of_work() as uow:
                    trail.record(uow, event)
            raise untold(progress, error) from None
        return outcome[0]

    def advanced(self, uow: UnitOfWork, at: At, progress: Progress, proved: ProvedFactor, *, now: datetime) -> Outcome:
        """Write a proof's step in the proof's unit. Raise IDP_LOGIN_REFUSED for who is locked out, and as `LoginDesk.advance`."""
        if rows.get(uow, proved.person).locked_at is not None:
            raise TrustError(IdentityCode.IDP_LOGIN_REFUSED, "locked out")
        step = progress.with_(Grounds(factors=(proved,)), person=proved.person)
        return self.desk.advance(uow, at, step, now=now)


def untold(progress: Progress, error: TrustError) -> TrustError:
    """Return what a step is refused with: at a beginning the same whoever it was of, and whatever was wrong."""
    if progress.person is None and error.code in _UNTOLD:
        return TrustError(IdentityCode.IDP_LOGIN_REFUSED, "refused")
    return error


def refusal_event(progress: Progress, attempt: Attempt, kind: FactorKind, error: TrustError) -> AuditEvent | None:
    """Return what the trail is told of a step that was refused, None for what is counted elsewhere or was before it was counted."""
    if error.code in _UNRECORDED:
        return None
    return AuditEvent(
        type=EventType.LOGIN_REFUSED,
        at=attempt.at,
        actor=ANONYMOUS,
        object_type="person",
        object_id=attempt.person or _NOBODY,
        outcome=Ended.DENIED,
        reason=error.code.value,
        facts={"means": kind.value, "stage": "start" if progress.person is None else "step"},
    )
