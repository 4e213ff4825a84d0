"""Sessions: begun by a login, raised by a step-up, seen and ended by their owner, over by themselves.

    sessions = Sessions(rules=SessionRules(), levels=levels)
    signed_in = sessions.begin(uow, who, now=now, replaces=earlier)      # .session and the cookie's .secret, which goes out once
    session = sessions.current(unit, cookie, now=now)                    # Session or None
    signed_in = sessions.raise_(uow, cookie, grounds, now=now)           # same session, new secret: the old one is dead
    sessions.end(uow, session.id, reason="logout", now=now, actor=who)

A secret is made here and never taken from a browser, so none can be planted (session fixation); every login and every step-up makes a
new one. A session ends when it was not used for `idle`, when `absolute` is over, when its owner or an operator ends it, when its person is
locked out, and when nothing it stands on counts any more. Whoever must know of an end (a client's back-channel logout) is told in the
same unit of work.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Protocol

from idp.grounds import Grounds, encode_grounds, parse_grounds
from idp.handles import digest_of, fresh_handle, is_handle
from idp.session_model import Session
from idp.upstream_session import kept_upstream
from trustkit.audit import trail
from trustkit.audit.events import AuditEvent, EventType
from trustkit.errors import TrustError
from trustkit.identity import AssuranceLevel, Principal, fresh_identifier
from trustkit.identity_codes import IdentityCode
from trustkit.store import idp_sessions as rows
from trustkit.store import people
from trustkit.store.idp_sessions import SessionRow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from idp.evidence import AssuranceEvidence
    from idp.factors.port import ProvedFactor
    from trustkit.store.unit_of_work import ReadUnit, UnitOfWork

PREFIX: Final = "se"
TOUCH_AFTER: Final = timedelta(minutes=1)  # a use is noted no more often: reading stays reading
KEPT_AFTER: Final = timedelta(days=90)  # how long an ended session's row is kept
_REPLACED: Final = "replaced"
_TOO_MANY: Final = "too-many"


class Weighed(Protocol):
    """What `idp.levels` says grounds are worth at a moment."""

    @property
    def level(self) -> AssuranceLevel:
        """The level reached."""

    @property
    def methods(self) -> tuple[str, ...]:
        """How, by `amr`, sorted."""

    @property
    def authenticated_at(self) -> datetime | None:
        """Since when the login is as fresh as it is; None when nobody signed in."""

    @property
    def good_until(self) -> datetime | None:
        """When to weigh again."""


class Weighing(Protocol):
    """`idp.levels.assessment.Levels`."""

    def of(
        self,
        evidence: Iterable[AssuranceEvidence],
        factors: Iterable[ProvedFactor],
        now: datetime,
        *,
        methods: Iterable[str] = (),
    ) -> Weighed:
        """Return what grounds are worth at `now`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRules:
    """How long sessions live. `most` of one person at a time: a further login ends the oldest."""

    idle: timedelta = timedelta(minutes=30)
    absolute: timedelta = timedelta(hours=10)
    most: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class WhoSignedIn:
    """A login that came to its end: who, on what grounds, by which provider (empty: here), and for whom he acts.

    `upstream` is the provider's session it came of (`idp.upstream_logout`), which takes this one along when it ends.
    """

    person: str = field(repr=False)
    grounds: Grounds = field(repr=False)
    provider: str = ""
    mandate: str | None = None
    upstream: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """A session and the secret of its cookie."""

    session: Session
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sessions:
    """The sessions of one home. Methods work in the unit they are given and tell the trail in it.

    `on_end` are told of every session that is ended by an act, in its unit; one that ran out is over for whoever asks.
    """

    rules: SessionRules
    levels: Weighing
    on_end: tuple[Callable[[UnitOfWork, Session, datetime], None], ...] = ()
    handle: Callable[[], str] = fresh_handle

    def begin(self, uow: UnitOfWork, who: WhoSignedIn, *, now: datetime, replaces: Session | None = None) -> SignedIn:
        """Return a new session; `replaces` is the one the browser had, which ends.

        Raises:
            TrustError: IDP_LOGIN_REFUSED (the person is locked out), IDP_PERSON_MISSING, IDP_LOGIN_STEP (nothing was proved).
        """
        if people.hold(uow, who.person).locked_at is not None:
            raise TrustError(IdentityCode.IDP_LOGIN_REFUSED, "the person is locked out")
        actor = Principal(id=who.person)
        if replaces is not None:
            self._end(uow, replaces, reason=_REPLACED, now=now, actor=actor)
        others = self.rules.most - 1
        if rows.has_more(uow, who.person, than=others, now=now, used_after=now - self.rules.idle):
            for old in self.list_of(uow, who.person, now=now)[others:]:
                self._end(uow, old, reason=_TOO_MANY, now=now, actor=actor)
        secret = self.handle()
        row = self._weighed(
            SessionRow(
                id=fresh_identifier(PREFIX),
                secret_sm3=digest_of(secret),
                person=who.person,
                identity_level=0,
                authentication_level=1,
                assured_until=None,
                grounds=encode_grounds(who.grounds),
                authenticated_at=now,
                methods="",
                mandate=who.mandate,
                provider=who.provider,
                created_at=now,
                seen_at=now,
                expires_at=now + self.rules.absolute,
                upstream=who.upstream,
            ),
            now,
        )
        rows.add(uow, row)
        if who.grounds.upstreams:
            rows.keep_upstreams(uow, row.id, who.grounds.upstreams)
        return SignedIn(session=_told(uow, EventType.SESSION_BEGUN, row, now), secret=secret)

    def raise_(self, uow: UnitOfWork, secret: str, more: Grounds, *, now: datetime, upstream: str = "") -> SignedIn:
        """Return the session with further grounds under a new secret; the level is never lower than what still counts.

        With `upstream` the grounds came of that session at a provider; what ends this one already goes on to (`kept_upstream`).

        Raises:
            TrustError: IDP_SESSION when there is no such session (any more), IDP_LOGIN_STEP.
        """
        before = rows.find_by_secret(uow, digest_of(secret)) if is_handle(secret) else None
        if before is None or self._judged(before, now) is None:
            raise TrustError(IdentityCode.IDP_SESSION, "the session is over")
        fresh = self.handle()
        grounds = parse_grounds(before.grounds).and_(more)
        row = replace(
            before,
            secret_sm3=digest_of(fresh),
            grounds=encode_grounds(grounds),
            seen_at=now,
            upstream=kept_upstream(before.upstream, upstream),
        )
        row = self._weighed(row, now)
        self._change(uow, row, before)
        if more.upstreams:
            rows.keep_upstreams(uow, row.id, grounds.upstreams)
        return SignedIn(session=_told(uow, EventType.SESSION_RAISED, row, now), secret=fresh)

    def act_for(self, uow: UnitOfWork, secret: str, mandate: str | None, *, now: datetime) -> SignedIn:
        """Return the session acting under another mandate, None for the person himself, under a new secret.

        Who checks the mandate is the caller, now and at each use (`idp.subject`).

        Raises:
            TrustError: IDP_SESSION.
        """
        before = rows.find_by_secret(uow, digest_of(secret)) if is_handle(secret) else None
        if before is None or self._judged(before, now) is None:
            raise TrustError(IdentityCode.IDP_SESSION, "the session is over")
        fresh = self.handle()
        row = self._weighed(replace(before, secret_sm3=digest_of(fresh), mandate=mandate, seen_at=now), now)
        self._change(uow, row, before)
        return SignedIn(session=_told(uow, EventType.SESSION_ROLE, row, now), secret=fresh)

    def current(self, unit: ReadUnit, secret: str | None, *, now: datetime) -> Session | None:
        """Return who is signed in at the browser with this cookie, as sure as he still is; None for nobody."""
        if secret is None or not is_handle(secret):
            return None
        row = rows.find_by_secret(unit, digest_of(secret))
        return None if row is None else self._judged(row, now)

    def find(self, unit: ReadUnit, session: str, *, now: datetime, over: bool = False) -> Session | None:
        """Return a live session by its id (`sid`), None when it is over.

        With `over` also one that is, as what it stood on is worth now, None when that is nothing: for what outlives a session and
        must not say more than it could (offline access).
        """
        row = rows.find(unit, session)
        if row is None:
            return None
        return self._counted(row, now) if over else self._judged(row, now)

    def grounds(self, unit: ReadUnit, session: Session) -> Grounds:
        """Return what a session stands on, for a step-up to build on and for pages to explain."""
        row = rows.find(unit, session.id)
        return Grounds() if row is None else parse_grounds(row.grounds)

    def touch(self, uow: UnitOfWork, session: Session, *, now: datetime) -> None:
        """Note a use, so that the session is not idle."""
        rows.touch(uow, session.id, at=now)

    def is_stale(self, session: Session, now: datetime) -> bool:
        """Tell whether a use is to be noted by `touch`: the last one that was is a minute ago."""
        return now - session.seen_at >= min(TOUCH_AFTER, self.rules.idle / 4)

    def list_of(self, unit: ReadUnit, person: str, *, now: datetime) -> tuple[Session, ...]:
        """List a person's live sessions, newest first, for his own page."""
        used_after = now - self.rules.idle
        judged = (self._judged(row, now) for row in rows.list_live(unit, person, now=now, used_after=used_after))
        return tuple(session for session in judged if session is not None)

    def end(
        self,
        uow: UnitOfWork,
        session: str,
        *,
        reason: str,
        now: datetime,
        actor: Principal,
        owner: str | None = None,
    ) -> None:
        """End a live session. With `owner` only that person's: another's is answered as one that is not there.

        Raises:
            TrustError: IDP_SESSION when there is no such live session.
        """
        found = self.find(uow, session, now=now)
        if found is None or owner not in {None, found.person}:
            raise TrustError(IdentityCode.IDP_SESSION, "no such session")
        self._end(uow, found, reason=reason, now=now, actor=actor)

    def end_all(
        self, uow: UnitOfWork, person: str, *, reason: str, now: datetime, actor: Principal, keep: str | None = None
    ) -> int:
        """End a person's sessions but the one to `keep`, and return how many that were.

        Those that are only idle are among them: what is ended stays so whatever the rules become, what merely ran out might not.
        """
        ended = 0
        while found := rows.list_open(uow, person, now=now, but=keep):
            told = [self._end(uow, _session(row), reason=reason, now=now, actor=actor) for row in found]
            ended += sum(told)
            if not any(told):
                break  # others ended them meanwhile
        return ended

    def forget(self, uow: UnitOfWork, *, now: datetime) -> int:
        """Remove what ran out three months ago; return how much. At most a page at once."""
        return rows.forget(uow, before=now - KEPT_AFTER)

    def _end(self, uow: UnitOfWork, session: Session, *, reason: str, now: datetime, actor: Principal) -> bool:
        if not rows.end(uow, session.id, at=now, reason=reason):
            return False  # two ended it at once: the other told of it
        for told in self.on_end:
            told(uow, session, now)
        event = AuditEvent(
            type=EventType.SESSION_ENDED,
            at=now,
            actor=actor,
            object_type="session",
            object_id=session.id,
            reason=reason,
            facts={"whose": session.person},
        )
        trail.record(uow, event)
        return True

    def _change(self, uow: UnitOfWork, row: SessionRow, before: SessionRow) -> None:
        if not rows.change(uow, row, before=before.secret_sm3):
            raise TrustError(IdentityCode.IDP_SESSION, "the session was changed meanwhile")

    def _weighed(self, row: SessionRow, now: datetime) -> SessionRow:
        """Return a row with what its grounds are worth now. Raise IDP_LOGIN_STEP when that is no login."""
        grounds = parse_grounds(row.grounds)
        worth = self.levels.of(grounds.evidence, grounds.factors, now, methods=grounds.methods)
        if not worth.level.authentication or worth.authenticated_at is None:
            raise TrustError(IdentityCode.IDP_LOGIN_STEP, "nothing that counts was proved")
        return replace(
            row,
            identity_level=worth.level.identity,
            authentication_level=worth.level.authentication,
            assured_until=worth.good_until,
            authenticated_at=worth.authenticated_at,
            methods=" ".join(worth.methods),
        )

    def _judged(self, row: SessionRow, now: datetime) -> Session | None:
        """Return a session as sure as it is now, None when it is over."""
        if row.ended_at is not None or now >= row.expires_at or now - row.seen_at >= self.rules.idle:
            return None
        return self._counted(row, now)

    def _counted(self, row: SessionRow, now: datetime) -> Session | None:
        """Return a session, over or not, as sure as its grounds make it now, None when none counts."""
        if row.assured_until is not None and now >= row.assured_until:
            try:
                row = self._weighed(row, now)
            except TrustError as error:
                if error.code is IdentityCode.IDP_LOGIN_STEP:
                    return None
                raise
        return _session(row)


def _session(row: SessionRow) -> Session:
    return Session(
        id=row.id,
        person=row.person,
        assurance=AssuranceLevel(identity=row.identity_level, authentication=row.authentication_level),
        authenticated_at=row.authenticated_at,
        methods=tuple(row.methods.split()),
        mandate=row.mandate,
        provider=row.provider,
        created_at=row.created_at,
        seen_at=row.seen_at,
        expires_at=row.expires_at,
    )


def _told(uow: UnitOfWork, kind: EventType, row: SessionRow, now: datetime) -> Session:
    """Tell the trail what became of a session, and return it."""
    acting = {} if row.mandate is None else {"mandate": row.mandate}
    provider = {"provider": row.provider} if row.provider else {}
    event = AuditEvent(
        type=kind,
        at=now,
        actor=Principal(id=row.person),
        object_type="session",
        object_id=row.id,
        facts={
            "authentication": row.authentication_level,
            "identity": row.identity_level,
            "methods": "+".join(row.methods.split()) or "none",
            **acting,
            **provider,
        },
    )
    trail.record(uow, event)
    return _session(row)
