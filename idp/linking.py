"""Linking a provider to who is signed in, on his own page alone: no login of somebody who is known does it by the way.

    with database.unit_of_work() as uow:
        opened = linking.open(uow, enroller, browser=cookie, now=now)    # then the connector begins, as for a login
    linking.link(uow, progress, identity, now=now)                       # what came back; the session stays as it is
    linking.remove(uow, enroller, link_mac, now=now)

A login is asked for anew at the provider and has to have been made since, so that nobody else's session there is linked; the person has signed in here freshly, and as
strongly as for changing a factor. Both are told to him. The last way in stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from idp.factors.enroller import FRESH, require_standing
from idp.factors.standing import FIRST, WAYS_IN
from idp.interaction import InteractionPurpose
from idp.interactions import Wanted
from idp.levels.assessment import SKEW
from idp.notices import Notice, notify
from trustkit.errors import TrustError
from trustkit.identity import AssuranceLevel
from trustkit.identity_codes import IdentityCode
from trustkit.store import factors, idp_logins, people
from trustkit.store.sequences import next_value

if TYPE_CHECKING:
    from collections.abc import Container
    from datetime import datetime

    from idp.evidence import BrokeredIdentity
    from idp.factors.changes import Access
    from idp.factors.enroller import VerifiedEnroller
    from idp.interaction import Interaction
    from idp.interactions import Interactions, Opened
    from idp.login_progress import Progress
    from idp.sessions import Sessions
    from idp.subject.links import Links
    from trustkit.store.unit_of_work import ReadUnit, UnitOfWork

LINK: Final = "link"  # the reference of an interaction for a link, which no page has
LINK_REMOVED: Final = "link-removed"


def is_for_a_link(interaction: Interaction) -> bool:
    """Tell whether an interaction was opened to link a provider."""
    return is_link(interaction.purpose, interaction.reference)


def is_link(purpose: str, reference: str) -> bool:
    """Tell whether these words of an interaction are those of one for a link."""
    return purpose == InteractionPurpose.ACCOUNT and reference == LINK


def require_owner(progress: Progress, *, now: datetime) -> str:
    """Return who links: whoever opened it, signed in still, within `FRESH`. Raise IDP_SESSION, FACTOR_ENROLMENT_STALE."""
    session, wanted = progress.session, progress.interaction
    if session is None or session.person != wanted.person:
        raise TrustError(IdentityCode.IDP_SESSION, "who links is not signed in any more")
    if now - wanted.created_at > FRESH:
        raise TrustError(IdentityCode.FACTOR_ENROLMENT_STALE, "a fresh login is needed")
    return session.person


@dataclass(frozen=True, slots=True, kw_only=True)
class Linking:
    """Links of one home's people as they make and remove them; `providers` are the connectors that are there."""

    interactions: Interactions
    links: Links
    access: Access
    sessions: Sessions
    providers: Container[str]

    def open(self, uow: UnitOfWork, enroller: VerifiedEnroller, *, browser: str | None, now: datetime) -> Opened:
        """Return what the connector's login is bound to. Raise FACTOR_ENROLMENT_STALE."""
        require_standing(enroller, now=now)
        wanted = Wanted(
            purpose=InteractionPurpose.ACCOUNT,
            needed=AssuranceLevel(authentication=1),
            reauthenticate=True,
            person=enroller.person,
            reference=LINK,
        )
        return self.interactions.open(uow, wanted, browser=browser, now=now)

    def link(self, uow: UnitOfWork, progress: Progress, identity: BrokeredIdentity, *, now: datetime) -> None:
        """Link what a provider said, and end the interaction.

        Raises:
            TrustError: IDP_SESSION, FACTOR_ENROLMENT_STALE; IDP_LOGIN_REFUSED (locked out); IDP_LINK_STALE (signed in there before this
                was asked for, or nobody knows when); IDP_LINK_TAKEN, IDP_LINK_LIMIT, IDP_LINK_SUBJECT;
                IDP_INTERACTION.
        """
        person = require_owner(progress, now=now)
        if people.hold(uow, person).locked_at is not None or progress.session is None:
            raise TrustError(IdentityCode.IDP_LOGIN_REFUSED, "locked out")
        if self.sessions.find(uow, progress.session.id, now=now) is None:
            raise TrustError(IdentityCode.IDP_SESSION, "the session ended while the provider was asked")
        at = identity.authenticated_at
        if at is None or at < progress.interaction.created_at - SKEW:
            raise TrustError(IdentityCode.IDP_LINK_STALE, "no login at the provider since the link was asked for")
        self.links.link(uow, person, identity, now=now)
        notify(uow, Notice.LINK_MADE, person=person, kind=identity.provider, now=now)
        self.interactions.satisfy(uow, progress.interaction, progress.session, now=now)
        idp_logins.remove(uow, progress.row.interaction)

    def leads_in(self, unit: ReadUnit, person: str, *, but: str = "") -> bool:
        """Tell whether a person can sign in by a link other than `but`, at a connector that is there."""
        return any(each.provider in self.providers and each.link_mac != but for each in self.links.listed(unit, person))

    def remove(self, uow: UnitOfWork, enroller: VerifiedEnroller, link_mac: str, *, now: datetime) -> None:
        """Remove a link of the enroller's person, and end every session but the enroller's own with what came of them.

        Raises:
            TrustError: FACTOR_ENROLMENT_STALE; IDP_LINK_MISSING (also for somebody else's); FACTOR_LAST when nothing would be left to sign
                in with, unless an operator removes it.
        """
        require_standing(enroller, now=now)
        person = enroller.person
        next_value(uow, WAYS_IN)
        found = next((each for each in self.links.listed(uow, person) if each.link_mac == link_mac), None)
        if found is None:
            raise TrustError(IdentityCode.IDP_LINK_MISSING, "the person has no such link")
        own = any(row.kind in FIRST for row in factors.list_live(uow, person))
        by_owner = enroller.actor.id == person
        if by_owner and not own and not self.leads_in(uow, person, but=link_mac):
            raise TrustError(IdentityCode.FACTOR_LAST, "nothing would be left to sign in with")
        self.links.remove(uow, person, link_mac, now=now, actor=enroller.actor)
        notify(uow, Notice.LINK_REMOVED, person=person, kind=found.provider, now=now)
        self.access.end(uow, person, reason=LINK_REMOVED, now=now, actor=enroller.actor, keep=enroller.session)
