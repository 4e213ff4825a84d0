"""Where a person is signed in, as ``trustkit idp user sessions`` shows it: how surely, and how that comes about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from idp.session_grounds import explained
from idp.sessions import Sessions
from trustkit.app.assurance import load_levels
from trustkit.app.idp_connector_settings import parse_connectors
from trustkit.clock import format_rfc3339
from trustkit.store import people

if TYPE_CHECKING:
    from datetime import datetime

    from idp.session_model import Session
    from trustkit.app.settings import Settings
    from trustkit.store.unit_of_work import ReadUnit
    from trustkit.texts.catalogue import Language

COLUMNS: Final = ("session", "since", "seen", "acr", "explanation")


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionLine:
    """One session; `explanation` says of each ground what it gives."""

    session: Session
    explanation: tuple[str, ...]

    def to_json(self) -> dict[str, object]:
        """Return the JSON object of ``--format json``."""
        session = self.session
        return {
            "session": session.id,
            "since": _time(session.created_at),
            "seen": _time(session.seen_at),
            "until": _time(session.expires_at),
            "acr": session.assurance.acr,
            "amr": list(session.methods),
            "provider": session.provider,
            "mandate": session.mandate,
            "explanation": list(self.explanation),
        }

    def row(self) -> tuple[str, ...]:
        """Return the row of a table."""
        session = self.session
        times = (_time(session.created_at), _time(session.seen_at))
        return (session.id, *times, session.assurance.acr, " ".join(self.explanation))


def session_lines(
    unit: ReadUnit, settings: Settings, person: str, language: Language, *, now: datetime
) -> tuple[SessionLine, ...]:
    """Return a person's live sessions, newest first, weighed by this home's ladders and limits.

    Raises:
        TrustError: IDP_PERSON_MISSING; IDP_LADDER, SETTINGS_MALFORMED.
    """
    people.get(unit, person)
    levels = load_levels(settings.home, {each.name: each.most() for each in parse_connectors(settings.connectors)})
    sessions = Sessions(rules=settings.idp.session_rules(), levels=levels)
    return tuple(
        SessionLine(session=each, explanation=explained(unit, sessions, levels, each, language, now=now))
        for each in sessions.list_of(unit, person, now=now)
    )


def _time(at: datetime) -> str:
    return format_rfc3339(at.replace(microsecond=0))
