"""What a second person approves, done: everything looked at anew, then carried out exactly as it was proposed.

An act without a document is one transaction with its approval. Where a licence is issued, the approval comes first and is durable, for a
document takes seconds: what was cut off then is carried out by approving it again, once, under a key of the proposal's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from esign.licence.asking import asked_to_issue
from esign.licence.changes import DoneAct, issued_row
from esign.licence.formats import LicenceFormat
from esign.licence.lifecycle import ActOrder, LicenceAct, require_possible
from esign.licence.lifecycle_rules import ISSUE, ISSUE_MANY
from esign.licence.metadata import issue_date
from esign.licence.proposals import require_other, require_seen
from esign.licence.second_person import kept_order, require_open
from esign.licence.term import term_of
from trustkit.errors import TrustError
from trustkit.licence_codes import LicenceCode
from trustkit.store import licence_proposals
from trustkit.store.licence_proposals import ProposalState

if TYPE_CHECKING:
    from esign.licence.issuance import LicenceService
    from esign.licence.issued import IssuedLicence
    from esign.licence.proposal_order import ProposedOrder
    from esign.licence.proposals import LicenceProposals
    from trustkit.identity import Principal
    from trustkit.store.licence_proposals import ProposalRow


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceApprovals:
    """Approves proposals and carries them out."""

    service: LicenceService
    proposals: LicenceProposals

    def approve(self, number: str, *, actor: Principal, seen: str | None = None) -> IssuedLicence | DoneAct:
        """Approve what another proposed and do it; one that was approved and then cut off is carried out.

        Raises:
            TrustError: PROPOSAL_MISSING, PROPOSAL_STATE, PROPOSAL_EXPIRED, PROPOSAL_SAME_PERSON, PROPOSAL_PERSONS; PROPOSAL_OTHERWISE also
                for a file of many, which is approved with the file; PROPOSAL_OVERTAKEN; as `LicenceService.issue`, `change` and `act`.
        """
        self.proposals.close_expired(actor=actor)
        with self.proposals.database.reading() as unit:
            row = licence_proposals.get(unit, number)
            require_other(row, actor)
            require_open(row, ProposalState.PROPOSED, ProposalState.APPROVED, now=self.proposals.clock.now())
            order = kept_order(unit, row)
        require_seen(row, seen)
        if order.act == ISSUE_MANY:
            raise TrustError(
                LicenceCode.PROPOSAL_STATE, "a file of many is approved with `trustkit licence issue-many --approve`"
            )
        if not order.makes_document:
            return self._act(row, act_order(order), actor)
        self._look_anew(order)
        if row.state is ProposalState.PROPOSED:
            with self.proposals.database.unit_of_work() as uow:
                self.proposals.approve_within(uow, number, actor=actor, seen=row.order_sm3)
        return self._issue(number, order, actor)

    def _act(self, row: ProposalRow, wanted: ActOrder, actor: Principal) -> DoneAct:
        changes, identifier = self.service.changes, row.identifier or ""
        changes.make_ready(identifier, wanted)
        with self.proposals.database.unit_of_work() as uow:
            self.proposals.approve_within(uow, row.number, actor=actor, seen=row.order_sm3)
            return changes.act_within(uow, identifier, wanted, actor=actor, proposal=row.number)

    def _look_anew(self, proposed: ProposedOrder) -> None:
        """Refuse before anybody has approved it what could not be issued now, or is not what it was."""
        orders, data, seal = self.service.maker.orders, proposed.data.encode("utf-8"), proposed.seal or None
        now, certificate = self.service.clock.now(), self.service.maker.certificate
        if proposed.act == ISSUE:
            order = orders.order(proposed.kind, data, formats_of(proposed), seal)
            term_of(order.data, today=issue_date(now), effective_at=proposed.effective_at)
            asked = asked_to_issue(order, data, certificate, seal=seal, effective_at=proposed.effective_at)
        else:
            wanted = act_order(proposed)
            with self.service.database.reading() as unit:
                before = issued_row(unit, proposed.identifier)
            order = orders.order_of_code(proposed.type_code, data, formats_of(proposed), seal)
            require_possible(before, wanted.act, order.kind.lifecycle, now)
            asked = asked_to_issue(order, data, certificate, seal=seal, before=before, wanted=wanted)
        asked.require_same(proposed)

    def _issue(self, number: str, proposed: ProposedOrder, actor: Principal) -> IssuedLicence:
        data, formats, seal = proposed.data.encode("utf-8"), formats_of(proposed), proposed.seal or None
        if proposed.act == ISSUE:
            return self.service.issue(
                proposed.kind,
                data,
                actor=actor,
                formats=formats,
                seal=seal,
                effective_at=proposed.effective_at,
                proposal=number,
            )
        wanted = act_order(proposed)
        return self.service.change(
            proposed.identifier, data, wanted, actor=actor, formats=formats, seal=seal, proposal=number
        )


def act_order(proposed: ProposedOrder) -> ActOrder:
    """Return the act on a licence that is proposed."""
    return ActOrder(
        act=LicenceAct(proposed.act),
        reason=proposed.reason,
        basis=proposed.basis,
        effective_at=proposed.effective_at,
    )


def formats_of(proposed: ProposedOrder) -> tuple[LicenceFormat, ...]:
    """Return the formats a proposed licence comes in."""
    return tuple(LicenceFormat(each) for each in proposed.formats)
