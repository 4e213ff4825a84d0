"""Recovery codes: a set of ten, shown once, each used once. For who has lost the app or the passkey.

    codes = recovery.renew(enroller, now=now)                       # ("K7QF-2M9D-…", …)
    proved = recovery.prove(Attempt(person="np-…", at=now), "k7qf 2m9d …")

A code has 80 random bits; the store has its keyed digest.
"""

from __future__ import annotations

import re
import secrets
import unicodedata
from typing import TYPE_CHECKING, Final

from idp.factors.changes import record_change
from idp.factors.enroller import require_standing
from idp.factors.port import FactorClass, FactorKind, ProvedFactor, nothing_more
from idp.notices import Notice, notify
from trustkit.audit.events import EventType
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity import fresh_identifier
from trustkit.identity_codes import IdentityCode
from trustkit.store import factors
from trustkit.store.factors import FactorRow

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from idp.factors.enroller import VerifiedEnroller
    from idp.factors.port import Then
    from idp.factors.throttle import Attempt, Throttle
    from idp.sealing import Sealing
    from trustkit.store.database import Database
    from trustkit.store.unit_of_work import ReadUnit

CODES: Final = 10
_LETTERS: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # 32, none of which looks like another
_LENGTH: Final = 16
_GROUP: Final = 4
_MOST_TYPED: Final = 64
_CODE: Final = re.compile(rf"[{_LETTERS}]{{{_LENGTH}}}")
_PURPOSE: Final = "recovery-code"
_MARK: Final = b"recovery codes"  # what such a factor has for material; the codes stand in their own table


def parse_recovery_code(typed: str) -> str:
    """Return the sixteen letters of what somebody typed, in any case and grouping. Raise FACTOR_CODE_FORM."""
    text = "" if len(typed) > _MOST_TYPED else re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", typed)).upper()
    if _CODE.fullmatch(text) is None:
        raise TrustError(IdentityCode.FACTOR_CODE_FORM, "a recovery code has sixteen letters and digits")
    return text


class RecoveryCodes:
    """The recovery codes of the home's people. Safe in several threads."""

    def __init__(
        self,
        database: Database,
        *,
        sealing: Sealing,
        throttle: Throttle,
        choose: Callable[[Sequence[str]], str] = secrets.choice,
    ) -> None:
        self._database = database
        self._sealing = sealing
        self._throttle = throttle
        self._choose = choose

    def renew(self, enroller: VerifiedEnroller, *, now: datetime) -> tuple[str, ...]:
        """Return a new set, which ends the one before it. Raise FACTOR_ENROLMENT_STALE; STORE_CONFLICT for two at once."""
        require_standing(enroller, now=now)
        person = enroller.person
        codes = tuple("".join(self._choose(_LETTERS) for _ in range(_LENGTH)) for _ in range(CODES))
        row = FactorRow(
            id=fresh_identifier("fa"),
            person=person,
            kind=FactorKind.RECOVERY.value,
            material=_MARK,
            created_at=now,
        )
        with self._database.unit_of_work() as uow:
            old = _find(uow, person)
            if old is not None:
                factors.remove(uow, old.id, at=now)
                record_change(uow, EventType.FACTOR_REMOVED, old, actor=enroller.actor, now=now)
            if not factors.add(uow, row):
                raise TrustError(ErrorCode.STORE_CONFLICT, "a set of codes was made at the same time")
            factors.add_codes(uow, row.id, [self._digest(person, code) for code in codes])
            notify(uow, Notice.CODES_RENEWED, person=person, kind=row.kind, now=now)
            record_change(uow, EventType.FACTOR_ENROLLED, row, actor=enroller.actor, now=now)
        return tuple("-".join(code[at : at + _GROUP] for at in range(0, _LENGTH, _GROUP)) for code in codes)

    def prove(self, attempt: Attempt, code: str, *, then: Then = nothing_more) -> ProvedFactor:
        """Return the proof that somebody has one of his codes left; it is used with it and with what `then` does, and he is told.

        Raises:
            TrustError: FACTOR_CODE_FORM; FACTOR_REFUSED for a code that is wrong, used or of an earlier set, and where there are none;
                FACTOR_THROTTLED, FACTOR_LOCKED.
        """
        letters = parse_recovery_code(code)
        admission = self._throttle.admit(attempt, FactorKind.RECOVERY)
        digest = self._digest(attempt.person or "", letters)
        with self._database.unit_of_work() as uow:
            row = _find(uow, attempt.person or "")
            if not factors.spend_code(uow, "" if row is None else row.id, digest, at=attempt.at) or row is None:
                raise TrustError(IdentityCode.FACTOR_REFUSED, "no such code is left")
            factors.touch(uow, row.id, at=attempt.at)
            self._throttle.clear(uow, admission)
            notify(uow, Notice.RECOVERY_USED, person=row.person, kind=row.kind, now=attempt.at)
            proved = ProvedFactor(
                person=row.person,
                kind=FactorKind.RECOVERY,
                factor=row.id,
                at=attempt.at,
                classes=frozenset({FactorClass.POSSESSION}),
                methods=("otp",),
            )
            then(uow, proved)
        return proved

    def _digest(self, person: str, code: str) -> str:
        return self._sealing.mac(_PURPOSE, person.encode(), code.encode()).hex()


def _find(unit: ReadUnit, person: str) -> FactorRow | None:
    return next((row for row in factors.list_live(unit, person) if row.kind == FactorKind.RECOVERY), None)
