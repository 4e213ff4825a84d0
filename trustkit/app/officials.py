"""Officials at the terminal: who signed in, whether it is enough for an act, and that he may act for this authority.

    desk = OfficialDesk.of(authority)
    official = desk.official(token)                          # who it is, how surely, since when, until when
    desk.admit(token, OfficialAct.REVOCATION)                # the principal in whose name it is done; told to the trail

Asked at each act, of the store and not of the token alone: a session that ended, a person locked out, a mandate that ended are felt at
once. An official acts under a mandate of the home's own organisation that is for the act, and that officers of the home alone gave: what a
connector claims makes nobody an official. An administrator acts by his office (三员), never on himself, and in the authority's name never:
whatever mandates somebody in an office has, they make him no official.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from idp.op.grants import grant_of_token
from idp.op.keys import list_keys
from idp.op.tokens import ACCESS_ALGORITHM
from idp.sessions import Sessions
from idp.stepup import Reached, shortfall
from idp.subject.administrators import require_office
from idp.subject.mandates import Mandates
from trustkit.app.assurance import load_levels
from trustkit.app.idp_connector_settings import parse_connectors
from trustkit.app.official_acts import AdministratorAct
from trustkit.app.official_settings import TERMINAL_CLIENT, need_of
from trustkit.audit import trail
from trustkit.audit.events import AuditEvent, EventType
from trustkit.clock import format_rfc3339, parse_rfc3339
from trustkit.error_family import PASSING
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity import AssuranceLevel, Principal, acr_demand
from trustkit.identity_codes import IdentityCode
from trustkit.jose.access_token import access_rules, require_bearer, verify_access_token
from trustkit.jose.keys import JwkSet
from trustkit.store import administrators, op_grants, op_once, people
from trustkit.store.administrators import Office
from trustkit.store.sequences import next_value

if TYPE_CHECKING:
    from trustkit.app.idp_settings import IdpSettings
    from trustkit.app.official_acts import Act, OfficialAct
    from trustkit.app.opened import OpenedHome
    from trustkit.clock import Clock
    from trustkit.store.database import Database
    from trustkit.store.unit_of_work import ReadUnit, UnitOfWork

_TURN: Final = "official-acts"  # so that of two acts at once the second sees what the first used up
_MOST_LOOKED_AT: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Official:
    """Somebody who is signed in at a terminal, as his token and the store have it; `authenticated_at` to the microsecond."""

    person: str
    level: AssuranceLevel
    methods: tuple[str, ...]
    authenticated_at: datetime
    expires_at: datetime

    @property
    def since(self) -> str:
        """When he signed in, as people read it."""
        return format_rfc3339(self.authenticated_at.replace(microsecond=0))


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficialDesk:
    """Judges officials' tokens by the store of one home; it needs no key."""

    database: Database
    clock: Clock
    settings: IdpSettings
    uscc: str
    sessions: Sessions

    @classmethod
    def of(cls, home: OpenedHome) -> OfficialDesk:
        """Return the desk of an opened home. Raise IDP_LADDER."""
        idp = home.settings.idp
        limits = {each.name: each.most() for each in parse_connectors(home.settings.connectors)}
        levels = load_levels(home.settings.home, limits)
        sessions = Sessions(rules=idp.session_rules(), levels=levels)
        uscc = home.settings.authority.uscc
        return cls(database=home.database, clock=home.clock, settings=idp, uscc=uscc, sessions=sessions)

    def official(self, token: str) -> Official:
        """Return who is signed in. Raise OFFICIAL_SIGN_IN for a token that is not ours, or good no more."""
        with self.database.reading() as unit:
            return self._official(unit, token, self.clock.now())

    def begins(self) -> bool:
        """Tell whether nobody is security administrator yet: until then the terminal's operator administers, as nobody else could."""
        with self.database.reading() as unit:
            return administrators.count(unit, Office.SECURITY) == 0

    def admit(self, token: str, act: Act, *, about: str = "") -> Principal:
        """Return in whose name an act is done, told to the trail before it is. `about` is the person it is done to, if it is.

        Raises:
            TrustError: OFFICIAL_SIGN_IN; OFFICIAL_STEP_UP when the sign-in is too weak, too long ago, or was used for such an act already;
                OFFICIAL_MANDATE when he may not act for this authority; IDP_OFFICE_MISSING when it is for another office, IDP_OFFICE_OWN
                when it is about himself; STORE_*.
        """
        now = self.clock.now()
        with self.database.unit_of_work() as uow:
            next_value(uow, _TURN)
            official = self._official(uow, token, now)
            self._require_enough(uow, official, act, now)
            if isinstance(act, AdministratorAct):
                _require_office(uow, official, act, about)
            else:
                self._require_power(uow, official, act, now)
            trail.record(uow, _event(official, act, now))
        office = frozenset({act.office}) if isinstance(act, AdministratorAct) else frozenset[str]()
        return Principal(id=official.person, roles=office)

    def _official(self, unit: ReadUnit, token: str, now: datetime) -> Official:
        issuer = self.settings.url()
        keys = JwkSet.of(*(each.key for each in list_keys(unit)))
        rules = access_rules(issuer=issuer, audience=issuer, algorithms={ACCESS_ALGORITHM}, skew=timedelta(0))
        try:
            verified = verify_access_token(token, keys, rules, now=now)
            require_bearer(verified)
        except TrustError as error:
            if error.code.family in PASSING:
                raise
            raise _over("the sign-in is not one of this home's, or is over") from error
        demand, grant = acr_demand(verified.acr), op_grants.find(unit, grant_of_token(verified.token_id))
        if verified.client != TERMINAL_CLIENT or demand is None:
            raise _over("no sign-in at a terminal")
        if grant is None or grant.revoked_at is not None or op_once.is_revoked(unit, verified.token_id):
            raise _over("signed out")
        person = people.find(unit, grant.person)
        if person is None or person.locked_at is not None or grant.person != verified.subject:
            raise _over("locked out")
        if self.sessions.find(unit, grant.session, now=now) is None:
            raise _over("the session at the browser ended")
        return Official(
            person=grant.person,
            level=demand.level,
            methods=verified.methods,
            authenticated_at=grant.authenticated_at,
            expires_at=verified.expires_at,
        )

    def _require_enough(self, uow: UnitOfWork, official: Official, act: Act, now: datetime) -> None:
        reached = Reached(level=official.level, methods=official.methods, authenticated_at=official.authenticated_at)
        missing = shortfall(need_of(self.settings), reached, now)
        if missing is not None:
            raise TrustError(ErrorCode.OFFICIAL_STEP_UP, "the sign-in is not enough", missing=missing.value)
        if act.once and self._used(uow, official):
            raise TrustError(ErrorCode.OFFICIAL_STEP_UP, "this sign-in served an act already", missing="age")

    def _used(self, uow: UnitOfWork, official: Official) -> bool:
        told = trail.list_about(uow, EventType.OFFICIAL_STEPPED_UP, official.person, limit=_MOST_LOOKED_AT)
        return any(parse_rfc3339(str(each.facts["authenticated_at"])) >= official.authenticated_at for each in told)

    def _require_power(self, uow: UnitOfWork, official: Official, act: OfficialAct, now: datetime) -> None:
        if administrators.find(uow, official.person) is not None:
            raise TrustError(ErrorCode.OFFICIAL_MANDATE, "who administers does not act", act=act.value)
        acting = Mandates().choices(uow, official.person, now=now)
        own = (each for each in acting if each.organisation.uscc == self.uscc and not each.sources)
        if not any(each.covers(act.value) for each in own):
            raise TrustError(ErrorCode.OFFICIAL_MANDATE, "no live mandate of this authority is for it", act=act.value)


def _require_office(uow: UnitOfWork, official: Official, act: AdministratorAct, about: str) -> None:
    require_office(uow, official.person, Office(act.office))
    if about == official.person:
        raise TrustError(IdentityCode.IDP_OFFICE_OWN, "nobody administers himself", act=act.value)


def _event(official: Official, act: Act, now: datetime) -> AuditEvent:
    at = format_rfc3339(
        official.authenticated_at
    )  # whole: a token has seconds only, and two sign-ins may fall into one
    return AuditEvent(
        type=EventType.OFFICIAL_STEPPED_UP if act.once else EventType.OFFICIAL_ACTED,
        at=now,
        actor=Principal(id=official.person),
        object_type="person",
        object_id=official.person,
        facts={"acr": official.level.acr, "act": act.value, "authenticated_at": at},
    )


def _over(detail: str) -> TrustError:
    return TrustError(ErrorCode.OFFICIAL_SIGN_IN, detail)
