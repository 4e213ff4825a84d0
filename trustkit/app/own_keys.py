"""An official's own key and certificate from files: what signs, co-signs and opens messages without an authority's home.

A key file is any that `trustkit.custody.containers` reads: encrypted PKCS#8, PKCS#12, CFCA's ``.sm2``. The certificate is
in it, or in a file beside it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from trustkit.app.certificate_files import read_certificates
from trustkit.cms.open import Opener
from trustkit.crypto.ecdh_wrap import CURVES
from trustkit.crypto.public_key import KeyKind
from trustkit.custody.containers import MAX_KEY_FILE, open_key_file
from trustkit.custody.key_files import read_private_file
from trustkit.custody.module_signer import open_module_decryptor
from trustkit.custody.module_uri import parse_module_uri
from trustkit.custody.port import Decryptor, EcdhKey, OaepDecryptor
from trustkit.errors import ErrorCode, TrustError
from trustkit.x509.certificate import Certificate, parse_certificate
from trustkit.x509.purpose import Purpose, require_purpose

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from trustkit.custody.passphrase import Passphrase
    from trustkit.custody.port import Signer
    from trustkit.custody.private_key import PrivateKey


class SigningKey(Protocol):
    """What signs for somebody, wherever the key is: in a file of his, or with a service."""

    @property
    def certificate(self) -> Certificate | None:
        """The key's certificate."""

    @property
    def chain(self) -> tuple[Certificate, ...]:
        """Further certificates that go with it."""

    def signer(self) -> Signer:
        """Return what signs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnKey:
    """A private key in memory with its certificate (None when none was given), and further certificates found beside it."""

    key: PrivateKey = field(repr=False)
    certificate: Certificate | None
    chain: tuple[Certificate, ...]

    def signer(self) -> Signer:
        """Return the signer of the key's usual suite."""
        return self.key.signer()

    def opener(self) -> Opener:
        """Return what opens messages: SM2, RSA by OAEP, P-256 and P-384 by ECDH. Raise KEY_UNSUPPORTED for other kinds."""
        if self.key.kind is KeyKind.SM2:
            return Opener(sm2=self.key.decryptor())
        if self.key.kind is KeyKind.RSA:
            return Opener(rsa=self.key.oaep_decryptor())
        if self.key.kind in CURVES:
            return Opener(ec=self.key.ecdh_key())
        raise TrustError(
            ErrorCode.KEY_UNSUPPORTED, "messages are encrypted to SM2, RSA and P-256 keys", key=self.key.kind.value
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleKey:
    """A decrypting key that stays in its module, with its certificate (None when none was given)."""

    decryptor: Decryptor | OaepDecryptor | EcdhKey
    certificate: Certificate | None

    def opener(self) -> Opener:
        """Return what opens messages."""
        if isinstance(self.decryptor, OaepDecryptor):
            return Opener(rsa=self.decryptor)
        if isinstance(self.decryptor, EcdhKey):
            return Opener(ec=self.decryptor)
        return Opener(sm2=self.decryptor)


def open_signing_key(key: Path, certificate: Path | None, passphrase: Callable[[], Passphrase]) -> OwnKey:
    """Return the key of a file with its certificate, of several the one for signing (GB/T 20518: there are two).

    Raises:
        TrustError: USAGE when no certificate at hand is for the key; CERTIFICATE_PURPOSE when it is for encryption only; what
            opening and reading raise.
    """
    own = _chosen(_own_keys(key, certificate, passphrase), Purpose.DOCUMENT_SIGNING)
    if own.certificate is None:
        raise TrustError(ErrorCode.USAGE, "no certificate at hand is for the key; give it with --cert", file=key.name)
    require_purpose(own.certificate, Purpose.DOCUMENT_SIGNING)
    return own


def open_reading_key(key: Path, certificate: Path | None, passphrase: Callable[[], Passphrase]) -> OwnKey:
    """Return the key of a file for opening messages, of several the one whose certificate is for encryption.

    Raises:
        TrustError: USAGE when the certificate given is another key's; what opening and reading raise.
    """
    own = _chosen(_own_keys(key, certificate, passphrase), Purpose.ENCRYPTION)
    if certificate is not None and own.certificate is None:
        raise TrustError(ErrorCode.USAGE, "no certificate in the file is for the key", file=certificate.name)
    return own


def open_module_key(uri: str, certificate: Path | None, pin: Callable[[], Passphrase]) -> ModuleKey:
    """Return the decrypting key a module holds, with the certificate given for it.

    Raises:
        TrustError: MODULE_*, KEY_MISSING, KEY_UNSUPPORTED; USAGE when the certificate given is another key's.
    """
    decryptor = open_module_decryptor(parse_module_uri(uri), pin())
    known = read_certificates(certificate) if certificate is not None else ()
    own = [each for each in known if each.public_key.spki == decryptor.public_key.spki]
    if certificate is not None and not own:
        raise TrustError(ErrorCode.USAGE, "no certificate in the file is for the key", file=certificate.name)
    return ModuleKey(decryptor=decryptor, certificate=own[0] if own else None)


def _own_keys(key: Path, certificate: Path | None, passphrase: Callable[[], Passphrase]) -> tuple[OwnKey, ...]:
    opened = open_key_file(read_private_file(key, limit=MAX_KEY_FILE), passphrase)
    found = (
        *(read_certificates(certificate) if certificate is not None else ()),
        *(parse_certificate(der) for der in opened.certificates),
    )
    known = tuple(dict.fromkeys(found))
    return tuple(_own(each, known) for each in opened.keys)


def _own(key: PrivateKey, known: tuple[Certificate, ...]) -> OwnKey:
    own = [each for each in known if each.public_key.spki == key.public_key.spki]
    return OwnKey(
        key=key,
        certificate=own[0] if own else None,
        chain=tuple(each for each in known if each not in own),
    )


def _chosen(keys: tuple[OwnKey, ...], purpose: Purpose) -> OwnKey:
    """Return the first key whose certificate fits the purpose, else the first with a certificate, else the first."""
    for own in keys:
        if own.certificate is not None and _fits(own.certificate, purpose):
            return own
    return next((own for own in keys if own.certificate is not None), keys[0])


def _fits(certificate: Certificate, purpose: Purpose) -> bool:
    try:
        require_purpose(certificate, purpose)
    except TrustError:
        return False
    return True
