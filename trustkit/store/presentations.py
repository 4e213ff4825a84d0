"""What wallets are asked, each answered once, and forgotten when it is over.

    presentations.add(uow, row)
    presentations.answer(uow, row.presentation_id, AnswerGiven(…))      # True once

An answer is kept as it came, encrypted: the key is the asker's, and of it there is only a digest here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003 - a field type of a public dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, delete, func, select, update

from trustkit.errors import ErrorCode, TrustError
from trustkit.store.bounds import PAGE_LIMIT, bounded_text
from trustkit.store.inserts import insert_or_skip
from trustkit.store.presentation_schema import presentations as _table

if TYPE_CHECKING:
    from trustkit.store.unit_of_work import ReadUnit, UnitOfWork

ASKED_LIMIT: Final = 128 * 1024  # characters of the query and what stands beside it

_OPEN = _table.c.expires_at > bindparam("now")
_FIND = select(_table).where(_table.c.presentation_id == bindparam("key"), _OPEN)
_FIND_BY_ANSWER = select(_table).where(_table.c.answer_sm3 == bindparam("key"), _OPEN)
_ANSWER = update(_table).where(
    _table.c.presentation_id == bindparam("key"), _table.c.answered_at.is_(None), _table.c.expires_at > bindparam("now")
)
_DROP = delete(_table).where(_table.c.presentation_id == bindparam("key"))
_COUNT = select(func.count()).select_from(_table).where(_table.c.client == bindparam("of"), _OPEN)
_OCTETS = select(func.coalesce(func.sum(func.length(_table.c.answer)), 0)).where(
    _table.c.client == bindparam("of"), _OPEN
)
_OVER = select(_table.c.presentation_id).where(_table.c.expires_at < bindparam("before")).limit(PAGE_LIMIT)
_FORGET = delete(_table).where(_table.c.presentation_id.in_(_OVER))


@dataclass(frozen=True, slots=True, kw_only=True)
class PresentationRow:
    """One question to a wallet.

    Attributes:
        client: who asked.
        asked: what was asked, canonical JSON, with the values that were asked for.
        answer_sm3: digest of where the wallet sends its answer; `key_sm3` of the key it encrypts to.
        answer: as it came; None while there is none, and where the wallet refused.
        refused: the wallet's own word for why it does not answer, empty where it does.
        return_sm3: digest of what the wallet was given for the way back, empty without a way back.
    """

    presentation_id: str
    client: str
    asked: str = field(repr=False)
    answer_sm3: str = field(repr=False)
    key_sm3: str
    created_at: datetime
    expires_at: datetime
    answered_at: datetime | None = None
    answer: bytes | None = field(default=None, repr=False)
    refused: str = ""
    return_sm3: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerGiven:
    """What a wallet sent: an answer, or its word for a refusal; and until when it is kept."""

    at: datetime
    expires_at: datetime
    answer: bytes | None = field(default=None, repr=False)
    refused: str = ""
    return_sm3: str = field(default="", repr=False)


def add(uow: UnitOfWork, row: PresentationRow) -> None:
    """Keep a new question. Raise STORE_CONFLICT when one of its names is taken, INPUT_TOO_LARGE."""
    values = {column.name: getattr(row, column.name) for column in _table.c}
    values["asked"] = bounded_text("asked", row.asked, ASKED_LIMIT)
    if not uow.act(insert_or_skip(uow.dialect, _table), values):
        raise TrustError(ErrorCode.STORE_CONFLICT, "the name is taken")


def find(unit: ReadUnit, presentation_id: str, *, now: datetime) -> PresentationRow | None:
    """Return a question that is not over, or None."""
    row = unit.fetch_one(_FIND, {"key": presentation_id, "now": now})
    return None if row is None else PresentationRow(**row)


def find_by_answer(unit: ReadUnit, answer_sm3: str, *, now: datetime) -> PresentationRow | None:
    """Return the question that is answered there and is not over, or None."""
    row = unit.fetch_one(_FIND_BY_ANSWER, {"key": answer_sm3, "now": now})
    return None if row is None else PresentationRow(**row)


def count_open(unit: ReadUnit, client: str, *, now: datetime) -> int:
    """Return how many questions of a client are not over."""
    return int(unit.fetch_value(_COUNT, {"of": client, "now": now}))


def count_octets(unit: ReadUnit, client: str, *, now: datetime) -> int:
    """Return how many octets the answers have that are kept for a client."""
    return int(unit.fetch_value(_OCTETS, {"of": client, "now": now}))


def answer(uow: UnitOfWork, presentation_id: str, given: AnswerGiven) -> bool:
    """Keep the answer of a question; say False, writing nothing, when there is one, or it is over."""
    values = {
        "answered_at": given.at,
        "expires_at": given.expires_at,
        "answer": given.answer,
        "refused": given.refused,
        "return_sm3": given.return_sm3,
    }
    return uow.act(_ANSWER, {"key": presentation_id, "now": given.at} | values) > 0


def drop(uow: UnitOfWork, presentation_id: str) -> bool:
    """Forget a question and its answer; say False when there was none."""
    return uow.act(_DROP, {"key": presentation_id}) > 0


def forget(uow: UnitOfWork, *, before: datetime) -> int:
    """Remove questions that were over before a time; return how many."""
    return uow.write(_FORGET, {"before": before})
