"""Decrypting a package with a recipient's key: certificates (SM2) and, where it is asked for, a password (GM/T 0099-2020 7.3).

    opened = open_encrypted(data, CertificateKey(decryptor=decryptor))
    opened.octets                      # the package as it was before it was encrypted

The private side: nothing that verifies may import this module. One answer for every way a key or a padding can be wrong
(DECRYPTION_FAILED), as for messages. CBC does not tell whether a ciphertext was changed on the way: what was signed
before it was encrypted is to be verified after it was decrypted.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

from esign.ofd.archive_write import pack_files
from esign.ofd.encryption_model import ENCRYPTIONS_NAME, EncryptionScheme
from esign.ofd.encryption_read import MAX_USERS, read_encryptions, read_keys, read_map
from esign.ofd.limits import MAX_UNPACKED_OCTETS
from esign.ofd.package import open_package
from trustkit.crypto.cipher import CipherParameters, CipherSuite, decrypt
from trustkit.crypto.cipher_suites import BLOCK_SIZE
from trustkit.crypto.kdf import derive_sm2
from trustkit.crypto.sm2_ciphertext import parse_sm2_ciphertext
from trustkit.custody.secrecy import Secretive
from trustkit.errors import ErrorCode, TrustError
from trustkit.x509.certificate import parse_certificate

if TYPE_CHECKING:
    from esign.ofd.encryption_model import EncryptionAct, KeyDescription, WrappedKey
    from trustkit.custody.passphrase import Passphrase
    from trustkit.custody.port import Decryptor

MAX_TRIED: Final = 16  # wrapped keys tried that may be the user's
MAX_DESCRIPTIONS: Final = (
    64  # of keys, in one package: writers have one for each act, and may have some for single files
)
MAX_ALL_USERS: Final = 4 * MAX_USERS  # named in all of them; each has a certificate, which is parsed
MAX_DECRYPTED: Final = MAX_UNPACKED_OCTETS  # by all acts together, 2 s
_FileKey = tuple[CipherParameters, bytes]
SUITE: Final = CipherSuite.SM4_CBC
_MUTE: Final = frozenset(
    {
        ErrorCode.DECRYPTION_FAILED,
        ErrorCode.CIPHERTEXT_POINT,
        ErrorCode.CIPHERTEXT_MALFORMED,
        ErrorCode.CIPHERTEXT_TOO_LARGE,
        ErrorCode.CIPHERTEXT_AMBIGUOUS,
        ErrorCode.DER_MALFORMED,
        ErrorCode.DER_NOT_DER,
    }
)


class ReadingKey(Protocol):
    """What a user has: it says which wrapped keys may be his, and unwraps them."""

    def candidates(self, keys: KeyDescription) -> tuple[WrappedKey, ...]:
        """Return the wrapped keys to try, in order; empty when none can be this user's."""

    def unwrap(self, key: WrappedKey) -> bytes:
        """Return the file key. Raise TrustError when it cannot be had."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateKey(Secretive):
    """An SM2 key. The certificates in a package say which wrapped key is for it, those renewed since then too."""

    decryptor: Decryptor = field(repr=False)

    def candidates(self, keys: KeyDescription) -> tuple[WrappedKey, ...]:
        """Return the keys encrypted to a certificate of this key, and some that do not say to whose."""
        if keys.scheme is not EncryptionScheme.CERTIFICATE:
            return ()
        own = [each for each in keys.keys if each.certificate is not None and self._is_own(each.certificate)]
        return tuple(own + [each for each in keys.keys if each.certificate is None])[:MAX_TRIED]

    def _is_own(self, certificate: bytes) -> bool:
        try:
            return parse_certificate(certificate).public_key.spki == self.decryptor.public_key.spki
        except TrustError:  # somebody else's, of a kind that is not read here
            return False

    def unwrap(self, key: WrappedKey) -> bytes:
        """Return the plaintext of an SM2Cipher (GM/T 0009)."""
        return self.decryptor.decrypt(parse_sm2_ciphertext(key.wrapped))


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordKey(Secretive):
    """A password. It is read and never written: the key comes of it by one SM3, without a salt (GM/T 0099-2020 annex C)."""

    password: Passphrase = field(repr=False)

    def candidates(self, keys: KeyDescription) -> tuple[WrappedKey, ...]:
        """Return the keys under passwords."""
        return keys.keys[:MAX_TRIED] if keys.scheme is EncryptionScheme.PASSWORD else ()

    def unwrap(self, key: WrappedKey) -> bytes:
        """Return what lies under the key derived of the password (GB/T 32918.3 5.4.3)."""
        derived = derive_sm2(self.password.reveal(), SUITE.key_size)
        return decrypt(CipherParameters(suite=SUITE, iv=key.iv), derived, key.wrapped)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedPackage(Secretive):
    """A package in clear, how many files of it had been encrypted, and how many times one over the other."""

    octets: bytes = field(repr=False)
    files: int
    acts: int


def open_encrypted(data: bytes, key: ReadingKey) -> OpenedPackage:
    """Return the package with every encrypted file in its place, the last encryption undone first.

    Raises:
        TrustError: OFD_MISSING (not encrypted at all, or a file it tells of is not there), CMS_NO_RECIPIENT (nobody the key could
            be), DECRYPTION_FAILED, OFD_LIMIT; what reading the package raises.
    """
    package = open_package(data)
    told = package.nearest(ENCRYPTIONS_NAME) or ENCRYPTIONS_NAME
    acts = read_encryptions(package.octets(told))
    files = {name: package.octets(name) for name in package.names}
    unlocking = _Unlocking(key)
    count = 0
    for act in reversed(acts):
        count += _undo(files, act, unlocking)
    files.pop(told, None)
    made = pack_files(files)
    open_package(made)  # names out of the map may be such as no package may hold
    return OpenedPackage(octets=made, files=count, acts=len(acts))


class _Unlocking:
    """What a key opens of a package: each key description is read once, and what all of them name and decrypt is bounded."""

    def __init__(self, key: ReadingKey) -> None:
        self._key = key
        self._users = 0
        self._left = MAX_DECRYPTED
        self._known: dict[bytes, tuple[_FileKey, ...]] = {}

    def file_keys(self, octets: bytes, name: str) -> tuple[_FileKey, ...]:
        """Return the file keys that a description holds for this key. Raise CMS_NO_RECIPIENT, OFD_LIMIT, DECRYPTION_FAILED."""
        if octets not in self._known:
            keys = read_keys(octets, name)
            self._users += len(keys.keys)
            if self._users > MAX_ALL_USERS or len(self._known) >= MAX_DESCRIPTIONS:
                raise TrustError(ErrorCode.OFD_LIMIT, "users of all encryptions together", limit=MAX_ALL_USERS)
            self._known[octets] = self._unwrapped(keys)
        return self._known[octets]

    def decrypted(self, keys: tuple[_FileKey, ...], ciphertext: bytes) -> tuple[_FileKey, bytes]:
        """Return the first key that makes something of a ciphertext, and what.

        The padding at the end tells which key can be meant, so a key that cannot costs nothing of the ciphertext's length.

        Raises:
            TrustError: DECRYPTION_FAILED; OFD_LIMIT when all that was decrypted is too much.
        """
        whole = len(ciphertext) > 0 and len(ciphertext) % BLOCK_SIZE == 0
        for each in keys if whole else ():
            parameters, file_key = each
            ending = CipherParameters(suite=SUITE, iv=ciphertext[-2 * BLOCK_SIZE : -BLOCK_SIZE] or parameters.iv)
            try:
                decrypt(ending, file_key, ciphertext[-BLOCK_SIZE:])
                self._spend(len(ciphertext))
                return each, decrypt(parameters, file_key, ciphertext)
            except TrustError as error:
                if error.code not in _MUTE:
                    raise
        raise TrustError(ErrorCode.DECRYPTION_FAILED, "package")

    def _spend(self, octets: int) -> None:
        self._left -= octets
        if self._left < 0:
            raise TrustError(ErrorCode.OFD_LIMIT, "octets decrypted together", limit=MAX_DECRYPTED)

    def _unwrapped(self, keys: KeyDescription) -> tuple[_FileKey, ...]:
        candidates = self._key.candidates(keys)
        if not candidates:
            told = "nobody this key could be"
            raise TrustError(ErrorCode.CMS_NO_RECIPIENT, told, scheme=keys.scheme.value, users=len(keys.keys))
        found: list[_FileKey] = []
        for candidate in candidates:
            try:
                found.append((CipherParameters(suite=SUITE, iv=candidate.iv), self._key.unwrap(candidate)))
            except TrustError as error:
                if error.code not in _MUTE:
                    raise
        return tuple(found)


def _undo(files: dict[str, bytes], act: EncryptionAct, unlocking: _Unlocking) -> int:
    """Undo one act of encryption in place; return how many files it had encrypted."""
    keys = unlocking.file_keys(_taken(files, act.seed_name), act.seed_name)
    used_key, entries_map = unlocking.decrypted(keys, _taken(files, act.map_name))
    entries = read_map(entries_map, act.map_name)
    opened: dict[str, bytes] = {}
    used: set[str] = set()
    for entry in entries:
        packed = _taken(files, entry.encrypted_name, stays=True)
        used.add(entry.encrypted_name)
        own: tuple[_FileKey, ...] = (used_key,)
        if entry.seed_name is not None:
            own = unlocking.file_keys(_taken(files, entry.seed_name, stays=True), entry.seed_name)
            used.add(entry.seed_name)
        _, opened[entry.name] = unlocking.decrypted(own, packed)
    for name in used:
        del files[name]
    files.update(opened)
    return len(entries)


def _taken(files: dict[str, bytes], name: str, *, stays: bool = False) -> bytes:
    if name not in files:
        raise TrustError(ErrorCode.OFD_MISSING, "the package has no such file", file=name[:120])
    return files[name] if stays else files.pop(name)
