"""Where the next key of a certificate comes from: made here, or one that is in a cryptographic module already."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from trustkit.app.keys import created_event
from trustkit.audit import trail
from trustkit.custody.module_uri import parse_module_uri
from trustkit.custody.private_key import generate_key

if TYPE_CHECKING:
    from trustkit.app.keys import Keys
    from trustkit.app.opened import OpenedHome
    from trustkit.crypto.public_key import KeyKind
    from trustkit.custody.module_uri import Pkcs11Uri, SdfUri
    from trustkit.custody.passphrase import Passphrase
    from trustkit.custody.port import BatchSigner


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyInModule:
    """A key that lives in a module, and the PIN that opens it there."""

    uri: Pkcs11Uri | SdfUri
    pin: Passphrase = field(repr=False)

    def __str__(self) -> str:
        """Return what a person is shown: the place, never the PIN."""
        return f"in a module: {self.uri}"


def key_in_module(uri: str, pin: Passphrase) -> KeyInModule:
    """Return the key a URI names. Raise MODULE_URI; nothing is opened yet."""
    return KeyInModule(uri=parse_module_uri(uri), pin=pin)


def take_new_key(
    home: OpenedHome, keys: Keys, name: str, kind: KeyKind, module: KeyInModule | None = None
) -> BatchSigner:
    """Return the signer of a new key of `name`, durable and told in the trail: of `kind`, made here, or the module's.

    Raises:
        TrustError: KEY_EXISTS, KEY_FILE_MODE, DISK_FULL, DISK_UNWRITABLE; for a module's key MODULE_*, KEY_MISSING,
            KEY_UNSUPPORTED, KEY_WEAK, SIGNING_FAILED.
    """
    signer: BatchSigner
    if module is None:
        made = generate_key(kind)
        file, signer = keys.add(name, made), made.signer()
    else:
        file, signer = keys.add_module_key(name, module.uri, module.pin)
    event = created_event(file, signer.public_key, at=home.clock.now(), actor=home.operator)
    with home.database.unit_of_work() as uow:
        trail.record(uow, event)
    return signer
