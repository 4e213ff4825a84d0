"""What a holder was asked for, and for whom and what a copy of a licence had to be, written down and read back."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from esign.copies.model import MOST_TEXT, CopyDemand, demand_of
from esign.credential.binding import MAX_NONCE, BindingDemand
from trustkit.errors import TrustError
from verifier.record.members import malformed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trustkit.encoding.canonical_json import JsonValue
    from verifier.record.members import Members

COPY_DEMAND: Final = "copy_demand"  # a member that is there only where there was one: records of before have none
_MAX_AUDIENCE: Final = 4_096
_MAX_SECONDS: Final = 366 * 24 * 3600


def demand_to_json(demand: BindingDemand | None) -> JsonValue:
    """Return the demand, null for none."""
    if demand is None:
        return None
    return {
        "audience": demand.audience,
        "nonce": demand.nonce,
        "longest_seconds": int(demand.longest.total_seconds()),
        "skew_seconds": int(demand.skew.total_seconds()),
    }


def read_demand(members: Members | None) -> BindingDemand | None:
    """Return what `demand_to_json` wrote. Raise RECORD_MALFORMED."""
    if members is None:
        return None
    audience, nonce = members.text("audience", _MAX_AUDIENCE), members.text("nonce", MAX_NONCE)
    if not audience or not nonce:
        raise malformed("record.demand", "an audience and a nonce")
    found = BindingDemand(
        audience=audience,
        nonce=nonce,
        longest=timedelta(seconds=members.whole("longest_seconds", _MAX_SECONDS)),
        skew=timedelta(seconds=members.whole("skew_seconds", _MAX_SECONDS)),
    )
    members.close()
    return found


def copy_demand_to_json(demand: CopyDemand | None) -> Mapping[str, JsonValue]:
    """Return the member of a record that has the demand of a copy, nothing for none."""
    if demand is None:
        return {}
    return {COPY_DEMAND: {"recipient": demand.recipient or "", "purpose": demand.purpose or ""}}


def read_copy_demand(members: Members | None) -> CopyDemand | None:
    """Return what `copy_demand_to_json` wrote. Raise RECORD_MALFORMED."""
    if members is None:
        return None
    recipient, purpose = members.text("recipient", MOST_TEXT), members.text("purpose", MOST_TEXT)
    members.close()
    try:
        demand = demand_of(recipient, purpose)
    except TrustError as error:
        raise malformed(f"record.{COPY_DEMAND}", error.detail) from error
    if demand is None:
        raise malformed(f"record.{COPY_DEMAND}", "a recipient or a purpose")
    return demand
