"""A key's file when the key itself is in a module: where it is, and the module's PIN under the home's passphrase.

    data = encode_reference(uri, pin, passphrase)           # PEM, label TRUSTKIT MODULE KEY
    uri, pin = open_reference(der, passphrase)

    ModuleReference ::= SEQUENCE { version INTEGER (1), uri UTF8String, protection AlgorithmIdentifier, pin OCTET STRING }

The protection is PBES2 as for private keys. What it protects begins with the digest of the URI, so a PIN is never handed to
another library than the one it was stored for. Whoever has the file and the passphrase has the PIN, and still needs the module.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from trustkit.crypto.contexts import Context, message_of
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.custody.module_uri import MAX_URI, parse_module_uri
from trustkit.custody.passphrase import Passphrase
from trustkit.custody.pbes2 import DEFAULT_ITERATIONS, Protection, fresh_scheme, read_scheme, require_whole_blocks
from trustkit.encoding import der
from trustkit.encoding.der_write import integer, octet_string, sequence, utf8_string
from trustkit.encoding.pem import encode_pem
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from trustkit.custody.module_uri import Pkcs11Uri, SdfUri
    from trustkit.custody.pbes2 import Scheme

LABEL: Final = "TRUSTKIT MODULE KEY"
_VERSION: Final = 1
_MAX_SIZE: Final = 4 * MAX_URI
_MAX_DEPTH: Final = 8


def encode_reference(
    uri: Pkcs11Uri | SdfUri, pin: Passphrase, passphrase: Passphrase, *, iterations: int = DEFAULT_ITERATIONS
) -> bytes:
    """Return the file's PEM text. Raise PASSPHRASE_WEAK, USAGE for few iterations."""
    passphrase.require_strength()
    text = str(uri)
    scheme = fresh_scheme(Protection.SM, iterations)
    body = scheme.encrypt(passphrase, _bound(text) + pin.reveal())
    members = (integer(_VERSION), utf8_string(text), scheme.algorithm_identifier(), octet_string(body))
    return encode_pem(LABEL, sequence(*members))


def open_reference(data: bytes, passphrase: Passphrase) -> tuple[Pkcs11Uri | SdfUri, Passphrase]:
    """Return where the key is and the module's PIN, from the DER inside the PEM. The inverse of `encode_reference`.

    Raises:
        TrustError: KEY_CONTAINER_MALFORMED, MODULE_URI, ALGORITHM_UNKNOWN, ALGORITHM_WEAK, PASSPHRASE_WRONG (also when the URI was
            changed: nothing tells the two apart).
    """
    try:
        text, scheme, ciphertext = _read(data)
    except ValueError:
        raise TrustError(ErrorCode.KEY_CONTAINER_MALFORMED, "not a module reference") from None
    except TrustError as error:
        if error.code in {ErrorCode.ALGORITHM_UNKNOWN, ErrorCode.ALGORITHM_WEAK}:
            raise
        raise TrustError(ErrorCode.KEY_CONTAINER_MALFORMED, "not a module reference") from error
    uri = parse_module_uri(text)
    try:
        opened = scheme.decrypt(passphrase, ciphertext)
    except TrustError:
        opened = b""
    bound = _bound(text)
    if not opened.startswith(bound) or len(opened) == len(bound):
        raise TrustError(ErrorCode.PASSPHRASE_WRONG, "the module's PIN does not open")
    return uri, Passphrase(opened[len(bound) :])


def _read(data: bytes) -> tuple[str, Scheme, bytes]:
    """Return the URI, the scheme and the ciphertext. A wrong number of members is a ValueError from unpacking."""
    outer = der.parse_strict(data, max_size=_MAX_SIZE, max_depth=_MAX_DEPTH)
    version, name, protection, body = der.children(data, outer)
    if der.decode_integer(der.expect(data, version, der.INTEGER, "version")) != _VERSION:
        raise TrustError(ErrorCode.KEY_CONTAINER_MALFORMED, "version of a module reference")
    text = der.expect(data, name, der.UTF8_STRING, "uri").decode("utf-8")
    ciphertext = require_whole_blocks(der.expect(data, body, der.OCTET_STRING, "pin"))
    return text, read_scheme(data, protection), ciphertext


def _bound(uri: str) -> bytes:
    return digest(DigestAlgorithm.SM3, message_of(Context.MODULE_PIN, uri.encode()))
