"""The forms a fact may have. There is none for free text: a person's name has no place to go."""

from __future__ import annotations

import re
from enum import Enum, unique
from typing import Final

# Ten digits at most: an 11-digit mobile number or an 18-digit citizen id is no count.
COUNT_LIMIT: Final = 10**10


@unique
class FactKind(Enum):
    """The forms a fact may have; the value is what a text must match in full, None for a number."""

    CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:+-]{0,127}")  # a stable word, an OID, a licence type
    COUNT = None  # an int from 0 to COUNT_LIMIT
    DIGEST = re.compile(r"[0-9a-f]{64}")  # SM3, hex
    HEX = re.compile(r"[0-9a-f]{1,64}")  # a serial number
    ROUTE = re.compile(r"/[A-Za-z0-9._~{}/-]{0,127}")  # a route's template, never the path that was asked for
    TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z")  # RFC 3339, UTC
    URI = re.compile(r"https?://[A-Za-z0-9.:\[\]-]{1,253}(/[A-Za-z0-9._~/-]{0,200})?")  # no user, no query
