"""Who somebody is at a provider: found again by a keyed digest, since what a provider calls him is nobody else's business.

    links = Links(sealing=secrets)
    links.find(unit, identity)                              # the pseudonym, None for who never came by this provider
    links.link(uow, person, identity, now=now)

Two providers are never joined by a name, an address or a number they both tell: no login of somebody who is known
here makes a link; he does, on his page (`idp.linking`). A provider's name in the settings is part of the digest, so a provider that is renamed or exchanged knows nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from trustkit.audit import trail
from trustkit.audit.events import AuditEvent, EventType
from trustkit.errors import TrustError
from trustkit.identity import Principal
from trustkit.identity_codes import IdentityCode
from trustkit.store import person_links as rows

if TYPE_CHECKING:
    from datetime import datetime

    from idp.evidence import BrokeredIdentity
    from idp.sealing import Sealing
    from trustkit.store.person_links import LinkRow
    from trustkit.store.unit_of_work import ReadUnit, UnitOfWork

MAX_LINKS: Final = 16  # of one person
MAX_SUBJECT: Final = 512  # octets of a provider's identifier; OpenID Connect's have 255
_PURPOSE: Final = "person-link"


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """The links of one home's people."""

    sealing: Sealing

    def find(self, unit: ReadUnit, identity: BrokeredIdentity) -> str | None:
        """Return whose identity it is, None for nobody's. Raise IDP_LINK_SUBJECT."""
        return rows.find(unit, self._mac(identity))

    def link(self, uow: UnitOfWork, person: str, identity: BrokeredIdentity, *, now: datetime) -> None:
        """Let a person be found by a provider's identity that nobody has: who came by it as a new person, or asked for it on his page.

        Raises:
            TrustError: IDP_LINK_TAKEN when it is linked, to him or to another; IDP_LINK_SUBJECT; IDP_LINK_LIMIT.
        """
        if len(rows.list_links(uow, person)) >= MAX_LINKS:
            raise TrustError(IdentityCode.IDP_LINK_LIMIT, "a person has so many at most", most=MAX_LINKS)
        if not rows.add(uow, self._mac(identity), person=person, provider=identity.provider, at=now):
            raise TrustError(IdentityCode.IDP_LINK_TAKEN, "this identity is linked already")
        trail.record(uow, _event(EventType.LINK_MADE, person, identity.provider, now, Principal(id=person)))

    def listed(self, unit: ReadUnit, person: str) -> tuple[LinkRow, ...]:
        """List a person's links, oldest first."""
        return rows.list_links(unit, person)

    def remove(self, uow: UnitOfWork, person: str, link_mac: str, *, now: datetime, actor: Principal) -> None:
        """Take a link away. That he can still sign in some other way is for who asks to see to. Raise IDP_LINK_MISSING."""
        found = next((each for each in rows.list_links(uow, person) if each.link_mac == link_mac), None)
        if found is None or not rows.remove(uow, link_mac, person=person):
            raise TrustError(IdentityCode.IDP_LINK_MISSING, "the person has no such link")
        trail.record(uow, _event(EventType.LINK_REMOVED, person, found.provider, now, actor))

    def _mac(self, identity: BrokeredIdentity) -> str:
        subject = identity.subject.encode("utf-8", "surrogatepass")
        if not 0 < len(subject) <= MAX_SUBJECT:
            raise TrustError(
                IdentityCode.IDP_LINK_SUBJECT, "an identifier has some octets, and not too many", most=MAX_SUBJECT
            )
        return self.sealing.mac(_PURPOSE, identity.provider.encode(), subject).hex()


def _event(kind: EventType, person: str, provider: str, at: datetime, actor: Principal) -> AuditEvent:
    facts = {"provider": provider}
    return AuditEvent(type=kind, at=at, actor=actor, object_type="person", object_id=person, facts=facts)
