"""What is good once: identifiers of proofs and assertions that were seen, and access tokens that were taken back.

op_once.see(uow, digest, expires_at=…)          # True the first time
op_once.revoke_token(uow, token_id, expires_at=…)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, select

from trustkit.store.bounds import PAGE_LIMIT
from trustkit.store.inserts import insert_or_skip
from trustkit.store.op_schema import op_revoked_tokens as _revoked
from trustkit.store.op_schema import op_seen as _seen

if TYPE_CHECKING:
    from datetime import datetime

    from trustkit.store.unit_of_work import ReadUnit, UnitOfWork

_IS_REVOKED = select(_revoked.c.token_id).where(_revoked.c.token_id == bindparam("key"))
_FORGET = tuple(
    delete(table).where(key.in_(select(key).where(table.c.expires_at < bindparam("before")).limit(PAGE_LIMIT)))
    for table, key in ((_seen, _seen.c.seen_sm3), (_revoked, _revoked.c.token_id))
)


def see(uow: UnitOfWork, seen_sm3: str, *, expires_at: datetime) -> bool:
    """Note an identifier until nobody could use it any more; say False when it was seen before."""
    return uow.write(insert_or_skip(uow.dialect, _seen), {"seen_sm3": seen_sm3, "expires_at": expires_at}) > 0


def revoke_token(uow: UnitOfWork, token_id: str, *, expires_at: datetime) -> bool:
    """Note an access token as revoked until its end; say False when it was before."""
    return uow.act(insert_or_skip(uow.dialect, _revoked), {"token_id": token_id, "expires_at": expires_at}) > 0


def is_revoked(unit: ReadUnit, token_id: str) -> bool:
    """Tell whether an access token was revoked."""
    return unit.fetch_value(_IS_REVOKED, {"key": token_id}) is not None


def forget(uow: UnitOfWork, *, before: datetime) -> int:
    """Remove what ended before a time; return how much. At most a page of each at once."""
    return sum(uow.write(statement, {"before": before}) for statement in _FORGET)
