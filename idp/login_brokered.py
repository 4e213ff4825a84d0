"""Signing in by a connector: begun here, finished with what came back, and judged like every other step.

    step = await brokered.begin(at, "guangdong", language="zh")        # Redirect, or Prompt for our own page
    outcome = await brokered.finish(at, "guangdong", {"code": …, "state": …})
    outcome = await brokered.answer(at, "certificate", {"answer": …})  # what our own page asked for by a Prompt

What comes back finds its login by its state, which is good once, at the browser it was begun at, for the connector it was begun with
and for a few minutes; it is used up before the provider is asked, so that a replay finds nothing. Who the provider says it is becomes a
person here by a link alone, never by a name or an e-mail address, and no login links anybody who was there before it: that is an act of its own
(`idp.linking`), which goes this same way and ends in a link instead of a session. What it says of levels is weighed by ladders, and whether that is
enough is decided after it as after any step: where it is not, the login goes on with the person's own factors.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from starlette.concurrency import run_in_threadpool

from idp.connector_refusals import ConnectorRefusals
from idp.connectors.answers import refusal
from idp.connectors.port import LoginStart
from idp.csrf import require_csrf
from idp.grounds import Grounds
from idp.handles import digest_of
from idp.linking import is_for_a_link, is_link, require_owner
from idp.login_progress import FORM, require_leads_on
from idp.login_view import Outcome
from idp.upstream_session import asked_marks, logout_turn, newest_upstreams, upstream_of
from trustkit.encoding.canonical_json import canonical_json, parse_json
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity import AcrDemand, acr_demand
from trustkit.identity_codes import IdentityCode
from trustkit.store import idp_interactions, idp_logins, upstream_logouts
from trustkit.store import people as rows
from trustkit.store.sequences import next_value

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from idp.connectors.port import Prompt, Redirect
    from idp.evidence import BrokeredIdentity
    from idp.factors.throttle import Throttle
    from idp.linking import Linking
    from idp.login_means import LoginConnector
    from idp.login_progress import LoginDesk, Progress
    from idp.login_view import At
    from idp.people import People
    from trustkit.clock import Clock
    from trustkit.store.database import Database
    from trustkit.store.idp_logins import LoginRow
    from trustkit.store.unit_of_work import UnitOfWork

LIFETIME: Final = timedelta(minutes=10)  # somebody signs in at the provider meanwhile
MAX_ANSWER: Final = 64 * 1024  # characters of what comes back, together
MOST_MEMBERS: Final = 32
_MAX_KEPT: Final = 24 * 1024
_PURPOSE: Final = "pending-login"
_HANDLE: Final = "login-handle"
_APART: Final = "connector"
_NO_AIM: Final = AcrDemand(name="")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Begun:
    """A connector's login as it was taken back out of the store, used up."""

    progress: Progress
    start: LoginStart
    kept: Mapping[str, str]
    way: LoginConnector
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokeredLogin:
    """Logins by connectors at one home. The store is used in threads, the provider is waited for without one."""

    database: Database
    clock: Clock
    desk: LoginDesk
    people: People
    throttle: Throttle
    linking: Linking

    async def begin(self, at: At, name: str, *, language: str) -> Redirect | Prompt:
        """Return what the browser does next.

        Raises:
            TrustError: IDP_INTERACTION, IDP_FORGED; IDP_LOGIN_STEP when the connector is none or would not lead on, IDP_LOGIN_IMPOSSIBLE
                when nothing would;
                IDP_UPSTREAM_UNREACHABLE, IDP_UPSTREAM_REFUSED.
        """
        way = self._way(name)
        now = self.clock.now()
        progress, aim = await run_in_threadpool(self._waiting, at, name, now)
        start = self._start(at, progress, aim, language)
        begun = await way.connector.begin(start, now=now)
        kept = canonical_json(
            {
                "interaction": progress.interaction.id,
                "kept": dict(begun.kept),
                "language": language,
                "aim": aim.name,
            }
        )
        if len(kept) > _MAX_KEPT or not begun.state:
            raise TrustError(ErrorCode.BUG, "a connector keeps too much, or has no state")
        state = digest_of(begun.state)
        row = replace(
            progress.row,
            connector=name,
            state_sm3=state,
            kept=self.desk.sealing.seal(_PURPOSE, state.encode(), kept),
            kept_until=now + LIFETIME,
        )
        await run_in_threadpool(self._write, replace(progress, row=row))
        return begun.step

    async def finish(self, at: At, name: str, answer: Mapping[str, str]) -> Outcome:
        """Return what became of a login that came back from another site; it finds itself by its state.

        Raises:
            TrustError: IDP_UPSTREAM_ANSWER (no such state, used, expired, another connector's; forged), IDP_INTERACTION (another
                browser), IDP_UPSTREAM_DENIED, IDP_UPSTREAM_UNREACHABLE; IDP_LOGIN_UNKNOWN, IDP_LOGIN_OTHER, IDP_LOGIN_REFUSED;
                IDP_LOGIN_STEP.
        """
        _require_size(answer)
        begun, here = await run_in_threadpool(self._taken_back, at, name, digest_of(answer.get("state", "")))
        return await self._finish(here, begun, name, answer)

    def serves_a_link(self, at: At, state: str = "") -> bool:
        """Tell whether what comes back, by its state or on our own page, is for a link (`idp.linking`); False where nothing waits for it."""
        with self.database.reading() as unit:
            row = idp_logins.find_by_state(unit, digest_of(state)) if state else None
            interaction = digest_of(at.interaction) if row is None else row.interaction
            found = idp_interactions.find(unit, interaction)
        return found is not None and is_link(found.purpose, found.reference)

    async def answer(self, at: At, name: str, answer: Mapping[str, str]) -> Outcome:
        """Return what became of a login whose connector asked something of our own page. Raise as `finish`, IDP_FORGED."""
        _require_size(answer)
        begun = await run_in_threadpool(self._prompted, at, name)
        # our own page found its login by interaction, browser and form: it need not bring the connector's state as well
        return await self._finish(at, begun, name, {"state": begun.kept.get("state", ""), **answer})

    async def _finish(self, at: At, begun: _Begun, name: str, answer: Mapping[str, str]) -> Outcome:
        try:
            identity = await begun.way.connector.finish(begun.start, begun.kept, answer, now=self.clock.now())
            if identity.provider != name:
                raise TrustError(ErrorCode.BUG, "a connector answers in another's name")  # noqa: TRY301 - told as refused
            return await run_in_threadpool(self._taken, at, begun, identity)
        except TrustError as error:
            await run_in_threadpool(self._record, at, name, error)
            raise

    def _way(self, name: str) -> LoginConnector:
        way = self.desk.means.connectors.get(name)
        if way is None:
            raise TrustError(IdentityCode.IDP_LOGIN_STEP, "no such connector")
        return way

    def _waiting(self, at: At, name: str, now: datetime) -> tuple[Progress, AcrDemand]:
        """Return the login, when it waits for this connector, and what is to be reached in the end."""
        with self.database.reading() as unit:
            progress = self.desk.load(unit, at, now=now)
            require_csrf(self.desk.sealing, at.browser, at.form, FORM, progress.interaction.id)
            if is_for_a_link(progress.interaction):
                require_owner(progress, now=now)
                needed = progress.interaction.needed
                return progress, AcrDemand(name=needed.acr, level=needed)
            decision = self.desk.decide(unit, progress, now=now)
        step = require_leads_on(decision, name)
        return progress, AcrDemand(name=step.name, level=step.aim, phishing_resistant=step.bound)

    def _write(self, progress: Progress) -> None:
        with self.database.unit_of_work() as uow:
            self.desk.save(uow, progress)

    def _start(self, at: At, progress: Progress, aim: AcrDemand, language: str) -> LoginStart:
        wanted = progress.interaction
        parts = (wanted.id.encode(), (at.browser or "").encode())
        age = timedelta(0) if wanted.reauthenticate else wanted.max_age
        handle = self.desk.sealing.mac(_HANDLE, *parts).hex()
        return LoginStart(handle=handle, needed=aim.level, bound=aim.phishing_resistant, max_age=age, language=language)

    def _taken_back(self, at: At, name: str, state: str) -> tuple[_Begun, At]:
        with self.database.unit_of_work() as uow:
            row = idp_logins.find_by_state(uow, state)
            if row is None:
                raise _replayed()
            return self._used(uow, at, name, row)

    def _prompted(self, at: At, name: str) -> _Begun:
        now = self.clock.now()
        with self.database.unit_of_work() as uow:
            interaction = self.desk.interactions.find(uow, at.interaction, browser=at.browser, now=now)
            require_csrf(self.desk.sealing, at.browser, at.form, FORM, interaction.id)
            row = idp_logins.find(uow, digest_of(interaction.id))
            if row is None or row.state_sm3 is None:
                raise _replayed()
            return self._used(uow, at, name, row)[0]

    def _used(self, uow: UnitOfWork, at: At, name: str, row: LoginRow) -> tuple[_Begun, At]:
        """Take a state out of its login, once. A mixed-up provider's answer does not use up the right one's."""
        now = self.clock.now()
        if row.connector != name or row.state_sm3 is None or row.kept is None:
            raise _replayed()
        kept = _opened(self.desk.sealing.open(_PURPOSE, row.state_sm3.encode(), row.kept))
        here = replace(at, interaction=kept.interaction)
        progress = self.desk.load(uow, here, now=now)  # at another browser there is nothing to finish
        if row.kept_until is None or now >= row.kept_until or not idp_logins.take_state(uow, row):
            raise _replayed()
        gone = replace(progress.row, connector="", state_sm3=None, kept=None, kept_until=None, version=row.version + 1)
        progress = replace(progress, row=gone)
        start = self._start(here, progress, kept.aim, kept.language)
        since = row.kept_until - LIFETIME
        return _Begun(progress=progress, start=start, kept=kept.kept, way=self._way(name), since=since), here

    def _taken(self, at: At, begun: _Begun, identity: BrokeredIdentity) -> Outcome:
        """Write what a provider said of somebody, as the person it stands for here."""
        now = self.clock.now()
        with self.database.unit_of_work() as uow:
            self._require_lasting(uow, identity, begun.since)
            if is_for_a_link(begun.progress.interaction):
                self.linking.link(uow, begun.progress, identity, now=now)
                return Outcome(view=self.desk.done(begun.progress, at.browser or ""))
            person = self._person(uow, begun, identity, now)
            if rows.get(uow, person).locked_at is not None:
                raise TrustError(IdentityCode.IDP_LOGIN_REFUSED, "locked out")
            shown = Grounds(evidence=identity.evidence, methods=identity.methods)
            upstream = upstream_of(self.desk.sealing, identity.provider, identity.session)
            shown = replace(shown, upstreams=newest_upstreams((upstream,)))
            step = begun.progress.with_(shown, person=person, provider=identity.provider, upstream=upstream)
            outcome = self.desk.advance(uow, at, step, now=now)
            for told in self.desk.means.on_brokered:
                told(uow, person, identity, now)
            return outcome

    def _require_lasting(self, uow: UnitOfWork, identity: BrokeredIdentity, since: datetime) -> None:
        """Raise IDP_UPSTREAM_ANSWER when the provider told of a logout of this since its login was begun: what it said before is over."""
        next_value(uow, logout_turn(identity.provider))
        marks = asked_marks(self.desk.sealing, identity.provider, subject=identity.subject, session=identity.session)
        if upstream_logouts.told_since(uow, marks, since=since):
            raise refusal("signed out at the provider since the login was begun", "logged-out")

    def _person(self, uow: UnitOfWork, begun: _Begun, identity: BrokeredIdentity, now: datetime) -> str:
        """Return whose identity it is; one that nobody has becomes a new person's where the connector admits, and nobody's else.

        It is never linked to who is known in this login or signed in at this browser: who has one factor of somebody would bring an
        identity of his own as the other one, and would come back by it for ever.

        Raises:
            TrustError: IDP_LOGIN_UNKNOWN where the connector admits nobody new, or somebody is known already.
        """
        links = self.desk.means.links
        if links is None:
            raise TrustError(ErrorCode.BUG, "connectors without links")
        found = links.find(uow, identity)
        if found is not None:
            return found
        known = begun.progress.person or begun.progress.interaction.person
        if known is not None or not begun.way.admits:
            raise TrustError(IdentityCode.IDP_LOGIN_UNKNOWN, "linked to nobody here")
        person = self.people.create(uow, now=now, actor=None)
        links.link(uow, person, identity, now=now)
        return person

    def _record(self, at: At, name: str, error: TrustError) -> None:
        told = ConnectorRefusals(database=self.database, throttle=self.throttle, stage="return", apart=_APART)
        told.tell(name, error, address=at.address, now=self.clock.now())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    interaction: str
    kept: Mapping[str, str]
    language: str
    aim: AcrDemand


def _opened(text: bytes) -> _Kept:
    tree = parse_json(text, max_size=_MAX_KEPT)
    kept = tree.get("kept") if isinstance(tree, dict) else None
    if not isinstance(tree, dict) or not isinstance(kept, dict):
        raise TrustError(ErrorCode.BUG, "what was kept for a connector is damaged")
    return _Kept(
        interaction=str(tree["interaction"]),
        kept={name: str(value) for name, value in kept.items()},
        language=str(tree["language"]),
        aim=acr_demand(str(tree.get("aim", ""))) or _NO_AIM,  # one kept by a version that had none
    )


def _require_size(answer: Mapping[str, str]) -> None:
    if len(answer) > MOST_MEMBERS or sum(len(name) + len(value) for name, value in answer.items()) > MAX_ANSWER:
        raise TrustError(IdentityCode.IDP_UPSTREAM_ANSWER, "more than any provider sends back")


def _replayed() -> TrustError:
    return TrustError(IdentityCode.IDP_UPSTREAM_ANSWER, "nothing waits for this: used, expired, or another's")
