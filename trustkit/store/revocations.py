"""What revocation lists have to say: one short row a revoked certificate, in the order the changes were made.

    change = revocations.record(uow, issuer="issuing", serial="1f2e", at=now, reason=RevocationReason.SUPERSEDED, not_after=until)
    for page in revocations.pages(unit, "issuing", selection):   # entries encoded already, joined in chunks
        …

A row holds its entry as the list will carry it, so that a list of a million is made by reading and joining. `change`
counts an issuer's changes: it is taken under a lock that lasts to the commit, so whoever sees change n sees all before.
A certificate put on hold has a row with certificateHold; released, the row says removeFromCRL, which deltas tell and
complete lists leave out (RFC 5280 5.3.1).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import and_, bindparam, func, not_, select, true

from trustkit.store.bounds import bounded_text
from trustkit.store.inserts import insert_or_replace
from trustkit.store.schema import revocations as _table
from trustkit.store.sequences import next_value
from trustkit.x509.crl_build import CrlEntry, encode_entry
from trustkit.x509.reason import RevocationReason

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from sqlalchemy import ColumnElement

    from trustkit.store.unit_of_work import ReadUnit, UnitOfWork

ISSUER_LIMIT: Final = 128
SERIAL_LIMIT: Final = 40
BUCKETS: Final = 256  # the finest partition: by the last octet of the serial number
_AT_ONCE: Final = 500  # serial numbers in one question
_LAST_CHANGE = select(func.coalesce(func.max(_table.c.change), 0)).where(_table.c.issuer == bindparam("of"))
PAGE: Final = 20_000  # rows read at once while a list is made: about two million octets


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which entries a list takes.

    Attributes:
        partitions, partition: certificates whose serial number modulo `partitions` is `partition`.
        after: changes above this number alone, removals included: a delta. None: everything that is revoked.
        dropped: (change, moment): certificates that expired before the moment and were listed up to the change are left
            out (RFC 5280 3.3: an entry stays until one list made after the certificate's expiry has carried it).
    """

    partitions: int = 1
    partition: int = 0
    after: int | None = None
    dropped: tuple[int, datetime] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some entries, encoded and joined."""

    entries: int
    octets: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """The newest change to one certificate; `number` counts its issuer's changes."""

    issuer: str
    serial: str
    number: int


def record(
    uow: UnitOfWork,
    *,
    issuer: str,
    serial: str,
    at: datetime,
    reason: RevocationReason,
    not_after: datetime | None,
    invalidity_date: datetime | None = None,
) -> int:
    """Write what the next list says of a certificate (serial as in the register) and return the change's number.

    Raises:
        TrustError: INPUT_TOO_LARGE; what the store raises.
    """
    number = int(serial, 16)
    change = next_value(uow, f"revocation:{bounded_text('issuer', issuer, ISSUER_LIMIT)}")
    row = {
        "issuer": issuer,
        "serial": bounded_text("serial", serial, SERIAL_LIMIT),
        "bucket": number % BUCKETS,
        "reason": reason.value,
        "not_after": not_after,
        "change": change,
        "entry": encode_entry(
            CrlEntry(serial=number, revoked_at=at, reason=reason, invalidity_date=invalidity_date),
        ),
    }
    uow.write(insert_or_replace(uow.dialect, _table), row)
    return change


def last_change(unit: ReadUnit, issuer: str) -> int:
    """Return the number of an issuer's newest change, 0 when nothing was ever revoked."""
    return int(unit.fetch_value(_LAST_CHANGE, {"of": issuer}))


def count_after(unit: ReadUnit, issuer: str, change: int) -> int:
    """Return how many certificates of an issuer changed after a change."""
    query = select(func.count()).select_from(_table).where(_table.c.issuer == issuer, _table.c.change > change)
    return int(unit.fetch_value(query))


def newest_by_bucket(unit: ReadUnit, issuer: str, *, after: int) -> Mapping[int, int]:
    """Return the newest change of an issuer above a number in each bucket of serial numbers that has one."""
    query = select(_table.c.bucket, func.max(_table.c.change)).where(_table.c.issuer == issuer, _table.c.change > after)
    return {row[0]: row[1] for row in unit.fetch_tuples(query.group_by(_table.c.bucket))}


def changes_of(unit: ReadUnit, serials: Iterable[str]) -> tuple[Change, ...]:
    """Return the newest change to each of some certificates, by their serials as in the register; none for the untouched."""
    found: list[Change] = []
    wanted = tuple(serials)
    for some in (wanted[start : start + _AT_ONCE] for start in range(0, len(wanted), _AT_ONCE)):
        query = select(_table.c.issuer, _table.c.serial, _table.c.change).where(_table.c.serial.in_(some))
        found.extend(Change(issuer=row[0], serial=row[1], number=row[2]) for row in unit.fetch_tuples(query))
    return tuple(found)


def pages(unit: ReadUnit, issuer: str, selection: Selection) -> Iterator[Page]:
    """Yield the selected entries by serial number, a page at a time; memory stays at one page."""
    last = ""
    while True:
        query = (
            select(_table.c.serial, _table.c.entry)
            .where(_table.c.issuer == issuer, _table.c.serial > last, *_conditions(selection))
            .order_by(_table.c.serial)
            .limit(PAGE)
        )
        rows = unit.fetch_tuples(query)
        if rows:
            yield Page(entries=len(rows), octets=b"".join([row[1] for row in rows]))
            last = rows[-1][0]
        if len(rows) < PAGE:
            return


def _conditions(selection: Selection) -> tuple[ColumnElement[bool], ...]:
    scope: ColumnElement[bool] = true()
    if selection.partitions > 1:
        scope = _table.c.bucket.in_(range(selection.partition, BUCKETS, selection.partitions))
    if selection.after is not None:
        return (scope, _table.c.change > selection.after)
    listed = _table.c.reason != RevocationReason.REMOVE_FROM_CRL.value
    if selection.dropped is None:
        return (scope, listed)
    change, moment = selection.dropped
    gone = and_(_table.c.not_after.is_not(None), _table.c.not_after < moment, _table.c.change <= change)
    return (scope, listed, not_(gone))
