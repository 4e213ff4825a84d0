"""The scopes of tokens for the sharing service (`trustkit share serve`, docs/sharing.md): one for each thing an organisation does there."""

from __future__ import annotations

from typing import Final

QUERY: Final = "sharing:licence:query"
FETCH: Final = "sharing:copy:fetch"
AUTHORISE: Final = "sharing:authorisation:record"
ASK: Final = "sharing:authorisation:ask"
WATCH: Final = "sharing:copy:watch"
