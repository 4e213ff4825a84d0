"""The register of licences in small steps, for tests of what stands in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustkit.errors import ErrorCode, TrustError
from trustkit.store import licence_changes, licences
from trustkit.store.licence_changes import LicenceChange
from trustkit.store.licences import LicenceState

if TYPE_CHECKING:
    from datetime import datetime

    from trustkit.store.unit_of_work import UnitOfWork


def revoke_licence(uow: UnitOfWork, identifier: str, *, at: datetime, reason: str) -> None:
    """Revoke an issued licence with its history; STORE_CONFLICT unless it is issued."""
    row = licences.find(uow, identifier)
    if row is None or row.state is not LicenceState.ISSUED:
        found = "none" if row is None else row.state.value
        raise TrustError(ErrorCode.STORE_CONFLICT, "the licence is in another state", needed="issued", found=found)
    change = LicenceChange(
        act="revoke",
        before=row.state,
        state=LicenceState.REVOKED,
        reason=reason,
        basis="",
        effective_at=at,
        recorded_at=at,
        actor="operator:1",
    )
    licence_changes.add(uow, row, change)
