"""Calls of the verification API that may be repeated: each of a client's keys stands for one call and its one answer.

found = begin(uow, client, key_sm3, call_sm3, now=now, until=until, stale=stale)     # None: it is ours to do, and to count
finish(uow, client, key_sm3, answer, begun_at=now)                                    # and of nobody who began it anew
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, delete, select, update

from trustkit.store.api_schema import api_calls as _calls
from trustkit.store.bounds import PAGE_LIMIT
from trustkit.store.inserts import insert_or_skip

if TYPE_CHECKING:
    from trustkit.store.unit_of_work import UnitOfWork

_THIS = (_calls.c.client == bindparam("of")) & (_calls.c.key_sm3 == bindparam("key"))
_OURS = _THIS & (_calls.c.begun_at == bindparam("mine"))  # whoever was too slow may find that another began it anew
_TAKE_UP = (
    update(_calls)
    .where(
        _THIS, _calls.c.call_sm3 == bindparam("same"), _calls.c.answer.is_(None), _calls.c.begun_at < bindparam("stale")
    )
    .values(begun_at=bindparam("now"))
)
_LET_GO = update(_calls).where(_OURS, _calls.c.answer.is_(None)).values(begun_at=bindparam("long_ago"))
_LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)
_FIND = select(_calls.c.call_sm3, _calls.c.answer).where(_THIS)
_FINISH = update(_calls).where(_OURS).values(answer=bindparam("told"))
_DROP_OVER = delete(_calls).where(_THIS, _calls.c.expires_at < bindparam("now"))
_FORGET = delete(_calls).where(
    _calls.c.key_sm3.in_(select(_calls.c.key_sm3).where(_calls.c.expires_at < bindparam("before")).limit(PAGE_LIMIT)),
    _calls.c.expires_at < bindparam("before"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BegunCall:
    """A call that came before with this key; `answer` is None while it is under way, and where it is `taken_up`: counted before, and ours to do now."""

    call_sm3: str
    answer: bytes | None
    taken_up: bool = False


def begin(
    uow: UnitOfWork, client: str, key_sm3: str, call_sm3: str, *, now: datetime, until: datetime, stale: datetime
) -> BegunCall | None:
    """Note a call and return None, or the one that has the key already, unless that is over; the same call, begun before `stale` and never answered, is taken up."""
    this = {"of": client, "key": key_sm3}
    uow.write(_DROP_OVER, this | {"now": now})
    row = {
        "client": client,
        "key_sm3": key_sm3,
        "call_sm3": call_sm3,
        "begun_at": now,
        "answer": None,
        "expires_at": until,
    }
    if uow.write(insert_or_skip(uow.dialect, _calls), row):
        return None
    if uow.write(_TAKE_UP, this | {"same": call_sm3, "stale": stale, "now": now}):
        return BegunCall(call_sm3=call_sm3, answer=None, taken_up=True)
    found = uow.fetch_one(_FIND, this)
    if found is None:
        return BegunCall(call_sm3=call_sm3, answer=None)
    return BegunCall(call_sm3=found["call_sm3"], answer=found["answer"])


def finish(uow: UnitOfWork, client: str, key_sm3: str, answer: bytes, *, begun_at: datetime) -> None:
    """Keep the answer of the call that was begun then; another that has the key since stays as it is."""
    uow.write(_FINISH, {"of": client, "key": key_sm3, "mine": begun_at, "told": answer})


def let_go(uow: UnitOfWork, client: str, key_sm3: str, *, begun_at: datetime) -> None:
    """Let a call, begun then, that came to no answer be taken up by whoever repeats it; one that was taken up since stays as it is."""
    uow.write(_LET_GO, {"of": client, "key": key_sm3, "mine": begun_at, "long_ago": _LONG_AGO})


def forget(uow: UnitOfWork, *, before: datetime) -> int:
    """Remove calls that were over before a time; return how many."""
    return uow.write(_FORGET, {"before": before})
