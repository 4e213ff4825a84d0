"""The keystore: a folder of encrypted private keys, one file each, closed to everyone but its owner.

    keystore = SoftwareKeystore(home / "keys")
    signer = keystore.create("issuing-ca", KeyKind.SM2, passphrase)
    signer = keystore.open("issuing-ca", passphrase)

Files are ``NAME.key.pem``, mode 0600 in a folder of mode 0700: PBES2 with PBKDF2-HMAC-SM3 and SM4-CBC. A key that lives in a
cryptographic module has a file too, which says where (`trustkit.custody.module_reference`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from trustkit.custody.key_files import (
    read_private_file,
    remove_private_file,
    require_private_folder,
    write_new_private_file,
)
from trustkit.custody.module_reference import LABEL as MODULE_LABEL
from trustkit.custody.module_reference import encode_reference, open_reference
from trustkit.custody.module_signer import open_module_signer
from trustkit.custody.pkcs8 import DEFAULT_ITERATIONS, MAX_CONTAINER, decrypt_private_key, encrypt_private_key
from trustkit.custody.private_key import PrivateKey, SoftwareSigner, generate_key, load_private_key
from trustkit.encoding.pem import encode_pem, parse_pem
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from pathlib import Path

    from trustkit.crypto.public_key import KeyKind
    from trustkit.crypto.suites import SignatureSuite
    from trustkit.custody.module_uri import Pkcs11Uri, SdfUri
    from trustkit.custody.passphrase import Passphrase
    from trustkit.custody.port import BatchSigner

__all__ = ["PrivateKey", "SoftwareKeystore", "SoftwareSigner", "generate_key", "load_private_key"]

_SUFFIX: Final = ".key.pem"
_LABEL: Final = "ENCRYPTED PRIVATE KEY"  # RFC 7468 11
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_MAX_FILE: Final = 2 * MAX_CONTAINER  # base64 and the lines around it


class SoftwareKeystore:
    """Private keys in a folder. Nothing is cached: a signer holds its key, the keystore holds none."""

    def __init__(self, folder: Path, *, iterations: int = DEFAULT_ITERATIONS) -> None:
        """Name the folder; nothing is read or made yet. `iterations` of PBKDF2 for new keys."""
        self._folder = folder
        self._iterations = iterations

    def create(self, name: str, kind: KeyKind, passphrase: Passphrase) -> SoftwareSigner:
        """Make a key, store it under `name` and return its signer.

        Raises:
            TrustError: USAGE (name), PASSPHRASE_WEAK, KEY_EXISTS, KEY_FILE_MODE, DISK_FULL, DISK_UNWRITABLE.
        """
        passphrase.require_strength()
        path = self._path(name)
        require_private_folder(self._folder, create=True)
        if path.exists():  # asked early to spare the work; the write below is what guarantees it
            raise TrustError(ErrorCode.KEY_EXISTS, "a key of this name exists", file=path.name)
        key = generate_key(kind)
        self.add(name, key, passphrase)
        return key.signer()

    def add(self, name: str, key: PrivateKey, passphrase: Passphrase) -> None:
        """Store an existing key under `name`. Raise as `create` does."""
        path = self._path(name)
        container = seal_container(key, passphrase, iterations=self._iterations)
        require_private_folder(self._folder, create=True)
        write_new_private_file(path, container)

    def add_reference(self, name: str, uri: Pkcs11Uri | SdfUri, pin: Passphrase, passphrase: Passphrase) -> None:
        """Store under `name` where a key in a module is, which the caller has opened. Raise as `create` does."""
        path = self._path(name)
        reference = encode_reference(uri, pin, passphrase, iterations=self._iterations)
        require_private_folder(self._folder, create=True)
        write_new_private_file(path, reference)

    def open(self, name: str, passphrase: Passphrase, *, suite: SignatureSuite | None = None) -> BatchSigner:
        """Return the signer of a stored key, for `suite` or its kind's usual one.

        Raises:
            TrustError: USAGE (name), KEY_MISSING, KEY_FILE_MODE, KEY_CONTAINER_MALFORMED, PASSPHRASE_WRONG,
                ALGORITHM_UNKNOWN, ALGORITHM_WEAK, ALGORITHM_MISMATCH, KEY_UNSUPPORTED, KEY_WEAK; MODULE_* and SIGNING_FAILED for
                one in a module.
        """
        data = self._file(name)
        reference = _reference_in(data)
        if reference is None:
            return open_container(data, passphrase).signer(suite)
        uri, pin = open_reference(reference, passphrase)
        return open_module_signer(uri, pin, suite)

    def read(self, name: str, passphrase: Passphrase) -> PrivateKey:
        """Return a stored key itself, to decrypt with it or to share it among custodians.

        Raise as `open` does, and KEY_UNSUPPORTED for one in a module, which does not leave it.
        """
        data = self._file(name)
        if _reference_in(data) is not None:
            raise TrustError(ErrorCode.KEY_UNSUPPORTED, "the key stays in its module", key=name)
        return open_container(data, passphrase)

    def remove(self, name: str) -> None:
        """Forget a stored key, durably. Copies elsewhere (backups, snapshots) are not reached. Raise KEY_MISSING, DISK_UNWRITABLE."""
        remove_private_file(self._path(name))

    def names(self) -> tuple[str, ...]:
        """Return the names of the stored keys, sorted; none when there is no folder. Raise KEY_FILE_MODE."""
        if not self._folder.exists():
            return ()
        require_private_folder(self._folder, create=False)
        found = (path.name.removesuffix(_SUFFIX) for path in self._folder.glob(f"*{_SUFFIX}"))
        return tuple(sorted(name for name in found if _NAME.fullmatch(name)))

    def _file(self, name: str) -> bytes:
        path = self._path(name)
        require_private_folder(self._folder, create=False)
        return read_private_file(path, limit=_MAX_FILE)

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise TrustError(ErrorCode.USAGE, "a key's name is small letters, digits and hyphens")
        return self._folder / f"{name}{_SUFFIX}"


def _reference_in(data: bytes) -> bytes | None:
    """Return the DER of a file that refers to a module, None for any other; what is wrong with that one is told when opened."""
    try:
        blocks = parse_pem(data)
    except TrustError:
        return None
    return blocks[0].der if [block.label for block in blocks] == [MODULE_LABEL] else None


def seal_container(key: PrivateKey, passphrase: Passphrase, *, iterations: int = DEFAULT_ITERATIONS) -> bytes:
    """Return a key as PEM EncryptedPrivateKeyInfo; the inverse of `open_container`. Raise PASSPHRASE_WEAK."""
    return encode_pem(_LABEL, encrypt_private_key(key.private_key_info(), passphrase, iterations=iterations))


def open_container(data: bytes, passphrase: Passphrase) -> PrivateKey:
    """Return the key in a PEM or DER EncryptedPrivateKeyInfo.

    Raises:
        TrustError: KEY_CONTAINER_MALFORMED (also for a key that is not encrypted), PASSPHRASE_WRONG, ALGORITHM_UNKNOWN,
            ALGORITHM_WEAK, KEY_UNSUPPORTED, KEY_WEAK.
    """
    try:
        blocks = parse_pem(data)
    except TrustError as error:
        raise TrustError(ErrorCode.KEY_CONTAINER_MALFORMED, "PEM text") from error
    if blocks and tuple(block.label for block in blocks) != (_LABEL,):
        raise TrustError(ErrorCode.KEY_CONTAINER_MALFORMED, f"the file must hold one block {_LABEL}")
    return load_private_key(decrypt_private_key(blocks[0].der if blocks else data, passphrase))
