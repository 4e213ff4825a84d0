"""An official's own key and certificate from files: what signs, co-signs and opens messages without an authority's home."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from trustkit.app.certificate_files import read_certificates
from trustkit.cms.open import Opener
from trustkit.crypto.public_key import KeyKind
from trustkit.custody.key_files import read_private_file
from trustkit.custody.software import open_container
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from pathlib import Path

    from trustkit.custody.passphrase import Passphrase
    from trustkit.custody.port import Signer
    from trustkit.custody.private_key import PrivateKey
    from trustkit.x509.certificate import Certificate

MAX_KEY_FILE: Final = 256 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnKey:
    """A private key in memory with its certificate, and the further certificates of the same file."""

    key: PrivateKey = field(repr=False)
    certificate: Certificate
    chain: tuple[Certificate, ...]

    def signer(self) -> Signer:
        """Return the signer of the key's usual suite."""
        return self.key.signer()


def open_own_key(key: Path, certificate: Path, passphrase: Passphrase) -> OwnKey:
    """Return the key in an encrypted PKCS#8 file and its certificate out of a PEM, DER or ``.p7b`` file.

    Raises:
        TrustError: USAGE when no certificate of the file is for the key; KEY_FILE_MODE, KEY_MISSING, PASSPHRASE_WRONG,
            KEY_CONTAINER_MALFORMED, CERTIFICATE_MALFORMED.
    """
    opened = read_own_key(key, passphrase)
    found = read_certificates(certificate)
    own = [each for each in found if each.public_key.spki == opened.public_key.spki]
    if not own:
        raise TrustError(ErrorCode.USAGE, "no certificate in the file is for the key", file=certificate.name)
    return OwnKey(key=opened, certificate=own[0], chain=tuple(each for each in found if each != own[0]))


def read_own_key(key: Path, passphrase: Passphrase) -> PrivateKey:
    """Return the key in an encrypted PKCS#8 file. Raise as `open_own_key` does."""
    return open_container(read_private_file(key, limit=MAX_KEY_FILE), passphrase)


def opener_of(key: PrivateKey) -> Opener:
    """Return what opens messages with a key: SM2, or RSA by OAEP. Raise KEY_UNSUPPORTED for other kinds."""
    if key.kind is KeyKind.SM2:
        return Opener(sm2=key.decryptor())
    if key.kind is KeyKind.RSA:
        return Opener(rsa=key.oaep_decryptor())
    raise TrustError(ErrorCode.KEY_UNSUPPORTED, "messages are encrypted to SM2 and RSA keys", key=key.kind.value)
