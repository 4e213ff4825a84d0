"""What can go wrong with calls of the verification API beside what they hand in: quotas and repeated calls."""

from __future__ import annotations

from enum import unique

from trustkit.error_family import Code, Family


@unique
class ApiCode(Code):
    """Stable names of what can go wrong, sorted by value."""

    QUOTA_POLICY = ("web:quota:policy", Family.CONFIG)
    QUOTA_SPENT = ("web:quota:spent", Family.RESOURCE)
    REPEAT_KEY = ("web:repeat:key", Family.USAGE)
    REPEAT_OTHERWISE = ("web:repeat:otherwise", Family.MALFORMED)
    REPEAT_UNDER_WAY = ("web:repeat:under-way", Family.CONFLICT)
