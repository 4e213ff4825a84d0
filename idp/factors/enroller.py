"""Who may change somebody's factors: the person, freshly and strongly signed in, or an operator of the home.

    with database.reading() as unit:
        enroller = verify_fresh_login(unit, Login(person=…, assurance=…, authenticated_at=…), now=now)
    passwords.put(enroller, password, now=now)

A password alone adds no second factor once there is one: whoever stole it would make the account his own. And it adds none where a login
of two factors would make an official of him: there an operator enrols the first.
"""

from __future__ import annotations

from dataclasses import InitVar, dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from idp.factors.port import FactorKind
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity import AssuranceLevel, Principal
from trustkit.identity_codes import IdentityCode
from trustkit.store import administrators, factors, mandates, person_links

if TYPE_CHECKING:
    from trustkit.store.unit_of_work import ReadUnit

FRESH: Final = timedelta(minutes=10)
TWO_FACTORS: Final = 2
# What takes a login of its person to two factors, alone or beside a password.
_STRONG: Final = frozenset({FactorKind.PASSKEY, FactorKind.CONFIRMATION, FactorKind.TOTP, FactorKind.RECOVERY})
_MADE_HERE: Final = object()
_OFFICE: Final = "security"  # `trustkit.store.administrators.Office`, as a role of a principal


@dataclass(frozen=True, slots=True, kw_only=True)
class Guarded:
    """Whose factors no login with one factor changes, beside those who have what makes two here.

    Attributes:
        providers: connectors that give logins with two factors, by name; who is linked at one has a second factor there.
        organisation: the code of the home's own; who acts for it, or holds an office, gets his first second factor of an operator.
    """

    providers: frozenset[str] = frozenset()
    organisation: str = ""

    def covers(self, unit: ReadUnit, person: str) -> bool:
        """Tell whether a person is among them."""
        return (
            administrators.find(unit, person) is not None
            or any(each.provider in self.providers for each in person_links.list_links(unit, person))
            or any(each.uscc == self.organisation for each in mandates.open_of(unit, person))
        )


NOBODY_ELSE: Final = Guarded()


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """What of a session or a token counts here; `authenticated_at` is when the newest factor was proved, `session` its id."""

    person: str = field(repr=False)
    assurance: AssuranceLevel
    authenticated_at: datetime | None
    session: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedEnroller:
    """Somebody who may change the factors of `person` within `FRESH` of `at`; in `session`, which a change does not end."""

    person: str = field(repr=False)
    actor: Principal
    at: datetime
    session: str | None = None
    made_here: InitVar[object]

    def __post_init__(self, made_here: object) -> None:
        if made_here is not _MADE_HERE:
            message = "a VerifiedEnroller comes from idp.factors.enroller"
            raise TypeError(message)


def verify_fresh_login(
    unit: ReadUnit, login: Login, *, now: datetime, guarded: Guarded = NOBODY_ELSE
) -> VerifiedEnroller:
    """Return the person as one who may change his factors.

    Raises:
        TrustError: FACTOR_ENROLMENT_STALE when he signed in longer ago than `FRESH`, or in the future; FACTOR_ENROLMENT_WEAK when
            he has a factor that makes two and did not use it, or is `guarded` and signed in with one.
    """
    when = login.authenticated_at
    if when is None or not timedelta(0) <= now - when <= FRESH or not login.assurance.authentication:
        raise TrustError(
            IdentityCode.FACTOR_ENROLMENT_STALE, "a fresh login is needed", minutes=int(FRESH.seconds / 60)
        )
    if login.assurance.authentication < level_needed(unit, login.person, guarded).authentication:
        raise TrustError(IdentityCode.FACTOR_ENROLMENT_WEAK, "a login with two factors is needed")
    return VerifiedEnroller(
        person=login.person, actor=Principal(id=login.person), at=now, session=login.session, made_here=_MADE_HERE
    )


def level_needed(unit: ReadUnit, person: str, guarded: Guarded = NOBODY_ELSE) -> AssuranceLevel:
    """Return how strongly somebody must have signed in to change his factors: by two, once he has what makes two or is guarded."""
    kinds = {FactorKind(row.kind) for row in factors.list_live(unit, person)}
    two = bool(kinds & _STRONG) or guarded.covers(unit, person)
    return AssuranceLevel(authentication=TWO_FACTORS if two else 1)


def verify_operator(operator: Principal, person: str, *, now: datetime) -> VerifiedEnroller:
    """Return an operator as one who may change the factors of a person.

    The home's passphrase stands behind him, and, where officials sign in, the office of a security administrator.

    Raises:
        TrustError: USAGE for a principal that is neither, or that administers himself.
    """
    in_office = _OFFICE in operator.roles and operator.id != person
    if not operator.id.startswith("operator:") and not in_office:
        raise TrustError(ErrorCode.USAGE, "only an operator changes the factors of somebody else")
    return VerifiedEnroller(person=person, actor=operator, at=now, made_here=_MADE_HERE)


def require_standing(enroller: VerifiedEnroller, *, now: datetime) -> VerifiedEnroller:
    """Return the enroller while he may still act. Raise FACTOR_ENROLMENT_STALE."""
    if not timedelta(0) <= now - enroller.at <= FRESH:
        raise TrustError(IdentityCode.FACTOR_ENROLMENT_STALE, "a fresh login is needed")
    return enroller
