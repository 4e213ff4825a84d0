"""A login under way as it is judged: what was shown in it, on top of the session it builds on. One step at a time is written.

What is judged is always the whole: grounds of the session, of the login so far, and of the step (`idp.levels`, then `idp.stepup`). A
login that builds on a session starts over when that session is no more, or another one is at the browser.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from idp.csrf import csrf_token
from idp.grounds import Grounds, encode_grounds, parse_grounds
from idp.handles import digest_of
from idp.login_view import At, ConnectorChoice, LoginStage, LoginView, Outcome
from idp.sessions import WhoSignedIn
from idp.stepup import Impossible, Need, Reached, Satisfied, Step, decide, first_demand, shortfall
from idp.upstream_session import kept_upstream
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity import AssuranceLevel
from trustkit.identity_codes import IdentityCode
from trustkit.store import idp_logins
from trustkit.store.idp_logins import LoginRow

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from idp.factors.port import FactorKind
    from idp.interaction import Interaction
    from idp.interactions import Interactions
    from idp.login_means import LoginMeans
    from idp.sealing import Sealing
    from idp.session_model import Session
    from idp.sessions import Sessions
    from idp.stepup import Decision
    from trustkit.store.unit_of_work import ReadUnit, UnitOfWork

FORM: Final = "login"
MOST_TRIES: Final = 100  # steps of one login: a person needs a few
_AT_LEAST: Final = AssuranceLevel(authentication=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """A login as it stands; `person` is None while nobody is known, `session` what it builds on."""

    interaction: Interaction
    row: LoginRow
    session: Session | None
    base: Grounds = field(repr=False)
    shown: Grounds = field(repr=False)

    @property
    def person(self) -> str | None:
        """Who it is, by what was shown or by the session."""
        if self.row.person is not None:
            return self.row.person
        return None if self.session is None else self.session.person

    def over(self) -> Progress:
        """Return the login begun again by somebody else: nothing of the session or of what was shown counts."""
        row = replace(self.row, person=None, session=None, provider="", upstream="")
        return replace(self, row=row, session=None, base=Grounds(), shown=Grounds())

    def with_(self, more: Grounds, *, person: str, provider: str = "", upstream: str = "") -> Progress:
        """Return the login with what a step showed of a person; `upstream` is the provider's session it came of.

        Raises:
            TrustError: IDP_LOGIN_OTHER when it is not the person this was begun for or who is known by now.
        """
        for expected in (self.interaction.person, self.person):
            if expected is not None and expected != person:
                raise TrustError(IdentityCode.IDP_LOGIN_OTHER, "another person than this was begun for")
        row = replace(
            self.row,
            person=person,
            provider=provider or self.row.provider,
            upstream=kept_upstream(self.row.upstream, upstream),
        )
        return replace(self, row=row, shown=self.shown.and_(more))


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginDesk:
    """Reads, judges and writes logins; what proves something is `idp.login` and `idp.login_brokered`.

    `on_signed_in` are told of every session that begins, in its unit.
    """

    sealing: Sealing
    sessions: Sessions
    interactions: Interactions
    means: LoginMeans
    on_signed_in: tuple[Callable[[UnitOfWork, At, Session, datetime], None], ...] = ()

    def load(self, unit: ReadUnit, at: At, *, now: datetime) -> Progress:
        """Return the login of a browser. Raise IDP_INTERACTION."""
        interaction = self.interactions.find(unit, at.interaction, browser=at.browser, now=now)
        session = self.sessions.current(unit, at.session, now=now)
        if session is not None and interaction.person not in {None, session.person}:
            session = None  # a step-up of another person's session: he signs in himself
        row = idp_logins.find(unit, digest_of(interaction.id))
        if row is None:
            row = LoginRow(interaction=digest_of(interaction.id), grounds=encode_grounds(Grounds()))
        if row.session is not None and (session is None or row.session != session.id):
            row = replace(row, person=None, session=None, provider="", upstream="", grounds=encode_grounds(Grounds()))
        if session is not None and row.person not in {None, session.person}:
            session = None
        base = Grounds() if session is None else self.sessions.grounds(unit, session)
        row = replace(row, session=None if session is None else session.id)
        return Progress(interaction=interaction, row=row, session=session, base=base, shown=parse_grounds(row.grounds))

    def decide(self, unit: ReadUnit, progress: Progress, *, now: datetime) -> Decision:
        """Return whether the login is enough, what leads on, or why nothing does.

        Where any of several names would do, the one that asks least of him is worked for, chosen anew at each step; where they are only
        wished for and none can be reached, what the act needs without them is enough.
        """
        wanted = progress.interaction
        need = Need(
            level=wanted.needed.raised_to(_AT_LEAST),
            max_age=wanted.max_age,
            asked_at=wanted.created_at,
            reauthenticate=wanted.reauthenticate,
        )
        known = progress.person
        reached = None
        if known is not None:
            whole = progress.base.and_(progress.shown)
            reached = Reached.by(self.means.levels.of(whole.evidence, whole.factors, now, methods=whole.methods))
            if not wanted.demands and shortfall(need, reached, now) is None:
                return Satisfied()  # whatever he could do besides
        means = self.means.of(unit, known)
        decision = decide(first_demand(need, wanted.demands, reached, means, now), reached, means, now)
        if isinstance(decision, Impossible) and not wanted.insists:
            return decide(need, reached, means, now)
        return decision

    def view(self, progress: Progress, decision: Decision, browser: str) -> LoginView:
        """Return what is to be shown."""
        plain = self.done(progress, browser)
        if isinstance(decision, Satisfied):
            return plain
        if isinstance(decision, Impossible):
            return replace(plain, stage=LoginStage.IMPOSSIBLE, missing=decision.missing, obstacle=decision.reason)
        choices = (
            ConnectorChoice(name=name, title=self.means.connectors[name].connector.title)
            for name in decision.connectors
        )
        return replace(
            plain,
            stage=LoginStage.START if progress.person is None else LoginStage.STEP,
            kinds=decision.kinds,
            connectors=tuple(choices),
            missing=decision.missing,
            aim=decision.aim,
        )

    def done(self, progress: Progress, browser: str) -> LoginView:
        """Return what is to be shown of one that came to its end."""
        form = csrf_token(self.sealing, browser, FORM, progress.interaction.id)
        return LoginView(stage=LoginStage.DONE, interaction=progress.interaction, form=form)

    def advance(self, uow: UnitOfWork, at: At, progress: Progress, *, now: datetime) -> Outcome:
        """Write a step that was proved: the login goes on, or comes to its end in a session with a new secret.

        Raises:
            TrustError: IDP_LOGIN_STEP when another step was taken meanwhile; IDP_SESSION, IDP_INTERACTION likewise.
                IDP_LOGIN_REFUSED when the person is locked out.
        """
        browser = at.browser or ""
        if progress.person is not None:
            known = Grounds(evidence=self.means.known(uow, progress.person))
            progress = progress.with_(known, person=progress.person)
        decision = self.decide(uow, progress, now=now)
        if not isinstance(decision, Satisfied):
            self.save(uow, progress)
            return Outcome(view=self.view(progress, decision, browser))
        person = progress.person
        if person is None:
            raise TrustError(ErrorCode.BUG, "a login of nobody is enough")
        if progress.session is not None and at.session is not None:
            signed_in = self.sessions.raise_(uow, at.session, progress.shown, now=now, upstream=progress.row.upstream)
        else:
            signed_in = self.sessions.begin(
                uow,
                WhoSignedIn(
                    person=person,
                    grounds=progress.shown,
                    provider=progress.row.provider,
                    upstream=progress.row.upstream,
                ),
                now=now,
                replaces=self.sessions.current(uow, at.session, now=now),
            )
            for told in self.on_signed_in:
                told(uow, at, signed_in.session, now)
        self.interactions.satisfy(uow, progress.interaction, signed_in.session, now=now)
        if not idp_logins.remove(uow, progress.row.interaction) and progress.row.version:
            raise TrustError(
                IdentityCode.IDP_LOGIN_STEP, "the login was forgotten meanwhile"
            )  # by a logout of its provider
        return Outcome(view=self.view(progress, decision, browser), session=signed_in.secret)

    def save(self, uow: UnitOfWork, progress: Progress) -> None:
        """Write a login that goes on. Raise IDP_LOGIN_STEP when another step was written, or there were too many."""
        row = replace(progress.row, grounds=encode_grounds(progress.shown), tries=progress.row.tries + 1)
        if row.tries > MOST_TRIES or not idp_logins.save(uow, row):
            raise TrustError(IdentityCode.IDP_LOGIN_STEP, "another step was taken meanwhile, or too many were")


def require_leads_on(decision: Decision, kind: FactorKind | str) -> Step:
    """Return the step a kind of factor or a connector's name leads on in.

    Raises:
        TrustError: IDP_LOGIN_IMPOSSIBLE when nothing does, IDP_LOGIN_STEP when something else does.
    """
    if isinstance(decision, Impossible):
        raise TrustError(IdentityCode.IDP_LOGIN_IMPOSSIBLE, "nothing leads on", obstacle=decision.reason.value)
    if not isinstance(decision, Step) or (kind not in decision.kinds and kind not in decision.connectors):
        raise TrustError(IdentityCode.IDP_LOGIN_STEP, "the login does not wait for this", means=kind)
    return decision
