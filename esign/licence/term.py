"""From when until when a licence is in force, by its data and the rules of its type; days are those of Beijing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from esign.licence.field_rule import VALID_FROM, VALID_TO
from esign.licence.fields import OPEN_ENDED
from trustkit.clock import CHINA
from trustkit.errors import TrustError
from trustkit.licence_codes import LicenceCode

if TYPE_CHECKING:
    from esign.licence.data import LicenceData
    from esign.licence.lifecycle_rules import LifecycleRules


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """In force from `effective_at` (None: from its issue) until before `expires_at` (None: without an end)."""

    effective_at: datetime | None
    expires_at: datetime | None


def term_of(data: LicenceData, rules: LifecycleRules, *, today: date, effective_at: datetime | None = None) -> Term:
    """Return the term of a licence issued today. Its last day counts whole. `effective_at` is a later beginning than the data's.

    Raises:
        TrustError: VALID_TOO_LONG when the data give it more time than the type allows, or no end where the type wants one.
    """
    first, last = _day(data.kept(VALID_FROM)), _day(data.kept(VALID_TO))
    limit = rules.valid_for_days
    if limit is not None:
        begins = max(first or today, today)
        if last is None or last >= begins + timedelta(days=limit):
            raise TrustError(LicenceCode.VALID_TOO_LONG, "valid_for_days of [lifecycle] is the most", limit=limit)
    begins_at = _midnight(first) if first is not None and first > today else None
    if effective_at is not None and (begins_at is None or effective_at > begins_at):
        begins_at = effective_at
    return Term(effective_at=begins_at, expires_at=None if last is None else _midnight(last + timedelta(days=1)))


def _day(text: str | None) -> date | None:
    return None if text is None or text == OPEN_ENDED else date.fromisoformat(text)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=CHINA)
