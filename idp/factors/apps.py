"""Apps that confirm: paired by a code one screen shows and the telephone reads, and by digits both show and the person compares.

    pairing = apps.begin(enroller, now=now)                      # pairing.handle into a QR code
    digits = apps.bring(body, now=now)                           # the app brings its key, signed for, and shows the digits
    apps.digits(enroller, pairing.handle, now=now)               # the page shows its own; None while no app came
    apps.finish(enroller, pairing.handle, label="…", now=now)    # the person said that they are the same
    apps.outcome(body, now=now)                                  # the app learns what it is called; None while nobody said

Who filmed the code over somebody's shoulder and is faster brings another key, and the digits differ.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from idp.factors.app_messages import verify_app_key
from idp.factors.changes import record_change
from idp.factors.enroller import require_standing
from idp.factors.handed import Handed
from idp.factors.port import FactorKind
from idp.notices import Notice, notify
from trustkit.audit.events import EventType
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.errors import TrustError
from trustkit.identity import fresh_identifier
from trustkit.identity_codes import IdentityCode
from trustkit.store import factors
from trustkit.store.factors import FactorRow

if TYPE_CHECKING:
    from collections.abc import Callable

    from idp.factors.enroller import VerifiedEnroller
    from idp.sealing import Sealing
    from trustkit.store.database import Database
    from trustkit.store.unit_of_work import ReadUnit

MOST: Final = 5  # apps of one person
PAIRING_LIFE: Final = timedelta(minutes=5)
SCHEME: Final = "trustkit-app"
_DIGITS: Final = 10**6
_MARK: Final = b"pairing"
_CONTEXT: Final = b"trustkit idp app key v1\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairing:
    """A pairing that has begun; whoever has the handle may bring a key until it ends."""

    handle: str = field(repr=False)
    expires_at: datetime


class Apps:
    """The apps of the home's people. Safe in several threads."""

    def __init__(
        self,
        database: Database,
        *,
        sealing: Sealing,
        issuer: str,
        token: Callable[[int], str] = secrets.token_urlsafe,
    ) -> None:
        """Serve one provider; apps sign for its `issuer`."""
        self._database = database
        self._issuer = issuer
        self._pairing = Handed(database, sealing, purpose="app-pairing", life=PAIRING_LIFE, token=token)
        self._brought = Handed(database, sealing, purpose="app-key", life=PAIRING_LIFE, token=token)
        self._paired = Handed(database, sealing, purpose="app-paired", life=PAIRING_LIFE, token=token)

    def uri(self, handle: str) -> str:
        """Return what the QR code of a pairing says: at which provider, and by which handle."""
        return f"{SCHEME}://pair?{urlencode({'issuer': self._issuer, 'pairing': handle})}"

    def begin(self, enroller: VerifiedEnroller, *, now: datetime) -> Pairing:
        """Return the handle an app is to read. Raise FACTOR_ENROLMENT_STALE, FACTOR_EXISTS."""
        require_standing(enroller, now=now)
        with self._database.reading() as unit:
            _require_room(unit, enroller.person)
        handle = self._pairing.hand_out(_MARK, person=enroller.person, now=now)
        return Pairing(handle=handle, expires_at=now + PAIRING_LIFE)

    def bring(self, body: bytes, *, now: datetime) -> str:
        """Take the key an app brings for a pairing, once, and return the digits it is to show.

        Raises:
            TrustError: FACTOR_APP_MESSAGE; FACTOR_ENROLMENT_OVER when there is no such pairing, or a key was brought.
        """
        key = verify_app_key(body, issuer=self._issuer, now=now)
        with self._database.unit_of_work() as uow:
            person = self._pairing.owner(uow, key.pairing, now=now)
            self._pairing.take(uow, key.pairing)
            self._brought.keep(uow, key.pairing, key.jwk, person=person, now=now)
        return _digits(key.jwk)

    def digits(self, enroller: VerifiedEnroller, handle: str, *, now: datetime) -> str | None:
        """Return the digits of the key that was brought, None while there is none. Raise FACTOR_ENROLMENT_OVER."""
        with self._database.reading() as unit:
            jwk = _looked(self._brought, unit, handle, person=enroller.person, now=now)
            if jwk is None:
                self._pairing.look(unit, handle, person=enroller.person, now=now)
        return None if jwk is None else _digits(jwk)

    def finish(self, enroller: VerifiedEnroller, handle: str, *, label: str = "", now: datetime) -> str:
        """Enrol the app whose digits the person has compared, and return the factor's id, which the app signs as.

        Raises:
            TrustError: FACTOR_ENROLMENT_STALE, FACTOR_ENROLMENT_OVER, FACTOR_EXISTS, INPUT_TOO_LARGE.
        """
        require_standing(enroller, now=now)
        with self._database.unit_of_work() as uow:
            jwk = self._brought.look(uow, handle, person=enroller.person, now=now)
            self._brought.take(uow, handle)
            _require_room(uow, enroller.person)
            row = FactorRow(
                id=fresh_identifier("fa"),
                person=enroller.person,
                kind=FactorKind.CONFIRMATION.value,
                label=label,
                material=jwk,
                created_at=now,
            )
            factors.add(uow, row)
            self._paired.keep(uow, handle, row.id.encode(), person=row.person, now=now)
            notify(uow, Notice.FACTOR_ENROLLED, person=row.person, kind=row.kind, now=now)
            record_change(uow, EventType.FACTOR_ENROLLED, row, actor=enroller.actor, now=now)
        return row.id

    def cancel(self, enroller: VerifiedEnroller, handle: str, *, now: datetime) -> None:
        """End a pairing whose digits differ. Raise FACTOR_ENROLMENT_OVER."""
        with self._database.unit_of_work() as uow:
            came = _looked(self._brought, uow, handle, person=enroller.person, now=now) is not None
            under_way = self._brought if came else self._pairing
            under_way.look(uow, handle, person=enroller.person, now=now)
            under_way.take(uow, handle)

    def outcome(self, body: bytes, *, now: datetime) -> str | None:
        """Return the factor an app became, None while the person compares; `body` is that of `bring`, signed anew.

        Raises:
            TrustError: FACTOR_APP_MESSAGE; FACTOR_ENROLMENT_OVER when the person refused it, it took too long, or another key was brought.
        """
        key = verify_app_key(body, issuer=self._issuer, now=now)
        with self._database.reading() as unit:
            brought = _looked(self._brought, unit, key.pairing, now=now)
            if brought is not None and hmac.compare_digest(brought, key.jwk):
                return None
            paired = _looked(self._paired, unit, key.pairing, now=now) or b""
            row = factors.find(unit, paired.decode("ascii"))
        if row is None or row.material is None or not hmac.compare_digest(row.material, key.jwk):
            raise TrustError(IdentityCode.FACTOR_ENROLMENT_OVER, "nothing is under way by this handle and key")
        return row.id


def _looked(handed: Handed, unit: ReadUnit, handle: str, *, person: str | None = None, now: datetime) -> bytes | None:
    """Return what was handed out, None when it is not there; `person` None: whosever it is."""
    try:
        whose = person or handed.owner(unit, handle, now=now)
        return handed.look(unit, handle, person=whose, now=now)
    except TrustError as error:
        if error.code is not IdentityCode.FACTOR_ENROLMENT_OVER:
            raise
        return None


def _digits(jwk: bytes) -> str:
    octets = digest(DigestAlgorithm.SM3, _CONTEXT + jwk)
    return f"{int.from_bytes(octets, 'big') % _DIGITS:06}"


def _require_room(unit: ReadUnit, person: str) -> None:
    count = sum(row.kind == FactorKind.CONFIRMATION for row in factors.list_live(unit, person))
    if count >= MOST:
        raise TrustError(IdentityCode.FACTOR_EXISTS, "as many apps as one person may have", most=MOST)
