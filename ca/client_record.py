"""Holding an API client's row of the store against what the trail recorded of it.

A row can be written to by whoever can write to the store; the trail only grows. What a client is let in with (role, end, secret,
grant, revocation) must therefore be what the trail's newest events say: a change without an event is refused, and one with an event is
there to be seen. Events of earlier versions say less: what
they do not speak of is not compared, except that a client whose grant nobody recorded was granted nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustkit.audit import trail
from trustkit.audit.events import EventType
from trustkit.clock import format_rfc3339
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from trustkit.store.ca_clients import ClientRow
    from trustkit.store.unit_of_work import ReadUnit


def added_facts(row: ClientRow) -> dict[str, str]:
    """Return what the trail records of a new client."""
    return {
        "role": row.role,
        "expires_at": format_rfc3339(row.expires_at),
        "grant_sm3": grant_digest(row.granted),
        "secret_sm3": row.secret_sm3,
    }


def grant_digest(granted: str) -> str:
    """Return the SM3 of a grant's text as it is stored, hexadecimal."""
    return digest(DigestAlgorithm.SM3, granted.encode("utf-8", "surrogatepass")).hex()


def require_recorded(unit: ReadUnit, row: ClientRow) -> None:
    """Return when a client's row is what the trail recorded; raise CA_CLIENT_ALTERED naming the part that is not."""
    added = trail.last_event(unit, EventType.CLIENT_ADDED, row.identifier)
    if added is None:
        raise _altered("client")
    granted = trail.last_event(unit, EventType.CLIENT_GRANTED, row.identifier)
    recorded = {"grant_sm3": grant_digest(""), **added.facts, **(granted.facts if granted is not None else {})}
    for name, found in added_facts(row).items():
        if recorded.get(name, found) != found:
            raise _altered(name)
    if row.revoked_at is None and trail.last_event(unit, EventType.CLIENT_REVOKED, row.identifier) is not None:
        raise _altered("revoked_at")


def _altered(part: str) -> TrustError:
    return TrustError(ErrorCode.CA_CLIENT_ALTERED, "the store and the trail differ", part=part)
