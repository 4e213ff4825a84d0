"""What registrars agreed to about a made seal, done: in one transaction with the end of the request, for it needs no key."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from ca.approvals import read_registration
from ca.registration import close_done
from ca.seal_submissions import SealChangeAsked
from esign.seal.registry import SealRegistry
from esign.seal.standing import People, SealAct
from trustkit.errors import ErrorCode, TrustError
from trustkit.store import registrations
from trustkit.store.registrations import Kind, State

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ca.registration_policy import RegistrationPolicy
    from esign.seal.standing import SealChange
    from trustkit.app.opened import OpenedHome
    from trustkit.identity import Principal
    from trustkit.store.registrations import RegistrationRow
    from trustkit.store.unit_of_work import UnitOfWork

ACTS: Final[Mapping[Kind, SealAct]] = MappingProxyType(
    {
        Kind.SEAL_SUSPENSION: SealAct.SUSPEND,
        Kind.SEAL_LOSS: SealAct.LOSE,
        Kind.SEAL_RESUMPTION: SealAct.RESUME,
        Kind.SEAL_REVOCATION: SealAct.REVOKE,
    }
)
KINDS: Final[Mapping[SealAct, Kind]] = MappingProxyType({act: kind for kind, act in ACTS.items()})


def carry_out_if_agreed(
    uow: UnitOfWork, home: OpenedHome, row: RegistrationRow, policy: RegistrationPolicy, *, actor: Principal
) -> RegistrationRow:
    """Return a request after what was decided: what its last approval leads to without a key is done in the same transaction.

    Raises:
        TrustError: as `carry_out_change`.
    """
    if row.state is not State.APPROVED or row.kind not in ACTS:
        return row
    carry_out_change(uow, home, row.id, policy, actor=actor)
    return registrations.get(uow, row.id)


def carry_out_change(
    uow: UnitOfWork, home: OpenedHome, number: str, policy: RegistrationPolicy, *, actor: Principal
) -> SealChange:
    """Do what an approved request asks to be done about a made seal, and end the request.

    Raises:
        TrustError: REGISTRATION_STATE unless it is approved and open, what `read_registration` raises, and as
            `SealRegistry.change_within`.
    """
    now = home.clock.now()
    registrations.lock(uow, number)
    row = registrations.get(uow, number)
    if row.kind not in ACTS or row.state is not State.APPROVED or now >= row.expires_at:
        raise TrustError(ErrorCode.REGISTRATION_STATE, "not approved, or not about a seal", found=row.state.value)
    verified = read_registration(uow, number, policy)
    asked = SealChangeAsked.read(verified.said)
    change = SealRegistry(database=home.database, clock=home.clock).change_within(
        uow,
        asked.serial,
        ACTS[asked.kind],
        reason=asked.reason,
        since=asked.since,
        people=People(applicant=row.requester, approvers=verified.approvers),
        registration=number,
        actor=actor,
    )
    close_done(uow, row, State.APPROVED, at=now, actor=actor, facts={"seal": asked.serial})
    return change
