"""The authority's keys: opened by certificate with one passphrase, each only when an act needs it.

The key a home was made with lies in ``NAME.key.pem``, each later one in a file of its own, named after the key. The register
says which certificate is current and the certificate which key: no file is ever replaced, so no crash can part them.
"""

from __future__ import annotations

from enum import StrEnum, unique
from typing import TYPE_CHECKING, Final

from trustkit.app.home import KEYS
from trustkit.app.key_sets import KeySets
from trustkit.audit.events import AuditEvent, EventType
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.custody.module_signer import open_module_signer
from trustkit.custody.software import SoftwareKeystore
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from trustkit.crypto.public_key import PublicKey
    from trustkit.custody.module_uri import Pkcs11Uri, SdfUri
    from trustkit.custody.passphrase import Passphrase
    from trustkit.custody.port import BatchSigner
    from trustkit.custody.private_key import PrivateKey
    from trustkit.identity import Principal
    from trustkit.x509.certificate import Certificate

# Hexadecimal digits of a key's identifier that tell the keys of one home apart. Fewer could by chance have the form of a
# telephone number, which the trail refuses (trustkit.audit.personal_data).
_ENOUGH: Final = 32


@unique
class KeyName(StrEnum):
    """The names of the authority's keys, which are those of the certificate profiles."""

    ROOT = "root-ca"
    ISSUING = "issuing-ca"
    SEAL = "seal"
    TIMESTAMP = "timestamping"
    STATUS = "status"
    OCSP = "ocsp"
    SEAL_MAKER = "seal-maker"
    CREDENTIAL = "credential"
    CREDENTIAL_STATUS = "credential-status"


LICENCE_KEYS: Final = (KeyName.SEAL, KeyName.TIMESTAMP, KeyName.STATUS)  # what issuing a licence signs with
END_KEYS: Final = (*LICENCE_KEYS, KeyName.OCSP)  # those under the issuing CA that every home has
RENEWABLE: Final = (
    *END_KEYS,
    KeyName.SEAL_MAKER,
)  # the last is made when it is first asked for: not every home makes seals
OWN_PROFILES: Final = frozenset(name.value for name in KeyName)  # whose newest certificate is the authority's own
MACHINES: Final = "machines"  # what the key of the operator who speaks for machines is called
CA_KEYS: Final[dict[str, KeyName]] = {"root": KeyName.ROOT, "issuing": KeyName.ISSUING}  # of those `init` makes


class Keys:
    """Signers of one home. Deriving a key from the passphrase is slow on purpose, so each is opened once."""

    def __init__(self, home: Path, passphrase: Passphrase, *, iterations: int | None = None) -> None:
        """Name the home; nothing is read yet. `iterations` of PBKDF2 for new keys, the keystore's default unless told."""
        folder = home / KEYS
        self._keystore = (
            SoftwareKeystore(folder) if iterations is None else SoftwareKeystore(folder, iterations=iterations)
        )
        self._sets = KeySets(folder)
        self._passphrase = passphrase
        self._opened: dict[str, BatchSigner] = {}
        self._admitted: set[str] = set()  # shared keys that their custodians opened

    def signer(self, name: str, certificate: Certificate) -> BatchSigner:
        """Return the signer of the key a certificate is for.

        Raises:
            TrustError: KEY_MISSING (also when the file holds another key), KEY_SHARED (its custodians have not opened it),
                PASSPHRASE_WRONG, KEY_FILE_MODE, KEY_CONTAINER_MALFORMED.
        """
        key = certificate.public_key
        signer = self._renewed(name, key) or self._open(str(name))
        if signer.public_key.spki != key.spki:
            raise TrustError(ErrorCode.KEY_MISSING, "the key of the current certificate is not here", part=str(name))
        return signer

    def ca_signer(self, authority: str, certificate: Certificate) -> BatchSigner:
        """Return the signer of an authority by its name in the register. Raise as `signer`."""
        return self.signer(ca_key(authority), certificate)

    def add(self, name: str, key: PrivateKey) -> str:
        """Store a new key beside those there are, durable on return, and return its file's name.

        Raises:
            TrustError: KEY_EXISTS, KEY_FILE_MODE, DISK_FULL, DISK_UNWRITABLE.
        """
        file = _file_of(name, key.signer().public_key)
        self._keystore.add(file, key, self._passphrase)
        return file

    def add_module_key(self, name: str, uri: Pkcs11Uri | SdfUri, pin: Passphrase) -> tuple[str, BatchSigner]:
        """Store where a key in a module is, durable on return; return its file's name and its signer.

        Raises:
            TrustError: As `add`, and what opening the module raises: MODULE_*, KEY_MISSING, KEY_UNSUPPORTED, KEY_WEAK.
        """
        signer = open_module_signer(uri, pin)
        file = _file_of(name, signer.public_key)
        self._keystore.add_reference(file, uri, pin, self._passphrase)
        return file, signer

    def machine_signer(self, key: PublicKey) -> BatchSigner | None:
        """Return the signer of the operator who speaks for machines, by his public key; None when his key is not here."""
        return self._renewed(MACHINES, key)

    def event_signer(self, name: str, key: PublicKey) -> BatchSigner:
        """Return the signer of a key of events to organisations, by its public key. Raise KEY_MISSING, and as `signer`."""
        return self._open(_file_of(name, key))

    def file_of(self, name: str, certificate: Certificate) -> str:
        """Return what the file of a certificate's key is called, whether its container or its set is there."""
        file = _file_of(name, certificate.public_key)
        is_here = self._sets.find(file) is not None or file in self._keystore.names()
        return file if is_here else str(name)

    def read(self, file: str) -> PrivateKey:
        """Return the key in a container, to be shared among custodians. Raise KEY_MISSING, PASSPHRASE_WRONG, KEY_*."""
        return self._keystore.read(file, self._passphrase)

    def waits(self, name: str, certificate: Certificate) -> bool:
        """Tell whether a certificate's key is shared and its custodians have not opened it here."""
        file = self.file_of(name, certificate)
        return self._is_shut(file)

    def ca_waits(self, authority: str, certificate: Certificate) -> bool:
        """Tell of an authority by its name in the register what `waits` tells."""
        return self.waits(ca_key(authority), certificate)

    def forget(self, file: str) -> None:
        """Remove a key's container, once the key is shared. Raise KEY_MISSING, DISK_UNWRITABLE."""
        self._keystore.remove(file)
        self._opened.pop(file, None)

    def admit(self, file: str, key: PrivateKey) -> None:
        """Use a shared key that its custodians opened, for as long as this object lives."""
        self._opened[file] = key.signer()
        self._admitted.add(file)

    def _renewed(self, name: str, key: PublicKey) -> BatchSigner | None:
        try:
            return self._open(_file_of(name, key))
        except TrustError as error:
            if error.code is ErrorCode.KEY_MISSING:
                return None
            raise

    def _open(self, file: str) -> BatchSigner:
        if self._is_shut(file):  # asked each time: a key that is shared while a service runs leaves that service, too
            self._opened.pop(file, None)
            raise TrustError(ErrorCode.KEY_SHARED, "its custodians open it together", key=file)
        if file not in self._opened:
            self._opened[file] = self._keystore.open(file, self._passphrase)
        return self._opened[file]

    def _is_shut(self, file: str) -> bool:
        """Tell whether a key is shared among custodians who have not opened it here."""
        return file not in self._admitted and self._sets.find(file) is not None


def created_event(file: str, key: PublicKey, *, at: datetime, actor: Principal) -> AuditEvent:
    """Return what the trail is told of a new key, by its file's name."""
    return AuditEvent(
        type=EventType.KEY_CREATED,
        at=at,
        actor=actor,
        object_type="key",
        object_id=file,
        facts={"key_kind": key.kind.value, "public_key_sm3": digest(DigestAlgorithm.SM3, key.spki).hex()},
    )


def ca_key(authority: str) -> str:
    """Return what an authority's keys are called, by its name in the register."""
    return CA_KEYS.get(authority, f"ca-{authority}")


def authority_of_key(name: str) -> str:
    """Return an authority's name in the register for its own or its key's, such as ``issuing`` for ``issuing-ca``."""
    return next((authority for authority, key in CA_KEYS.items() if key == name), name)


def _file_of(name: str, key: PublicKey) -> str:
    return f"{name}-{key.identifier.hex()[:_ENOUGH]}"
