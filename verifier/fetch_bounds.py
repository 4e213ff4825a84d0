"""How much one answer of the network may hold, apart from what fetches it: settings are read by processes that fetch nothing."""

from __future__ import annotations

from typing import Final

FETCH_OCTETS: Final = 10 * 1024 * 1024  # of one answer unless told: a list of some 180 000 entries
MOST_FETCH_OCTETS: Final = 64 * 1024 * 1024  # that can be told: a list of a million, what a file of evidence may hold
