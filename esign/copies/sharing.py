"""Sharing licences with organisations (in the manner of GB/T 36906): what a holder lets one use, and copies of it; never the issuer's own document.

    sharing.query(holder_code, reason="…", asker=bank, actor=who)         # what he lets the bank use
    sharing.fetch(authorisation, …, asker=bank, actor=who)                # a copy, for the purpose he said

Whoever asks acts for an organisation, and learns of nothing that was not allowed to it: neither that a holder has other licences, nor that
he lets others use them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta  # noqa: TC003 - field types of public dataclasses
from typing import TYPE_CHECKING

from esign.copies.authorisation import AuthorisationOrder, told_facts
from esign.copies.issuance import CopyOrder
from esign.copies.model import purpose_of
from esign.licence.lifecycle import Standing, standing_of
from trustkit.audit import trail
from trustkit.audit.events import AuditEvent, EventType, FactValue
from trustkit.copy_codes import CopyCode
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.errors import TrustError
from trustkit.store import copy_authorisations, licences
from trustkit.store.copy_authorisations import AuthorisationSource

if TYPE_CHECKING:
    from collections.abc import Callable

    from esign.copies.authorisation import CopyAuthorisations
    from esign.copies.issuance import CopyService, IssuedCopy
    from esign.copies.model import Recipient
    from esign.licence.formats import LicenceFormat
    from trustkit.clock import Clock
    from trustkit.identity import AuthContext, Organisation, Principal
    from trustkit.store.copy_authorisations import AuthorisationRow
    from trustkit.store.database import Database
    from trustkit.store.licences import LicenceRow


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedLicence:
    """A licence whose holder lets the asker use it: what it is, how it stands, and by which authorisation."""

    licence: LicenceRow
    authorisation: AuthorisationRow
    standing: Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchOrder:
    """A copy that is asked for over the interface. `repeat_key` is the caller's own; it is told from those of other organisations."""

    authorisation: str
    formats: tuple[LicenceFormat, ...]
    lifetime: timedelta
    repeat_key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnAuthorisation:
    """What an organisation says of its own licence; `evidence` is what proves who said so, digested and not kept."""

    identifier: str
    purpose: str
    recipient: Recipient
    valid_until: datetime
    copies: int
    evidence: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sharing:
    """What organisations ask of a home; `holder_of` makes the keyed digest a holder is found by of his code."""

    database: Database
    clock: Clock
    copies: Callable[[], CopyService]
    authorisations: CopyAuthorisations
    holder_of: Callable[[str], str]

    def query(
        self, holder_code: str, *, reason: str, asker: Organisation, actor: Principal, request_id: str
    ) -> tuple[SharedLicence, ...]:
        """Return what a holder lets the asker use now, told to the trail with the reason's digest. Raise COPY_PURPOSE for a reason that is none."""
        said = purpose_of(reason)
        holder = self.holder_of(holder_code)
        with self.database.unit_of_work() as uow:
            now = self.clock.now()
            found = []
            for row in copy_authorisations.list_for(uow, holder, asker.uscc, at=now):
                licence = licences.get(uow, row.identifier)
                found.append(SharedLicence(licence=licence, authorisation=row, standing=standing_of(licence, now)))
            facts: dict[str, FactValue] = {
                "found": len(found),
                **told_facts(self.holder_of, said, asker.uscc),
            }
            event = AuditEvent(
                type=EventType.COPY_QUERIED,
                at=now,
                actor=actor,
                object_type="sharing",
                object_id=request_id,
                facts=facts,
            )
            trail.record(uow, event)
        return tuple(found)

    def authorise(self, order: OwnAuthorisation, *, holder: Organisation, caller: AuthContext) -> AuthorisationRow:
        """Record that an organisation lets its own licence be used; who acts for it signed in. Raise as `CopyAuthorisations.record`."""
        wanted = AuthorisationOrder(
            holder_code=holder.uscc,
            purpose=order.purpose,
            recipient=order.recipient,
            valid_until=order.valid_until,
            evidence=order.evidence,
            source=AuthorisationSource.SIGN_IN,
            most_copies=order.copies,
        )
        return self.authorisations.record(
            order.identifier, wanted, actor=caller.principal, signed_in=signed_in_facts(caller)
        )

    def withdraw(self, number: str, *, reason: str, holder: Organisation, caller: AuthContext) -> AuthorisationRow:
        """End an authorisation of the organisation's own. Raise AUTHORISATION_MISSING for another's; as `CopyAuthorisations.withdraw`."""
        self._own(number, lambda row: row.holder == self.holder_of(holder.uscc))
        return self.authorisations.withdraw(
            number, reason=reason, actor=caller.principal, signed_in=signed_in_facts(caller)
        )

    def fetch(self, order: FetchOrder, *, asker: Organisation, actor: Principal) -> IssuedCopy:
        """Make a copy for the asker, under an authorisation for it. Raise AUTHORISATION_MISSING for another's; as `CopyService.issue`."""
        row = self._own(order.authorisation, lambda row: row.recipient == asker.uscc)
        wanted = CopyOrder(
            authorisation=row.number,
            lifetime=order.lifetime,
            formats=order.formats,
            repeat_key=None if order.repeat_key is None else _own_key(asker, order.repeat_key),
        )
        return self.copies().issue(row.identifier, wanted, actor=actor)

    def _own(self, number: str, mine: Callable[[AuthorisationRow], bool]) -> AuthorisationRow:
        """Return an authorisation that is the asker's; of another's nobody learns that it is there."""
        with self.database.reading() as unit:
            row = copy_authorisations.find(unit, number)
        if row is None or not mine(row):
            raise TrustError(CopyCode.AUTHORISATION_MISSING, "no authorisation of this number is for you")
        return row


def _own_key(asker: Organisation, key: str) -> str:
    """Return what a caller's key is called in the register, apart from those of other organisations."""
    return digest(DigestAlgorithm.SM3, f"{asker.uscc} {key}".encode()).hex()


def signed_in_facts(caller: AuthContext) -> dict[str, FactValue]:
    """Return what the trail is told of who signed in for a holder: his mandate, and how surely he is known and signed in."""
    facts: dict[str, FactValue] = {
        "authentication": caller.assurance.authentication,
        "identity": caller.assurance.identity,
    }
    return facts if caller.mandate is None else facts | {"mandate": caller.mandate}
