"""Whether an act may be done: one person is enough for it, or another agreed to exactly this (docs/adr/0051).

Asked by whatever issues a licence or acts on one, so that no way there leads round it. What the store says of a proposal counts only as
far as the trail tells the same: whoever can write to the store alone approves nothing. Of a file the trail has the digest of its rows, which is
compared with the file when that is approved; which of them are left is the store's word.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from esign.licence.filing import OF_PROPOSAL
from esign.licence.lifecycle_rules import ISSUE_MANY
from esign.licence.proposal_order import parse_proposed_order
from trustkit.audit import trail
from trustkit.audit.events import EventType
from trustkit.clock import format_rfc3339
from trustkit.errors import TrustError
from trustkit.licence_codes import LicenceCode
from trustkit.store import licence_proposals
from trustkit.store.licence_proposals import OPEN, ProposalState

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from esign.licence.lifecycle_rules import LifecycleRules
    from esign.licence.proposal_order import ProposedOrder
    from trustkit.store.licence_proposals import ProposalRow
    from trustkit.store.unit_of_work import ReadUnit, UnitOfWork


def require_agreed(
    unit: ReadUnit,
    asked: ProposedOrder,
    rules: LifecycleRules,
    proposal: str | None,
    *,
    now: datetime,
    row: tuple[str, Callable[[str], bool]] | None = None,
) -> None:
    """Return when one person may do what is asked, or another agreed to it.

    `row` is the key a licence is asked for under, and what tells whether it is that of its row in a batch of a name.

    Raises:
        TrustError: PROPOSAL_NEEDED when it takes two and no proposal is named; PROPOSAL_MISSING, PROPOSAL_EXPIRED, PROPOSAL_STATE unless the
            proposal is approved; PROPOSAL_SAME_PERSON; PROPOSAL_OVERTAKEN and PROPOSAL_OTHERWISE when it is not for this.
    """
    if proposal is None:
        if rules.persons_for(asked.act) > 1:
            raise TrustError(LicenceCode.PROPOSAL_NEEDED, "one person alone may not", act=asked.act)
        return
    found = licence_proposals.get(unit, proposal)
    require_open(found, ProposalState.APPROVED, now=now)
    proposed = kept_order(unit, found)
    if proposed.act != ISSUE_MANY:
        asked.require_same(proposed)
        return
    key, is_row = row or ("", lambda _: False)
    if not is_row(proposed.batch) or not licence_proposals.is_listed(unit, proposal, key):
        raise TrustError(LicenceCode.PROPOSAL_OTHERWISE, "the row is not among those approved", what="rows")
    asked.as_rows_of(proposed).require_same(proposed)


def require_open(row: ProposalRow, *states: ProposalState, now: datetime) -> None:
    """Return when a proposal is in one of these states, and its time is not over. Raise PROPOSAL_EXPIRED, PROPOSAL_STATE."""
    if row.state is ProposalState.EXPIRED or (row.state in OPEN and now >= row.expires_at):
        ended = format_rfc3339(row.expires_at.replace(microsecond=0))
        raise TrustError(LicenceCode.PROPOSAL_EXPIRED, f"it ended at {ended}", expires_at=ended)
    if row.state not in states:
        told = f"it is {row.state.value}" + (f", {row.result} came of it" if row.result else "")
        raise TrustError(LicenceCode.PROPOSAL_STATE, told, found=row.state.value)


def kept_order(unit: ReadUnit, row: ProposalRow) -> ProposedOrder:
    """Return what an open proposal asks for, when row, digest and trail agree on it, and on who proposed and approved it.

    Raises:
        TrustError: PROPOSAL_OTHERWISE when they do not; PROPOSAL_SAME_PERSON.
    """
    if row.wanted is None or row.salt is None:
        raise TrustError(LicenceCode.PROPOSAL_STATE, f"it is {row.state.value}", found=row.state.value)
    order = parse_proposed_order(row.wanted)
    is_kept = order.digest(row.salt) == row.order_sm3 and (order.act, order.type_code) == (row.act, row.type_code)
    told = [(EventType.LICENCE_PROPOSED, row.maker)]
    if row.state is ProposalState.APPROVED:
        told.append((EventType.LICENCE_PROPOSAL_APPROVED, row.checker or ""))
    for kind, who in told:
        event = trail.last_event(unit, kind, row.number)
        is_kept = is_kept and event is not None and (event.actor, event.facts.get("order_sm3")) == (who, row.order_sm3)
    if not is_kept:
        raise TrustError(
            LicenceCode.PROPOSAL_OTHERWISE, "the store and the trail do not say the same of it", what="store"
        )
    if row.checker == row.maker:
        raise TrustError(LicenceCode.PROPOSAL_SAME_PERSON, "maker and checker are one")
    return order


def own_key(proposal: str) -> str:
    """Return the key that stands in the register for the licence of a proposal: it is issued once."""
    return f"{OF_PROPOSAL}{proposal}"


def finish(uow: UnitOfWork, proposal: str, *, result: str, repeat_key: str | None, now: datetime) -> None:
    """Note what came of an approved proposal, in the transaction that made it. Raise PROPOSAL_STATE when it was ended meanwhile."""
    if repeat_key is None or repeat_key == own_key(proposal):
        licence_proposals.finish(uow, proposal, result=result, at=now)
    else:
        licence_proposals.finish_row(uow, proposal, repeat_key, identifier=result, at=now)
