"""The register of certificates: intent → issued (→ revoked) or abandoned.

A serial is reserved and durable before a key signs it, so a crash leaves an intent and never an unknown certificate.

    row = certificates.reserve(uow, issuer="issuing", profile="seal", subject="CN=…", at=now)
    certificates.complete(uow, row.serial, der=der, issued_at=now, not_after=until)
    certificates.revoke(uow, row.serial, at=now, reason="keyCompromise")
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003 - a field type of a public dataclass
from enum import StrEnum, unique
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, or_, select, update

from trustkit.errors import ErrorCode, TrustError
from trustkit.store import revocations
from trustkit.store.bounds import PAGE_LIMIT, bounded_limit, bounded_text
from trustkit.store.pages import older_than
from trustkit.store.schema import certificates as _table
from trustkit.x509.reason import RevocationReason

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from sqlalchemy import Update

    from trustkit.store.unit_of_work import Fields, ReadUnit, UnitOfWork

# RFC 5280 4.1.2.2: positive, at most 20 octets. The top bits are fixed to 01, so every serial has exactly 20 octets
# and 158 random bits.
SERIAL_OCTETS = 20
_TOP_BITS_CLEAR = (1 << 158) - 1
_TOP_BIT_SET = 1 << 158
ISSUER_LIMIT = 128
PROFILE_LIMIT = 64
SUBJECT_LIMIT = 2048
REASON_LIMIT = 64
# Real certificates stay under 4 KiB; the limit only stops a mistake.
DER_LIMIT = 256 * 1024

_REASONS = frozenset(reason.value for reason in RevocationReason)

_FIND = select(_table).where(_table.c.serial == bindparam("key"))
# Compare-and-set: the state an act starts from stands in the WHERE, so of two racing acts one touches no row.
_FROM_INTENT = update(_table).where(_table.c.serial == bindparam("key"), _table.c.state == "intent")
_FROM_ISSUED = update(_table).where(
    _table.c.serial == bindparam("key"), _table.c.state == "issued", _table.c.revoked_at.is_(None)
)
_FROM_HELD = update(_table).where(_table.c.serial == bindparam("key"), _table.c.reason == "certificateHold")
_FROM_STANDING = update(_table).where(
    _table.c.serial == bindparam("key"),
    _table.c.state == "issued",
    _table.c.revoked_at.is_(None) | (_table.c.reason == "certificateHold"),
)
# A root's own certificate is withdrawn by taking it out of the anchors, never by a list of its own.
_STANDING_OF_KEY = (
    select(_table)
    .where(
        _table.c.key_sm3 == bindparam("key"),
        _table.c.state == "issued",
        _table.c.revoked_at.is_(None) | (_table.c.reason == "certificateHold"),
        _table.c.not_after > bindparam("at"),
        or_(_table.c.role.is_(None), _table.c.role != "ca", _table.c.authority != _table.c.issuer),
    )
    .order_by(_table.c.serial)
    .limit(bindparam("most"))
)
_INTENTS_OF_KEY = select(_table.c.serial).where(_table.c.key_sm3 == bindparam("key"), _table.c.state == "intent")
_REVOKED_WITH = (
    select(_table.c.serial)
    .where(
        _table.c.key_sm3 == bindparam("key"),
        _table.c.revoked_at == bindparam("at"),
        _table.c.reason == bindparam("why"),
        _table.c.serial != bindparam("but"),
    )
    .order_by(_table.c.serial)
    .limit(PAGE_LIMIT)
)


@unique
class CertificateState(StrEnum):
    """Where a certificate is on its way. A revoked one stays issued and has `revoked_at`."""

    INTENT = "intent"
    ISSUED = "issued"
    ABANDONED = "abandoned"


@unique
class Standing(StrEnum):
    """What an issued certificate is good for, as people ask for it."""

    VALID = "valid"
    SUSPENDED = "suspended"
    REVOKED = "revoked"


HOLD = "certificateHold"  # the reason of a suspension (RFC 5280 5.3.1); every other one is final
_STANDINGS = {
    Standing.VALID: (_table.c.state == "issued") & _table.c.revoked_at.is_(None),
    Standing.SUSPENDED: (_table.c.state == "issued") & (_table.c.reason == HOLD),
    Standing.REVOKED: _table.c.revoked_at.is_not(None) & (_table.c.reason != HOLD),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateRow:
    """One certificate. `serial` is lower-case hex without leading zeros; `der` is there once it is issued.

    `authority` names the authority whose own certificate it is, in the role ``ca``, ``cross`` or ``link``; both None for an
    end entity. `key_sm3` is the SM3 of its SubjectPublicKeyInfo, None in rows older than the column; `authority_key` the
    identifier, in hex, of the issuer's key that signed it.
    """

    serial: str
    issuer: str
    profile: str
    subject: str
    state: CertificateState
    intent_at: datetime
    issued_at: datetime | None
    not_after: datetime | None
    abandoned_at: datetime | None
    revoked_at: datetime | None
    reason: str | None
    der: bytes | None = field(repr=False)
    authority: str | None = None
    role: str | None = None
    key_sm3: str | None = None
    authority_key: str | None = None

    @property
    def standing(self) -> str:
        """``valid``, ``suspended`` or ``revoked`` once it is issued, else ``intent`` or ``abandoned``."""
        if self.state is not CertificateState.ISSUED:
            return self.state.value
        if self.revoked_at is None:
            return Standing.VALID.value
        return Standing.SUSPENDED.value if self.reason == HOLD else Standing.REVOKED.value

    @property
    def serial_number(self) -> int:
        """The serial as the INTEGER of the certificate."""
        return int(self.serial, 16)


def serial_text(serial_number: int) -> str:
    """Return the form serials are kept in: ``1f2e…``, lower-case hex without leading zeros."""
    return f"{serial_number:x}"


def random_serial(random_octets: Callable[[int], bytes] = secrets.token_bytes) -> str:
    """Return a serial of 20 octets, 158 bits of them random, in the form they are kept in."""
    return serial_text(int.from_bytes(random_octets(SERIAL_OCTETS)) & _TOP_BITS_CLEAR | _TOP_BIT_SET)


def abandon(uow: UnitOfWork, serial: str, *, at: datetime, reason: str) -> None:
    """Close an intent that led to nothing, after a failure or a crash.

    Raises:
        TrustError: STORE_CONFLICT unless there is an intent with this serial.
    """
    text = bounded_text("reason", reason, REASON_LIMIT)
    values = {"state": CertificateState.ABANDONED.value, "abandoned_at": at, "reason": text}
    _move(uow, _FROM_INTENT, serial, values, needed="intent")


def abandon_of_key(uow: UnitOfWork, key_sm3: str, *, at: datetime, reason: str) -> tuple[str, ...]:
    """Close every intent for a key; return the serials. What is completed at this moment is waited for, and left as issued."""
    values = {"state": CertificateState.ABANDONED.value, "abandoned_at": at, "reason": reason}
    found = [serial for (serial,) in uow.fetch_tuples(_INTENTS_OF_KEY, {"key": key_sm3})]
    return tuple(serial for serial in found if uow.act(_FROM_INTENT, {"key": serial, **values}))


def suspend(uow: UnitOfWork, serial: str, *, at: datetime) -> None:
    """Put an issued certificate on hold, and note it for the next revocation list. Raise STORE_CONFLICT unless it is in force."""
    _move(uow, _FROM_ISSUED, serial, {"revoked_at": at, "reason": HOLD}, needed="issued, not revoked")
    _list(uow, serial, at, RevocationReason.CERTIFICATE_HOLD, None)


def resume(uow: UnitOfWork, serial: str, *, at: datetime) -> None:
    """End a hold, and note it for the next revocation list. Raise STORE_CONFLICT unless the certificate is on hold."""
    _move(uow, _FROM_HELD, serial, {"revoked_at": None, "reason": None}, needed="suspended")
    _list(uow, serial, at, RevocationReason.REMOVE_FROM_CRL, None)


def revoke(uow: UnitOfWork, serial: str, *, at: datetime, reason: str, invalidity_date: datetime | None = None) -> None:
    """Revoke an issued certificate, once, whether in force or on hold, and note it for the next revocation list.

    `reason` is a CRLReason's name (RFC 5280 5.3.1); from `invalidity_date` on the key is suspected (5.3.2).

    Raises:
        TrustError: USAGE for another reason; STORE_CONFLICT unless it is issued and not yet revoked.
    """
    if reason not in _REASONS:
        raise TrustError(ErrorCode.USAGE, "the reason is none of RFC 5280 5.3.1")
    _move(uow, _FROM_STANDING, serial, {"revoked_at": at, "reason": reason}, needed="issued, not revoked")
    _list(uow, serial, at, RevocationReason(reason), invalidity_date)


def _list(
    uow: UnitOfWork, serial: str, at: datetime, reason: RevocationReason, invalidity_date: datetime | None
) -> None:
    row = get(uow, serial)
    revocations.record(
        uow,
        issuer=row.issuer,
        serial=serial,
        at=at,
        reason=reason,
        not_after=row.not_after,
        invalidity_date=invalidity_date,
    )


def find(unit: ReadUnit, serial: str) -> CertificateRow | None:
    """Return the certificate with this serial (hex as in the row), or None."""
    row = unit.fetch_one(_FIND, {"key": serial})
    return None if row is None else _row(row)


def get(unit: ReadUnit, serial: str) -> CertificateRow:
    """Return the certificate with this serial.

    Raises:
        TrustError: STORE_ROW_MISSING.
    """
    row = find(unit, serial)
    if row is None:
        raise TrustError(ErrorCode.STORE_ROW_MISSING, "no certificate has this serial")
    return row


def search(
    unit: ReadUnit,
    *,
    issuer: str | None = None,
    issuers: Collection[str] | None = None,
    profile: str | None = None,
    profiles: Collection[str] | None = None,
    state: CertificateState | None = None,
    subject_holds: str | None = None,
    authority: str | None = None,
    role: str | None = None,
    standing: Standing | None = None,
    expires_before: datetime | None = None,
    after: str | None = None,
    limit: int = 100,
) -> tuple[CertificateRow, ...]:
    """List certificates newest first; `after` is the last serial of the page before.

    `issuers` and `profiles` are those that may be seen, None for all.

    Raises:
        TrustError: USAGE for a limit over PAGE_LIMIT, STORE_ROW_MISSING for an unknown `after`.
    """
    query = select(_table).where(older_than(unit, _table, _table.c.serial, after))
    exact = {
        "issuer": issuer,
        "profile": profile,
        "state": state.value if state is not None else None,
        "authority": authority,
        "role": role,
    }
    for name, value in exact.items():
        if value is not None:
            query = query.where(_table.c[name] == value)
    for name, seen in (("issuer", issuers), ("profile", profiles)):
        if seen is not None:
            query = query.where(_table.c[name].in_(seen))
    if standing is not None:
        query = query.where(_STANDINGS[standing])
    if expires_before is not None:
        query = query.where(_table.c.not_after < expires_before)
    if subject_holds is not None:
        query = query.where(_table.c.subject.icontains(subject_holds, autoescape=True))
    query = query.order_by(_table.c.intent_at.desc(), _table.c.serial.desc()).limit(bounded_limit(limit))
    return tuple(_row(row) for row in unit.fetch_all(query))


def list_standing_of_key(
    unit: ReadUnit, key_sm3: str, *, at: datetime, limit: int = PAGE_LIMIT
) -> tuple[CertificateRow, ...]:
    """List the certificates of one key, by the SM3 of its SubjectPublicKeyInfo, that are not revoked and not expired, by serial.

    Those on hold among them, a root's own not. Raise USAGE for a limit over PAGE_LIMIT.
    """
    rows = unit.fetch_all(_STANDING_OF_KEY, {"key": key_sm3, "at": at, "most": bounded_limit(limit)})
    return tuple(_row(row) for row in rows)


def list_revoked_with(unit: ReadUnit, row: CertificateRow) -> tuple[str, ...]:
    """List, by serial, the other certificates of its key that were revoked with one, in the same act."""
    values = {"key": row.key_sm3, "at": row.revoked_at, "why": row.reason, "but": row.serial}
    return tuple(serial for (serial,) in unit.fetch_tuples(_REVOKED_WITH, values))


def list_unfinished(unit: ReadUnit, *, before: datetime, limit: int = PAGE_LIMIT) -> tuple[CertificateRow, ...]:
    """List intents written before a moment, oldest first: what a crash left behind."""
    query = select(_table).where(_table.c.state == CertificateState.INTENT.value, _table.c.intent_at < before)
    rows = unit.fetch_all(query.order_by(_table.c.intent_at, _table.c.serial).limit(bounded_limit(limit)))
    return tuple(_row(row) for row in rows)


def _move(uow: UnitOfWork, change: Update, serial: str, values: Mapping[str, object], *, needed: str) -> None:
    if uow.act(change, {"key": serial, **values}):
        return
    row = find(uow, serial)
    found = "none" if row is None else "revoked" if row.revoked_at else row.state.value
    raise TrustError(ErrorCode.STORE_CONFLICT, "the certificate is in another state", needed=needed, found=found)


def _intent(serial: str, values: Mapping[str, object]) -> CertificateRow:
    empty = dict.fromkeys((column.name for column in _table.c), None)
    return _row({**empty, **values, "serial": serial})


def _row(row: Fields) -> CertificateRow:
    return CertificateRow(**{**row, "state": CertificateState(row["state"])})
