"""Changes of shared keys' sets, each whole or not at all whatever stops it: propose, tell the trail, put in force.

The trail decides. A proposal it tells of is put in force by whoever comes next, one it does not tell of is withdrawn: a crash leaves the
set before in force and a mark that the next command finishes or withdraws.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ca.operators import key_digest
from trustkit.app.home import KEYS
from trustkit.app.key_sets import KeySets
from trustkit.audit import trail
from trustkit.audit.events import AuditEvent, EventType, FactValue
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from trustkit.app.opened import OpenedHome
    from trustkit.custody.key_set import KeySet


@dataclass(frozen=True, slots=True, kw_only=True)
class SetChanges:
    """Changes of the sets of one home."""

    home: OpenedHome

    @property
    def sets(self) -> KeySets:
        """The sets in force."""
        return KeySets(self.home.settings.home / KEYS)

    def change(self, made: KeySet, *, before: KeySet | None) -> None:
        """Put a set in force in the place of the one `before`, and tell of it.

        Raises:
            TrustError: KEY_BUSY (another process changes it), KEY_SHARED (another set is in force by now), DISK_*, STORE_*.
        """
        self.settle()
        with self.sets.propose(made) as proposal:
            there = self.sets.find(made.name)
            if (there and there.set_id) != (before and before.set_id):
                proposal.remove()
                raise TrustError(ErrorCode.KEY_SHARED, "it was shared by another command", key=made.name)
            self.tell(made, replaces=before.set_id if before else "")
            self.sets.install(proposal, made)

    def settle(self) -> None:
        """Finish or withdraw what crashes left. Raise what reading a proposal, the store and the disk raise."""
        for proposal, key_set in self.sets.left():
            if self.is_told(key_set):
                self.sets.install(proposal, key_set)
            else:
                proposal.remove()

    def is_told(self, key_set: KeySet) -> bool:
        """Tell whether a set is the last one the trail tells of for its key."""
        with self.home.database.reading() as unit:
            last = trail.last_event(unit, EventType.KEY_SHARED, key_set.name)
        return last is not None and last.facts.get("set_sm3") == key_set.digest

    def tell(self, key_set: KeySet, *, replaces: str) -> None:
        """Tell the trail of a sharing."""
        facts: dict[str, FactValue] = {
            "key_set": key_set.set_id,
            "public_key_sm3": key_digest(key_set.public_key),
            "set_sm3": key_set.digest,
            "shares": len(key_set.members),
            "threshold": key_set.threshold,
            **({"replaces": replaces} if replaces else {}),
        }
        with self.home.database.unit_of_work() as uow:
            event = AuditEvent(
                type=EventType.KEY_SHARED,
                at=self.home.clock.now(),
                actor=self.home.operator,
                object_type="key",
                object_id=key_set.name,
                facts=facts,
            )
            trail.record(uow, event)
