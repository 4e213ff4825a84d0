"""Issuing a licence as credentials, one in each suite a holder has a key of, all of them or none.

    issued = service.issue(identifier, (sm2_key, p256_key), lifetime=timedelta(days=365), actor=who)

The order is that of licences: numbers, slots and intents are durable, then everything is signed and judged by the public verifier, then
the register and the trail have it. What is said comes from the sealed document; nobody types it again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from esign.credential.key_proof import VerifiedKeyProof
from esign.credential.licence_claims import IN_THE_CLEAR
from esign.credential.profile import KIND
from esign.credential.sign import issue_sd_jwt
from esign.credential.suites import CredentialSuite, suite_of
from esign.licence.lifecycle import Standing, standing_of
from esign.licence.status_publication import is_due
from trustkit.audit import trail
from trustkit.audit.events import AuditEvent, EventType, FactValue
from trustkit.audit.intents import LIVE, Intents
from trustkit.clock import format_rfc3339
from trustkit.credential_codes import CredentialCode
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.errors import ErrorCode, TrustError
from trustkit.jose.claims import numeric_date
from trustkit.jose.sign import certificate_header
from trustkit.store import credentials, licences, status_lists
from trustkit.store.credentials import CredentialIntent, CredentialRow

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from esign.credential.type_metadata import TypeMetadata
    from esign.licence.status_publication import StatusPublisher
    from trustkit.clock import Clock
    from trustkit.custody.port import Signer
    from trustkit.encoding.canonical_json import JsonValue
    from trustkit.identity import Principal
    from trustkit.jose.jwk import Jwk
    from trustkit.store.database import Database
    from trustkit.store.licences import LicenceRow
    from trustkit.store.unit_of_work import ReadUnit, UnitOfWork
    from trustkit.x509.certificate import Certificate

INTENTS: Final = Intents(
    event=EventType.CREDENTIAL_ABANDONED,
    object_type="credential",
    register=credentials,
    key_of=lambda row: row.number,
)
DEFAULT_LIFETIME: Final = timedelta(days=365)
MAX_LIFETIME: Final = timedelta(days=3650)
_NUMBER_SIZE: Final = 16  # octets


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialIssuer:
    """What signs credentials of a suite; `chain` begins with its certificate and goes into every one (`x5c`)."""

    signer: Signer
    chain: tuple[Certificate, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceRecord:
    """What the sealed document of a licence says, and the type its credentials are of."""

    metadata: Mapping[str, JsonValue] = field(repr=False)
    type: TypeMetadata


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedCredential:
    """A credential that is in the register and in the trail; `text` is the holder's alone, with all its disclosures."""

    number: str
    identifier: str
    suite: CredentialSuite
    issued_at: datetime
    expires_at: datetime
    text: str = field(repr=False)

    def to_json(self) -> dict[str, object]:
        """Return what a program is told; nothing of the holder."""
        return {
            "number": self.number,
            "identifier": self.identifier,
            "suite": self.suite.value,
            "issued_at": format_rfc3339(self.issued_at),
            "expires_at": format_rfc3339(self.expires_at),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinedWrites:
    """What else is written with a credential: in the transaction of its intent, and in that of its result. What they raise undoes it."""

    intended: Callable[[UnitOfWork], None]
    issued: Callable[[UnitOfWork, Sequence[CredentialRow]], None]


ALONE: Final = JoinedWrites(intended=lambda _: None, issued=lambda *_: None)


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialService:
    """Issues credentials of licences.

    `issuers` and `publishers` give what signs a suite's credentials and its status lists, `record` what the document of a licence says,
    `list_uri` the n-th status list of a suite; `self_check` raises unless the public verifier passes what was made; `issuer` is `iss`.
    """

    database: Database
    clock: Clock
    issuer: str
    issuers: Callable[[CredentialSuite], CredentialIssuer]
    publishers: Callable[[str], StatusPublisher]
    record: Callable[[LicenceRow], LicenceRecord]
    self_check: Callable[[bytes], None]
    list_uri: Callable[[str, int], str]
    list_capacity: int
    entropy: Callable[[int], bytes]

    def issue(
        self,
        identifier: str,
        holders: Sequence[Jwk | VerifiedKeyProof],
        *,
        lifetime: timedelta = DEFAULT_LIFETIME,
        actor: Principal,
        joined: JoinedWrites = ALONE,
    ) -> tuple[IssuedCredential, ...]:
        """Issue a licence in force to the keys of its holder, one of a suite at most. The trail tells which he proved to have.

        A credential ends with the licence, with its issuer's certificate, or after `lifetime`, whichever is first. What is `joined` stands
        or falls with it.

        Raises:
            TrustError: CREDENTIAL_HOLDER_KEY; USAGE for a lifetime out of bounds; LICENCE_MISSING; LICENCE_STATE unless the licence is in
                force; LICENCE_DATA for a document that holds no record of it; CREDENTIAL_KEYS; what signing and the store raise;
                LICENCE_SELF_CHECK, after which every intent is marked as abandoned.
        """
        wanted = {suite_of(key_of(each)): each for each in holders}
        if not wanted or len(wanted) != len(holders):
            raise TrustError(CredentialCode.CREDENTIAL_HOLDER_KEY, "one key for each suite, and at least one")
        if not timedelta(0) < lifetime <= MAX_LIFETIME:
            raise TrustError(ErrorCode.USAGE, f"a credential lasts for up to {MAX_LIFETIME.days} days")
        now = self.clock.now()
        INTENTS.close_unfinished(self.database, before=now - LIVE, now=now, actor=actor)
        with self.database.reading() as unit:
            licence = _in_force(unit, identifier, now)
        record = self.record(licence)
        issuers = {suite: self.issuers(suite) for suite in wanted}
        for suite in wanted:
            self.publishers(suite.value)  # keys are opened before the store is locked
        rows = self._intend(licence, wanted, issuers, now + lifetime, actor, joined)
        with INTENTS.all_closed_on_failure(self.database, [row.number for row in rows], self.clock, actor):
            texts = [
                self._made(row, record, key_of(wanted[CredentialSuite(row.suite)]), issuers[CredentialSuite(row.suite)])
                for row in rows
            ]
            return self._complete(rows, texts, actor, joined)

    def _intend(  # noqa: PLR0917 - what an intent is made of
        self,
        licence: LicenceRow,
        wanted: Mapping[CredentialSuite, Jwk | VerifiedKeyProof],
        issuers: Mapping[CredentialSuite, CredentialIssuer],
        latest: datetime,
        actor: Principal,
        joined: JoinedWrites = ALONE,
    ) -> tuple[CredentialRow, ...]:
        rows = []
        with self.database.unit_of_work() as uow:
            now = self.clock.now()
            joined.intended(uow)
            for suite, holder in wanted.items():
                ends = (latest, licence.expires_at, issuers[suite].chain[0].not_after)
                expires_at = min(each for each in ends if each is not None).replace(microsecond=0)
                row = self._reserve(uow, licence, suite, key_of(holder).thumbprint, expires_at, now, actor)
                facts: dict[str, FactValue] = {
                    "licence": licence.identifier,
                    "possession": "proved" if isinstance(holder, VerifiedKeyProof) else "unproved",
                    "status_index": row.status_index,
                    "status_list": row.status_list,
                    "suite": suite.value,
                }
                trail.record(uow, event_of(EventType.CREDENTIAL_INTENDED, row.number, now, actor, facts=facts))
                rows.append(row)
        return tuple(rows)

    def _reserve(  # noqa: PLR0917 - what a row of the register is made of
        self,
        uow: UnitOfWork,
        licence: LicenceRow,
        suite: CredentialSuite,
        holder_key: str,
        expires_at: datetime,
        now: datetime,
        actor: Principal,
    ) -> CredentialRow:
        """Reserve a slot in the suite's newest list; open the next, or the first, where that is full."""

        def reserve_in(uri: str) -> CredentialRow:
            intent = CredentialIntent(
                number=self.entropy(_NUMBER_SIZE).hex(),
                identifier=licence.identifier,
                suite=suite.value,
                status_list=uri,
                holder_key=holder_key,
                expires_at=expires_at,
            )
            return credentials.reserve(uow, intent, at=now)

        publisher = self.publishers(suite.value)
        number = len(status_lists.list_of_suite(uow, suite.value))
        if number:
            uri = self.list_uri(suite.value, number)
            try:
                row = reserve_in(uri)
            except TrustError as error:
                if not error.facts.get("full"):
                    raise
            else:
                if is_due(uow, uri, now):  # what is made next is judged by this list
                    publisher.publish(uow, uri, now=now, actor=actor)
                return row
        uri = self.list_uri(suite.value, number + 1)
        status_lists.open_list(uow, uri=uri, at=now, capacity=self.list_capacity, suite=suite.value)
        publisher.publish(uow, uri, now=now, actor=actor)
        return reserve_in(uri)

    def _made(self, row: CredentialRow, record: LicenceRecord, holder: Jwk, issuer: CredentialIssuer) -> str:
        said = {rule.path[0] for rule in record.type.claims}
        named = {name: value for name, value in record.metadata.items() if name in said}
        claims: dict[str, JsonValue] = {
            **named,
            "iss": self.issuer,
            "iat": numeric_date(row.intent_at),
            "exp": numeric_date(row.expires_at),
            "vct": record.type.vct,
            "vct#integrity": record.type.integrity,
            "cnf": {"jwk": dict(holder.members)},
            "status": {"status_list": {"idx": row.status_index, "uri": row.status_list}},
        }
        text = issue_sd_jwt(
            header={"typ": KIND, "x5c": certificate_header(issuer.chain)},
            claims=claims,
            hidden=frozenset((name,) for name in named if name not in IN_THE_CLEAR),
            hashing=CredentialSuite(row.suite).hashing,
            signer=issuer.signer,
            entropy=self.entropy,
        )
        self.self_check(text.encode("ascii"))
        return text

    def _complete(
        self, rows: tuple[CredentialRow, ...], texts: list[str], actor: Principal, joined: JoinedWrites
    ) -> tuple[IssuedCredential, ...]:
        with self.database.unit_of_work() as uow:
            now = self.clock.now()
            _in_force(uow, rows[0].identifier, now)
            for row, text in zip(rows, texts, strict=True):
                sm3 = digest(DigestAlgorithm.SM3, text.encode("ascii")).hex()
                credentials.complete(uow, row.number, credential_sm3=sm3, at=now)
                facts: dict[str, FactValue] = {
                    "credential_sm3": sm3,
                    "expires_at": format_rfc3339(row.expires_at),
                    "licence": row.identifier,
                    "suite": row.suite,
                }
                trail.record(uow, event_of(EventType.CREDENTIAL_ISSUED, row.number, now, actor, facts=facts))
            joined.issued(uow, rows)
        return tuple(
            IssuedCredential(
                number=row.number,
                identifier=row.identifier,
                suite=CredentialSuite(row.suite),
                issued_at=now,
                expires_at=row.expires_at,
                text=text,
            )
            for row, text in zip(rows, texts, strict=True)
        )


def key_of(holder: Jwk | VerifiedKeyProof) -> Jwk:
    """Return the key a credential is bound to, proved or told."""
    return holder.key if isinstance(holder, VerifiedKeyProof) else holder


def event_of(
    kind: EventType,
    number: str,
    at: datetime,
    actor: Principal,
    *,
    reason: str = "",
    facts: dict[str, FactValue],
) -> AuditEvent:
    """Return what the trail is told of a credential."""
    return AuditEvent(
        type=kind, at=at, actor=actor, object_type="credential", object_id=number, reason=reason, facts=facts
    )


def _in_force(unit: ReadUnit, identifier: str, now: datetime) -> LicenceRow:
    row = licences.find(unit, identifier)
    if row is None or row.state in licences.NEVER_ISSUED:
        raise TrustError(ErrorCode.LICENCE_MISSING, "this authority has issued no such licence")
    standing = standing_of(row, now)
    if standing is not Standing.EFFECTIVE:
        told = f"the licence is {standing.value}; credentials are issued of those in force"
        raise TrustError(ErrorCode.LICENCE_STATE, told, state=standing.value)
    return row
