"""What is done to a credential alone: suspended, resumed, revoked. What becomes of its licence reaches it without any of this."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, unique
from typing import TYPE_CHECKING, Final

from esign.credential.issuance import event_of
from trustkit.audit import trail
from trustkit.audit.events import EventType, FactValue
from trustkit.credential_codes import CredentialCode
from trustkit.errors import ErrorCode, TrustError
from trustkit.store import credentials
from trustkit.store.credentials import CredentialState

if TYPE_CHECKING:
    from collections.abc import Callable

    from esign.licence.status_publication import StatusPublisher
    from trustkit.clock import Clock
    from trustkit.identity import Principal
    from trustkit.store.credentials import CredentialRow
    from trustkit.store.database import Database
    from trustkit.store.unit_of_work import ReadUnit


@unique
class CredentialAct(StrEnum):
    """What can be done to an issued credential."""

    SUSPEND = "suspend"
    RESUME = "resume"
    REVOKE = "revoke"


REASONS: Final = {
    CredentialAct.SUSPEND: ("device-lost", "under-review", "holder-request", "other"),
    CredentialAct.RESUME: ("cleared", "error", "other"),
    CredentialAct.REVOKE: ("key-compromise", "device-lost", "holder-request", "replaced", "error", "other"),
}
_MOVES: Final = {
    CredentialAct.SUSPEND: (frozenset({CredentialState.ISSUED}), CredentialState.SUSPENDED),
    CredentialAct.RESUME: (frozenset({CredentialState.SUSPENDED}), CredentialState.ISSUED),
    CredentialAct.REVOKE: (frozenset({CredentialState.ISSUED, CredentialState.SUSPENDED}), CredentialState.REVOKED),
}
_EVENTS: Final = {
    CredentialAct.SUSPEND: EventType.CREDENTIAL_SUSPENDED,
    CredentialAct.RESUME: EventType.CREDENTIAL_RESUMED,
    CredentialAct.REVOKE: EventType.CREDENTIAL_REVOKED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialChanges:
    """The acts on credentials; `publishers` gives what signs the status lists of a suite."""

    database: Database
    clock: Clock
    publishers: Callable[[str], StatusPublisher]

    def act(self, number: str, act: CredentialAct, *, reason: str, actor: Principal) -> CredentialRow:
        """Do something to an issued credential and publish the status list that says so, in one transaction; return what it is now.

        Raises:
            TrustError: USAGE for a reason the act does not have; CREDENTIAL_MISSING; CREDENTIAL_ENDED when its state does not allow the
                act; CREDENTIAL_KEYS; STORE_CONFLICT when two act at once; OWN_CERTIFICATE.
        """
        require_reason(act, reason)
        with self.database.reading() as unit:
            publisher = self.publishers(_issued(unit, number).suite)
        with self.database.unit_of_work() as uow:
            now, row = self.clock.now(), _issued(uow, number)
            sources, to = _MOVES[act]
            if row.state not in sources:
                told = f"the credential is {row.state.value}"
                raise TrustError(CredentialCode.CREDENTIAL_ENDED, told, state=row.state.value, act=act.value)
            credentials.move(uow, row, to, at=now, reason=reason)
            facts: dict[str, FactValue] = {
                "licence": row.identifier,
                "status_index": row.status_index,
                "suite": row.suite,
            }
            trail.record(uow, event_of(_EVENTS[act], number, now, actor, reason=reason, facts=facts))
            publisher.publish(uow, row.status_list, now=now, actor=actor)
            return credentials.get(uow, number)


def require_reason(act: CredentialAct, reason: str) -> None:
    """Raise USAGE for a reason that is none of the act's."""
    if reason not in REASONS[act]:
        raise TrustError(ErrorCode.USAGE, f"--reason is one of {', '.join(REASONS[act])}", act=act.value)


def _issued(unit: ReadUnit, number: str) -> CredentialRow:
    row = credentials.find(unit, number)
    if row is None or row.state in {CredentialState.INTENT, CredentialState.ABANDONED}:
        raise TrustError(CredentialCode.CREDENTIAL_MISSING, "no such credential was issued here")
    return row
