"""Moments as OFD writers put them into SignatureDateTime: every form met in real files."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from trustkit.clock import CHINA

_FORM: Final = re.compile(
    r"(?P<date>\d{4}-?\d{2}-?\d{2})[T ]?(?P<clock>\d{2}:?\d{2}:?\d{2})(?:\.\d{1,9})?(?P<zone>Z|[+-]\d{2}:?\d{2})?",
    re.ASCII,
)
_USUAL: Final = re.compile(r"\d{14}(\.\d{1,9})?Z", re.ASCII)


def read_date(text: str) -> tuple[datetime, bool, bool] | None:
    """Return the moment, whether its zone was told (else China's is taken) and whether the form is the usual one; None for others.

    Usual is GeneralizedTime (``20200723130907.763Z``); ``2020-10-23 19:45:37`` and ISO 8601 occur. Fractions are left out.
    """
    found = _FORM.fullmatch(text)
    if found is None:
        return None
    digits = re.sub(r"\D", "", found["date"] + found["clock"])
    zone = found["zone"]
    try:
        month, day, hour, minute, second = (int(digits[at : at + 2]) for at in range(4, 14, 2))
        moment = datetime(int(digits[:4]), month, day, hour, minute, second, tzinfo=_offset(zone))
        return moment.astimezone(UTC), zone is not None, _USUAL.fullmatch(text) is not None
    except (ValueError, OverflowError):
        return None


def _offset(zone: str | None) -> timezone:
    if zone is None:
        return CHINA
    if zone == "Z":
        return UTC
    hours, minutes = int(zone[1:3]), int(zone[-2:])
    sign = -1 if zone[0] == "-" else 1
    return timezone(sign * timedelta(hours=hours, minutes=minutes))
