"""Every file a private key comes in, told apart by content and opened through one door; and the way back.

    opened = open_key_file(data, passphrase=lambda: passphrase)
    opened.form, opened.keys, opened.certificates
    write_key_file(KeyFile(form=KeyFileForm.PKCS12, keys=opened.keys), passphrase=passphrase)

A passphrase is asked for only where the file needs one. A key that lies open (plain PKCS#8, SEC 1) is opened and written only
for a caller who says `plain=True`: otherwise it is KEY_CONTAINER_PLAIN.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum, unique
from typing import TYPE_CHECKING, Final

from trustkit.custody.cfca import GBT_DATA, open_cfca, write_cfca
from trustkit.custody.pbes2 import DEFAULT_ITERATIONS, Protection
from trustkit.custody.pkcs8 import decrypt_private_key, encrypt_private_key
from trustkit.custody.pkcs12 import MAX_PKCS12, Pkcs12Contents, open_pkcs12, write_pkcs12
from trustkit.custody.private_key import load_private_key
from trustkit.custody.private_key_info import parse_private_key_info
from trustkit.custody.sec1 import encode_sec1, parse_sec1
from trustkit.encoding import der
from trustkit.encoding.pem import encode_pem, is_pem, parse_pem
from trustkit.encoding.text64 import decode_base64, encode_base64
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable

    from trustkit.custody.passphrase import Passphrase
    from trustkit.custody.private_key import PrivateKey

MAX_KEY_FILE: Final = 2 * MAX_PKCS12  # base64 and text around it
_LEGACY: Final = b"Proc-Type: 4,ENCRYPTED"
_CERTIFICATE: Final = "CERTIFICATE"
_BESIDE: Final = frozenset({_CERTIFICATE, "EC PARAMETERS"})
_LINE: Final = 64
_PFX_VERSION: Final = b"\x03"


@unique
class KeyFileForm(StrEnum):
    """Forms of key files. The value is what a person says."""

    PKCS8 = "pkcs8"
    PKCS8_PLAIN = "pkcs8-plain"
    PKCS12 = "pkcs12"
    SEC1 = "sec1"
    CFCA_SM2 = "cfca-sm2"
    ENVELOPED = "sm2-enveloped"

    @property
    def plain(self) -> bool:
        """Whether the key lies open in it."""
        return self in {KeyFileForm.PKCS8_PLAIN, KeyFileForm.SEC1}


_LABELS: Final = {
    "ENCRYPTED PRIVATE KEY": KeyFileForm.PKCS8,
    "PRIVATE KEY": KeyFileForm.PKCS8_PLAIN,
    "EC PRIVATE KEY": KeyFileForm.SEC1,
}
_LABEL_OF: Final = {form: label for label, form in _LABELS.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFile:
    """A key file: its form, the keys (one, but for PKCS#12), and the certificates beside them (DER)."""

    form: KeyFileForm
    keys: tuple[PrivateKey, ...]
    certificates: tuple[bytes, ...] = field(default=(), repr=False)
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecognisedKeyFile:
    """What a key file is, before it is opened: its form, the octets of the container, certificates beside it in PEM."""

    form: KeyFileForm
    der: bytes = field(repr=False)
    certificates: tuple[bytes, ...] = field(default=(), repr=False)


def recognise_key_file(data: bytes) -> RecognisedKeyFile:
    """Return what a key file is, by its content.

    Raises:
        TrustError: KEY_CONTAINER_MALFORMED (nothing trustkit knows, or several keys in one text), INPUT_TOO_LARGE,
            ALGORITHM_WEAK (the encryption of PEM by OpenSSL before PKCS#8, which rests on MD5).
    """
    if len(data) > MAX_KEY_FILE:
        raise TrustError(ErrorCode.INPUT_TOO_LARGE, "key file", octets=len(data), limit=MAX_KEY_FILE)
    if _LEGACY in data:
        raise TrustError(ErrorCode.ALGORITHM_WEAK, "encrypted PEM", algorithm="PEM with MD5")
    try:
        if is_pem(data):
            return _recognise_pem(data)
        octets = data if data[:1] == b"\x30" else decode_base64(b"".join(data.split()))
        return RecognisedKeyFile(form=_recognise_der(octets), der=octets)
    except (TrustError, IndexError, ValueError) as error:
        raise TrustError(ErrorCode.KEY_CONTAINER_MALFORMED, "not a key file trustkit knows") from error


def open_key_file(data: bytes, passphrase: Callable[[], Passphrase] | None = None, *, plain: bool = False) -> KeyFile:
    """Return what a key file holds.

    Args:
        data: The file's octets: PEM, DER or base64.
        passphrase: Called once when the file needs one; None refuses such a file.
        plain: Whether a key that lies open is welcome.

    Raises:
        TrustError: KEY_CONTAINER_MALFORMED, KEY_CONTAINER_PLAIN, KEY_CONTAINER_CERTIFICATE, PASSPHRASE_MISSING,
            PASSPHRASE_WRONG, ALGORITHM_WEAK, ALGORITHM_UNKNOWN, KEY_MALFORMED, KEY_UNSUPPORTED (an SM2EnvelopedKey too:
            it opens with a key, see `trustkit.custody.enveloped_key`), KEY_WEAK, INPUT_TOO_LARGE, DER_NOT_DER.
    """
    found = recognise_key_file(data)
    if found.form.plain and not plain:
        raise TrustError(ErrorCode.KEY_CONTAINER_PLAIN, "the key lies open in the file", form=found.form.value)
    if found.form is KeyFileForm.ENVELOPED:
        raise TrustError(ErrorCode.KEY_UNSUPPORTED, "an SM2EnvelopedKey opens with the recipient's key")
    if found.form is KeyFileForm.PKCS8_PLAIN:
        return _holding(found, load_private_key(parse_private_key_info(found.der)))
    if found.form is KeyFileForm.SEC1:
        return _holding(found, parse_sec1(found.der))
    if passphrase is None:
        raise TrustError(ErrorCode.PASSPHRASE_MISSING, "the key file is under a passphrase", form=found.form.value)
    secret = passphrase()
    if found.form is KeyFileForm.PKCS8:
        return _holding(found, load_private_key(decrypt_private_key(found.der, secret)))
    if found.form is KeyFileForm.CFCA_SM2:
        key, certificate = open_cfca(found.der, secret)
        return KeyFile(form=found.form, keys=(key,), certificates=(certificate,))
    contents = open_pkcs12(found.der, secret)
    return KeyFile(form=found.form, keys=contents.keys, certificates=contents.certificates, name=contents.name)


def write_key_file(
    file: KeyFile,
    passphrase: Passphrase | None = None,
    *,
    protection: Protection = Protection.SM,
    plain: bool = False,
    iterations: int = DEFAULT_ITERATIONS,
    pbmac1: bool = False,
) -> bytes:
    """Return the octets of a key file: PEM, or DER for PKCS#12, or base64 for CFCA's. The inverse of `open_key_file`.

    Raises:
        TrustError: KEY_CONTAINER_PLAIN (an open form without `plain`), PASSPHRASE_MISSING, PASSPHRASE_WEAK, USAGE (several
            keys in a form for one, no certificate for .sm2, SM2EnvelopedKey), ALGORITHM_MISMATCH (a form that the kind of
            key does not fit), KEY_CONTAINER_CERTIFICATE.
    """
    if file.form is KeyFileForm.ENVELOPED:
        raise TrustError(ErrorCode.USAGE, "an SM2EnvelopedKey is written for a recipient")
    if file.form is not KeyFileForm.PKCS12 and len(file.keys) != 1:
        raise TrustError(ErrorCode.USAGE, "this form holds one key", form=file.form.value, keys=len(file.keys))
    key = file.keys[0]
    if file.form.plain:
        if not plain:
            raise TrustError(ErrorCode.KEY_CONTAINER_PLAIN, "an open key is not written unasked", form=file.form.value)
        octets = encode_sec1(key) if file.form is KeyFileForm.SEC1 else key.private_key_info()
        return encode_pem(_LABEL_OF[file.form], octets)
    if passphrase is None:
        raise TrustError(ErrorCode.PASSPHRASE_MISSING, "this form is under a passphrase", form=file.form.value)
    if file.form is KeyFileForm.PKCS12:
        contents = Pkcs12Contents(file.keys, file.certificates, file.name)
        return write_pkcs12(contents, passphrase, protection=protection, iterations=iterations, pbmac1=pbmac1)
    if file.form is KeyFileForm.CFCA_SM2:
        if not file.certificates:
            raise TrustError(ErrorCode.USAGE, "a .sm2 file holds the certificate too")
        return _lines(write_cfca(key, file.certificates[0], passphrase))
    info = key.private_key_info()
    octets = encrypt_private_key(info, passphrase, iterations=iterations, protection=protection)
    return encode_pem(_LABEL_OF[file.form], octets)


def _holding(found: RecognisedKeyFile, key: PrivateKey) -> KeyFile:
    return KeyFile(form=found.form, keys=(key,), certificates=found.certificates)


def _recognise_pem(data: bytes) -> RecognisedKeyFile:
    blocks = parse_pem(data)
    keys = [block for block in blocks if block.label not in _BESIDE]
    if len(keys) != 1 or keys[0].label not in _LABELS:
        raise TrustError(ErrorCode.KEY_CONTAINER_MALFORMED, "the text must hold one private key")
    certificates = tuple(block.der for block in blocks if block.label == _CERTIFICATE)
    return RecognisedKeyFile(form=_LABELS[keys[0].label], der=keys[0].der, certificates=certificates)


def _recognise_der(data: bytes) -> KeyFileForm:
    """Return the form by the first two elements, which no two forms share. Raise DER_MALFORMED, IndexError."""
    outer = der.read_tlv(data, 0, len(data))
    der.expect(data, outer, der.SEQUENCE, "key file")
    if outer.end != len(data):
        raise TrustError(ErrorCode.DER_MALFORMED, "octets after the key")
    first, second, *_ = der.children(data, outer)
    if first.tag == der.SEQUENCE:
        return KeyFileForm.PKCS8 if second.tag == der.OCTET_STRING else KeyFileForm.ENVELOPED
    version = der.expect(data, first, der.INTEGER, "version")
    if second.tag == der.OCTET_STRING:
        return KeyFileForm.SEC1
    if version == _PFX_VERSION:
        return KeyFileForm.PKCS12
    kind = der.children(data, second)[0]
    return KeyFileForm.CFCA_SM2 if der.decode_oid(der.content(data, kind)) == GBT_DATA else KeyFileForm.PKCS8_PLAIN


def _lines(octets: bytes) -> bytes:
    text = encode_base64(octets)
    return ("\n".join(text[start : start + _LINE] for start in range(0, len(text), _LINE)) + "\n").encode("ascii")
