"""A home that signs hashes for others, in this process, and how a client of it asks."""

from __future__ import annotations

import base64
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from ca.client_grant import Action, ClientGrant
from ca.clients import ClientRegistry, Role
from tests.support.authority import copy_home, passphrase
from tests.support.machine_doors import Skewed
from tests.support.web import Visitor
from trustkit.app.ca_asgi import ca_application
from trustkit.app.keys import KeyName
from trustkit.app.wiring import open_authority
from trustkit.crypto.digest import DigestAlgorithm, digest, digest_oid
from trustkit.crypto.sm2 import DEFAULT_SIGNER_ID, message_digest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx

    from trustkit.app.authority import Authority
    from trustkit.x509.certificate import Certificate

CSC = "/csc/v2"
SM2_SM3 = "1.2.156.10197.1.501"
SM3 = digest_oid(DigestAlgorithm.SM3)
SEAL = ClientGrant(actions=frozenset({Action.SIGN}), credentials=("seal",))
# One client makes the calls of whole tables at once: the rates are raised here, and tested where they are meant.
SETTINGS = """
[ca_server]
client_per_minute = 60000
[csc]
enabled = true
max_hashes = 4
signatures_per_minute = 60000
"""


def coded(*hashes: bytes) -> list[str]:
    return [base64.b64encode(each).decode() for each in hashes]


@dataclass
class RemoteHome:
    """The home, its application, and its clock, which can be put ahead."""

    home: Authority
    visitor: Visitor
    clock: Skewed

    @property
    def certificate(self) -> Certificate:
        return self.home.certificate(KeyName.SEAL)

    def client(self, name: str, grant: ClientGrant = SEAL, role: Role = Role.SIGNER) -> dict[str, str]:
        """Register a client and return its header."""
        registry = ClientRegistry(database=self.home.database, clock=self.home.clock)
        _, secret = registry.add(name, role, lifetime=timedelta(days=1), actor=self.home.operator, grant=grant)
        return {"authorization": f"Bearer {secret}"}

    def hash_of(self, message: bytes) -> bytes:
        key = self.certificate.public_key
        if key.sm2_point:
            return message_digest(key.sm2_point, DEFAULT_SIGNER_ID, message)
        return digest(DigestAlgorithm.SHA256, message)

    def post(self, method: str, headers: dict[str, str], **body: Any) -> httpx.Response:
        return self.visitor.post(f"{CSC}/{method}", json=body, headers=headers)

    def authorize(self, headers: dict[str, str], *hashes: bytes, **bent: Any) -> httpx.Response:
        body = {
            "credentialID": "seal",
            "numSignatures": len(hashes),
            "hashes": coded(*hashes),
            "hashAlgorithmOID": SM3,
        }
        return self.post("credentials/authorize", headers, **body | bent)

    def sad(self, headers: dict[str, str], *hashes: bytes, **bent: Any) -> str:
        answer = self.authorize(headers, *hashes, **bent)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["SAD"])

    def sign(self, headers: dict[str, str], sad: str, *hashes: bytes, **bent: Any) -> httpx.Response:
        body = {"credentialID": "seal", "SAD": sad, "hashes": coded(*hashes), "signAlgo": SM2_SM3}
        return self.post("signatures/signHash", headers, **body | bent)


@contextmanager
def remote_home(folder: Path, *, keys: str = "sm2", settings: str = SETTINGS) -> Iterator[RemoteHome]:
    home = copy_home(folder / "home", keys=keys)
    with (home / "settings.toml").open("a", encoding="utf-8") as file:
        file.write(settings)
    with open_authority(home) as authority:
        authority.clock = clock = Skewed()
        yield RemoteHome(authority, Visitor(ca_application(authority, authority.unlock(passphrase()))), clock)
