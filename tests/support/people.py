"""Officials with key files and certificate files, as commands want them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tests.support.authority import PASSPHRASE
from tests.support.pki import SIGNING_USAGE
from trustkit.crypto.public_key import KeyKind
from trustkit.custody.passphrase import Passphrase
from trustkit.custody.pkcs8 import MIN_ITERATIONS, encrypt_private_key
from trustkit.custody.private_key import generate_key
from trustkit.encoding.pem import encode_pem

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.pki import Member, PkiWorld

FROM, UNTIL = datetime(2020, 1, 1, tzinfo=UTC), datetime(2090, 1, 1, tzinfo=UTC)  # commands read the real clock


@dataclass(frozen=True)
class Person:
    """A key file and a certificate file, as an official has them."""

    member: Member
    key: Path
    certificate: Path

    @property
    def options(self) -> tuple[str, ...]:
        return ("--key", str(self.key), "--cert", str(self.certificate))


def make_person(
    world: PkiWorld,
    folder: Path,
    name: str,
    usage: tuple[str, ...] = SIGNING_USAGE,
    kind: KeyKind = KeyKind.SM2,
) -> Person:
    """Return somebody whose key the passphrase of `tests.support.authority` opens."""
    key = generate_key(kind)
    member = world.issue(name, usage=usage, signer=key.signer(), not_before=FROM, not_after=UNTIL)
    path = folder / f"{name}.key.pem"
    path.touch(mode=0o600)
    container = encrypt_private_key(key.private_key_info(), Passphrase(PASSPHRASE), iterations=MIN_ITERATIONS)
    path.write_bytes(encode_pem("ENCRYPTED PRIVATE KEY", container))
    certificate = folder / f"{name}.pem"
    certificate.write_bytes(encode_pem("CERTIFICATE", member.der) + encode_pem("CERTIFICATE", world.issuing.der))
    return Person(member, path, certificate)
