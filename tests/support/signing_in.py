"""People who sign in: a home's secret that is always the same, proofs as factors give them, and levels that count classes alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from idp.factors.port import FactorClass, FactorKind, ProvedFactor
from idp.grounds import Grounds
from idp.home_secrets import HomeSecrets
from idp.interactions import Interactions
from idp.op.access import PersonAccess
from idp.people import People
from idp.sessions import SessionRules, Sessions, WhoSignedIn
from trustkit.identity import AssuranceLevel, Principal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from idp.evidence import AssuranceEvidence
    from idp.sessions import SignedIn
    from trustkit.store.database import Database

NOW = datetime(2026, 11, 26, 8, tzinfo=UTC)
TERMINAL = Principal(id="operator:0")
SECRETS = HomeSecrets(bytes(range(32)))
RULES = SessionRules(idle=timedelta(minutes=30), absolute=timedelta(hours=10), most=3)
PROOF_LASTS = timedelta(hours=12)
_CLASSES = {
    FactorKind.PASSWORD: frozenset({FactorClass.KNOWLEDGE}),
    FactorKind.TOTP: frozenset({FactorClass.POSSESSION}),
    FactorKind.PASSKEY: frozenset({FactorClass.POSSESSION, FactorClass.INHERENCE}),
}
_METHODS = {FactorKind.PASSWORD: "pwd", FactorKind.TOTP: "otp", FactorKind.PASSKEY: "hwk"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    level: AssuranceLevel
    methods: tuple[str, ...]
    authenticated_at: datetime | None
    good_until: datetime | None


class CountingLevels:
    """Worth by the number of classes; proofs last for `PROOF_LASTS`, evidence of a ladder ``test`` is worth its level until it expires."""

    def of(
        self,
        evidence: Iterable[AssuranceEvidence],
        factors: Iterable[ProvedFactor],
        now: datetime,
        *,
        methods: Iterable[str] = (),
    ) -> Worth:
        good = [each for each in evidence if each.expires_at is None or each.expires_at > now]
        proved = [each for each in factors if each.at + PROOF_LASTS > now]
        ends = [each.expires_at for each in good if each.expires_at] + [each.at + PROOF_LASTS for each in proved]
        classes = {each for factor in proved for each in factor.classes}
        return Worth(
            level=AssuranceLevel(
                identity=max((int(each.level) for each in good), default=0), authentication=min(len(classes), 2)
            ),
            methods=tuple(sorted({*(each for factor in proved for each in factor.methods), *methods})),
            authenticated_at=max((each.at for each in proved), default=None),
            good_until=min(ends, default=None),
        )


LEVELS = CountingLevels()
SESSIONS = Sessions(rules=RULES, levels=LEVELS)
PEOPLE = People(sealing=SECRETS, access=PersonAccess(sessions=SESSIONS))
INTERACTIONS = Interactions()


def proof(person: str, kind: FactorKind = FactorKind.PASSWORD, at: datetime = NOW) -> ProvedFactor:
    return ProvedFactor(
        person=person, kind=kind, factor=f"fa-{kind.value}", at=at, classes=_CLASSES[kind], methods=(_METHODS[kind],)
    )


def make_person(database: Database, login_name: str | None = "li.hua", people: People = PEOPLE) -> str:
    with database.unit_of_work() as uow:
        return people.create(uow, login_name=login_name, now=NOW, actor=TERMINAL)


def sign_in(
    database: Database,
    person: str,
    *,
    at: datetime = NOW,
    grounds: Grounds | None = None,
    sessions: Sessions = SESSIONS,
) -> SignedIn:
    who = WhoSignedIn(person=person, grounds=grounds or Grounds(factors=(proof(person, at=at),)))
    with database.unit_of_work() as uow:
        return sessions.begin(uow, who, now=at)
