"""The authority's keys: opened by name with one passphrase, each only when an act needs it."""

from __future__ import annotations

from enum import StrEnum, unique
from typing import TYPE_CHECKING

from trustkit.app.home import KEYS
from trustkit.custody.software import SoftwareKeystore

if TYPE_CHECKING:
    from pathlib import Path

    from trustkit.custody.passphrase import Passphrase
    from trustkit.custody.private_key import SoftwareSigner


@unique
class KeyName(StrEnum):
    """The names of the key files, which are those of the certificate profiles."""

    ROOT = "root-ca"
    ISSUING = "issuing-ca"
    SEAL = "seal"
    TIMESTAMP = "timestamping"


class Keys:
    """Signers of one home. Deriving a key from the passphrase is slow on purpose, so each is opened once."""

    def __init__(self, home: Path, passphrase: Passphrase) -> None:
        self._keystore = SoftwareKeystore(home / KEYS)
        self._passphrase = passphrase
        self._opened: dict[KeyName, SoftwareSigner] = {}

    def signer(self, name: KeyName) -> SoftwareSigner:
        """Return the signer of a key. Raise PASSPHRASE_WRONG, KEY_MISSING, KEY_FILE_MODE."""
        if name not in self._opened:
            self._opened[name] = self._keystore.open(name.value, self._passphrase)
        return self._opened[name]
