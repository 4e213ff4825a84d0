"""An encrypted package as it was read: who can decrypt it, and which files it holds encrypted (GM/T 0099-2020 7.3, annex C).

    Encryptions.xml          one EncryptInfo for each act of encryption: where its key descriptions and its map are
    decryptseed.dat          XML: for each user the file key, encrypted to his certificate or under his password; the IV in clear
    entriesmap.dat           XML, itself encrypted under the file key: which encrypted file was which
    *.dat                    the files: SM4-CBC with PKCS#7 padding, all under one key and IV

CBC proves nothing: whoever decrypts learns what somebody encrypted, not whether it was changed on the way. Signatures inside do.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum, unique
from typing import Final

ENCRYPTIONS_NAME: Final = "Encryptions.xml"  # in the package's root
SEED_NAME: Final = "decryptseed.dat"
MAP_NAME: Final = "entriesmap.dat"
KEY_SIZE: Final = 16  # SM4: the file key, and the IV alike


@unique
class EncryptionScheme(StrEnum):
    """Protection case identifiers of GM/T 0099-2020 annex A; ofdrw up to 2.2.9 writes none, and structure tells then."""

    PASSWORD = "1.1.1"  # noqa: S105 - the number of a scheme
    CERTIFICATE = "1.1.2"


@dataclass(frozen=True, slots=True, kw_only=True)
class WrappedKey:
    """The file key as one user can have it.

    Attributes:
        user: the name as written, for display.
        certificate: DER of the user's encryption certificate; None under a password.
        wrapped: SM2Cipher (DER) of the key, or the key under SM4-CBC with PKCS#7.
        iv: of the files' encryption, in clear.
    """

    user: str
    certificate: bytes | None = field(repr=False)
    wrapped: bytes = field(repr=False)
    iv: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyDescription:
    """A decryptseed.dat: the scheme, and the key for each user."""

    scheme: EncryptionScheme
    keys: tuple[WrappedKey, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EncryptionAct:
    """One act of encryption as Encryptions.xml tells it: package names of its key descriptions and its map.

    A later act may have encrypted those of an earlier one too, under the same names: they are looked for once it is undone.
    """

    identifier: str
    seed_name: str
    map_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EncryptedEntry:
    """One line of the map: the file's own name, that of its ciphertext, and of a key description for it alone, if any."""

    name: str
    encrypted_name: str
    seed_name: str | None
