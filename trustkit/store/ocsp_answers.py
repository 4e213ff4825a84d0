"""OCSP answers signed in advance, one a certificate, beside the register they must agree with.

    for due in ocsp_answers.list_due(unit, "issuing", responders=serials, at=now): …
    ocsp_answers.keep(uow, rows)                     # replaces what was kept of the same certificates
    found = ocsp_answers.find_standing(unit, serial)     # the register's word, and the answer if it says the same

A row is replaced whole in one transaction, so a reader has the old answer or the new one. An answer that no longer agrees
with the register is not given out: between a revocation and its new answer there is none.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003 - a field type of a public dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, bindparam, delete, func, or_, select

from trustkit.store.bounds import bounded_limit
from trustkit.store.inserts import insert_or_replace
from trustkit.store.schema import certificates as _register
from trustkit.store.schema import ocsp_answers as _table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trustkit.store.unit_of_work import ReadUnit, UnitOfWork

_ISSUED: Final = "issued"
_REGISTER: Final = (
    _register.c.serial,
    _register.c.issuer,
    _register.c.state,
    _register.c.revoked_at,
    _register.c.reason,
    _register.c.not_after,
    _register.c.authority_key,
)
_FIND: Final = (
    select(
        *_REGISTER,
        _table.c.responder,
        _table.c.revoked_at.label("said_at"),
        _table.c.reason.label("said_reason"),
        _table.c.this_update,
        _table.c.next_update,
        _table.c.tbs,
        _table.c.suite,
        _table.c.signature,
    )
    .select_from(_register.outerjoin(_table, _table.c.serial == _register.c.serial))
    .where(_register.c.serial == bindparam("key"))
)
_FIND_WORD: Final = select(*_REGISTER).where(_register.c.serial == bindparam("key"))
_CHANGED: Final = or_(
    _table.c.revoked_at.is_distinct_from(_register.c.revoked_at),
    and_(_register.c.revoked_at.is_not(None), _table.c.reason.is_distinct_from(_register.c.reason)),
)
_DUE: Final = (
    select(*_REGISTER)
    .select_from(_register.outerjoin(_table, _table.c.serial == _register.c.serial))
    .where(
        _register.c.issuer == bindparam("issuer"),
        _register.c.state == _ISSUED,
        _register.c.not_after > bindparam("at"),
        _register.c.serial > bindparam("after"),
        or_(
            _table.c.serial.is_(None),
            _table.c.refresh_at <= bindparam("at"),
            _table.c.responder.not_in(bindparam("responders", expanding=True)),
            _CHANGED,
        ),
    )
    .order_by(_register.c.serial)
    .limit(bindparam("most"))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterWord:
    """What the register says of a certificate for its status; `serial` in hexadecimal, as everywhere in the store.

    `authority_key` is the identifier, in hex, of the issuer's key that signed it.
    """

    serial: str
    issuer: str
    issued: bool
    revoked_at: datetime | None
    reason: str | None
    not_after: datetime | None
    authority_key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OcspAnswerRow:
    """A signed answer: the octets that were signed and the signature, and what it says in words of the register."""

    serial: str
    issuer: str
    responder: str
    revoked_at: datetime | None
    reason: str | None
    this_update: datetime
    next_update: datetime
    refresh_at: datetime
    tbs: bytes = field(repr=False)
    suite: str
    signature: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAnswer:
    """An answer that agrees with the register, to be handed out until `next_update`."""

    responder: str
    this_update: datetime
    next_update: datetime
    tbs: bytes = field(repr=False)
    suite: str
    signature: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The register's word of a certificate, and the signed answer, None when there is none that says the same."""

    word: RegisterWord
    answer: KeptAnswer | None


def find_standing(unit: ReadUnit, serial: str) -> Standing | None:
    """Return the standing of the certificate with a serial (hex as in the register), None when there is no such row."""
    rows = unit.fetch_tuples(_FIND, {"key": serial})
    if not rows:
        return None
    word = _word(rows[0][: len(_REGISTER)])
    responder, said_at, said_reason, this_update, next_update, tbs, suite, signature = rows[0][len(_REGISTER) :]
    if tbs is None or (said_at, said_reason) != (word.revoked_at, word.reason if word.revoked_at is not None else None):
        return Standing(word=word, answer=None)
    answer = KeptAnswer(
        responder=responder,
        this_update=this_update,
        next_update=next_update,
        tbs=tbs,
        suite=suite,
        signature=signature,
    )
    return Standing(word=word, answer=answer)


def find_word(unit: ReadUnit, serial: str) -> RegisterWord | None:
    """Return what the register says of a serial (hex as in the register), None when there is no such row."""
    rows = unit.fetch_tuples(_FIND_WORD, {"key": serial})
    return _word(rows[0]) if rows else None


def _word(columns: Sequence[Any]) -> RegisterWord:
    serial, issuer, state, revoked_at, reason, not_after, authority_key = columns
    return RegisterWord(  # of which very many are remembered, with the same few issuers and keys
        serial=serial,
        issuer=sys.intern(issuer),
        issued=state == _ISSUED,
        revoked_at=revoked_at,
        reason=reason,
        not_after=not_after,
        authority_key=None if authority_key is None else sys.intern(authority_key),
    )


def list_due(
    unit: ReadUnit, issuer: str, *, responders: Sequence[str], at: datetime, after: str = "", limit: int
) -> tuple[RegisterWord, ...]:
    """List unexpired certificates of an issuer whose answer is missing, due, of none of its responders, or no longer true.

    By serial, those above `after`: a page.

    Raises:
        TrustError: USAGE for a limit over PAGE_LIMIT.
    """
    values = {"issuer": issuer, "responders": list(responders), "at": at, "after": after, "most": bounded_limit(limit)}
    rows = unit.fetch_tuples(_DUE, values)
    return tuple(_word(row) for row in rows)


def keep(uow: UnitOfWork, rows: Sequence[OcspAnswerRow]) -> None:
    """Keep signed answers in place of those there are of the same certificates. Raise INPUT_TOO_LARGE, STORE_*."""
    if rows:
        uow.write_many(insert_or_replace(uow.dialect, _table), [_values(row) for row in rows])


def _values(row: OcspAnswerRow) -> dict[str, object]:
    return {column.name: getattr(row, column.name) for column in _table.c}


def forget_expired(uow: UnitOfWork, issuer: str, *, before: datetime) -> int:
    """Drop the answers of an issuer that ended before a moment: nobody can rely on them. Return how many."""
    return uow.write(delete(_table).where(_table.c.issuer == issuer, _table.c.next_update < before))


def count(unit: ReadUnit, issuer: str) -> int:
    """Return how many answers of an issuer are kept."""
    return int(unit.fetch_value(select(func.count()).select_from(_table).where(_table.c.issuer == issuer)))
