"""Remote signing: an authorization for hashes is asked for, then redeemed once for the signatures over just these.

Every signature is verified under the credential's certificate before any of a call leaves: a key that is not the certificate's, or a
module that signs something else, is found out here.

The trail is told of each hash before the key is used, in the transaction that spends the authorization, and of the outcome after.
It has hashes only, as the service has: documents stay with who asks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ca.client_grant import ANY
from ca.csc.activation import Authorized, grant, spend
from ca.csc.credentials import VALID, SigningCredential
from ca.csc.parameters import malformed, require_length
from trustkit.audit import trail
from trustkit.audit.events import AuditEvent, EventType, Outcome
from trustkit.clock import format_rfc3339
from trustkit.crypto.verify import verify_digest_signature
from trustkit.error_family import Family
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, timedelta

    from ca.clients import Client
    from ca.csc.credentials import Credentials
    from ca.csc.parameters import Parameters
    from trustkit.clock import Clock
    from trustkit.crypto.suites import SignatureSuite
    from trustkit.custody.port import DigestSigner
    from trustkit.store.database import Database
    from trustkit.store.unit_of_work import UnitOfWork
    from trustkit.web.rates import RateLimiter

_STATES = {"expired": "Signing certificate is expired"}
_OURS = frozenset({Family.BUG, Family.CONFIG, Family.UNREACHABLE})  # no fault of who calls
_DISABLED = "The credential identified by credentialID is disabled"


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteSigning:
    """The service over one authority's credentials.

    Attributes:
        limiter: counts the signatures of each client, when they are authorized.
        lifetime: of an authorization.
        most: hashes of one authorization.
    """

    database: Database
    clock: Clock
    credentials: Credentials
    limiter: RateLimiter
    lifetime: timedelta
    most: int

    def usable(self, client: Client) -> tuple[SigningCredential, ...]:
        """Return the credentials a client was granted."""
        names = (each for each in self.credentials.identifiers() if client.grant.sees(client.grant.credentials, each))
        return tuple(self.credentials.find(each) for each in names)

    def credential(self, client: Client, identifier: str) -> SigningCredential:
        """Return a credential. Raise CA_CREDENTIAL_MISSING for none, and for one the client was not granted."""
        if not client.grant.sees(client.grant.credentials, identifier) or identifier == ANY:
            raise TrustError(ErrorCode.CA_CREDENTIAL_MISSING, "Invalid parameter credentialID")
        return self.credentials.find(identifier)

    def authorize(self, client: Client, asked: Parameters, *, request_id: str) -> str:
        """Return the SAD for the hashes of a call of credentials/authorize.

        Raises:
            TrustError: REQUEST_MALFORMED, CA_HASHES, CA_CREDENTIAL_MISSING, CA_CREDENTIAL_STATE; REQUEST_RATE.
        """
        with self._denials(client, request_id) as now:
            credential = self._enabled(client, asked)
            number = asked.number("numSignatures")
            if number < 1:
                raise malformed("Invalid value for parameter numSignatures")
            if number > self.most:
                raise TrustError(ErrorCode.CA_HASHES, "Numbers of signatures is too high", limit=self.most)
            hashes = asked.hashes(most=self.most)
            if number != len(hashes):  # SCAL 2: the authorization is for hashes, and for all of them
                raise malformed("Invalid value for parameter numSignatures")
            algorithm = asked.digest_algorithm()
            if algorithm is None:
                raise malformed("Missing (or invalid type) string parameter hashAlgorithmOID")
            require_length(hashes, algorithm)
            self.limiter.spend(client.identifier, len(hashes))
            what = Authorized(
                client=client.identifier, credential=credential.identifier, algorithm=algorithm, hashes=hashes
            )
            with self.database.unit_of_work() as uow:
                sad = grant(uow, what, now=now, lifetime=self.lifetime)
                event = AuditEvent(
                    type=EventType.ACTIVATION_GRANTED,
                    at=now,
                    actor=client.principal,
                    object_type="credential",
                    object_id=credential.identifier,
                    request_id=request_id,
                    facts={
                        "expires_at": format_rfc3339(now + self.lifetime),
                        "hashes": len(hashes),
                        "hashes_sm3": what.hashes_sm3(),
                    },
                )
                trail.record(uow, event)
        return sad

    def sign(self, client: Client, asked: Parameters, *, request_id: str) -> tuple[bytes, ...]:
        """Return the signatures over the hashes of a call of signatures/signHash, in their order.

        Raises:
            TrustError: as `authorize`; CA_ACTIVATION; ALGORITHM_SUNSET, KEY_*, MODULE_*; SIGNING_FAILED, also when a signature does
                not verify under the certificate.
        """
        with self._denials(client, request_id) as now:
            sad = asked.text("SAD")
            credential = self._enabled(client, asked)
            asked.require_synchronous()
            hashes = asked.hashes(most=self.most)
            suite = asked.suite(credential.key)
            require_length(hashes, suite.digest)
            signer = self.credentials.signer(credential)  # what cannot sign spends nothing
            what = Authorized(
                client=client.identifier, credential=credential.identifier, algorithm=suite.digest, hashes=hashes
            )
            told = _Told(client, credential, suite, hashes, request_id)
            with self.database.unit_of_work() as uow:
                spend(uow, sad, what, now=now)
                told.record(uow, EventType.HASH_INTENDED, now)
        try:
            signatures = tuple(_proved(signer, credential, suite, each) for each in hashes)
        except TrustError as error:
            with self.database.unit_of_work() as uow:
                told.record(uow, EventType.HASH_SIGNED, self.clock.now(), failure=error.code.value)
            raise
        with self.database.unit_of_work() as uow:
            told.record(uow, EventType.HASH_SIGNED, self.clock.now())
        return signatures

    def _enabled(self, client: Client, asked: Parameters) -> SigningCredential:
        credential = self.credential(client, asked.text("credentialID"))
        if credential.status != VALID:
            told = _STATES.get(credential.status, _DISABLED)
            raise TrustError(ErrorCode.CA_CREDENTIAL_STATE, told, state=credential.status)
        return credential

    def _denials(self, client: Client, request_id: str) -> _Denials:
        return _Denials(self, client, request_id, self.clock.now())


def _proved(signer: DigestSigner, credential: SigningCredential, suite: SignatureSuite, digest: bytes) -> bytes:
    """Return a signature that verifies under the credential's certificate. Raise SIGNING_FAILED for any other."""
    signature = signer.sign_digest(suite, digest)
    try:
        verify_digest_signature(suite=suite, key=credential.key, digest=digest, signature=signature)
    except TrustError as error:
        told = "what was signed does not verify under the certificate"
        raise TrustError(ErrorCode.SIGNING_FAILED, told, suite=suite.value) from error
    return signature


@dataclass(frozen=True, slots=True)
class _Denials:
    """Tells the trail of a call that is refused, by the refusal's code; gives the time of the call."""

    service: RemoteSigning
    client: Client
    request_id: str
    now: datetime

    def __enter__(self) -> datetime:
        return self.now

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if not isinstance(error, TrustError):
            return
        event = AuditEvent(
            type=EventType.HASH_DENIED,
            at=self.now,
            actor=self.client.principal,
            object_type="client",
            object_id=self.client.identifier,
            outcome=Outcome.FAILURE if error.code.family in _OURS else Outcome.DENIED,
            reason=error.code.value,
            request_id=self.request_id,
        )
        with self.service.database.unit_of_work() as uow:
            trail.record(uow, event)


@dataclass(frozen=True, slots=True)
class _Told:
    """What the trail is told of one call, an event for each hash."""

    client: Client
    credential: SigningCredential
    suite: SignatureSuite
    hashes: tuple[bytes, ...]
    request_id: str

    def record(self, uow: UnitOfWork, kind: EventType, at: datetime, *, failure: str = "") -> None:
        facts: Mapping[str, str] = {
            "credential": self.credential.identifier,
            "signer_serial": f"{self.credential.certificate.serial:x}",
            "suite": self.suite.value,
        }
        events = [
            AuditEvent(
                type=kind,
                at=at,
                actor=self.client.principal,
                object_type="hash",
                object_id=f"{self.suite.digest.value}:{each.hex()}",
                outcome=Outcome.FAILURE if failure else Outcome.SUCCESS,
                reason=failure,
                request_id=self.request_id,
                facts=facts,
            )
            for each in self.hashes
        ]
        trail.record_many(uow, events)
