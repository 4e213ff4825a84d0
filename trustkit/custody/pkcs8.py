"""Encrypted PKCS#8 (RFC 5958) by PBES2: written with SM or AES, readable by others' tools (see `trustkit.custody.pbes2`).

There is no integrity code in PBES2: a wrong passphrase and a changed container look alike, and both are PASSPHRASE_WRONG.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from trustkit.custody.pbes2 import (
    DEFAULT_ITERATIONS,
    MIN_ITERATIONS,
    Protection,
    Scheme,
    fresh_scheme,
    read_scheme,
    require_whole_blocks,
)
from trustkit.custody.private_key_info import PrivateKeyInfo, parse_private_key_info
from trustkit.encoding import der
from trustkit.encoding.der_write import octet_string, sequence
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from trustkit.custody.passphrase import Passphrase

__all__ = ["DEFAULT_ITERATIONS", "MAX_CONTAINER", "MIN_ITERATIONS", "decrypt_private_key", "encrypt_private_key"]

MAX_CONTAINER: Final = 32 * 1024
_MAX_DEPTH: Final = 8


def encrypt_private_key(
    private_key_info: bytes,
    passphrase: Passphrase,
    *,
    iterations: int = DEFAULT_ITERATIONS,
    protection: Protection = Protection.SM,
) -> bytes:
    """Return EncryptedPrivateKeyInfo with a fresh salt and IV. Raise PASSPHRASE_WEAK, or USAGE for few iterations.

    The inverse of `decrypt_private_key`.
    """
    passphrase.require_strength()
    scheme = fresh_scheme(protection, iterations)
    return sequence(scheme.algorithm_identifier(), octet_string(scheme.encrypt(passphrase, private_key_info)))


def decrypt_private_key(container: bytes, passphrase: Passphrase) -> PrivateKeyInfo:
    """Return what EncryptedPrivateKeyInfo octets hold.

    Raises:
        TrustError: KEY_CONTAINER_MALFORMED, ALGORITHM_UNKNOWN (scheme, PRF, cipher), ALGORITHM_WEAK (such as HMAC-SHA-1
            and triple DES), PASSPHRASE_WRONG.
    """
    try:
        scheme, encrypted = _read(container)
    except ValueError:
        raise TrustError(ErrorCode.KEY_CONTAINER_MALFORMED, "not PBES2") from None
    except TrustError as error:
        if error.code in {ErrorCode.ALGORITHM_UNKNOWN, ErrorCode.ALGORITHM_WEAK}:
            raise
        raise TrustError(ErrorCode.KEY_CONTAINER_MALFORMED, "not an EncryptedPrivateKeyInfo") from error
    try:
        return parse_private_key_info(scheme.decrypt(passphrase, encrypted))
    except (ValueError, TrustError):
        # One answer for wrong padding and for nonsense under right padding, with no cause attached.
        raise TrustError(ErrorCode.PASSPHRASE_WRONG, "the container does not open") from None


def _read(data: bytes) -> tuple[Scheme, bytes]:
    """Return the scheme and the ciphertext. A wrong number of members is a ValueError from unpacking."""
    outer = der.parse_strict(data, max_size=MAX_CONTAINER, max_depth=_MAX_DEPTH)
    identifier, body = der.children(data, outer)
    scheme = read_scheme(data, identifier)
    return scheme, require_whole_blocks(der.expect(data, body, der.OCTET_STRING, "encryptedData"))
