"""From when until when a licence is in force, by its data; days are those of Beijing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from esign.licence.field_rule import VALID_FROM, VALID_TO
from esign.licence.fields import OPEN_ENDED
from trustkit.clock import CHINA
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from esign.licence.data import LicenceData


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """In force from `effective_at` (None: from its issue) until before `expires_at` (None: without an end)."""

    effective_at: datetime | None
    expires_at: datetime | None


def term_of(data: LicenceData, *, today: date, effective_at: datetime | None = None) -> Term:
    """Return the term of a licence issued today. Its last day counts whole. `effective_at` is a later beginning than the data's.

    Raises:
        TrustError: LICENCE_DATA when its last day is over: it would be issued and never in force.
    """
    first, last = _day(data.kept(VALID_FROM)), _day(data.kept(VALID_TO))
    if last is not None and last < today:
        raise TrustError(ErrorCode.LICENCE_DATA, "its last day is over", field=VALID_TO)
    begins_at = _midnight(first) if first is not None and first > today else None
    if effective_at is not None and (begins_at is None or effective_at > begins_at):
        begins_at = effective_at
    return Term(effective_at=begins_at, expires_at=None if last is None else _midnight(last + timedelta(days=1)))


def _day(text: str | None) -> date | None:
    return None if text is None or text == OPEN_ENDED else date.fromisoformat(text)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=CHINA)
