"""What the trail of a home is told of a run: one entry with the manifest's digest, or of runs that write nothing one for each file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trustkit.audit import trail
from trustkit.audit.events import AuditEvent, EventType, FactValue
from trustkit.verdict import Indication

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from trustkit.app.bulk_counts import Counts
    from trustkit.app.opened import OpenedHome


def tell_of_run(
    home: OpenedHome, manifest_sm3: str, counts: Counts, same: Mapping[str, object], *, parts: int, output_sm3: str
) -> None:
    """Leave the entry of a run; the manifest has the digests of all its rows."""
    facts: dict[str, FactValue] = {
        "rows": counts.rows,
        "passed": counts.of(Indication.TOTAL_PASSED),
        "failed": counts.of(Indication.TOTAL_FAILED),
        "indeterminate": counts.rows - counts.of(Indication.TOTAL_PASSED) - counts.of(Indication.TOTAL_FAILED),
        "parts": parts,
        "output_sm3": output_sm3,
    }
    facts |= {key: str(same[key]) for key in ("policy_sm3", "snapshot_sm3", "trust_sm3") if same[key]}
    event = AuditEvent(
        type=EventType.RUN_VERIFIED,
        at=home.clock.now(),
        actor=home.operator,
        object_type="run",
        object_id=f"sm3:{manifest_sm3}",
        facts=facts,
    )
    with home.database.unit_of_work() as unit:
        trail.record_many(unit, [event])


def tell_of_rows(home: OpenedHome, rows: Sequence[Mapping[str, Any]]) -> None:
    """Leave an entry for each file that could be read, all or none: as `trustkit.app.verification.tell_all`."""
    events = [_event(home, row) for row in rows if row["sm3"] is not None]
    if events:
        with home.database.unit_of_work() as unit:
            trail.record_many(unit, events)


def _event(home: OpenedHome, row: Mapping[str, Any]) -> AuditEvent:
    facts: dict[str, FactValue] = {
        "format": row["format"],
        "indication": row["indication"],
        "octets": row["size"],
        "signatures": row["signatures"],
    }
    if row["sub_indication"] is not None:
        facts["sub_indication"] = row["sub_indication"]
    return AuditEvent(
        type=EventType.FILE_VERIFIED,
        at=home.clock.now(),
        actor=home.operator,
        object_type="file",
        object_id=f"sm3:{row['sm3']}",
        facts=facts,
    )
