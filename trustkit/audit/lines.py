"""An entry of the trail as one line: the members every list and export has, and the octets digests are over.

A line is canonical JSON and ends with a newline, so that the same entry is the same octets in every export.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustkit.clock import format_rfc3339
from trustkit.encoding.canonical_json import canonical_json

if TYPE_CHECKING:
    from trustkit.audit.trail import TrailEntry
    from trustkit.encoding.canonical_json import JsonValue


def entry_members(entry: TrailEntry) -> dict[str, JsonValue]:
    """Return an entry's members; what has nothing to say is None."""
    return {
        "sequence": entry.sequence,
        "at": format_rfc3339(entry.at),
        "type": entry.type,
        "actor": entry.actor,
        "object_type": entry.object_type,
        "object_id": entry.object_id,
        "outcome": entry.outcome,
        "reason": entry.reason or None,
        "request_id": entry.request_id or None,
        "facts": dict(entry.facts),
    }


def entry_line(entry: TrailEntry) -> bytes:
    """Return an entry's line."""
    return canonical_json(entry_members(entry)) + b"\n"
