"""For which organisation a yes on a page is: that of the mandate a session acts under."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from idp.pages.own import Who
    from idp.subject.mandates import Mandates
    from trustkit.store.unit_of_work import ReadUnit


def acting_organisation(unit: ReadUnit, mandates: Mandates, who: Who) -> str:
    """Return the organisation's name, empty for who acts for himself, or whose mandate is over: then no yes is taken."""
    if who.session.mandate is None:
        return ""
    choices = mandates.choices(unit, who.session.person, now=who.now)
    return next((each.organisation.name for each in choices if each.mandate == who.session.mandate), "")
