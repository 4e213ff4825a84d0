"""Telling the trail of what a connector's provider was refused: of so many from one address, as anybody may send what is refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from idp.factors.throttle import Attempt
from trustkit.audit import trail
from trustkit.audit.events import AuditEvent, EventType, Outcome
from trustkit.errors import TrustError
from trustkit.identity import ANONYMOUS
from trustkit.identity_codes import IdentityCode

if TYPE_CHECKING:
    from datetime import datetime

    from idp.factors.throttle import Throttle
    from trustkit.store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectorRefusals:
    """Refusals at one stage of connectors; `apart` is the count of addresses they have to themselves."""

    database: Database
    throttle: Throttle
    stage: str
    apart: str

    def tell(self, name: str, error: TrustError, *, address: str, now: datetime) -> None:
        """Tell of a refusal at the connector `name`, unless the address was told of too often. Nobody waits for it. Raise STORE_*."""
        try:
            self.throttle.admit_address(Attempt(person=None, address=address, at=now), apart=self.apart)
        except TrustError as many:
            if many.code is IdentityCode.FACTOR_THROTTLED:
                return
            raise
        event = AuditEvent(
            type=EventType.LOGIN_REFUSED,
            at=now,
            actor=ANONYMOUS,
            object_type="connector",
            object_id=name,
            outcome=Outcome.DENIED,
            reason=error.code.value,
            facts={"means": "connector", "stage": self.stage},
        )
        with self.database.unit_of_work() as uow:
            trail.record(uow, event)
