"""Proofs of factors a second on one core, over a store on disk: passwords, one-time passwords, passkeys.

    python -m benchmarks.factors [SECONDS]

Processor time, so that other work on the machine does not count; medians of interleaved rounds. A password proof is the whole
service: the try counted, Argon2id at the default cost, the success written. It stands beside Argon2id alone at that cost, and
beside the figure asked for, 35 logins a second. A name nobody has is to cost what a wrong password costs: the last ratio is near 1.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING

from nacl import pwhash
from pyotp import TOTP

from benchmarks.measure import Act, Pair, report
from idp.factors.enroller import verify_operator
from idp.factors.hashing import Cost, PasswordHashing
from idp.factors.passwords import Passwords
from idp.factors.throttle import Attempt, Limits, Throttle
from idp.factors.totp import TotpFactors
from idp.factors.weak_passwords import WeakPasswords, common_passwords
from idp.home_secrets import HomeSecrets
from idp.levels.assessment import Levels
from idp.op.access import PersonAccess
from idp.sessions import SessionRules, Sessions
from tests.support.factors import prove_password
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity import Principal
from trustkit.store.database import Database, open_database

if TYPE_CHECKING:
    from collections.abc import Callable

NEEDED = 35.0
ROUNDS = 15
PERSON, PASSWORD, HERE = "np-benchmark", "correct horse battery", "198.51.100.7"
START = datetime(2026, 12, 1, tzinfo=UTC)
OPERATOR = Principal(id="operator:0")
PATIENT = Limits(free=10**9, most=10**9, address=10**9)


class Desk:
    """The services over one store, with a person who has a password and an app."""

    def __init__(self, database: Database) -> None:
        self._database = database
        secrets = HomeSecrets(bytes(32))
        throttle = Throttle(database, secrets, PATIENT)
        weak = WeakPasswords(common_passwords())
        levels = Levels(ladders={}, factor_rules={})  # nobody is signed in
        access = PersonAccess(sessions=Sessions(rules=SessionRules(), levels=levels))
        self.passwords = Passwords(
            database, hashing=PasswordHashing(secrets), throttle=throttle, weak=weak, access=access
        )
        self.totp = TotpFactors(database, sealing=secrets, throttle=throttle, issuer="benchmark")
        self._steps = count(1)
        enroller = verify_operator(OPERATOR, PERSON, now=START)
        self.passwords.put(enroller, PASSWORD, now=START)
        offer = self.totp.begin(enroller, account="benchmark", now=START)
        self._app = TOTP(offer.typed.replace(" ", ""))
        self.totp.confirm(enroller, offer.handle, self._app.at(START), now=START)

    def log_in(self) -> None:
        """Prove the password."""
        prove_password(self.passwords, self._database, Attempt(person=PERSON, address=HERE, at=START), PASSWORD)

    def type_code(self) -> None:
        """Prove the app, half a minute after the time before."""
        now = START + timedelta(seconds=30 * next(self._steps))
        self.totp.prove(Attempt(person=PERSON, address=HERE, at=now), self._app.at(now))

    def refused(self, person: str | None) -> Callable[[], None]:
        """Return an act that types a wrong password."""

        def act() -> None:
            with suppress(TrustError):
                prove_password(
                    self.passwords,
                    self._database,
                    Attempt(person=person, name="nobody", address=HERE, at=START),
                    "wrong horse",
                )
                raise TrustError(ErrorCode.BUG, "a wrong password was taken")

        return act


def main() -> int:
    """Print the figures; fail when the one asked for is missed."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 0.3
    cost = Cost()
    with tempfile.TemporaryDirectory() as folder, open_database(f"sqlite:///{folder}/store.db") as database:
        database.migrate()
        desk = Desk(database)
        login = Act(name="login", call=desk.log_in)
        memory = cost.memory_kib * 1024
        argon = Act(
            name="argon2id",
            call=lambda: pwhash.argon2id.kdf(32, bytes(32), bytes(16), opslimit=cost.passes, memlimit=memory),
        )
        code = Act(name="code", call=desk.type_code)
        somebody = Act(name="somebody", call=desk.refused(PERSON))
        nobody = Act(name="nobody", call=desk.refused(None))
        found = report(
            (
                Pair(name="password login, beside Argon2id alone", ours=login, peer=argon),
                Pair(name="one-time password, beside a password login", ours=code, peer=login),
                Pair(name="wrong password of nobody, beside somebody's", ours=nobody, peer=somebody),
            ),
            seconds=seconds,
            rounds=ROUNDS,
        )
        rate = statistics.median(found[login.name])
    missed = "" if rate >= NEEDED else "  MISSED"
    print(
        f"{'password logins a second of one core, beside those asked for':<64} {rate:>12,.1f}/s {NEEDED:>12,.1f}/s {rate / NEEDED:>8.2f}{missed}"
    )
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
