"""Passkeys: enrolled at a browser, used alone with their owner recognised, or beside a password.

    asked = passkeys.begin(enroller, account="li.hua", now=now)              # for navigator.credentials.create
    passkeys.finish(enroller, body, label="…", now=now)
    asked = passkeys.ask(None, bound_to=interaction_id, now=now)             # for navigator.credentials.get, conditional or not
    proved = passkeys.prove(attempt, body, bound_to=interaction_id)

A challenge is answered once, by whom and in the login it was made for. A counter that goes back is told of and refused.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from idp.factors.changes import record_change
from idp.factors.enroller import require_standing
from idp.factors.handed import Handed
from idp.factors.passkey_options import creation_options, request_options
from idp.factors.passkey_read import parse_assertion, parse_registration
from idp.factors.passkey_verify import VerifiedAssertion, verify_assertion, verify_registration
from idp.factors.port import FactorClass, FactorKind, ProvedFactor
from idp.notices import Notice, notify
from trustkit.audit import trail
from trustkit.audit.events import AuditEvent, EventType, Outcome
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.errors import TrustError
from trustkit.identity import ANONYMOUS, fresh_identifier
from trustkit.identity_codes import IdentityCode
from trustkit.store import factors
from trustkit.store import passkeys as credentials
from trustkit.store.factors import FactorRow
from trustkit.store.passkeys import PasskeyRow

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from idp.factors.enroller import VerifiedEnroller
    from idp.factors.passkey_attestation import AttestationPolicy
    from idp.factors.passkey_model import RelyingParty, UnverifiedAssertion
    from idp.factors.throttle import Attempt, Throttle
    from idp.sealing import Sealing
    from trustkit.encoding.canonical_json import JsonValue
    from trustkit.store.database import Database
    from trustkit.store.unit_of_work import ReadUnit, UnitOfWork

MOST: Final = 20  # passkeys of one person
CHALLENGE_LIFE: Final = timedelta(minutes=5)
_USER: Final = "passkey-user"
_ALONE: Final = b"alone"
_BESIDE: Final = b"beside"


class PasskeyFactors:
    """The passkeys of the home's people. Safe in several threads."""

    def __init__(
        self,
        database: Database,
        *,
        sealing: Sealing,
        party: RelyingParty,
        attestation: AttestationPolicy,
        throttle: Throttle,
        token: Callable[[int], str] = secrets.token_urlsafe,
    ) -> None:
        self._database = database
        self._sealing = sealing
        self._party = party
        self._attestation = attestation
        self._throttle = throttle
        over = IdentityCode.FACTOR_PASSKEY_CHALLENGE
        life = CHALLENGE_LIFE
        self._new = Handed(database, sealing, purpose="passkey-new", life=life, token=token, over=over)
        self._asked = Handed(database, sealing, purpose="passkey-use", life=life, token=token, over=over)

    def begin(self, enroller: VerifiedEnroller, *, account: str, now: datetime) -> Mapping[str, JsonValue]:
        """Return the options for a new passkey, as JSON for `parseCreationOptionsFromJSON` (WebAuthn 5.1.8).

        `account` is what the authenticator shows; it goes to the browser and is not kept.

        Raises:
            TrustError: FACTOR_ENROLMENT_STALE, FACTOR_EXISTS when the person has as many as he may.
        """
        require_standing(enroller, now=now)
        with self._database.reading() as unit:
            known = self._require_room(unit, enroller.person)
        challenge = self._new.hand_out(_ALONE, person=enroller.person, now=now)
        return creation_options(
            self._party,
            challenge=challenge,
            user=self._user(enroller.person),
            account=account,
            known=known,
            conveyance=self._attestation.conveyance,
            life=CHALLENGE_LIFE,
        )

    def finish(self, enroller: VerifiedEnroller, body: bytes, *, label: str = "", now: datetime) -> str:
        """Enrol the passkey whose making the browser tells of (RegistrationResponseJSON), and return the factor's id.

        Raises:
            TrustError: FACTOR_ENROLMENT_STALE, FACTOR_PASSKEY_* (see `verify_registration`; CHALLENGE also for one that was
                answered or is another's, KNOWN when the credential is enrolled), FACTOR_ATTESTATION, FACTOR_EXISTS, INPUT_TOO_LARGE.
        """
        require_standing(enroller, now=now)
        found = parse_registration(body)
        challenge = found.client.challenge
        with self._database.reading() as unit:
            self._new.look(unit, challenge, person=enroller.person, now=now)
        made = verify_registration(found, self._party, challenge=challenge, attestation=self._attestation, now=now)
        row = FactorRow(
            id=fresh_identifier("fa"),
            person=enroller.person,
            kind=FactorKind.PASSKEY.value,
            label=label,
            material=made.key,
            counter=made.counter,
            hardware=made.hardware,
            created_at=now,
        )
        credential = PasskeyRow(
            credential_sm3=_digest(made.credential),
            factor=row.id,
            credential=made.credential,
            transports=" ".join(found.transports),
            aaguid=made.aaguid.hex(),
            backup_eligible=made.backup_eligible,
            backed_up=made.backed_up,
        )
        with self._database.unit_of_work() as uow:
            self._new.take(uow, challenge)
            self._require_room(uow, enroller.person)
            factors.add(uow, row)
            if not credentials.add(uow, credential):
                raise TrustError(IdentityCode.FACTOR_PASSKEY_KNOWN, "the credential is enrolled")
            notify(uow, Notice.FACTOR_ENROLLED, person=row.person, kind=row.kind, now=now)
            record_change(uow, EventType.FACTOR_ENROLLED, row, actor=enroller.actor, now=now)
        return row.id

    def ask(self, person: str | None, *, bound_to: str, now: datetime, alone: bool = True) -> Mapping[str, JsonValue]:
        """Return the options for the use of a passkey, as JSON for `parseRequestOptionsFromJSON` (WebAuthn 5.1.9).

        With no person any passkey of this site will do, which is what conditional UI needs; it is then always `alone`. The list of
        a person's credentials goes to the browser, so one is named only where he proved a factor already. The answer counts in the
        login it is `bound_to`; `alone` means that nothing else proves the person, so that the authenticator must recognise him.
        """
        alone = alone or person is None
        with self._database.reading() as unit:
            known = () if person is None else credentials.list_of(unit, person)
        kept = (_ALONE if alone else _BESIDE) + bound_to.encode()
        challenge = self._asked.hand_out(kept, person=person, now=now)
        return request_options(self._party, challenge=challenge, known=known, alone=alone, life=CHALLENGE_LIFE)

    def prove(self, attempt: Attempt, body: bytes, *, bound_to: str) -> ProvedFactor:
        """Return the proof that somebody has his passkey (AuthenticationResponseJSON); `attempt.person` is who was asked, or None.

        Raises:
            TrustError: FACTOR_PASSKEY_* (see `verify_assertion`; CHALLENGE also for one that was answered or made for another person
                or login), FACTOR_PASSKEY_COUNTER; FACTOR_REFUSED for a credential nobody has, or somebody else; FACTOR_THROTTLED.
        """
        counted = self._throttle.admit_address(attempt)  # before anything is read: each refusal is told in the trail
        found = parse_assertion(body)
        challenge = found.client.challenge
        with self._database.reading() as unit:
            kept = self._asked.look(unit, challenge, person=attempt.person, now=attempt.at)
            credential, row = self._find(unit, found, attempt.person)
        alone = kept == _ALONE + bound_to.encode()
        if not alone and kept != _BESIDE + bound_to.encode():
            raise TrustError(IdentityCode.FACTOR_PASSKEY_CHALLENGE, "the challenge was made for another login")
        used = verify_assertion(found, self._party, challenge=challenge, key=row.material or b"", need_verified=alone)
        if used.backup_eligible != credential.backup_eligible:
            raise TrustError(
                IdentityCode.FACTOR_PASSKEY_MALFORMED, "a credential does not change whether it can be copied"
            )
        self._accept(row, credential, used, challenge, counted, now=attempt.at)
        return _proved(row, used, now=attempt.at)

    def _find(self, unit: ReadUnit, found: UnverifiedAssertion, person: str | None) -> tuple[PasskeyRow, FactorRow]:
        """Return the credential and its factor (WebAuthn 7.2 step 6): of the person asked for, or named by the user handle."""
        credential = credentials.find(unit, _digest(found.credential))
        row = None if credential is None else factors.find(unit, credential.factor)
        if credential is None or row is None or row.material is None or person not in {None, row.person}:
            raise TrustError(IdentityCode.FACTOR_REFUSED, "no such credential")
        named = found.user is not None or person is None
        if named and found.user != self._user(row.person):
            raise TrustError(IdentityCode.FACTOR_REFUSED, "the credential was made for somebody else")
        return credential, row

    def _accept(
        self,
        row: FactorRow,
        credential: PasskeyRow,
        used: VerifiedAssertion,
        challenge: str,
        counted: str | None,
        *,
        now: datetime,
    ) -> None:
        with self._database.unit_of_work() as uow:
            self._asked.take(uow, challenge)
            standing = _count(uow, row, used, now=now)
            if standing and used.backed_up != credential.backed_up:
                credentials.note_backup(uow, credential.credential_sm3, backed_up=used.backed_up)
            if standing:
                self._throttle.clear_address(uow, counted)
            else:
                _suspect(uow, row, used, now=now)
        if not standing:
            raise TrustError(IdentityCode.FACTOR_PASSKEY_COUNTER, "the counter did not grow")

    def _user(self, person: str) -> bytes:
        """Return the user handle (WebAuthn 5.4.3): the same for each of a person's passkeys, and nothing that says who he is."""
        return self._sealing.mac(_USER, person.encode())

    def _require_room(self, unit: ReadUnit, person: str) -> tuple[PasskeyRow, ...]:
        known = credentials.list_of(unit, person)
        if len(known) >= MOST:
            raise TrustError(IdentityCode.FACTOR_EXISTS, "as many passkeys as one person may have", most=MOST)
        return known


def _count(uow: UnitOfWork, row: FactorRow, used: VerifiedAssertion, *, now: datetime) -> bool:
    """Tell whether the counter grew, or there is none, as with passkeys that are synchronised (WebAuthn 7.2 step 22)."""
    if used.counter == 0 and row.counter == 0:
        return factors.touch(uow, row.id, at=now)
    return factors.advance(uow, row.id, counter=used.counter, drift=0, at=now)


def _suspect(uow: UnitOfWork, row: FactorRow, used: VerifiedAssertion, *, now: datetime) -> None:
    notify(uow, Notice.FACTOR_SUSPECTED, person=row.person, kind=row.kind, now=now)
    event = AuditEvent(
        type=EventType.FACTOR_SUSPECTED,
        at=now,
        actor=ANONYMOUS,
        object_type="factor",
        object_id=row.id,
        outcome=Outcome.DENIED,
        facts={"counter": used.counter, "hardware": int(row.hardware), "kind": row.kind, "pseudonym": row.person},
    )
    trail.record(uow, event)


def _proved(row: FactorRow, used: VerifiedAssertion, *, now: datetime) -> ProvedFactor:
    """A passkey whose authenticator recognised its owner rests on two: what he has, and the PIN or the body it knows him by."""
    classes = {FactorClass.POSSESSION} | ({FactorClass.KNOWLEDGE} if used.user_verified else set())
    return ProvedFactor(
        person=row.person,
        kind=FactorKind.PASSKEY,
        factor=row.id,
        at=now,
        classes=frozenset(classes),
        methods=("hwk" if row.hardware else "swk", "user"),
        phishing_resistant=True,
        hardware=row.hardware,
    )


def _digest(credential: bytes) -> str:
    return digest(DigestAlgorithm.SM3, credential).hex()
