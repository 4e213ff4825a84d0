"""The ``.sm2`` file of CFCA's tools: an SM2 key with its certificate under a passphrase, in base64.

    SEQUENCE { 1,
      SEQUENCE { 1.2.156.10197.6.1.4.2.1, 1.2.156.10197.1.104, OCTET STRING },    -- d under SM4-CBC
      SEQUENCE { 1.2.156.10197.6.1.4.2.1, OCTET STRING } }                        -- the certificate

IV and key are the first and second 16 octets of SM2's key derivation from the passphrase: neither salted nor slow, so that a
guessed passphrase costs nothing to try. It is read and written for others' sake; keep keys in PKCS#8 or PKCS#12.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from trustkit.crypto.cipher import decrypt, encrypt
from trustkit.crypto.cipher_suites import SM4_OID, CipherParameters, CipherSuite
from trustkit.crypto.kdf import derive_sm2
from trustkit.crypto.public_key import KeyKind, parse_public_key
from trustkit.crypto.sm2 import ELEMENT_SIZE
from trustkit.custody.certificate_key import subject_public_key_info
from trustkit.custody.private_key import PrivateKey, load_private_key
from trustkit.custody.private_key_info import encode_sm2_private_key, parse_private_key_info, sm2_scalar
from trustkit.encoding import der
from trustkit.encoding.der_write import integer, octet_string, oid, sequence
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from trustkit.custody.passphrase import Passphrase

MAX_CFCA: Final = 64 * 1024
GBT_DATA: Final = "1.2.156.10197.6.1.4.2.1"
_READ: Final = frozenset({SM4_OID, CipherSuite.SM4_CBC.oid})
_HALF: Final = 16
_MAX_DEPTH: Final = 3


def open_cfca(data: bytes, passphrase: Passphrase) -> tuple[PrivateKey, bytes]:
    """Return the key and the certificate (DER) of the decoded octets. The inverse of `write_cfca`.

    Raises:
        TrustError: KEY_CONTAINER_MALFORMED, ALGORITHM_UNKNOWN, PASSPHRASE_WRONG, KEY_CONTAINER_CERTIFICATE (of another
            key).
    """
    encrypted, certificate = _parse(data)
    public = subject_public_key_info(certificate)
    try:
        scalar = decrypt(*_cipher(passphrase), encrypted)
        if not 0 < len(scalar) <= ELEMENT_SIZE:  # NOTE: leading zeros of d are left out by some writers
            raise TrustError(ErrorCode.PASSPHRASE_WRONG)  # noqa: TRY301 - one answer below
        info = encode_sm2_private_key(scalar.rjust(ELEMENT_SIZE, b"\0"), b"")
        key = load_private_key(parse_private_key_info(info))
    except TrustError:
        raise TrustError(ErrorCode.PASSPHRASE_WRONG, "the container does not open") from None
    if parse_public_key(public).sm2_point != key.public_key.sm2_point:
        raise TrustError(ErrorCode.KEY_CONTAINER_CERTIFICATE, "the certificate is for another key")
    return key, certificate


def write_cfca(key: PrivateKey, certificate: bytes, passphrase: Passphrase) -> bytes:
    """Return the octets to encode in base64.

    Raises:
        TrustError: PASSPHRASE_WEAK, ALGORITHM_MISMATCH (not SM2), KEY_CONTAINER_CERTIFICATE (of another key).
    """
    passphrase.require_strength()
    if key.kind is not KeyKind.SM2:
        raise TrustError(ErrorCode.ALGORITHM_MISMATCH, ".sm2 files are for SM2 keys", key=key.kind.value)
    if parse_public_key(subject_public_key_info(certificate)).sm2_point != key.public_key.sm2_point:
        raise TrustError(ErrorCode.KEY_CONTAINER_CERTIFICATE, "the certificate is for another key")
    scalar, _ = sm2_scalar(parse_private_key_info(key.private_key_info()))
    encrypted = encrypt(*_cipher(passphrase), scalar)
    return sequence(
        integer(1),
        sequence(oid(GBT_DATA), oid(SM4_OID), octet_string(encrypted)),
        sequence(oid(GBT_DATA), octet_string(certificate)),
    )


def _cipher(passphrase: Passphrase) -> tuple[CipherParameters, bytes]:
    derived = derive_sm2(passphrase.reveal(), 2 * _HALF)
    return CipherParameters(suite=CipherSuite.SM4_CBC, iv=derived[:_HALF]), derived[_HALF:]


def _parse(data: bytes) -> tuple[bytes, bytes]:
    try:
        outer = der.parse_strict(data, max_size=MAX_CFCA, max_depth=_MAX_DEPTH)
        version, key, certificate = der.children(data, outer)
        if der.decode_integer(der.expect(data, version, der.INTEGER, "version")) != 1:
            raise TrustError(ErrorCode.DER_MALFORMED, "version")  # noqa: TRY301 - one refusal below
        key_type, algorithm, encrypted = der.children(data, key)
        certificate_type, found = der.children(data, certificate)
        types = {der.decode_oid(der.expect(data, each, der.OID, "type")) for each in (key_type, certificate_type)}
        name = der.decode_oid(der.expect(data, algorithm, der.OID, "algorithm"))
        octets = der.expect(data, encrypted, der.OCTET_STRING, "key")
        inner = der.expect(data, found, der.OCTET_STRING, "certificate")
    except (TrustError, ValueError) as error:
        raise TrustError(ErrorCode.KEY_CONTAINER_MALFORMED, "not a .sm2 container") from error
    if types != {GBT_DATA}:
        raise TrustError(ErrorCode.KEY_CONTAINER_MALFORMED, "types of a .sm2 container")
    if name not in _READ:
        raise TrustError(ErrorCode.ALGORITHM_UNKNOWN, "cipher of a .sm2 container", oid=name)
    return octets, inner
