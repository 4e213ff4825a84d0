"""What a holder was asked for, written down and read back."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from esign.credential.binding import MAX_NONCE, BindingDemand
from verifier.record.members import malformed

if TYPE_CHECKING:
    from trustkit.encoding.canonical_json import JsonValue
    from verifier.record.members import Members

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
