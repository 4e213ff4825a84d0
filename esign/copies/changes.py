"""What is done to a copy alone: it is revoked. What becomes of its licence reaches it without any of this."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from esign.copies.authorisation import require_reason
from esign.copies.issuance import event_of
from trustkit.audit import trail
from trustkit.audit.events import EventType, FactValue
from trustkit.copy_codes import CopyCode
from trustkit.errors import TrustError
from trustkit.store import licence_copies
from trustkit.store.licence_copies import NEVER_ISSUED, CopyState

if TYPE_CHECKING:
    from esign.licence.status_publication import StatusPublisher
    from trustkit.clock import Clock
    from trustkit.identity import Principal
    from trustkit.store.database import Database
    from trustkit.store.licence_copies import CopyRow
    from trustkit.store.unit_of_work import ReadUnit

REASONS: Final = ("authorisation-withdrawn", "holder-request", "leaked", "misuse", "error", "other")


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyChanges:
    """The acts on copies; `publisher` signs their status lists."""

    database: Database
    clock: Clock
    publisher: StatusPublisher

    def revoke(self, number: str, *, reason: str, actor: Principal) -> CopyRow:
        """Revoke a copy and publish the status list that says so, in one transaction; return what it is now.

        Raises:
            TrustError: USAGE for a reason there is not; COPY_MISSING; COPY_ENDED when it is revoked already; STORE_CONFLICT when two act at
                once; OWN_CERTIFICATE.
        """
        require_reason(reason, REASONS)
        with self.database.unit_of_work() as uow:
            now, row = self.clock.now(), find_copy(uow, number)
            if row.state is CopyState.REVOKED:
                raise TrustError(CopyCode.COPY_ENDED, "the copy is revoked already")
            licence_copies.revoke(uow, number, at=now, reason=reason)
            facts: dict[str, FactValue] = {"licence": row.identifier, "status_index": row.status_index}
            trail.record(uow, event_of(EventType.COPY_REVOKED, row, now, actor, reason=reason, facts=facts))
            self.publisher.publish(uow, row.status_list, now=now, actor=actor)
            return licence_copies.get(uow, number)


def find_copy(unit: ReadUnit, number: str) -> CopyRow:
    """Return a copy that was made. Raise COPY_MISSING."""
    row = licence_copies.find(unit, number)
    if row is None or row.state in NEVER_ISSUED:
        raise TrustError(CopyCode.COPY_MISSING, "no such copy was made here")
    return row
