"""What can go wrong with calls of the verification API, and of assistants, beside what they hand in: quotas, repeated calls, files out of reach."""

from __future__ import annotations

from enum import unique

from trustkit.error_family import Code, Family


@unique
class ApiCode(Code):
    """Stable names of what can go wrong, sorted by value."""

    ASSISTANT_CREDENTIALS = ("app:assistant:credentials", Family.CONFIG)
    ASSISTANT_EXTRA = ("app:assistant:extra", Family.CONFIG)
    ASSISTANT_OUTSIDE = ("app:assistant:outside", Family.FORBIDDEN)
    ASSISTANT_REGISTER = ("app:assistant:register", Family.MISSING)
    ASSISTANT_WORD = ("app:assistant:word", Family.MISSING)
    QUOTA_POLICY = ("web:quota:policy", Family.CONFIG)
    QUOTA_SPENT = ("web:quota:spent", Family.RESOURCE)
    REPEAT_KEY = ("web:repeat:key", Family.USAGE)
    REPEAT_OTHERWISE = ("web:repeat:otherwise", Family.MALFORMED)
    REPEAT_UNDER_WAY = ("web:repeat:under-way", Family.CONFLICT)
