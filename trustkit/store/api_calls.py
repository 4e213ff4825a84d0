"""Calls of the verification API that may be repeated: each of a client's keys stands for one call and its one answer.

found = begin(uow, client, key_sm3, call_sm3, now=now, until=until, stale=stale)     # None: it is ours to do
finish(uow, client, key_sm3, answer, begun_at=now)                                    # and of nobody who began it anew
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, select, update

from trustkit.store.api_schema import api_calls as _calls
from trustkit.store.bounds import PAGE_LIMIT
from trustkit.store.inserts import insert_or_skip

if TYPE_CHECKING:
    from datetime import datetime

    from trustkit.store.unit_of_work import UnitOfWork

_THIS = (_calls.c.client == bindparam("of")) & (_calls.c.key_sm3 == bindparam("key"))
_OURS = _THIS & (_calls.c.begun_at == bindparam("mine"))  # whoever was too slow may find that another began it anew
_FIND = select(_calls.c.call_sm3, _calls.c.answer).where(_THIS)
_FINISH = update(_calls).where(_OURS).values(answer=bindparam("told"))
_DROP = delete(_calls).where(_OURS)
_DROP_OVER = delete(_calls).where(
    _THIS,
    (_calls.c.expires_at < bindparam("now")) | (_calls.c.answer.is_(None) & (_calls.c.begun_at < bindparam("stale"))),
)
_FORGET = delete(_calls).where(
    _calls.c.key_sm3.in_(select(_calls.c.key_sm3).where(_calls.c.expires_at < bindparam("before")).limit(PAGE_LIMIT)),
    _calls.c.expires_at < bindparam("before"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BegunCall:
    """A call that came before with this key; `answer` is None while it is under way."""

    call_sm3: str
    answer: bytes | None


def begin(
    uow: UnitOfWork, client: str, key_sm3: str, call_sm3: str, *, now: datetime, until: datetime, stale: datetime
) -> BegunCall | None:
    """Note a call and return None, or the one that has the key already: unless that is over, or was begun before `stale` and never answered."""
    uow.write(_DROP_OVER, {"of": client, "key": key_sm3, "now": now, "stale": stale})
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
    found = uow.fetch_one(_FIND, {"of": client, "key": key_sm3})
    if found is None:
        return BegunCall(call_sm3=call_sm3, answer=None)
    return BegunCall(call_sm3=found["call_sm3"], answer=found["answer"])


def finish(uow: UnitOfWork, client: str, key_sm3: str, answer: bytes, *, begun_at: datetime) -> None:
    """Keep the answer of the call that was begun then; another that has the key since stays as it is."""
    uow.write(_FINISH, {"of": client, "key": key_sm3, "mine": begun_at, "told": answer})


def drop(uow: UnitOfWork, client: str, key_sm3: str, *, begun_at: datetime) -> None:
    """Forget a call, begun then, that came to no answer, so that it may be tried again; another with the key stays."""
    uow.write(_DROP, {"of": client, "key": key_sm3, "mine": begun_at})


def forget(uow: UnitOfWork, *, before: datetime) -> int:
    """Remove calls that were over before a time; return how many."""
    return uow.write(_FORGET, {"before": before})
