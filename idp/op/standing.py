"""People as the home has them, for the provider: who is locked out, and whose mandates are live (`idp.op.people.PeopleView`)."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from trustkit.errors import TrustError
from trustkit.identity_codes import IdentityCode
from trustkit.store import people

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from idp.people import People
    from idp.subject.mandates import ActingFor, Mandates
    from trustkit.encoding.canonical_json import JsonValue
    from trustkit.store.unit_of_work import ReadUnit

_NOTHING: Final[Mapping[str, JsonValue]] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class HomePeople:
    """The people of one home. It keeps nobody's name, so there is nothing more to tell of anybody."""

    mandates: Mandates

    def require_active(self, unit: ReadUnit, person: str) -> None:
        """Raise IDP_PERSON_LOCKED, IDP_PERSON_MISSING."""
        if people.get(unit, person).locked_at is not None:
            raise TrustError(IdentityCode.IDP_PERSON_LOCKED, "locked out")

    def acting_for(self, unit: ReadUnit, *, person: str, mandate: str, now: datetime) -> ActingFor:
        """Return the organisation of a live mandate. Raise IDP_MANDATE_MISSING, IDP_MANDATE_OVER."""
        return self.mandates.require_live(unit, mandate, person=person, now=now)

    def claims(self, unit: ReadUnit, person: str) -> Mapping[str, JsonValue]:
        """Return nothing: no name or address of anybody is in the store."""
        del unit, person
        return _NOTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeNames:
    """Who has which login name at one home (`idp.op.backchannel.NamedPeople`)."""

    people: People

    def named(self, unit: ReadUnit, login_name: str) -> str | None:
        """Return who may sign in by a login name; None for nobody, and for who is locked out."""
        found = self.people.find(unit, login_name)
        return None if found is None or found.locked_at is not None else found.id
