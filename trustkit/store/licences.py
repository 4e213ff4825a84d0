"""The register of licences: intent → issued, or intent → abandoned. What becomes of an issued one: `trustkit.store.licence_changes`.

The identifier and the slot in the status list are durable before anything is signed.

    row = licences.reserve(uow, identifier="1.2.156…", type_code="business-licence", version=1, status_list=uri, at=now)
    licences.complete(uow, row.identifier, document=pdf, document_sm3=digest, at=now)
    licences.add_document(uow, row.identifier, "ofd", document=ofd, document_sm3=digest)

Documents are large, so a `LicenceRow` carries only their digest; `get_document` fetches the octets.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - a field type of a public dataclass
from enum import StrEnum, unique
from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, select, update

from trustkit.errors import ErrorCode, TrustError
from trustkit.store.bounds import PAGE_LIMIT, bounded_bytes, bounded_limit, bounded_text
from trustkit.store.inserts import insert_or_skip
from trustkit.store.schema import licence_documents as _documents
from trustkit.store.schema import licences as _table
from trustkit.store.schema import status_lists as _lists

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from trustkit.store.unit_of_work import Fields, ReadUnit, UnitOfWork

IDENTIFIER_LIMIT: Final = 128
TYPE_LIMIT: Final = 64
REASON_LIMIT: Final = 512
# A licence is one page with fonts and a seal, well under a megabyte; attachments may add some.
DOCUMENT_LIMIT: Final = 32 * 1024 * 1024
SM3_HEX_LENGTH: Final = 64
FORMAT_LIMIT: Final = 8
REPEAT_KEY_LIMIT: Final = 128

# Random tries find a free slot at once while a list is less than nearly full; then the free slots are counted out.
_RANDOM_TRIES = 16
_COUNTED_TRIES = 8

COLUMNS = tuple(column for column in _table.c if column.name != "document")
_CAPACITY = select(_lists.c.capacity).where(_lists.c.uri == bindparam("key"))
_FIND = select(*COLUMNS).where(_table.c.identifier == bindparam("key"))
_BY_KEY = select(*COLUMNS).where(_table.c.repeat_key == bindparam("key"))
# Compare-and-set: the state an act starts from stands in the WHERE, so of two racing acts one touches no row.
_MOVE = update(_table).where(_table.c.identifier == bindparam("key"), _table.c.state == bindparam("needed"))


@unique
class LicenceState(StrEnum):
    """Where a licence is on its way. What the clock makes of it besides: `esign.licence.lifecycle.Standing`."""

    INTENT = "intent"
    ISSUED = "issued"
    SUSPENDED = "suspended"
    SUPERSEDED = "superseded"
    LOST = "lost"
    REVOKED = "revoked"
    CANCELLED = "cancelled"
    ABANDONED = "abandoned"


NEVER_ISSUED: Final = frozenset({LicenceState.INTENT, LicenceState.ABANDONED})


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceFiling:
    """What a licence is filed under beside its identifier.

    Attributes:
        line: the identifier without version and check character; empty takes the identifier, a line of one.
        issuer: the issuer's unified social credit code.
        holder: a keyed digest of the holder's code, 64 hex digits, of several that of all codes together; None when it is not known.
        fellows: of several holders the digest of each (`trustkit.store.licence_holders`).
        effective_at, expires_at: from when, and before when, it is in force; None from its issue, and without an end.
        supersedes: the version before it.
        repeat_key, order_sm3: a key of the caller's that stands for one licence, and the digest of what was asked for under it.
    """

    line: str = ""
    issuer: str = ""
    holder: str | None = None
    fellows: tuple[str, ...] = ()
    effective_at: datetime | None = None
    expires_at: datetime | None = None
    supersedes: str | None = None
    repeat_key: str | None = None
    order_sm3: str | None = None


UNFILED: Final = LicenceFiling()


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceRow:
    """One licence without its document; `document_sm3` is lower-case hex, there once it is issued. See `LicenceFiling`.

    `state` is where the last act leads, `revoked_at` when it ends the licence; until `state_since` it is still `state_before`.
    `changes` counts what was done since it was issued.
    """

    identifier: str
    type_code: str
    version: int
    line: str
    issuer: str
    holder: str | None
    state: LicenceState
    state_before: LicenceState | None
    state_since: datetime | None
    changes: int
    status_list: str
    status_index: int
    intent_at: datetime
    issued_at: datetime | None
    effective_at: datetime | None
    expires_at: datetime | None
    abandoned_at: datetime | None
    revoked_at: datetime | None
    reason: str | None
    supersedes: str | None
    repeat_key: str | None
    order_sm3: str | None
    document_sm3: str | None

    def state_at(self, moment: datetime) -> LicenceState:
        """Return the state at a moment not before the last act: an act takes force at its time, and nobody has to do anything then."""
        if self.state_before is not None and self.state_since is not None and moment < self.state_since:
            return self.state_before
        return self.state


def reserve(
    uow: UnitOfWork,
    *,
    identifier: str,
    type_code: str,
    version: int,
    status_list: str,
    at: datetime,
    filing: LicenceFiling = UNFILED,
    choose: Callable[[int], int] = secrets.randbelow,
) -> LicenceRow:
    """Write the intent to issue under `identifier`, with a random unused slot of the status list.

    Random, because a slot that told the order of issuance would link a licence to its holder's visit (Token Status
    List draft, privacy considerations). `choose(n)` returns a number below n.

    Raises:
        TrustError: STORE_CONFLICT when the identifier is taken or the list is full (fact ``full``), STORE_ROW_MISSING
            without such a list, INPUT_TOO_LARGE.
    """
    capacity = uow.fetch_value(_CAPACITY, {"key": status_list})
    if not isinstance(capacity, int):
        raise TrustError(ErrorCode.STORE_ROW_MISSING, "the status list was not opened")
    values: dict[str, object] = {
        "identifier": bounded_text("identifier", identifier, IDENTIFIER_LIMIT),
        "type_code": bounded_text("licence type", type_code, TYPE_LIMIT),
        "version": version,
        "state": LicenceState.INTENT.value,
        "changes": 0,
        "status_list": status_list,
        "intent_at": at,
        **_filed(filing, identifier),
    }
    for _ in range(_RANDOM_TRIES):
        row = values | {"status_index": choose(capacity)}
        if _insert(uow, row):
            return _intent(row)
    for _ in range(_COUNTED_TRIES):
        free = _free_slots(uow, status_list, capacity)
        if not free:
            raise TrustError(ErrorCode.STORE_CONFLICT, "the status list is full; open the next", full=True)
        row = values | {"status_index": free[choose(len(free))]}
        if _insert(uow, row):
            return _intent(row)
    raise TrustError(ErrorCode.STORE_CONFLICT, "others took every free slot that was tried; try again")


def complete(uow: UnitOfWork, identifier: str, *, document: bytes, document_sm3: str, at: datetime) -> None:
    """Turn an intent into an issued licence with its document.

    Raises:
        TrustError: STORE_CONFLICT unless there is an intent of this identifier, INPUT_TOO_LARGE, BUG for a digest that
            is not 64 hex digits.
    """
    kept = _kept(document, document_sm3)
    _move(uow, identifier, {**kept, "state": LicenceState.ISSUED.value, "issued_at": at}, needed=LicenceState.INTENT)


def add_document(uow: UnitOfWork, identifier: str, kind: str, *, document: bytes, document_sm3: str) -> None:
    """Keep the document of a licence that is issued in this unit in a further format, `kind`; the event of the issue tells of it.

    Raises:
        TrustError: STORE_CONFLICT unless there is such a licence, just issued and without a document of that format;
            INPUT_TOO_LARGE; BUG as `complete`.
    """
    row = find(uow, identifier)
    if row is None or row.state is not LicenceState.ISSUED:
        raise TrustError(ErrorCode.STORE_CONFLICT, "only an issued licence has documents")
    values = {
        "identifier": identifier,
        "format": bounded_text("format", kind, FORMAT_LIMIT),
        **_kept(document, document_sm3),
    }
    if not uow.write(insert_or_skip(uow.dialect, _documents), values):
        raise TrustError(ErrorCode.STORE_CONFLICT, "the licence has a document of that format")


def _kept(document: bytes, document_sm3: str) -> dict[str, object]:
    if len(document_sm3) != SM3_HEX_LENGTH or not set(document_sm3) <= set("0123456789abcdef"):
        raise TrustError(ErrorCode.BUG, "document_sm3 is not 64 lower-case hex digits")
    return {"document": bounded_bytes("document", document, DOCUMENT_LIMIT), "document_sm3": document_sm3}


def abandon(uow: UnitOfWork, identifier: str, *, at: datetime, reason: str) -> None:
    """Close an intent that led to nothing. Its slot stays taken: the document may have been signed before a crash.

    Raises:
        TrustError: STORE_CONFLICT unless there is an intent of this identifier.
    """
    text = bounded_text("reason", reason, REASON_LIMIT)
    # The caller's key is free again: what it stood for was not issued.
    values = {"state": LicenceState.ABANDONED.value, "abandoned_at": at, "reason": text, "repeat_key": None}
    _move(uow, identifier, values, needed=LicenceState.INTENT)


def _filed(filing: LicenceFiling, identifier: str) -> dict[str, object]:
    return {
        "line": filing.line or identifier,
        "issuer": filing.issuer,
        "holder": filing.holder,
        "effective_at": filing.effective_at,
        "expires_at": filing.expires_at,
        "supersedes": filing.supersedes,
        "repeat_key": filing.repeat_key and bounded_text("repeat key", filing.repeat_key, REPEAT_KEY_LIMIT),
        "order_sm3": filing.order_sm3,
    }


def find(unit: ReadUnit, identifier: str) -> LicenceRow | None:
    """Return the licence of this identifier, or None."""
    row = unit.fetch_one(_FIND, {"key": identifier})
    return None if row is None else read_row(row)


def find_by_key(unit: ReadUnit, repeat_key: str) -> LicenceRow | None:
    """Return the licence a caller's key stands for, or None."""
    row = unit.fetch_one(_BY_KEY, {"key": repeat_key})
    return None if row is None else read_row(row)


def list_versions(unit: ReadUnit, line: str) -> tuple[LicenceRow, ...]:
    """List the versions of a licence, the newest first, those that were abandoned among them."""
    query = select(*COLUMNS).where(_table.c.line == line).order_by(_table.c.version.desc()).limit(PAGE_LIMIT)
    return tuple(read_row(row) for row in unit.fetch_all(query))


def get(unit: ReadUnit, identifier: str) -> LicenceRow:
    """Return the licence of this identifier.

    Raises:
        TrustError: STORE_ROW_MISSING.
    """
    row = find(unit, identifier)
    if row is None:
        raise TrustError(ErrorCode.STORE_ROW_MISSING, "no licence has this identifier")
    return row


def get_document(unit: ReadUnit, identifier: str) -> bytes:
    """Return the document of an issued or revoked licence.

    Raises:
        TrustError: STORE_ROW_MISSING when there is no such licence or it was never issued.
    """
    document = unit.fetch_value(select(_table.c.document).where(_table.c.identifier == identifier))
    if document is None:
        raise TrustError(ErrorCode.STORE_ROW_MISSING, "no document is kept under this identifier")
    return bytes(document)


def find_document(unit: ReadUnit, identifier: str, kind: str) -> bytes | None:
    """Return the document of a licence in a further format, None when it has none in that."""
    wanted = (_documents.c.identifier == identifier, _documents.c.format == kind)
    found = unit.fetch_value(select(_documents.c.document).where(*wanted))
    return None if found is None else bytes(found)


def list_unfinished(unit: ReadUnit, *, before: datetime, limit: int = PAGE_LIMIT) -> tuple[LicenceRow, ...]:
    """List intents written before a moment, oldest first: what a crash left behind."""
    query = select(*COLUMNS).where(_table.c.state == LicenceState.INTENT.value, _table.c.intent_at < before)
    rows = unit.fetch_all(query.order_by(_table.c.intent_at, _table.c.identifier).limit(bounded_limit(limit)))
    return tuple(read_row(row) for row in rows)


def _insert(uow: UnitOfWork, values: dict[str, object]) -> bool:
    if uow.act(insert_or_skip(uow.dialect, _table), values):
        return True
    # Either key may have been in the way; a taken identifier stays taken, a taken slot asks for another.
    if find(uow, str(values["identifier"])) is not None:
        raise TrustError(ErrorCode.STORE_CONFLICT, "a licence has this identifier already")
    key = values["repeat_key"]
    if isinstance(key, str) and find_by_key(uow, key) is not None:
        raise TrustError(ErrorCode.STORE_CONFLICT, "the key stands for another licence")
    return False


def _free_slots(unit: ReadUnit, status_list: str, capacity: int) -> list[int]:
    rows = unit.fetch_all(select(_table.c.status_index).where(_table.c.status_list == status_list))
    taken = {row["status_index"] for row in rows}
    return [slot for slot in range(capacity) if slot not in taken]


def _move(uow: UnitOfWork, identifier: str, values: Mapping[str, object], *, needed: LicenceState) -> None:
    if uow.act(_MOVE, {"key": identifier, "needed": needed.value, **values}):
        return
    row = find(uow, identifier)
    found = "none" if row is None else row.state.value
    raise TrustError(ErrorCode.STORE_CONFLICT, "the licence is in another state", needed=needed.value, found=found)


def _intent(values: Mapping[str, object]) -> LicenceRow:
    empty = dict.fromkeys((column.name for column in COLUMNS), None)
    return read_row({**empty, **values})


def read_row(row: Fields) -> LicenceRow:
    """Return a row of `COLUMNS` as a licence."""
    before = row["state_before"]
    states = {"state": LicenceState(row["state"]), "state_before": None if before is None else LicenceState(before)}
    return LicenceRow(**{**row, **states})
