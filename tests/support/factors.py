"""The services of factors over one store, as a test needs them: cheap hashes, a fixed home secret, a person who may enrol."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from idp.factors.apps import Apps
from idp.factors.confirmations import Confirmations
from idp.factors.enroller import Login, VerifiedEnroller, verify_fresh_login
from idp.factors.hashing import Cost, PasswordHashing
from idp.factors.passkey_attestation import AttestationPolicy
from idp.factors.passkey_model import RelyingParty
from idp.factors.passkeys import PasskeyFactors
from idp.factors.passwords import Passwords
from idp.factors.port import nothing_more
from idp.factors.recovery import RecoveryCodes
from idp.factors.standing import StandingFactors
from idp.factors.throttle import Attempt, Limits, Throttle
from idp.factors.totp import TotpFactors
from idp.factors.weak_passwords import WeakPasswords, common_passwords
from idp.home_secrets import HomeSecrets
from idp.op.access import PersonAccess
from tests.support.signing_in import SESSIONS
from trustkit.audit import trail
from trustkit.errors import TrustError
from trustkit.identity import AssuranceLevel

if TYPE_CHECKING:
    from collections.abc import Callable

    from idp.factors.port import ProvedFactor, Then
    from trustkit.error_family import Code
    from trustkit.store.database import Database

NOON = datetime(2026, 12, 1, 12, 0, 0, tzinfo=UTC)
PERSON = "np-abcdefghjkmnp"
OTHER = "np-qrstuvwxyzabc"
HERE = "198.51.100.7"
PASSWORD = "correct horse battery"
CHEAP = Cost(passes=1, memory_kib=64, at_once=2)
ISSUER = "https://login.example.gov.cn"
PARTY = RelyingParty(
    id="login.example.gov.cn", name="示例市政务服务", origins=frozenset({"https://login.example.gov.cn"})
)
SECRETS = HomeSecrets(bytes(range(32)))
ACCESS = PersonAccess(sessions=SESSIONS)


def prove_password(
    passwords: Passwords, database: Database, attempt: Attempt, text: str, *, then: Then = nothing_more
) -> ProvedFactor:
    """Prove a password as a login does, alone: counted, judged, written with what `then` does."""
    with database.unit_of_work() as uow:
        tried = passwords.admit(uow, attempt)
    judged = passwords.judge(tried, text)
    with database.unit_of_work() as uow:
        passwords.accept(uow, judged)
        then(uow, judged.proved)
    return judged.proved


class FactorDesk:
    """All of it, and short words for what tests do again and again."""

    def __init__(self, database: Database, limits: Limits | None = None, cost: Cost = CHEAP) -> None:
        self.database = database
        self.throttle = Throttle(database, SECRETS, limits)
        self.hashing = PasswordHashing(SECRETS, cost)
        self.passwords = Passwords(
            database,
            hashing=self.hashing,
            throttle=self.throttle,
            weak=WeakPasswords(common_passwords()),
            access=ACCESS,
        )
        self.totp = TotpFactors(database, sealing=SECRETS, throttle=self.throttle, issuer="示例市政务服务")
        self.passkeys = PasskeyFactors(
            database, sealing=SECRETS, party=PARTY, attestation=AttestationPolicy(), throttle=self.throttle
        )
        self.recovery = RecoveryCodes(database, sealing=SECRETS, throttle=self.throttle)
        self.standing = StandingFactors(database, ACCESS)
        self.apps = Apps(database, sealing=SECRETS, issuer=ISSUER)
        self.confirmations = Confirmations(database, throttle=self.throttle, issuer=ISSUER)

    def prove_password(self, attempt: Attempt, text: str, *, then: Then = nothing_more) -> ProvedFactor:
        return prove_password(self.passwords, self.database, attempt, text, then=then)

    def enroller(self, person: str = PERSON, *, now: datetime = NOON, authentication: int = 2) -> VerifiedEnroller:
        login = Login(person=person, assurance=AssuranceLevel(authentication=authentication), authenticated_at=now)
        with self.database.reading() as unit:
            return verify_fresh_login(unit, login, now=now)

    def events(self) -> list[tuple[str, str, str]]:
        """Return the trail: type, object and outcome."""
        with self.database.reading() as unit:
            return [(entry.type, entry.object_id, entry.outcome) for entry in trail.list_events(unit)]


def attempt(person: str | None = PERSON, *, at: datetime = NOON, address: str = HERE, name: str = "") -> Attempt:
    return Attempt(person=person, name=name, address=address, at=at)


def later(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def refusal(act: Callable[[], object]) -> Code:
    """Return the code an act is refused with."""
    with pytest.raises(TrustError) as caught:
        act()
    return caught.value.code
