"""What lists of seals show: one line a seal, and one seal with all that became of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from trustkit.app.rows import time_text
from trustkit.store.seals import SealState

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from esign.seal.standing import People
    from trustkit.store.seals import ChangeRow, SealRow

SEAL_COLUMNS: Final = ("seal", "kind", "name", "state", "made", "valid until")


@dataclass(frozen=True, slots=True, kw_only=True)
class SealLine:
    """A seal of the register; `over` when its own period has ended."""

    seal: SealRow
    over: bool

    @property
    def state(self) -> str:
        """What it is now: of one that is in force no longer than its period, too."""
        return "expired" if self.over and self.seal.state is SealState.IN_FORCE else self.seal.state.value

    def to_json(self) -> dict[str, object]:
        """Return the JSON object of ``--format json``."""
        row = self.seal
        return {
            "seal": row.number,
            "kind": row.kind,
            "name": row.name,
            "holder": row.holder,
            "state": self.state,
            "request": row.registration,
            "made_at": time_text(row.made_at) or None,
            "valid_until": time_text(row.valid_until) or None,
            "document_sm3": row.document_sm3,
        }

    def row(self) -> tuple[str, ...]:
        """Return the row of ``seal list``."""
        row = self.seal
        return (row.number, row.kind, row.name, self.state, time_text(row.made_at), time_text(row.valid_until))


@dataclass(frozen=True, slots=True, kw_only=True)
class SealDetails:
    """A made seal, what was done about it, and who asked for and agreed to each, by the request."""

    line: SealLine
    changes: tuple[ChangeRow, ...]
    people: Mapping[str, People]

    def to_json(self) -> dict[str, object]:
        """Return the JSON object of ``--format json``."""
        return {
            **self.line.to_json(),
            **self._people(self.line.seal.registration),
            "changes": [
                {
                    "act": each.act,
                    "state": each.state.value,
                    "reason": each.reason,
                    "since": time_text(each.since),
                    "recorded_at": time_text(each.recorded_at),
                    "request": each.registration,
                    **self._people(each.registration),
                }
                for each in self.changes
            ],
        }

    def rows(self, told: Callable[..., str], reason: Callable[[str], str]) -> tuple[tuple[str, str], ...]:
        """Return what a person reads, in the sentences that `told` has and the reasons that `reason` names."""
        row = self.line.seal
        acts = [
            (
                each.act,
                told(
                    "act", since=time_text(each.since), why=reason(each.reason), by=self._said(each.registration, told)
                ),
            )
            for each in self.changes
        ]
        return (
            ("seal", row.number),
            ("kind", row.kind),
            ("name", row.name),
            ("holder", row.holder),
            ("state", self.line.state),
            ("made", told("made by", at=time_text(row.made_at), by=self._said(row.registration, told))),
            ("valid until", time_text(row.valid_until)),
            ("document sm3", row.document_sm3 or ""),
            *acts,
        )

    def _people(self, request: str) -> dict[str, object]:
        people = self.people[request]
        return {"applicant": people.applicant, "approvers": list(people.approvers)}

    def _said(self, request: str, told: Callable[..., str]) -> str:
        people = self.people[request]
        if not people.approvers:
            return told("by", applicant=people.applicant)
        return told("by two", applicant=people.applicant, approvers=", ".join(people.approvers))
