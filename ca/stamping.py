"""The time-stamping authority (RFC 3161): one token, told in the trail before it is handed out.

Serials come from the store's sequence, so none repeats; the token and its trail entry commit together.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from trustkit.audit import trail
from trustkit.audit.events import AuditEvent, EventType
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.errors import ErrorCode, TrustError
from trustkit.store.sequences import next_value
from trustkit.timestamp.sign import make_token

if TYPE_CHECKING:
    from trustkit.clock import Clock
    from trustkit.custody.port import Signer
    from trustkit.identity import Principal
    from trustkit.store.database import Database
    from trustkit.x509.certificate import Certificate

# A UUID-based identifier (ITU-T X.667 clause 8) needs no registration: 80948066-b4b9-5b0c-baed-65ef4b68f03d, made once for trustkit.
TIMESTAMP_POLICY: Final = "2.25.170912247681165613104137739891238301757"
ACCURACY: Final = timedelta(seconds=1)
SEQUENCE: Final = "timestamp"


@dataclass(frozen=True, slots=True, kw_only=True)
class TimestampAuthority:
    """Stamps octets with the authority's own time-stamp key.

    `last` is the latest time known to have passed, such as that of the newest published CRL: a clock that reads earlier
    has been set back and is not trusted.
    """

    database: Database
    clock: Clock
    signer: Signer
    certificate: Certificate
    chain: tuple[Certificate, ...]
    last: datetime

    def stamp(self, message: bytes, actor: Principal) -> bytes:
        """Return a token over `message`, DER.

        Raises:
            TrustError: TIMESTAMP_CLOCK when the clock reads before what has already happened or outside of the
                certificate's validity; what the store, the trail and the signer raise. No token then.
        """
        now = self.clock.now()
        if now < self.last or not self.certificate.not_before <= now <= self.certificate.not_after:
            raise TrustError(ErrorCode.TIMESTAMP_CLOCK, "the clock reads a time that cannot be")
        algorithm = self.signer.suite.digest
        imprint = digest(algorithm, message)
        with self.database.unit_of_work() as uow:
            serial = next_value(uow, SEQUENCE)
            token = make_token(
                imprint=imprint,
                imprint_algorithm=algorithm,
                serial=serial,
                gen_time=now,
                policy=TIMESTAMP_POLICY,
                signer=self.signer,
                certificate=self.certificate,
                chain=self.chain,
                accuracy=ACCURACY,
            )
            trail.record(
                uow,
                AuditEvent(
                    type=EventType.TIMESTAMP_ISSUED,
                    at=now,
                    actor=actor,
                    object_type="timestamp",
                    object_id=str(serial),
                    facts={"policy": TIMESTAMP_POLICY, "token_sm3": digest(DigestAlgorithm.SM3, token).hex()},
                ),
            )
        return token
