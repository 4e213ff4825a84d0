"""Proposals as lists and look-ups show them: what they ask for, who made and decided them, and nothing about a holder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from trustkit.app.rows import time_text
from trustkit.encoding.canonical_json import parse_json

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from esign.licence.proposal_order import ProposedOrder
    from trustkit.store.licence_proposals import ProposalRow

COLUMNS = ("proposal", "act", "state", "type", "licence", "licences", "proposed", "expires", "by", "decided by")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalLine:
    """A proposal as it stands at a moment; `order` is what it asks for, while something can come of it."""

    proposal: ProposalRow
    now: datetime
    order: ProposedOrder | None = None

    def to_json(self) -> dict[str, object]:
        """Return the JSON object of ``--format json``; nothing of the fields of the licence."""
        row, order = self.proposal, self.order
        told: dict[str, object] = {
            "proposal": row.number,
            "act": row.act,
            "state": row.state_at(self.now).value,
            "type": row.type_code,
            "licence": row.result or row.identifier,
            "licences": row.licences,
            "order_sm3": row.order_sm3,
            "proposed_at": time_text(row.proposed_at),
            "expires_at": time_text(row.expires_at),
            "decided_at": time_text(row.decided_at) or None,
            "closed_at": time_text(row.closed_at) or None,
            "maker": row.maker,
            "checker": row.checker,
            "reason_refused": row.reason,
        }
        if order is None:
            return told
        asked = {"formats": list(order.formats), "reason": order.reason, "basis": order.basis, "batch": order.batch}
        effective = {"effective_at": time_text(order.effective_at) or None}
        return told | {name: value or None for name, value in asked.items()} | effective

    def row(self) -> tuple[str, ...]:
        """Return the row of ``licence proposals``."""
        row = self.proposal
        what = (row.number, row.act, row.state_at(self.now).value, row.type_code, row.result or row.identifier or "")
        times = (str(row.licences), time_text(row.proposed_at), time_text(row.expires_at))
        return (*what, *times, row.maker, row.checker or "")

    def lines(self) -> tuple[str, ...]:
        """Return what a person is told."""
        told = [(name, value) for name, value in self.to_json().items() if value is not None]
        width = max(len(name) for name, _ in told)
        return tuple(f"{name:<{width}}  {_text(value)}" for name, value in told)


def rows_to_approve(line: ProposalLine) -> Iterator[tuple[str, str]]:
    """Give what is shown to who is about to approve, the fields of the licence among it: name and value."""
    for name, value in line.to_json().items():
        if value is not None:
            yield name, _text(value)
    if line.order is not None and line.order.data:
        tree = parse_json(line.order.data.encode("utf-8"))
        for name, value in tree.items() if isinstance(tree, dict) else ():
            yield f"  {name}", _text(value)


def _text(value: object) -> str:
    return ", ".join(map(_text, value)) if isinstance(value, list) else str(value)
