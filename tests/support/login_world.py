"""A home people sign in at, over one store: real factors, real ladders, and a provider that says what a test tells it to."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pyotp

from idp.connectors.port import Begun, LoginStart, Redirect, UpstreamLogout
from idp.csrf import csrf_token
from idp.evidence import AssuranceEvidence, BrokeredIdentity, EvidenceKind, OrganisationClaim
from idp.factors.changes import record_change
from idp.factors.enroller import verify_operator
from idp.factors.port import FactorKind
from idp.group_commit import GroupWriter
from idp.handles import fresh_handle
from idp.interaction import InteractionPurpose
from idp.interactions import Interactions, Wanted
from idp.levels.acr import parse_acr_values
from idp.linking import Linking
from idp.login import Login
from idp.login_brokered import BrokeredLogin
from idp.login_confirmation import ConfirmedLogin
from idp.login_means import LoginConnector, LoginMeans
from idp.login_password import PasswordStep
from idp.login_progress import FORM, LoginDesk
from idp.login_view import At, Outcome
from idp.op.access import PersonAccess
from idp.pages.words import all_words
from idp.password_room import PasswordRoom
from idp.people import People
from idp.sessions import SessionRules, Sessions
from idp.subject.claims import MandateClaims
from idp.subject.documents import Documents
from idp.subject.links import Links
from idp.subject.mandates import Mandates
from tests.support.clocks import Ticking
from tests.support.factors import HERE, NOON, PASSWORD, SECRETS, FactorDesk
from tests.support.signing_in import TERMINAL
from trustkit.app.assurance import load_levels
from trustkit.audit import trail
from trustkit.audit.events import EventType
from trustkit.errors import TrustError
from trustkit.identity import AssuranceLevel, fresh_identifier
from trustkit.identity_codes import IdentityCode
from trustkit.store import factors
from trustkit.store.factors import FactorRow
from trustkit.store.person_links import LinkRow

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, timedelta

    from idp.factors.passwords import Passwords
    from idp.factors.throttle import Limits
    from idp.session_model import Session
    from trustkit.error_family import Code
    from trustkit.store.database import Database
    from trustkit.store.unit_of_work import ReadUnit, UnitOfWork

NAME = "li.hua"
BROWSER = fresh_handle()
LEVEL_1 = AssuranceLevel(authentication=1)
LEVEL_2 = AssuranceLevel(authentication=2)
REAL_NAME_3 = AssuranceLevel(identity=3, authentication=2)


class Provider:
    """A connector without a network: `subject`, `real_name` and `login` are what it says, `refuses` what it raises instead."""

    def __init__(self, name: str = "province") -> None:
        self.name = name
        self.title: Mapping[str, str] = {"zh": "省平台", "en": "The province"}
        self.subject = "4401"
        self.real_name = "L4"
        self.login = "urn:trustkit:aal:1"
        self.at: datetime | None = None
        self.refuses: Code | None = None
        self.organisations: tuple[OrganisationClaim, ...] = ()
        self.session = ""
        self.logout = UpstreamLogout(subject="", session="", token_id="", until=NOON)
        self.begun: list[LoginStart] = []
        self.finished = 0

    async def begin(self, start: LoginStart, *, now: datetime) -> Begun:
        del now
        self.begun.append(start)
        state = fresh_handle()
        return Begun(step=Redirect(url=f"https://province.example/?state={state}"), state=state, kept={"nonce": "n-1"})

    async def finish(
        self, start: LoginStart, kept: Mapping[str, str], answer: Mapping[str, str], *, now: datetime
    ) -> BrokeredIdentity:
        self.finished += 1
        assert kept == {"nonce": "n-1"}
        assert start.handle == self.begun[-1].handle
        if self.refuses is not None:
            raise TrustError(self.refuses, "told to")
        if answer.get("code") != "good":
            raise TrustError(IdentityCode.IDP_UPSTREAM_ANSWER, "another code")
        at = self.at or now
        claims = ((EvidenceKind.REAL_NAME, "guangdong", self.real_name), (EvidenceKind.LOGIN, "trustkit", self.login))
        return BrokeredIdentity(
            provider=self.name,
            subject=self.subject,
            evidence=tuple(
                AssuranceEvidence(kind=kind, source=self.name, ladder=ladder, level=word, at=at)
                for kind, ladder, word in claims
            ),
            authenticated_at=at,
            organisations=self.organisations,
            session=self.session,
        )

    async def logged_out(self, token: str, *, now: datetime) -> UpstreamLogout:
        del now
        if token != "good":
            raise TrustError(IdentityCode.IDP_UPSTREAM_ANSWER, "another token", rule="token")
        return self.logout


@dataclass
class PlainLinks:
    """Links in memory, as `idp.subject.links` keeps them in the store."""

    found: dict[tuple[str, str], str] = field(default_factory=dict)

    def find(self, unit: ReadUnit, identity: BrokeredIdentity) -> str | None:
        del unit
        return self.found.get((identity.provider, identity.subject))

    def listed(self, unit: ReadUnit, person: str) -> tuple[LinkRow, ...]:
        del unit
        return tuple(
            LinkRow(link_mac=subject, person=person, provider=provider, created_at=NOON)
            for (provider, subject), whose in self.found.items()
            if whose == person
        )

    def link(self, uow: UnitOfWork, person: str, identity: BrokeredIdentity, *, now: datetime) -> None:
        del uow, now
        self.found[identity.provider, identity.subject] = person


def password_step(login: Login, passwords: Passwords, at: At, password: str, *, login_name: str = "") -> Outcome:
    """Take a step by password as the service does, alone."""

    async def step() -> Outcome:
        writer, room = GroupWriter(login.database), PasswordRoom(1)
        taken = PasswordStep(login=login, passwords=passwords, writer=writer, room=room)
        with taken.running():
            return await taken.prove(at, password, login_name=login_name)

    return asyncio.run(step())


class LoginWorld:
    """Everything wired, and short words for what tests do again and again."""

    def __init__(self, database: Database, *, limits: Limits | None = None, admits: bool = True) -> None:
        self.database = database
        self.clock = Ticking()
        self.titles: dict[tuple[str, str], str] = {}
        self.factors = FactorDesk(database, limits)
        levels = load_levels(None)
        self.sessions = Sessions(rules=SessionRules(), levels=levels)
        self.people = People(sealing=SECRETS, access=PersonAccess(sessions=self.sessions))
        self.interactions = Interactions()
        self.provider, self.other = Provider(), Provider("city")
        self.links = PlainLinks()
        self.documents = Documents(sealing=SECRETS)
        most = AssuranceLevel(identity=4, authentication=2)
        self.means = LoginMeans(
            levels=levels,
            codes={FactorKind.TOTP: self.factors.totp},
            passwords=True,
            confirmed=True,
            connectors={
                each.name: LoginConnector(connector=each, most=most, admits=admits)
                for each in (self.provider, self.other)
            },
            links=self.links,
            on_brokered=(
                MandateClaims(mandates=Mandates(), sources=frozenset({"province"}), own="91990100MA7TRYQ01H").take,
            ),
            known=self.documents.evidence,
        )
        self.desk = LoginDesk(sealing=SECRETS, sessions=self.sessions, interactions=self.interactions, means=self.means)
        self.login = Login(database=database, clock=self.clock, desk=self.desk, people=self.people)
        self.confirmed = ConfirmedLogin(
            titled=lambda client, language: self.titles.get((client, language), ""),
            login=self.login,
            confirmations=self.factors.confirmations,
            own=all_words()["page.service"],
        )
        self.brokered = BrokeredLogin(
            database=database,
            clock=self.clock,
            desk=self.desk,
            people=self.people,
            throttle=self.factors.throttle,
            linking=Linking(
                interactions=self.interactions,
                links=Links(sealing=SECRETS),
                access=PersonAccess(sessions=self.sessions),
                sessions=self.sessions,
                providers=self.means.connectors,
            ),
        )

    def person(self, name: str | None = NAME, *, password: str = PASSWORD) -> str:
        with self.database.unit_of_work() as uow:
            person = self.people.create(uow, login_name=name, now=self.clock.now(), actor=TERMINAL)
        if name is not None:
            enroller = verify_operator(TERMINAL, person, now=self.clock.now())
            self.factors.passwords.put(enroller, password, now=self.clock.now())
        return person

    def app(self, person: str) -> pyotp.TOTP:
        """Enrol an authenticator app, and wait until its next code."""
        now = self.clock.now()
        enroller = verify_operator(TERMINAL, person, now=now)
        offer = self.factors.totp.begin(enroller, account="x", now=now)
        app = pyotp.TOTP(offer.typed.replace(" ", ""))
        self.factors.totp.confirm(enroller, offer.handle, app.at(now), now=now)
        self.clock.pass_(60)
        return app

    def passkey(self, person: str, *, hardware: bool = False) -> None:
        """Let a person have a passkey, and this home serve them."""
        row = FactorRow(
            id=fresh_identifier("fa"),
            person=person,
            kind=FactorKind.PASSKEY.value,
            material=b"k",
            hardware=hardware,
            created_at=self.clock.now(),
        )
        with self.database.unit_of_work() as uow:
            factors.add(uow, row)
            record_change(uow, EventType.FACTOR_ENROLLED, row, actor=TERMINAL, now=row.created_at)
        self.means = replace(self.means, passkeys=self.factors.passkeys)
        self.desk = replace(self.desk, means=self.means)
        self.login = replace(self.login, desk=self.desk)
        self.brokered = replace(self.brokered, desk=self.desk)

    def code(self, app: pyotp.TOTP) -> str:
        return app.at(self.clock.now())

    def open(
        self,
        needed: AssuranceLevel = LEVEL_1,
        *,
        browser: str = BROWSER,
        session: str | None = None,
        person: str | None = None,
        max_age: timedelta | None = None,
        reauthenticate: bool = False,
        acr: str = "",
        insists: bool = True,
    ) -> At:
        """Open an interaction, and return where its steps come from."""
        wanted = Wanted(
            purpose=InteractionPurpose.AUTHORIZATION,
            needed=needed,
            person=person,
            max_age=max_age,
            reauthenticate=reauthenticate,
            demands=parse_acr_values(acr),
            insists=insists,
        )
        with self.database.unit_of_work() as uow:
            opened = self.interactions.open(uow, wanted, browser=browser, now=self.clock.now())
        form = csrf_token(SECRETS, browser, FORM, opened.interaction.id)
        return At(interaction=opened.interaction.id, browser=browser, session=session, address=HERE, form=form)

    def password(self, at: At, name: str = NAME, password: str = PASSWORD) -> Outcome:
        """Take a step by password, a further one without a name."""
        return password_step(self.login, self.factors.passwords, at, password, login_name=name)

    def signed_in(self, needed: AssuranceLevel = LEVEL_1) -> tuple[At, Outcome]:
        """Sign the person in by his password."""
        at = self.open(needed)
        outcome = self.password(at)
        return replace(at, session=outcome.session), outcome

    def session(self, secret: str | None) -> Session | None:
        with self.database.reading() as unit:
            return self.sessions.current(unit, secret, now=self.clock.now())

    def satisfied_by(self, at: At) -> str | None:
        """Take the interaction up as whoever needed it does."""
        with self.database.unit_of_work() as uow:
            return self.interactions.take(uow, at.interaction, browser=at.browser, now=self.clock.now()).session

    async def sent(self, at: At, name: str = "province") -> str:
        """Begin with a connector, and return its state."""
        step = await self.brokered.begin(at, name, language="zh")
        assert isinstance(step, Redirect)
        return step.url.partition("state=")[2]

    async def through(self, at: At, name: str = "province") -> Outcome:
        state = await self.sent(at, name)
        return await self.brokered.finish(replace(at, interaction=""), name, {"state": state, "code": "good"})

    def events(self, kind: str) -> list[tuple[str, str]]:
        with self.database.reading() as unit:
            return [(each.object_id, each.reason) for each in trail.list_events(unit, limit=1000) if each.type == kind]
