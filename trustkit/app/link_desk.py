"""A security administrator's acts on somebody's links to other services; what is told is the service and since when, never who he is there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from idp.factors.enroller import verify_operator
from trustkit.app.idp_login import HomeLogin
from trustkit.clock import format_rfc3339
from trustkit.store import people, person_links

if TYPE_CHECKING:
    from trustkit.app.idp_home import IdentityHome
    from trustkit.store.person_links import LinkRow
    from trustkit.store.unit_of_work import ReadUnit

COLUMNS: Final = ("link", "service", "since")


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonLinkLine:
    """One link; `link` is a keyed digest that says nothing outside of this home."""

    link: str
    provider: str
    since: str

    @classmethod
    def of(cls, row: LinkRow) -> PersonLinkLine:
        """Return the line of a row."""
        return cls(link=row.link_mac, provider=row.provider, since=format_rfc3339(row.created_at))

    def to_json(self) -> dict[str, object]:
        """Return the JSON object of ``--format json``."""
        return {"link": self.link, "provider": self.provider, "since": self.since}

    def row(self) -> tuple[str, ...]:
        """Return the row of a table."""
        return (self.link, self.provider, self.since)


def list_links(unit: ReadUnit, person: str) -> tuple[PersonLinkLine, ...]:
    """Return a person's links, oldest first. Raise IDP_PERSON_MISSING."""
    people.get(unit, person)
    return tuple(PersonLinkLine.of(row) for row in person_links.list_links(unit, person))


def remove_link(identity: IdentityHome, person: str, link: str) -> None:
    """Remove a link, be it the last way in: his sessions end, and he is told. Raise IDP_PERSON_MISSING, IDP_LINK_MISSING."""
    now = identity.clock.now()
    with identity.database.unit_of_work() as uow:
        people.get(uow, person)
        enroller = verify_operator(identity.operator, person, now=now)
        HomeLogin(home=identity).linking.remove(uow, enroller, link, now=now)
