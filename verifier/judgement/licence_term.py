"""Whether a licence is within its own term: the first and the last day it says it is in force (GB/T 36903), days of Beijing.

Both days count whole. A term that has not begun leaves the licence in doubt, for it will begin; one that is over has ended it.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from esign.licence.field_rule import VALID_FROM, VALID_TO
from esign.licence.fields import OPEN_ENDED
from trustkit.clock import CHINA
from trustkit.verdict import CheckId, SubIndication, failed, passed, unknown

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from trustkit.encoding.canonical_json import JsonValue
    from trustkit.verdict import Check


def judge_term(claims: Mapping[str, JsonValue], at: datetime) -> tuple[Check, ...]:
    """Return what the term of a licence says of the time `at`, nothing where the licence names no day."""
    if not {VALID_FROM, VALID_TO} & claims.keys():
        return ()
    today = at.astimezone(CHINA).date()
    try:
        first, last = _day(claims.get(VALID_FROM)), _day(claims.get(VALID_TO))
    except ValueError:
        told = "its first or last day cannot be read"
        return (unknown(CheckId.LICENCE_TERM, SubIndication.LICENCE_STATUS_UNKNOWN, told),)
    if last is not None and today > last:
        return (failed(CheckId.LICENCE_TERM, SubIndication.LICENCE_EXPIRED, f"until {last}"),)
    if first is not None and today < first:
        return (unknown(CheckId.LICENCE_TERM, SubIndication.LICENCE_NOT_IN_FORCE, f"from {first}"),)
    return (passed(CheckId.LICENCE_TERM),)


def _day(value: JsonValue) -> date | None:
    """Return a day, None for none and for 长期. Raise ValueError for what is neither."""
    if value is None:
        return None
    if not isinstance(value, str):
        message = "no text"
        raise ValueError(message)  # noqa: TRY004 - one error for whatever is no day
    if value in {"", OPEN_ENDED}:
        return None
    day = date.fromisoformat(value)
    if day.isoformat() != value:  # it takes 20261124 and week dates, too
        message = "no day as 2026-11-24"
        raise ValueError(message)
    return day
