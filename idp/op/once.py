"""Things that may be used once, noted in the unit of the act they are used for: identifiers of assertions and proofs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - a field type of a public dataclass
from typing import TYPE_CHECKING

from trustkit.errors import TrustError
from trustkit.store import op_once

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trustkit.error_family import Code
    from trustkit.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class Once:
    """Something that may be used once: its digest, until when it could be used, and the refusal when it was."""

    seen_sm3: str
    until: datetime
    refusal: Code


def use_once(uow: UnitOfWork, things: Iterable[Once]) -> TrustError | None:
    """Note each; return the refusal of the first that was used before, None when none was."""
    for each in things:
        if not op_once.see(uow, each.seen_sm3, expires_at=each.until):
            return TrustError(each.refusal, "used before")
    return None
