"""How a session at a provider is written where ours came of it: the connector's name, and a keyed digest of the provider's `sid`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from idp.sealing import Sealing

_PURPOSE: Final = "upstream-session"
_LOGOUT: Final = "upstream-logout"
_BY_SESSION: Final = b"session"
_BY_SUBJECT: Final = b"subject"
_OF_SUBJECT: Final = b"subject-of-a-session"


def upstream_of(sealing: Sealing, provider: str, session: str) -> str:
    """Return the mark of a provider's session; one that has no name there is told apart by its person alone."""
    mark = sealing.mac(_PURPOSE, provider.encode(), session.encode()).hex() if session else ""
    return f"{provider}:{mark}"


def kept_upstream(before: str, more: str) -> str:
    """Return which mark stays when a login goes on at a provider: a further provider, or one that names no session, takes none away."""
    (name, _, mark), (provider, _, newer) = before.rpartition(":"), more.rpartition(":")
    return before if not more or (mark and (provider != name or not newer)) else more


def newest_upstreams(marks: Iterable[str]) -> tuple[str, ...]:
    """Return of each provider the last mark that names a session there: a new login at a provider takes the place of an older one."""
    found: dict[str, str] = {}
    for each in marks:
        provider, _, mark = each.rpartition(":")
        if mark:
            found.pop(provider, None)
            found[provider] = each
    return tuple(found.values())


def logout_turn(provider: str) -> str:
    """Return the name of the sequence by which logouts of a provider and logins that come back from it take turns."""
    return f"idp-{_LOGOUT}:{provider}"


def told_marks(sealing: Sealing, provider: str, *, subject: str, session: str) -> tuple[str, ...]:
    """Return as what a logout is remembered: by its `sid`, and by its `sub` for who comes back without one."""
    by_subject = _OF_SUBJECT if session else _BY_SUBJECT
    pairs = ((_BY_SESSION, session), (by_subject, subject))
    return tuple(_logout(sealing, kind, provider, name) for kind, name in pairs if name)


def asked_marks(sealing: Sealing, provider: str, *, subject: str, session: str) -> tuple[str, ...]:
    """Return which remembered logouts are those of who comes back from a provider with this `sub` and `sid` (or none)."""
    pairs = ((_BY_SESSION, session), (_BY_SUBJECT, subject), (_OF_SUBJECT, "" if session else subject))
    return tuple(_logout(sealing, kind, provider, name) for kind, name in pairs if name)


def _logout(sealing: Sealing, kind: bytes, provider: str, name: str) -> str:
    return sealing.mac(_LOGOUT, kind, provider.encode(), name.encode("utf-8", "surrogatepass")).hex()
