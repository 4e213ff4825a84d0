"""A file of licences proposed as one, and approved as one with the file it was proposed with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from esign.licence.asking import asked_for_rows
from esign.licence.data import read_licence_data
from esign.licence.filing import row_key
from esign.licence.formats import LicenceFormat
from esign.licence.metadata import issue_date
from esign.licence.types import load_licence_type
from trustkit.app.licence_proposing import proposals_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from esign.licence.bulk_rows import BulkRow
    from esign.licence.proposal_order import ProposedOrder
    from trustkit.app.authority import Authority
    from trustkit.app.licence_rows import RowsOrder
    from trustkit.store.licence_proposals import ProposalRow


def propose_file(authority: Authority, order: RowsOrder, rows: Sequence[BulkRow], name: str) -> ProposalRow:
    """Propose that every row of a file that was checked be issued. Raise as `LicenceProposals.propose`, and SEAL_*."""
    asked, keys = _asked(authority, order, rows, name)
    return proposals_of(authority).propose(asked, actor=authority.operator, keys=keys)


def approve_file(
    authority: Authority, number: str, order: RowsOrder, rows: Sequence[BulkRow], name: str, *, seen: str
) -> None:
    """Approve a file that another proposed: the very rows, type, formats and seal. Raise as `LicenceProposals.approve_file`, and SEAL_*."""
    asked, _ = _asked(authority, order, rows, name)
    proposals_of(authority).approve_file(number, asked, actor=authority.operator, seen=seen)


def _asked(
    authority: Authority, order: RowsOrder, rows: Sequence[BulkRow], name: str
) -> tuple[ProposedOrder, tuple[str, ...]]:
    desk = proposals_of(authority)
    kind, today = load_licence_type(desk.orders.types / order.kind), issue_date(authority.clock.now())
    keys = tuple(row_key(kind.name, name, read_licence_data(kind, each.data, today=today)) for each in rows)
    sealed = LicenceFormat.OFD in order.formats
    asked = asked_for_rows(
        kind,
        keys,
        desk.certificate,
        formats=order.formats,
        seal=order.seal,
        seal_octets=desk.orders.electronic_seal(order.seal) if sealed else None,
        batch=name,
    )
    return asked, keys
