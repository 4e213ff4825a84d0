"""How a session at a provider is written where ours came of it: the connector's name, and a keyed digest of the provider's `sid`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from idp.sealing import Sealing

_PURPOSE: Final = "upstream-session"


def upstream_of(sealing: Sealing, provider: str, session: str) -> str:
    """Return the mark of a provider's session; one that has no name there is told apart by its person alone."""
    mark = sealing.mac(_PURPOSE, provider.encode(), session.encode()).hex() if session else ""
    return f"{provider}:{mark}"


def kept_upstream(before: str, more: str) -> str:
    """Return which mark stays when a login goes on at a provider: a further provider, or one that names no session, takes none away."""
    (name, _, mark), (provider, _, newer) = before.rpartition(":"), more.rpartition(":")
    return before if not more or (mark and (provider != name or not newer)) else more
