"""What clients ask a person behind his back (CIBA), answered in an app he paired (`idp.factors.apps`).

    waiting = requests.waiting(message, now=now)          # who asks, for what, with which message; whether the app proves enough
    requests.answer(message, now=now)                     # yes to what the answer repeats, or no

A yes is signed with the app's key over what it showed, so that it is no yes to anything else. It signs the person in by the app alone:
one factor that is held, in a session no browser has. It ends as any session of his, and with the app. A client that needs more is
answered on the person's page.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from idp.factors.app_messages import verify_list, verify_request_answer
from idp.factors.paired import paired_app, proved_by_app
from idp.grounds import Grounds
from idp.login_confirmation import WAY
from idp.sessions import WhoSignedIn
from idp.stepup import Reached
from trustkit.errors import TrustError
from trustkit.identity_codes import IdentityCode
from trustkit.store import factors

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from idp.factors.app_messages import AppRequestAnswer
    from idp.op.backchannel import BackchannelDesk, BackchannelQuestion
    from idp.sessions import Sessions
    from idp.subject.mandates import ActingFor
    from trustkit.store.database import Database
    from trustkit.store.factors import FactorRow
    from trustkit.store.unit_of_work import ReadUnit, UnitOfWork
    from trustkit.web.rates import RateLimiter

BY_APP: Final = WAY  # the provider of the sessions
APP_PER_MINUTE: Final = 40  # messages of one app, four at once: it asks every five seconds, and answers between


class MandateChoices(Protocol):
    """For whom people could act (`idp.subject.mandates.Mandates`)."""

    def choices(self, unit: ReadUnit, person: str, *, now: datetime) -> Iterable[ActingFor]:
        """List for whom a person could act now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AppRequest:
    """A client's request as the app shows it; `enough` when the app proves enough to allow it."""

    question: BackchannelQuestion
    enough: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AppWaiting:
    """What waits for an app's person, newest first, and for whom he could act."""

    requests: tuple[AppRequest, ...]
    acting: tuple[ActingFor, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AppRequests:
    """Clients' requests in the apps of one home. `asked` counts how often each app asks and answers."""

    database: Database
    desk: BackchannelDesk
    sessions: Sessions
    mandates: MandateChoices
    issuer: str
    asked: RateLimiter

    def waiting(self, message: str, *, now: datetime) -> AppWaiting:
        """Return what waits for the person whose app signed the message. Raise FACTOR_APP_MESSAGE, REQUEST_RATE."""
        with self.database.reading() as unit:
            app = paired_app(unit, message)
            verify_list(message, app.material or b"", sender=app.id, issuer=self.issuer, now=now)
            self.asked.spend(app.id)
            found = self.desk.waiting(unit, app.person, now=now)
            acting = tuple(self.mandates.choices(unit, app.person, now=now))
        worth = self.sessions.levels.of((), (proved_by_app(app.person, app.id, now),), now)
        reached = Reached(level=worth.level, methods=worth.methods, authenticated_at=worth.authenticated_at)
        return AppWaiting(
            requests=tuple(AppRequest(question=each, enough=each.need.is_met_by(reached, now)) for each in found),
            acting=acting,
        )

    def answer(self, message: str, *, now: datetime) -> None:
        """Take what somebody answered in his app, once; a yes signs him in for this request, and makes the grant.

        Raises:
            TrustError: FACTOR_APP_MESSAGE; REQUEST_RATE; OP_REQUEST_OVER for one that was answered, is over, or another person's;
                FACTOR_APP_REQUEST when the yes repeats something else; OP_LEVEL_UNMET; IDP_LOGIN_REFUSED (he is locked out), IDP_MANDATE_*.
        """
        with self.database.unit_of_work() as uow:
            app = paired_app(uow, message)
            said = verify_request_answer(message, app.material or b"", sender=app.id, issuer=self.issuer, now=now)
            self.asked.spend(app.id)
            question = self.desk.question(uow, app.person, said.request, now=now)
            if not factors.touch(uow, app.id, at=now):  # whoever removes it takes a turn, before or after
                raise TrustError(IdentityCode.FACTOR_APP_MESSAGE, "the app was removed")
            if said.approves:
                self._allow(uow, app, said, question, now)
            else:
                self.desk.refuse(uow, app.person, said.request, now=now, app=app.id)

    def _allow(
        self, uow: UnitOfWork, app: FactorRow, said: AppRequestAnswer, question: BackchannelQuestion, now: datetime
    ) -> None:
        if (said.client, said.scope, said.message) != (question.client, " ".join(question.scopes), question.message):
            raise TrustError(IdentityCode.FACTOR_APP_REQUEST, "the answer is to another client, scope or message")
        who = WhoSignedIn(
            person=app.person,
            grounds=Grounds(factors=(proved_by_app(app.person, app.id, now),)),
            provider=BY_APP,
            mandate=said.mandate,
        )
        session = self.sessions.begin(uow, who, now=now).session  # nobody is given its secret
        self.desk.allow(uow, session, said.request, now=now, app=app.id)
