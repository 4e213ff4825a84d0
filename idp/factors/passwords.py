"""Passwords: set by somebody who may, proved under the throttle, at the same cost for names nobody has.

passwords.put(enroller, "correct horse battery", own_words=("li.hua",), now=now)
tried = passwords.admit(uow, Attempt(person="np-…", address="198.51.100.7", at=now))    # counted, and committed
judged = passwords.judge(tried, password)                                               # in no unit: it takes a hash
passwords.accept(uow, judged)                                                           # judged.proved is written
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from idp.factors.changes import PASSWORD_CHANGED, record_change
from idp.factors.enroller import require_standing
from idp.factors.hashing import MAX_PASSWORD
from idp.factors.port import FactorClass, FactorKind, ProvedFactor
from idp.notices import Notice, notify
from trustkit.audit.events import EventType
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity import fresh_identifier
from trustkit.identity_codes import IdentityCode
from trustkit.store import factor_attempts, factors, people
from trustkit.store.factors import FactorRow

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from idp.factors.changes import Access
    from idp.factors.enroller import VerifiedEnroller
    from idp.factors.hashing import PasswordHashing
    from idp.factors.throttle import Admission, Attempt, Throttle
    from idp.factors.weak_passwords import WeakPasswords
    from trustkit.store.database import Database
    from trustkit.store.unit_of_work import ReadUnit, UnitOfWork

SHORTEST: Final = 10
LONGEST: Final = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class TriedPassword:
    """A try that was counted; `row` is the password it is judged by, None where there is none that counts."""

    admission: Admission
    row: FactorRow | None = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedPassword:
    """A try that was right; `fresh` replaces what is kept of the password, None while that is of today's cost."""

    proved: ProvedFactor
    tried: TriedPassword
    fresh: bytes | None = field(repr=False)


class Passwords:
    """The passwords of the home's people. Safe in several threads."""

    def __init__(
        self, database: Database, *, hashing: PasswordHashing, throttle: Throttle, weak: WeakPasswords, access: Access
    ) -> None:
        self._database = database
        self._hashing = hashing
        self._throttle = throttle
        self._weak = weak
        self._access = access

    def put(self, enroller: VerifiedEnroller, password: str, *, own_words: Sequence[str] = (), now: datetime) -> str:
        """Set or change a person's password, and return the factor's id. His waits and locks end with it.

        Whoever knew the old one may be signed in by it: a change ends every session but the enroller's own, and what came of them.

        Raises:
            TrustError: FACTOR_PASSWORD_FORM, FACTOR_PASSWORD_WEAK with a `reason`; FACTOR_ENROLMENT_STALE; REQUEST_BUSY.
        """
        require_standing(enroller, now=now)
        self.require_good(password, own_words)
        person = enroller.person
        material = self._hashing.hash(person, password).encode()
        with self._database.unit_of_work() as uow:
            old = _find(uow, person)
            if old is not None:
                factors.remove(uow, old.id, at=now)
            row = FactorRow(
                id=fresh_identifier("fa"),
                person=person,
                kind=FactorKind.PASSWORD.value,
                material=material,
                created_at=now,
            )
            if not factors.add(uow, row):
                raise TrustError(ErrorCode.STORE_CONFLICT, "the password was changed at the same time")
            factor_attempts.release(uow, person)
            about = Notice.FACTOR_ENROLLED if old is None else Notice.PASSWORD_CHANGED
            notify(uow, about, person=person, kind=FactorKind.PASSWORD.value, now=now)
            if old is not None:
                record_change(uow, EventType.FACTOR_REMOVED, old, actor=enroller.actor, now=now)
                self._access.end(
                    uow, person, reason=PASSWORD_CHANGED, now=now, actor=enroller.actor, keep=enroller.session
                )
            record_change(uow, EventType.FACTOR_ENROLLED, row, actor=enroller.actor, now=now)
        return row.id

    def admit(self, uow: UnitOfWork, attempt: Attempt) -> TriedPassword:
        """Count a try, and return what it is to be judged by. The unit is committed before that.

        Raises:
            TrustError: FACTOR_THROTTLED, FACTOR_LOCKED.
        """
        person = attempt.person or ""
        admission = self._throttle.count(uow, attempt, FactorKind.PASSWORD)
        row, who = _find(uow, person), people.find(uow, person)
        if who is not None and who.locked_at is not None:
            row = None  # or his right password would reset the count, and tell itself apart from a wrong one by that
        return TriedPassword(admission=admission, row=row)

    def require_open(self, unit: ReadUnit, attempt: Attempt) -> None:
        """Refuse a try that `admit` would refuse now, and write nothing. Raise as `admit`."""
        self._throttle.require_open(unit, attempt, FactorKind.PASSWORD)

    def judge(self, tried: TriedPassword, password: str) -> JudgedPassword:
        """Return a try that was right. It takes the time of a hash, in no unit.

        Raises:
            TrustError: FACTOR_REFUSED, whether the name, the person's password or what was typed is not there or wrong, or he is locked
                out; REQUEST_BUSY.
        """
        if len(password) > MAX_PASSWORD:
            raise TrustError(IdentityCode.FACTOR_REFUSED, "longer than any password")
        row, attempt = tried.row, tried.admission.attempt
        kept = None if row is None or row.material is None else row.material.decode("ascii")
        if not self._hashing.matches(attempt.person or "", password, kept) or row is None or kept is None:
            raise TrustError(IdentityCode.FACTOR_REFUSED, "the password does not match")
        proved = ProvedFactor(
            person=row.person,
            kind=FactorKind.PASSWORD,
            factor=row.id,
            at=attempt.at,
            classes=frozenset({FactorClass.KNOWLEDGE}),
            methods=("pwd",),
        )
        fresh = self._hashing.hash(row.person, password) if self._hashing.is_outdated(kept) else None
        return JudgedPassword(proved=proved, tried=tried, fresh=None if fresh is None else fresh.encode())

    def accept(self, uow: UnitOfWork, judged: JudgedPassword) -> None:
        """Write a try that was right: its count is taken back.

        Raises:
            TrustError: FACTOR_REFUSED when the password was changed meanwhile.
        """
        row, admission = judged.tried.row, judged.tried.admission
        if row is None or not factors.touch(uow, row.id, at=admission.attempt.at):
            raise TrustError(IdentityCode.FACTOR_REFUSED, "the password was changed while it was compared")
        if judged.fresh is not None:
            factors.replace_material(uow, row, judged.fresh)
        self._throttle.clear(uow, admission)

    def require_good(self, password: str, own_words: Sequence[str] = ()) -> None:
        """Refuse what `put` would refuse, before anything is made for it. Raise FACTOR_PASSWORD_FORM, FACTOR_PASSWORD_WEAK."""
        text = unicodedata.normalize("NFKC", password[: LONGEST + 1])
        controls = any(unicodedata.category(letter) in {"Cc", "Cs"} for letter in text)
        if controls or len(password) > LONGEST or not SHORTEST <= len(text) <= LONGEST:
            raise TrustError(
                IdentityCode.FACTOR_PASSWORD_FORM, "length or characters", shortest=SHORTEST, longest=LONGEST
            )
        reason = self._weak.reason(text, own_words)
        if reason is not None:
            raise TrustError(IdentityCode.FACTOR_PASSWORD_WEAK, "easily guessed", reason=reason.value)


def _find(unit: ReadUnit, person: str) -> FactorRow | None:
    rows = (row for row in factors.list_live(unit, person) if row.kind == FactorKind.PASSWORD)
    return next(rows, None)
