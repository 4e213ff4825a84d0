"""What ``trustkit doctor`` finds of the webhooks of organisations: those that are not told any more, and those that fail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from esign.copies.webhooks import UNANSWERED
from trustkit.app.finding import Finding
from trustkit.clock import format_rfc3339
from trustkit.store import webhooks
from trustkit.store.webhooks import WebhookState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trustkit.app.opened import OpenedHome


def webhook_findings(home: OpenedHome) -> Iterator[Finding]:
    """Tell how many there are, and of each that was suspended because nobody answered."""
    with home.database.reading() as unit:
        count = webhooks.count_lasting(unit)
        suspended = webhooks.list_webhooks(unit, state=WebhookState.SUSPENDED)
        active = webhooks.list_webhooks(unit, state=WebhookState.ACTIVE)
    if count:
        failing = sum(row.failing_since is not None for row in active)
        yield Finding(what="webhooks", found=f"{count}, {failing} of them fail at the moment")
    for row in suspended:
        if row.reason == UNANSWERED:
            since = "" if row.failing_since is None else f" since {format_rfc3339(row.failing_since)}"
            hint = f"`trustkit share webhook show {row.identifier}` says how, `resume` goes on"
            yield Finding(what=f"webhook {row.identifier}", found=f"suspended, unanswered{since}; {hint}", broken=True)
