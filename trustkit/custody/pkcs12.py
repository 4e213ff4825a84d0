"""PKCS#12 containers (RFC 7292): private keys and certificates under one passphrase, SM2 keys among them.

    contents = open_pkcs12(data, passphrase)
    contents.keys, contents.certificates
    write_pkcs12(contents, passphrase, protection=Protection.AES)

The integrity code is proved before anything is decrypted. Inside, only PBES2 is opened: RC2 and triple DES, which older
software writes, are ALGORITHM_WEAK. DER alone is read; a container without integrity code, or sealed with public keys, is
refused, and so is a key that lies open in it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from trustkit.crypto.public_key import parse_public_key
from trustkit.custody.certificate_key import subject_public_key_info
from trustkit.custody.pbes2 import DEFAULT_ITERATIONS, Protection, fresh_scheme, read_scheme, require_whole_blocks
from trustkit.custody.pkcs12_mac import make_mac, verify_mac_data
from trustkit.custody.private_key import load_private_key
from trustkit.custody.private_key_info import parse_private_key_info
from trustkit.encoding import der
from trustkit.encoding.der_write import explicit, integer, octet_string, oid, sequence, set_of, tlv
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable

    from trustkit.custody.passphrase import Passphrase
    from trustkit.custody.private_key import PrivateKey

MAX_PKCS12: Final = 512 * 1024  # two keys with their chains stay below 64 KiB, post-quantum ones below 256
MAX_BAGS: Final = 64
_MAX_DEPTH: Final = 12
_MAC_ITERATIONS: Final = 10_000  # the key is under PBES2; the code only says whether the passphrase is right
_DATA: Final = "1.2.840.113549.1.7.1"
_ENCRYPTED_DATA: Final = "1.2.840.113549.1.7.6"
_BAGS: Final = "1.2.840.113549.1.12.10.1."
_KEY_BAG, _SHROUDED_KEY_BAG, _CERT_BAG = _BAGS + "1", _BAGS + "2", _BAGS + "3"
_X509_CERTIFICATE: Final = "1.2.840.113549.1.9.22.1"
_FRIENDLY_NAME: Final = "1.2.840.113549.1.9.20"
_LOCAL_KEY_ID: Final = "1.2.840.113549.1.9.21"
_CONTENT_0, _ENCRYPTED_CONTENT = 0xA0, 0x80
_BMP_STRING: Final = 0x1E
_MAX_NAME: Final = 256
_PASSED_ON: Final = frozenset(
    {
        ErrorCode.ALGORITHM_UNKNOWN,
        ErrorCode.ALGORITHM_WEAK,
        ErrorCode.DER_NOT_DER,
        ErrorCode.INPUT_TOO_LARGE,
        ErrorCode.KEY_CONTAINER_PLAIN,
        ErrorCode.KEY_MALFORMED,
        ErrorCode.KEY_UNSUPPORTED,
        ErrorCode.KEY_WEAK,
        ErrorCode.PASSPHRASE_WRONG,
        ErrorCode.USAGE,
    }
)


@dataclass(frozen=True, slots=True)
class Pkcs12Contents:
    """What a container holds: keys and certificates (DER) in order, and the name given to the first key, if any."""

    keys: tuple[PrivateKey, ...]
    certificates: tuple[bytes, ...] = field(default=(), repr=False)
    name: str = ""


@dataclass(slots=True)
class _Found:
    keys: list[PrivateKey]
    certificates: list[bytes]
    name: str = ""
    bags: int = 0


def open_pkcs12(data: bytes, passphrase: Passphrase) -> Pkcs12Contents:
    """Return the keys and certificates of a PFX in DER. The inverse of `write_pkcs12`.

    Raises:
        TrustError: KEY_CONTAINER_MALFORMED, DER_NOT_DER, INPUT_TOO_LARGE, PASSPHRASE_WRONG, ALGORITHM_WEAK (RC2, triple DES,
            SHA-1), ALGORITHM_UNKNOWN, KEY_CONTAINER_PLAIN (a key in the open), KEY_MALFORMED, KEY_UNSUPPORTED, KEY_WEAK,
            USAGE (the passphrase is not UTF-8 text).
    """
    try:
        return _open(data, passphrase)
    except ValueError:
        raise TrustError(ErrorCode.KEY_CONTAINER_MALFORMED, "members of a PKCS#12 container") from None
    except TrustError as error:
        if error.code in _PASSED_ON:
            raise
        # The cause is cut off: a message about the inside of a key has no place in a log.
        raise TrustError(
            ErrorCode.KEY_CONTAINER_MALFORMED, "not a PKCS#12 container", reason=error.code.value
        ) from None


def write_pkcs12(
    contents: Pkcs12Contents,
    passphrase: Passphrase,
    *,
    protection: Protection,
    iterations: int = DEFAULT_ITERATIONS,
    pbmac1: bool = False,
) -> bytes:
    """Return a PFX in DER: certificates and keys under PBES2, the code by HMAC-SM3 or HMAC-SHA-256.

    Raises:
        TrustError: PASSPHRASE_WEAK, USAGE (no key, few iterations, a passphrase that is not UTF-8 text, a long name).
    """
    passphrase.require_strength()
    if not contents.keys:
        raise TrustError(ErrorCode.USAGE, "a container is for a private key")
    if len(contents.name) > _MAX_NAME:
        raise TrustError(ErrorCode.USAGE, "the name is too long", limit=_MAX_NAME)
    safes = [
        _data(sequence(*(_key_bag(key, contents.name, passphrase, protection, iterations) for key in contents.keys)))
    ]
    if contents.certificates:
        scheme = fresh_scheme(protection, iterations)
        bags = sequence(*(_certificate_bag(each) for each in contents.certificates))
        encrypted = tlv(_ENCRYPTED_CONTENT, scheme.encrypt(passphrase, bags))
        inner = sequence(oid(_DATA), scheme.algorithm_identifier(), encrypted)
        safes.append(sequence(oid(_ENCRYPTED_DATA), explicit(0, sequence(integer(0), inner))))
    content = sequence(*safes)
    count = iterations if pbmac1 else _MAC_ITERATIONS
    mac = make_mac(content, passphrase, protection.mac, iterations=count, pbmac1=pbmac1)
    return sequence(integer(3), _data(content), mac)


def _open(data: bytes, passphrase: Passphrase) -> Pkcs12Contents:
    outer = der.parse_strict(data, max_size=MAX_PKCS12, max_depth=_MAX_DEPTH)
    der.expect(data, outer, der.SEQUENCE, "PFX")
    version, safe, *mac = der.children(data, outer)
    if der.decode_integer(der.expect(data, version, der.INTEGER, "version")) != 3:  # noqa: PLR2004 - RFC 7292 4
        raise TrustError(ErrorCode.DER_MALFORMED, "version")
    kind, content = _content_info(data, safe)
    if kind != _DATA:
        raise TrustError(ErrorCode.ALGORITHM_UNKNOWN, "integrity by public keys", oid=kind)
    if not mac:
        raise TrustError(ErrorCode.DER_MALFORMED, "no integrity code")
    (code,) = mac
    authenticated = der.expect(data, content, der.OCTET_STRING, "authSafe")
    verify_mac_data(data, code, authenticated, passphrase)
    found = _Found([], [])
    inside = der.parse_strict(authenticated, max_depth=_MAX_DEPTH)
    der.expect(authenticated, inside, der.SEQUENCE, "AuthenticatedSafe")
    for each in der.children(authenticated, inside):
        _read_bags(_safe_contents(authenticated, each, passphrase), passphrase, found)
    if not found.keys:
        raise TrustError(ErrorCode.DER_MALFORMED, "no private key")
    return Pkcs12Contents(tuple(found.keys), tuple(found.certificates), found.name)


def _content_info(data: bytes, element: der.Tlv) -> tuple[str, der.Tlv]:
    der.expect(data, element, der.SEQUENCE, "ContentInfo")
    name, content = der.children(data, element)
    if content.tag != _CONTENT_0:
        raise TrustError(ErrorCode.DER_MALFORMED, "content")
    (inner,) = der.children(data, content)
    return der.decode_oid(der.expect(data, name, der.OID, "contentType")), inner


def _safe_contents(data: bytes, element: der.Tlv, passphrase: Passphrase) -> bytes:
    kind, content = _content_info(data, element)
    if kind == _DATA:
        return der.expect(data, content, der.OCTET_STRING, "data")
    if kind != _ENCRYPTED_DATA:
        raise TrustError(ErrorCode.ALGORITHM_UNKNOWN, "privacy by public keys", oid=kind)
    version, info = der.children(data, content)
    der.expect(data, version, der.INTEGER, "version")
    inner, identifier, encrypted = der.children(data, info)
    if der.decode_oid(der.expect(data, inner, der.OID, "contentType")) != _DATA:
        raise TrustError(ErrorCode.DER_MALFORMED, "encrypted content is not data")
    scheme = read_scheme(data, identifier)
    body = require_whole_blocks(der.expect(data, encrypted, _ENCRYPTED_CONTENT, "encryptedContent"))
    return _decrypted(lambda: scheme.decrypt(passphrase, body))


def _decrypted(act: Callable[[], bytes]) -> bytes:
    """The code was right, so what does not decrypt is under another passphrase."""
    try:
        return act()
    except TrustError:
        raise TrustError(ErrorCode.PASSPHRASE_WRONG, "a part under another passphrase") from None


def _read_bags(data: bytes, passphrase: Passphrase, found: _Found) -> None:
    outer = der.parse_strict(data, max_depth=_MAX_DEPTH)
    der.expect(data, outer, der.SEQUENCE, "SafeContents")
    for bag in der.children(data, outer):
        found.bags += 1
        if found.bags > MAX_BAGS:
            raise TrustError(ErrorCode.DER_MALFORMED, "too many bags", limit=MAX_BAGS)
        name, value, *attributes = der.children(data, bag)
        kind = der.decode_oid(der.expect(data, name, der.OID, "bagId"))
        if value.tag != _CONTENT_0:
            raise TrustError(ErrorCode.DER_MALFORMED, "bagValue")
        (inner,) = der.children(data, value)
        if kind == _SHROUDED_KEY_BAG:
            found.keys.append(_read_key(data, inner, passphrase))
            found.name = found.name or _friendly_name(data, attributes)
        elif kind == _CERT_BAG:
            found.certificates.append(_read_certificate(data, inner))
        elif kind == _KEY_BAG:
            raise TrustError(ErrorCode.KEY_CONTAINER_PLAIN, "a private key lies open in the container")
        # CRLs, secrets and nested contents are none of our business, and are left alone.


def _read_key(data: bytes, element: der.Tlv, passphrase: Passphrase) -> PrivateKey:
    identifier, body = der.children(data, element)
    scheme = read_scheme(data, identifier)
    encrypted = require_whole_blocks(der.expect(data, body, der.OCTET_STRING, "encryptedData"))
    return load_private_key(parse_private_key_info(_decrypted(lambda: scheme.decrypt(passphrase, encrypted))))


def _read_certificate(data: bytes, element: der.Tlv) -> bytes:
    name, value = der.children(data, element)
    if der.decode_oid(der.expect(data, name, der.OID, "certId")) != _X509_CERTIFICATE or value.tag != _CONTENT_0:
        raise TrustError(ErrorCode.DER_MALFORMED, "certificate bag")
    (inner,) = der.children(data, value)
    return der.expect(data, inner, der.OCTET_STRING, "certValue")


def _friendly_name(data: bytes, attributes: list[der.Tlv]) -> str:
    """Return friendlyName for display; empty where there is none or it is no text."""
    for each in der.children(data, attributes[0]) if attributes else ():
        kind, values = der.children(data, each)
        if der.decode_oid(der.expect(data, kind, der.OID, "attribute")) == _FRIENDLY_NAME:
            value = der.read_tlv(data, values.body, values.end)
            text = der.expect(data, value, _BMP_STRING, "friendlyName").decode("utf-16-be", "replace")
            return "".join(c for c in text[:_MAX_NAME] if c.isprintable())
    return ""


def _data(content: bytes) -> bytes:
    return sequence(oid(_DATA), explicit(0, octet_string(content)))


def _key_bag(key: PrivateKey, name: str, passphrase: Passphrase, protection: Protection, iterations: int) -> bytes:
    scheme = fresh_scheme(protection, iterations)
    shrouded = sequence(scheme.algorithm_identifier(), octet_string(scheme.encrypt(passphrase, key.private_key_info())))
    attributes = [_attribute(_LOCAL_KEY_ID, octet_string(key.public_key.identifier))]
    if name:
        attributes.append(_attribute(_FRIENDLY_NAME, tlv(_BMP_STRING, name.encode("utf-16-be"))))
    return sequence(oid(_SHROUDED_KEY_BAG), explicit(0, shrouded), set_of(*attributes))


def _certificate_bag(certificate: bytes) -> bytes:
    value = sequence(oid(_X509_CERTIFICATE), explicit(0, octet_string(certificate)))
    attributes = b""
    try:
        identifier = parse_public_key(subject_public_key_info(certificate)).identifier
        attributes = set_of(_attribute(_LOCAL_KEY_ID, octet_string(identifier)))
    except TrustError:
        pass  # a certificate of a kind of key we do not know has no key here either
    return sequence(oid(_CERT_BAG), explicit(0, value), attributes)


def _attribute(kind: str, value: bytes) -> bytes:
    return sequence(oid(kind), set_of(value))
