"""Licences as lists, look-ups and the public see them: what they are and what was done to them, without anything about a holder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from esign.licence.lifecycle import Standing, standing_of
from trustkit.app.rows import time_text
from trustkit.clock import format_rfc3339

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from trustkit.store.licence_changes import LicenceChange
    from trustkit.store.licences import LicenceRow

COLUMNS = ("identifier", "type", "state", "standing", "issued", "revoked")
CHANGE_COLUMNS = ("#", "act", "from", "to", "reason", "in force", "recorded", "by", "next version", "legal basis")


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceLine:
    """A licence in the register, as it stands at a moment."""

    licence: LicenceRow
    now: datetime

    @property
    def standing(self) -> Standing:
        """What it is now."""
        return standing_of(self.licence, self.now)

    def to_json(self) -> dict[str, object]:
        """Return the JSON object of ``--format json``. `state` is where the last act led, `standing` what the licence is now."""
        row = self.licence
        return {
            "identifier": row.identifier,
            "type": row.type_code,
            "version": row.version,
            "issuer": row.issuer,
            "state": row.state.value,
            "standing": self.standing.value,
            "since": time_text(row.state_since) or None,
            "issued_at": time_text(row.issued_at) or None,
            "effective_at": time_text(row.effective_at) or None,
            "expires_at": time_text(row.expires_at) or None,
            "revoked_at": time_text(row.revoked_at) or None,
            "reason": row.reason,
            "supersedes": row.supersedes,
            "document_sm3": row.document_sm3,
        }

    def row(self) -> tuple[str, ...]:
        """Return the row of ``licence list``."""
        row = self.licence
        ended = time_text(row.revoked_at)
        return (row.identifier, row.type_code, row.state.value, self.standing.value, time_text(row.issued_at), ended)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeLine:
    """One act of a licence's history."""

    change: LicenceChange

    def to_json(self) -> dict[str, object]:
        """Return the JSON object of ``--format json``."""
        done = self.change
        return {
            "ordinal": done.ordinal,
            "act": done.act,
            "before": done.before.value,
            "state": done.state.value,
            "reason": done.reason,
            "basis": done.basis or None,
            "effective_at": time_text(done.effective_at),
            "recorded_at": time_text(done.recorded_at),
            "actor": done.actor,
            "next": done.other,
        }

    def row(self) -> tuple[str, ...]:
        """Return the row of ``licence history``."""
        done = self.change
        times = (time_text(done.effective_at), time_text(done.recorded_at))
        led = (str(done.ordinal), done.act, done.before.value, done.state.value, done.reason)
        return (*led, *times, done.actor, done.other or "", done.basis)


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceDetail:
    """A licence with its history and the versions of its line, the newest first."""

    line: LicenceLine
    changes: tuple[LicenceChange, ...]
    versions: tuple[LicenceRow, ...]

    def to_json(self) -> dict[str, object]:
        """Return the JSON object of ``--format json``."""
        return {
            **self.line.to_json(),
            "status_list": {"uri": self.line.licence.status_list, "idx": self.line.licence.status_index},
            "history": [ChangeLine(change=each).to_json() for each in self.changes],
            "versions": [
                {
                    "identifier": each.identifier,
                    "version": each.version,
                    "standing": standing_of(each, self.line.now).value,
                }
                for each in self.versions
            ],
        }

    def lines(self) -> tuple[str, ...]:
        """Return what a person is told."""
        told = [(key, value) for key, value in self.line.to_json().items() if value is not None]
        versions = [
            (f"version {each.version}", f"{each.identifier}  {standing_of(each, self.line.now).value}")
            for each in self.versions
        ]
        width = max(len(key) for key, _ in (*told, *versions))
        return tuple(f"{key:<{width}}  {value}" for key, value in (*told, *versions))


def public_status(
    row: LicenceRow, next_version: Callable[[LicenceRow], str | None], now: datetime
) -> dict[str, object]:
    """Return what anybody is told of an issued licence: what a status list has no room for, and nothing of its holder.

    `status` is the state the status list speaks of; `standing` tells suspended, superseded, lost, cancelled and revoked apart, and what
    the clock makes of it.
    """
    state, standing = row.state_at(now), standing_of(row, now)
    ended = row.revoked_at if state is row.state else None
    replaced = standing in {Standing.SUPERSEDED, Standing.LOST}
    return {
        "identifier": row.identifier,
        "status": state.value,
        "standing": standing.value,
        "as_of": format_rfc3339(now),
        "issued_at": format_rfc3339(row.issued_at) if row.issued_at else None,
        "effective_at": format_rfc3339(row.effective_at) if row.effective_at else None,
        "expires_at": format_rfc3339(row.expires_at) if row.expires_at else None,
        "revoked_at": format_rfc3339(ended) if ended else None,
        "supersedes": row.supersedes,
        "superseded_by": next_version(row) if replaced else None,
        "status_list": {"uri": row.status_list, "idx": row.status_index},
    }
