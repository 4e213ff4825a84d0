"""What the register decides about an order: the clock has not gone back, and the key is nobody else's.

Looked at in the turn in which the intents are written, so that of two orders for one key, in whatever process, one is first.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from trustkit.clock import format_rfc3339
from trustkit.errors import ErrorCode, TrustError
from trustkit.store import issuances
from trustkit.x509.reason import COMPROMISED

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from trustkit.store.issuances import CertifiedKey, Wanted
    from trustkit.store.unit_of_work import ReadUnit

CLOCK_TOLERANCE: Final = timedelta(minutes=2)  # machines that share a register keep time within seconds
_COMPROMISED: Final = frozenset(reason.value for reason in COMPROMISED)


def require_clock(unit: ReadUnit, issuer: str, now: datetime) -> None:
    """Raise CA_CLOCK when the newest certificate in force of an issuer was begun later than now.

    Certificates that were revoked do not count: so a clock that ran ahead can be mended.
    """
    latest = issuances.latest_issuance(unit, issuer)
    if latest is not None and now < latest - CLOCK_TOLERANCE:
        told = format_rfc3339(latest.replace(microsecond=0))
        raise TrustError(ErrorCode.CA_CLOCK, "the clock reads earlier than the newest certificate", newest=told)


def require_own_keys(unit: ReadUnit, wanted: Sequence[Wanted]) -> None:
    """Raise CA_KEY_REPEATED when a key is certified for another subject, is an authority's, or was revoked as compromised.

    The same key for the same subject is a renewal. The fact `position` tells which of `wanted` it was.
    """
    known: dict[str, list[CertifiedKey]] = {}
    for each in issuances.certified_keys(unit, sorted({want.key_sm3 for want in wanted})):
        known.setdefault(each.key_sm3, []).append(each)
    for position, want in enumerate(wanted):
        for other in known.setdefault(want.key_sm3, []):
            if why := _conflict(want, other):
                raise TrustError(ErrorCode.CA_KEY_REPEATED, f"repeated key: {why}", position=position)
        known[want.key_sm3].append(
            issuances.CertifiedKey(key_sm3=want.key_sm3, subject=want.subject, authority=want.authority, reason=None)
        )


def _conflict(want: Wanted, other: CertifiedKey) -> str:
    if other.reason in _COMPROMISED:
        return "it was revoked as compromised"
    if other.authority != want.authority:
        return "it belongs to an authority" if want.authority is None or other.authority is not None else "it is in use"
    return "" if _folded(other.subject) == _folded(want.subject) else "it is certified for another subject"


def _folded(subject: str) -> str:
    return " ".join(subject.casefold().split())
