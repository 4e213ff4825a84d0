"""Offers as lists show them: numbers, states and times; neither codes nor holders."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - a field type of a public dataclass
from typing import TYPE_CHECKING, Final

from trustkit.app.rows import time_text
from trustkit.store import credential_offers
from trustkit.store.credential_offers import OfferRow, OfferState

if TYPE_CHECKING:
    from trustkit.store.database import Database

COLUMNS: Final = ("number", "licence", "suites", "state", "made", "until", "ended")
_EXPIRED: Final = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferLine:
    """An offer as it is at a moment."""

    offer: OfferRow
    at: datetime

    @property
    def state(self) -> str:
        """What it is now."""
        over = self.offer.state is OfferState.OPEN and self.at >= self.offer.expires_at
        return _EXPIRED if over else self.offer.state.value

    def to_json(self) -> dict[str, object]:
        """Return the JSON object of ``--format json``."""
        row = self.offer
        return {
            "number": row.identifier,
            "licence": row.licence,
            "suites": row.suites.split(),
            "state": self.state,
            "transaction_code": row.transaction_mac is not None,
            "wrong_tries": row.tries,
            "created_at": time_text(row.created_at),
            "expires_at": time_text(row.expires_at),
            "ended_at": time_text(row.ended_at) or None,
        }

    def row(self) -> tuple[str, ...]:
        """Return the row of ``licence offers``."""
        row = self.offer
        times = (time_text(row.created_at), time_text(row.expires_at), time_text(row.ended_at))
        return (row.identifier, row.licence, row.suites, self.state, *times)


def offers_of(database: Database, licence: str | None, *, at: datetime) -> tuple[OfferLine, ...]:
    """Return the offers of a licence, or of all, the newest first."""
    with database.reading() as unit:
        rows = credential_offers.list_offers(unit, licence)
    return tuple(OfferLine(offer=row, at=at) for row in rows)
