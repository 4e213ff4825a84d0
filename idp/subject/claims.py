"""What a trusted source claims of organisations becomes mandates for a day, and ends when it is claimed no more.

    claims = MandateClaims(mandates=mandates, sources=frozenset({"guangdong"}), own="1137…")
    taken = claims.take(uow, person, identity, now=now)

A claim is one login's word. It counts only from connectors the settings let speak for organisations; it lasts a day and is renewed by the
next login; a claim a login no longer brings ends at once. Matters are not claimed, so such a mandate is for all of them. Who acts
for the home's own organisation is said by its officers alone, and by no claim.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from idp.subject.mandates import ALL_MATTERS, Mandates, NewMandate
from trustkit.audit import trail
from trustkit.audit.events import AuditEvent, EventType
from trustkit.clock import format_rfc3339
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.encoding.canonical_json import canonical_json
from trustkit.encoding.check_characters import uscc_problem
from trustkit.errors import TrustError
from trustkit.identity import Principal
from trustkit.identity_codes import IdentityCode
from trustkit.store import mandates as rows
from trustkit.store.mandates import MandateRole

if TYPE_CHECKING:
    from datetime import datetime

    from idp.evidence import BrokeredIdentity, OrganisationClaim
    from trustkit.store.mandates import MandateRow
    from trustkit.store.unit_of_work import UnitOfWork

GOOD_FOR: Final = timedelta(days=1)
_RENEW_BELOW: Final = GOOD_FOR / 2  # so that not every login of a day is an act
MOST_CLAIMS: Final = 32
_Key = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class MandateClaims:
    """Which connectors, by name, this home lets speak for organisations; `own` is the code of the home's own, which none speaks for."""

    mandates: Mandates
    sources: frozenset[str]
    own: str

    def take(self, uow: UnitOfWork, person: str, identity: BrokeredIdentity, now: datetime) -> tuple[str, ...]:
        """Return the mandates a login's claims stand for now; those of this source that it did not claim again are ended.

        Claims that cannot be (a wrong code, the home's own, a role we do not know, somebody else's office) give nothing and keep nobody from
        signing in; of a source that may not speak for organisations none is looked at.

        Raises:
            TrustError: IDP_EVIDENCE for more claims than any person has; as `Mandates.add` for the person.
        """
        if identity.provider not in self.sources:
            return ()
        if len(identity.organisations) > MOST_CLAIMS:
            raise TrustError(IdentityCode.IDP_EVIDENCE, "more organisations than a person has", most=MOST_CLAIMS)
        before = {_key(row): row for row in rows.open_of(uow, person) if row.source == identity.provider}
        claimed = {(claim.uscc, claim.role): claim for claim in identity.organisations if self._possible(claim)}
        for key in before.keys() - claimed.keys():
            self.mandates.end(uow, before[key].id, reason="claimed-no-more", now=now, actor=Principal(id=person))
        taken = []
        for key, claim in sorted(claimed.items()):
            known = before.get(key)
            if known is not None and known.valid_until is not None and known.valid_until > now:
                taken.append(self._renewed(uow, known, now))
            else:
                if known is not None:
                    self.mandates.end(uow, known.id, reason="expired", now=now, actor=Principal(id=person))
                taken += self._added(uow, person, identity.provider, claim, now)
        return tuple(taken)

    def _possible(self, claim: OrganisationClaim) -> bool:
        wanted = claim.uscc != self.own and claim.role in tuple(MandateRole)
        return wanted and uscc_problem(claim.uscc) is None

    def _renewed(self, uow: UnitOfWork, row: MandateRow, now: datetime) -> str:
        if row.valid_until is not None and row.valid_until - now < _RENEW_BELOW:
            until = now + GOOD_FOR
            rows.prolong(uow, row.id, until=until)
            event = AuditEvent(
                type=EventType.MANDATE_PROLONGED,
                at=now,
                actor=Principal(id=row.person),
                object_type="mandate",
                object_id=row.id,
                facts={"source": row.source, "valid_until": format_rfc3339(until.replace(microsecond=0))},
            )
            trail.record(uow, event)
        return row.id

    def _added(
        self, uow: UnitOfWork, person: str, source: str, claim: OrganisationClaim, now: datetime
    ) -> tuple[str, ...]:
        told = canonical_json({"name": claim.name, "role": claim.role, "source": source, "uscc": claim.uscc})
        new = NewMandate(
            person=person,
            uscc=claim.uscc,
            name=claim.name,
            role=MandateRole(claim.role),
            scope=(ALL_MATTERS,),
            valid_from=now,
            valid_until=now + GOOD_FOR,
            evidence_sm3=digest(DigestAlgorithm.SM3, told).hex(),
            source=source,
        )
        try:
            return (self.mandates.add(uow, new, now=now, actor=Principal(id=person)).id,)
        except TrustError as error:
            if error.code not in {IdentityCode.IDP_MANDATE, IdentityCode.IDP_MANDATE_IN_OFFICE}:
                raise
            return ()


def _key(row: MandateRow) -> _Key:
    return (row.uscc, row.role.value)
