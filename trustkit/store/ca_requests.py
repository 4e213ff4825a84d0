"""Requests for certificates as they came in, each found again by its requester's own key.

row, new = ca_requests.begin(uow, row)                    # the same key gives the same request, once
ca_requests.complete(uow, row.identifier, serial=…)       # in the transaction that issues the certificate
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime  # noqa: TC003 - a field type of a public dataclass
from enum import StrEnum, unique
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, or_, select, update

from trustkit.errors import ErrorCode, TrustError
from trustkit.store.bounds import bounded_bytes, bounded_text
from trustkit.store.inserts import insert_or_skip
from trustkit.store.machine_schema import ca_requests as _table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trustkit.store.unit_of_work import Fields, ReadUnit, UnitOfWork

KEY_LIMIT = 128
PROFILE_LIMIT = 64
REASON_LIMIT = 64
REQUEST_LIMIT = 64 * 1024

_FIND = select(_table).where(_table.c.identifier == bindparam("key"))
_BY_KEY = select(_table).where(
    _table.c.requester == bindparam("requester_is"), _table.c.repeat_key == bindparam("key_is")
)
_FROM_PROCESSING = update(_table).where(_table.c.identifier == bindparam("key"), _table.c.state == "processing")
_QUEUE = _FROM_PROCESSING.where(_table.c.registration.is_(None))
_RESUME = _FROM_PROCESSING.where(_table.c.submitted_at == bindparam("seen"))


@unique
class RequestState(StrEnum):
    """Where a request is on its way."""

    PROCESSING = "processing"
    ISSUED = "issued"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRow:
    """One request. `request` is the PKCS#10, DER, and `request_sm3` its digest; `reason` an error code when refused.

    `registration` is the number under which registrars see it, where they must agree; `encryption_profile` that of the encryption
    certificate that is asked for beside, and `encryption_serial` its serial.
    """

    identifier: str
    requester: str
    repeat_key: str
    profile: str
    state: RequestState
    submitted_at: datetime
    request_sm3: str
    request: bytes = field(repr=False)
    serial: str | None = None
    reason: str | None = None
    registration: str | None = None
    encryption_profile: str = ""
    encryption_serial: str | None = None


def begin(uow: UnitOfWork, row: RequestRow) -> tuple[RequestRow, bool]:
    """Keep a request, or return what its requester sent before under the same key; say whether it is new."""
    values = {column.name: getattr(row, column.name) for column in _table.c}
    values["state"] = row.state.value
    values["repeat_key"] = bounded_text("repeat key", row.repeat_key, KEY_LIMIT)
    values["profile"] = bounded_text("profile", row.profile, PROFILE_LIMIT)
    values["encryption_profile"] = bounded_text("profile", row.encryption_profile, PROFILE_LIMIT)
    values["request"] = bounded_bytes("request", row.request, REQUEST_LIMIT)
    if uow.write(insert_or_skip(uow.dialect, _table), values):
        return row, True
    found = uow.fetch_one(_BY_KEY, {"requester_is": row.requester, "key_is": row.repeat_key})
    if found is None:
        raise TrustError(ErrorCode.STORE_CONFLICT, "the identifier of a request is taken")
    return _row(found), False


def resume(uow: UnitOfWork, row: RequestRow, *, at: datetime) -> None:
    """Take over a request that was left half-way. Raise STORE_CONFLICT when somebody else did, or it has ended."""
    if not uow.write(_RESUME, {"key": row.identifier, "seen": row.submitted_at, "submitted_at": at}):
        raise TrustError(ErrorCode.STORE_CONFLICT, "somebody else goes on with the request")


def queue(uow: UnitOfWork, row: RequestRow, registration: str) -> RequestRow:
    """Note under which number registrars see a request; return it so. Raise STORE_CONFLICT unless it is new."""
    if not uow.write(_QUEUE, {"key": row.identifier, "registration": registration}):
        raise TrustError(ErrorCode.STORE_CONFLICT, "the request is not a new one")
    return replace(row, registration=registration)


def complete(uow: UnitOfWork, identifier: str, *, serial: str, encryption_serial: str | None = None) -> None:
    """Note the certificate of a request, or both of a pair. Raise STORE_CONFLICT unless it is being processed."""
    values = {"state": RequestState.ISSUED.value, "serial": serial, "encryption_serial": encryption_serial}
    _move(uow, identifier, values)


def refuse(uow: UnitOfWork, identifier: str, *, reason: str) -> None:
    """Note that a request led to nothing, and why. Raise STORE_CONFLICT unless it is being processed."""
    text = bounded_text("reason", reason, REASON_LIMIT)
    _move(uow, identifier, {"state": RequestState.REFUSED.value, "reason": text})


def find(unit: ReadUnit, identifier: str) -> RequestRow | None:
    """Return the request with this identifier, or None."""
    row = unit.fetch_one(_FIND, {"key": identifier})
    return None if row is None else _row(row)


def find_by_key(unit: ReadUnit, requester: str, repeat_key: str) -> RequestRow | None:
    """Return the request a requester sent under a key of his, or None."""
    row = unit.fetch_one(_BY_KEY, {"requester_is": requester, "key_is": repeat_key})
    return None if row is None else _row(row)


def find_requester(unit: ReadUnit, serial: str) -> str | None:
    """Return who asked for a certificate, or None when it did not come from a request here."""
    either = or_(_table.c.serial == serial, _table.c.encryption_serial == serial)
    found = unit.fetch_value(select(_table.c.requester).where(either))
    return found if isinstance(found, str) else None


def _move(uow: UnitOfWork, identifier: str, values: Mapping[str, object]) -> None:
    if not uow.write(_FROM_PROCESSING, {"key": identifier, **values}):
        raise TrustError(ErrorCode.STORE_CONFLICT, "the request is not being processed")


def _row(row: Fields) -> RequestRow:
    return RequestRow(**{**row, "state": RequestState(row["state"])})
