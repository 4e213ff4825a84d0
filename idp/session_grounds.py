"""How the level of a session came about, for its owner and for an officer: a sentence a ground.

told = explained(unit, sessions, levels, session, Language.ZH, now=now)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from idp.levels.explain import explain

if TYPE_CHECKING:
    from datetime import datetime

    from idp.levels.assessment import Levels
    from idp.session_model import Session
    from idp.sessions import Sessions
    from trustkit.store.unit_of_work import ReadUnit
    from trustkit.texts.catalogue import Language


def explained(
    unit: ReadUnit, sessions: Sessions, levels: Levels, session: Session, language: Language, *, now: datetime
) -> tuple[str, ...]:
    """Return the level as it is now in one sentence, then what each ground gives to it or why not."""
    grounds = sessions.grounds(unit, session)
    return explain(levels.of(grounds.evidence, grounds.factors, now, methods=grounds.methods), language)
