"""Remote signing: hashes signed a processor second by the service, beside the same without verifying what was signed.

    python -m benchmarks.csc

A call authorizes and signs HASHES hashes with SM2, over a register in SQLite: two rate look-ups, three transactions, two events a
hash. Every signature is verified under the credential's certificate before it leaves; the ratio says what that costs.
"""

from __future__ import annotations

import secrets
import tempfile
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final
from unittest.mock import patch

import ca.csc.signing
from benchmarks.measure import Act, Pair, report
from ca.client_grant import Action, ClientGrant
from ca.clients import Client, Role
from ca.csc.credentials import VALID, SigningCredential
from ca.csc.parameters import Parameters
from ca.csc.signing import RemoteSigning
from tests.support.pki import PkiWorld
from trustkit.clock import SystemClock
from trustkit.crypto.algorithm_policy import USUAL_ALGORITHM_POLICY, AlgorithmUse
from trustkit.crypto.digest import DigestAlgorithm, digest_oid
from trustkit.crypto.suites import SignatureSuite
from trustkit.custody.policed import policed
from trustkit.encoding.text64 import encode_base64
from trustkit.store.database import open_database
from trustkit.web.rates import RateLimiter

if TYPE_CHECKING:
    from tests.support.pki import Member
    from trustkit.custody.port import DigestSigner
    from trustkit.encoding.canonical_json import JsonValue
    from trustkit.store.database import Database

HASHES: Final = 50
LEAST: Final = (
    0.5  # of the rate without verification, which is dearer than the signature and cheaper than a call's other work
)
_CLIENT: Final = Client(
    identifier="0" * 32,
    name="bench",
    role=Role.SIGNER,
    grant=ClientGrant(actions=frozenset({Action.SIGN}), credentials=("seal",)),
)


@dataclass(frozen=True)
class OneCredential:
    """`ca.csc.credentials.Credentials` of one member of a world."""

    member: Member

    def identifiers(self) -> tuple[str, ...]:
        """Return the one."""
        return ("seal",)

    def find(self, identifier: str) -> SigningCredential:
        """Return the one."""
        return SigningCredential(identifier=identifier, certificate=self.member.certificate, chain=(), status=VALID)

    def signer(self, _credential: SigningCredential) -> DigestSigner:
        """Return its key, asking the algorithm rules as the service's does."""
        return policed(self.member.signer, USUAL_ALGORITHM_POLICY, AlgorithmUse.SIGNATURE, SystemClock())


def _service(database: Database) -> RemoteSigning:
    clock = SystemClock()
    return RemoteSigning(
        database=database,
        clock=clock,
        credentials=OneCredential(PkiWorld().signer),
        limiter=RateLimiter(10**9, clock),
        lifetime=timedelta(minutes=2),
        most=HASHES,
    )


def _call(service: RemoteSigning) -> tuple[bytes, ...]:
    hashes: list[JsonValue] = [encode_base64(secrets.token_bytes(32)) for _ in range(HASHES)]
    oid = digest_oid(DigestAlgorithm.SM3)
    asked: dict[str, JsonValue] = {"credentialID": "seal", "hashes": hashes}
    first = Parameters(values=asked | {"numSignatures": HASHES, "hashAlgorithmOID": oid})
    sad = service.authorize(_CLIENT, first, request_id="bench")
    second = Parameters(values=asked | {"SAD": sad, "signAlgo": SignatureSuite.SM2_SM3.oid})
    return service.sign(_CLIENT, second, request_id="bench")


def _unverified(service: RemoteSigning) -> tuple[bytes, ...]:
    with patch.object(ca.csc.signing, "verify_digest_signature", lambda **_: None):
        return _call(service)


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as place, open_database(f"sqlite:///{Path(place) / 'store.db'}") as database:
        database.migrate()
        service = _service(database)
        ours = Act(name="verified", call=lambda: _call(service), operations=HASHES)
        bare = Act(name="not verified", call=lambda: _unverified(service), operations=HASHES)
        name = "remote signing, hashes verified before they leave / not verified"
        report((Pair(name=name, ours=ours, peer=bare, least=LEAST),), seconds=0.1, rounds=25)


if __name__ == "__main__":
    main()
