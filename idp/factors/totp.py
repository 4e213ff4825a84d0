"""One-time passwords from an authenticator app: enrolled with a first code, each step used once, drift followed.

    offer = totp.begin(enroller, account="li.hua", now=now)          # offer.uri into a QR code, offer.typed to be typed
    totp.confirm(enroller, offer.handle, "287082", label="…", now=now)
    proved = totp.prove(Attempt(person="np-…", at=now), "287082")

Secrets lie sealed under the home's secret, each bound to its row.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from idp.factors.changes import record_change
from idp.factors.enroller import require_standing
from idp.factors.handed import Handed
from idp.factors.port import FactorClass, FactorKind, ProvedFactor, nothing_more
from idp.factors.totp_codes import (
    SECRET_OCTETS,
    base32,
    matching_step,
    next_drift,
    parse_code,
    provisioning_uri,
)
from idp.notices import Notice, notify
from trustkit.audit.events import EventType
from trustkit.errors import TrustError
from trustkit.identity import fresh_identifier
from trustkit.identity_codes import IdentityCode
from trustkit.store import factors
from trustkit.store.factors import FactorRow

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from idp.factors.enroller import VerifiedEnroller
    from idp.factors.port import Then
    from idp.factors.throttle import Admission, Attempt, Throttle
    from idp.sealing import Sealing
    from trustkit.store.database import Database
    from trustkit.store.unit_of_work import ReadUnit

MOST: Final = 5  # apps of one person: each makes guessing that much easier
ENROLMENT_LIFE: Final = timedelta(minutes=10)
_PURPOSE: Final = "totp"
_ENROLMENT: Final = "totp-enrolment"
_MAX_NAME: Final = 64  # characters of an account or issuer, so that the QR code stays readable


@dataclass(frozen=True, slots=True, kw_only=True)
class TotpOffer:
    """A secret that goes to an app: `uri` for a QR code, `typed` in groups of four for who types it."""

    handle: str = field(repr=False)
    uri: str = field(repr=False)
    typed: str = field(repr=False)


class TotpFactors:
    """The authenticator apps of the home's people. Safe in several threads."""

    def __init__(
        self,
        database: Database,
        *,
        sealing: Sealing,
        throttle: Throttle,
        issuer: str,
        random: Callable[[int], bytes] = secrets.token_bytes,
        token: Callable[[int], str] = secrets.token_urlsafe,
    ) -> None:
        """Serve one home; `issuer` is what apps show over the code."""
        self._database = database
        self._sealing = sealing
        self._throttle = throttle
        self._issuer = issuer[:_MAX_NAME]
        self._random = random
        self._handed = Handed(database, sealing, purpose=_ENROLMENT, life=ENROLMENT_LIFE, token=token)

    def begin(self, enroller: VerifiedEnroller, *, account: str, now: datetime) -> TotpOffer:
        """Return a new secret for an app; `account` is what the app shows under the issuer, and is not kept.

        Raises:
            TrustError: FACTOR_ENROLMENT_STALE, FACTOR_EXISTS when the person has as many as he may.
        """
        require_standing(enroller, now=now)
        with self._database.reading() as unit:
            self._require_room(unit, enroller.person)
        secret = self._random(SECRET_OCTETS)
        handle = self._handed.hand_out(secret, person=enroller.person, now=now)
        return self._offer(handle, secret, account)

    def again(self, enroller: VerifiedEnroller, handle: str, *, account: str, now: datetime) -> TotpOffer:
        """Return an offer once more, for who typed a wrong first code. Raise FACTOR_ENROLMENT_STALE, FACTOR_ENROLMENT_OVER."""
        require_standing(enroller, now=now)
        with self._database.reading() as unit:
            secret = self._handed.look(unit, handle, person=enroller.person, now=now)
        return self._offer(handle, secret, account)

    def confirm(self, enroller: VerifiedEnroller, handle: str, code: str, *, label: str = "", now: datetime) -> str:
        """Enrol the app that shows the right code, and return the factor's id. That code is used with it.

        Raises:
            TrustError: FACTOR_ENROLMENT_STALE, FACTOR_ENROLMENT_OVER, FACTOR_CODE_FORM, FACTOR_REFUSED for another code,
                FACTOR_EXISTS, INPUT_TOO_LARGE.
        """
        require_standing(enroller, now=now)
        digits = parse_code(code)
        with self._database.reading() as unit:
            secret = self._handed.look(unit, handle, person=enroller.person, now=now)
        step = matching_step(secret, digits, now=now, drift=0, used=-1)
        if step is None:
            raise TrustError(IdentityCode.FACTOR_REFUSED, "the app shows another code: its clock may be off")
        identifier = fresh_identifier("fa")
        row = FactorRow(
            id=identifier,
            person=enroller.person,
            kind=FactorKind.TOTP.value,
            label=label,
            material=self._sealing.seal(_PURPOSE, identifier.encode(), secret),
            counter=step,
            drift=next_drift(step, now=now),
            created_at=now,
        )
        with self._database.unit_of_work() as uow:
            self._handed.take(uow, handle)
            self._require_room(uow, enroller.person)
            factors.add(uow, row)
            notify(uow, Notice.FACTOR_ENROLLED, person=enroller.person, kind=FactorKind.TOTP.value, now=now)
            record_change(uow, EventType.FACTOR_ENROLLED, row, actor=enroller.actor, now=now)
        return identifier

    def prove(self, attempt: Attempt, code: str, *, then: Then = nothing_more) -> ProvedFactor:
        """Return the proof that somebody has his app at hand, written together with what `then` does.

        A code is taken once, and none before one that was taken.

        Raises:
            TrustError: FACTOR_CODE_FORM; FACTOR_REFUSED for a wrong, an old and a used code, and where there is no app;
                FACTOR_THROTTLED, FACTOR_LOCKED.
        """
        digits = parse_code(code)
        admission = self._throttle.admit(attempt, FactorKind.TOTP)
        with self._database.reading() as unit:
            rows = _live(unit, attempt.person or "")
        for row in rows:
            step = self._step(row, digits, attempt.at)
            if step is not None:
                return self._accept(admission, row, step, then)
        raise TrustError(IdentityCode.FACTOR_REFUSED, "no app of this person shows the code now")

    def _offer(self, handle: str, secret: bytes, account: str) -> TotpOffer:
        typed = base32(secret)
        return TotpOffer(
            handle=handle,
            uri=provisioning_uri(secret, account=account[:_MAX_NAME] or self._issuer, issuer=self._issuer),
            typed=" ".join(typed[start : start + 4] for start in range(0, len(typed), 4)),
        )

    def _step(self, row: FactorRow, digits: str, now: datetime) -> int | None:
        secret = self._sealing.open(_PURPOSE, row.id.encode(), row.material or b"")
        return matching_step(secret, digits, now=now, drift=row.drift, used=row.counter)

    def _accept(self, admission: Admission, row: FactorRow, step: int, then: Then) -> ProvedFactor:
        now = admission.attempt.at
        proved = ProvedFactor(
            person=row.person,
            kind=FactorKind.TOTP,
            factor=row.id,
            at=now,
            classes=frozenset({FactorClass.POSSESSION}),
            methods=("otp",),
        )
        with self._database.unit_of_work() as uow:
            if not factors.advance(uow, row.id, counter=step, drift=next_drift(step, now=now), at=now):
                raise TrustError(IdentityCode.FACTOR_REFUSED, "the code was used at the same time")
            self._throttle.clear(uow, admission)
            then(uow, proved)
        return proved

    @staticmethod
    def _require_room(unit: ReadUnit, person: str) -> None:
        if len(_live(unit, person)) >= MOST:
            raise TrustError(IdentityCode.FACTOR_EXISTS, "as many apps as one person may have", most=MOST)


def _live(unit: ReadUnit, person: str) -> tuple[FactorRow, ...]:
    return tuple(row for row in factors.list_live(unit, person) if row.kind == FactorKind.TOTP)
