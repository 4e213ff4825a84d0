"""A private key in a file, and what signs with it as JWS wants it (RFC 7518 3.4, RFC 8037). Needs `cryptography`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from trustkit_client.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_MAX_KEY: Final = 64 * 1024
_CURVES: Final = {"secp256r1": ("ES256", 32, hashes.SHA256()), "secp384r1": ("ES384", 48, hashes.SHA384())}


def signing_by(path: Path) -> tuple[str, Callable[[bytes], bytes]]:
    """Return the algorithm of the key in a file, and what signs with it. Raise UsageError for a file that holds no such key."""
    try:
        with path.open("rb") as file:
            key = load_pem_private_key(file.read(_MAX_KEY), None)
    except OSError as error:
        raise UsageError(f"the key cannot be read: {error.strerror}", code="client:file:unreadable") from error
    except (TypeError, ValueError, UnsupportedAlgorithm):
        raise UsageError("the file holds no unencrypted private key in PEM", code="client:key:unreadable") from None
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return "EdDSA", key.sign
    if isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name in _CURVES:
        algorithm, size, digest = _CURVES[key.curve.name]
        return algorithm, _ecdsa(key, size, digest)
    raise UsageError("the key is none of EC P-256, EC P-384, Ed25519", code="client:key:unreadable")


def _ecdsa(key: ec.EllipticCurvePrivateKey, size: int, digest: hashes.HashAlgorithm) -> Callable[[bytes], bytes]:
    def sign(message: bytes) -> bytes:
        numbers = decode_dss_signature(key.sign(message, ec.ECDSA(digest)))
        return b"".join(each.to_bytes(size, "big") for each in numbers)

    return sign
