"""What a licence that is to be issued is filed under: issuer, holder, term, the version before it, and the key it was asked for with."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from esign.licence.field_rule import HOLDER_CODE
from esign.licence.holder_rules import BETWEEN
from esign.licence.metadata import issue_date
from esign.licence.term import term_of
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.errors import ErrorCode, TrustError
from trustkit.store.licences import LicenceFiling

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from esign.licence.data import LicenceData
    from esign.licence.ordering import LicenceOrder
    from trustkit.store.licences import LicenceRow


OF_PROPOSAL: Final = "proposal:"  # begins the key of a proposal's licence
OF_ROW: Final = "rows:"  # and of a row's; no caller's begins so


def filing_of(
    order: LicenceOrder,
    data: bytes,
    holder_of: Callable[[str], str],
    now: datetime,
    *,
    effective_at: datetime | None = None,
    repeat_key: str | None = None,
    before: LicenceRow | None = None,
) -> LicenceFiling:
    """Return the filing of an order made from `data`; `before` is the version it follows. Raise LICENCE_DATA.

    Without `before` the line is left to the number the licence is given.
    """
    term = term_of(order.data, today=issue_date(now), effective_at=effective_at)
    code = order.data.kept(HOLDER_CODE)
    codes = () if code is None else code.split(BETWEEN)
    return LicenceFiling(
        line="" if before is None else before.line,
        issuer=order.issuer_uscc,
        holder=None if code is None else holder_of(code),
        fellows=tuple(holder_of(each) for each in codes) if len(codes) > 1 else (),
        effective_at=term.effective_at,
        expires_at=term.expires_at,
        supersedes=None if before is None else before.identifier,
        repeat_key=repeat_key,
        order_sm3=None if repeat_key is None else _order_digest(order, data),
    )


def require_callers_key(key: str | None) -> None:
    """Raise USAGE for a caller's key that stands for the licence of a proposal, or of a row: it would take its place."""
    if key is not None and key.startswith((OF_PROPOSAL, OF_ROW)):
        raise TrustError(ErrorCode.USAGE, f"--idempotency-key does not begin with {OF_PROPOSAL} or {OF_ROW}")


def row_key(kind: str, batch: str, data: LicenceData) -> str:
    """Return the key that stands for a row's licence: rows of one type and batch that say the same are one licence."""
    words = json.dumps([kind, batch, data.sm3]).encode("ascii")
    return f"{OF_ROW}{digest(DigestAlgorithm.SM3, words).hex()}"


def _order_digest(order: LicenceOrder, data: bytes) -> str:
    words = " ".join((order.type_code, *(each.value for each in order.formats)))
    return digest(DigestAlgorithm.SM3, words.encode("ascii") + b"\n" + data).hex()
