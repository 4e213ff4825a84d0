"""Proposals of licences, wired to a home: whose acts they are is known where officials sign in, and nowhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from esign.licence.approvals import LicenceApprovals
from esign.licence.lifecycle import ISSUING, TRANSITIONS, LicenceAct
from esign.licence.lifecycle_rules import ISSUE, ISSUE_MANY
from esign.licence.ordering import LicenceOrders
from esign.licence.proposals import LicenceProposals
from trustkit.app.home import POLICIES
from trustkit.app.issuing import seal_finder
from trustkit.app.keys import KeyName
from trustkit.app.official_acts import OfficialAct
from trustkit.identity import Organisation

if TYPE_CHECKING:
    from trustkit.app.authority import Authority
    from trustkit.app.keys import Keys


def proposals_of(authority: Authority) -> LicenceProposals:
    """Return the proposals of a home. Raise OWN_CERTIFICATE, HOME_INCOMPLETE."""
    settings, seal = authority.settings, authority.certificate(KeyName.SEAL)
    return LicenceProposals(
        database=authority.database,
        clock=authority.clock,
        orders=LicenceOrders(
            types=settings.home / POLICIES / "licences",
            issuer=Organisation(uscc=settings.authority.uscc, name=settings.authority.name),
            today=authority.clock.now,
            electronic_seal=seal_finder(authority, seal),
        ),
        certificate=seal,
        persons=settings.licences.persons,
        told_apart=settings.idp.officials_sign_in,
    )


def approvals_of(authority: Authority, keys: Keys) -> LicenceApprovals:
    """Return what approves proposals and carries them out."""
    return LicenceApprovals(service=authority.licences(keys), proposals=proposals_of(authority))


def official_act_of(act: str) -> OfficialAct:
    """Return what an official's mandate must be for to propose an act, and to approve it."""
    if act == ISSUE_MANY:
        return OfficialAct.LICENCES
    issuing = act == ISSUE or TRANSITIONS[LicenceAct(act)].permission == ISSUING
    return OfficialAct.LICENCE if issuing else OfficialAct.REVOCATION
