"""Content keys for elliptic-curve recipients: ECDH with one ephemeral key, X9.63 key derivation, AES key wrap (RFC 5753).

    transport = wrap_for(key, content_key)          # public half: ephemeral point, algorithms, wrapped key
    unwrap_shared(shared, scheme, wrap, ukm, wrapped)     # what a recipient does with the shared secret

P-256 and P-384 recipients; the standard Diffie-Hellman schemes with SHA-2. SM2 has a transport of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, SHA384, SHA512, HashAlgorithm
from cryptography.hazmat.primitives.kdf.x963kdf import X963KDF
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from trustkit.crypto.public_key import KeyKind
from trustkit.encoding import der
from trustkit.encoding.der_write import bit_string, explicit, octet_string, oid, sequence
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from trustkit.crypto.public_key import PublicKey

CURVES: Final = frozenset({KeyKind.EC_P256, KeyKind.EC_P384})
# RFC 5753 7.1.4. NOTE: the scheme with SHA-1 is OpenSSL's default; its collisions do not touch a key derivation. Read only.
_SCHEMES: Final[dict[str, type[HashAlgorithm]]] = {
    "1.3.133.16.840.63.0.2": SHA1,
    "1.3.132.1.11.1": SHA256,
    "1.3.132.1.11.2": SHA384,
    "1.3.132.1.11.3": SHA512,
}
_WRAPS: Final = {  # RFC 3394 by RFC 3565; octets of the key-encryption key
    "2.16.840.1.101.3.4.1.5": 16,
    "2.16.840.1.101.3.4.1.25": 24,
    "2.16.840.1.101.3.4.1.45": 32,
}
_USUAL: Final = {
    KeyKind.EC_P256: ("1.3.132.1.11.1", "2.16.840.1.101.3.4.1.5"),
    KeyKind.EC_P384: ("1.3.132.1.11.2", "2.16.840.1.101.3.4.1.45"),
}
_MAX_WRAPPED: Final = 72


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """A content key for one elliptic-curve recipient: the ephemeral point (SEC 1 2.3.3), two algorithms, the wrapped key."""

    point: bytes
    scheme: str
    wrap: str
    wrapped: bytes = field(repr=False)


def wrap_for(key: PublicKey, content_key: bytes) -> WrappedKey:
    """Return the content key wrapped for the owner of a key. Raise ALGORITHM_MISMATCH for keys of other kinds."""
    if key.kind not in CURVES:
        raise TrustError(ErrorCode.ALGORITHM_MISMATCH, "kind of key", key=key.kind.value)
    scheme, wrap = _USUAL[key.kind]
    public = load_der_public_key(key.spki)
    if not isinstance(public, ec.EllipticCurvePublicKey):
        raise TrustError(ErrorCode.ALGORITHM_MISMATCH, "kind of key", key=key.kind.value)
    ephemeral = ec.generate_private_key(public.curve)
    kek = _derived(ephemeral.exchange(ec.ECDH(), public), scheme, wrap, None)
    point = ephemeral.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return WrappedKey(point, scheme, wrap, aes_key_wrap(kek, content_key))


def unwrap_shared(shared: bytes, scheme: str, wrap: str, ukm: bytes | None, wrapped: bytes) -> bytes:
    """Return the content key behind a shared secret.

    Raises:
        TrustError: ALGORITHM_UNKNOWN (scheme, wrap), DECRYPTION_FAILED (everything else, without a cause).
    """
    kek = _derived(shared, scheme, wrap, ukm)
    if len(wrapped) > _MAX_WRAPPED:
        raise TrustError(ErrorCode.DECRYPTION_FAILED, "AES key wrap")
    try:
        return aes_key_unwrap(kek, wrapped)
    except (InvalidUnwrap, ValueError):
        raise TrustError(ErrorCode.DECRYPTION_FAILED, "AES key wrap") from None


def on_curve_of(key: PublicKey, point: bytes) -> bytes:
    """Return SubjectPublicKeyInfo of a point said to be on a key's curve; `parse_public_key` holds it against the curve."""
    outer = der.read_tlv(key.spki, 0, len(key.spki))
    return sequence(der.octets(key.spki, der.children(key.spki, outer)[0]), bit_string(point))


def _derived(shared: bytes, scheme: str, wrap: str, ukm: bytes | None) -> bytes:
    """ECC-CMS-SharedInfo ::= SEQUENCE { keyInfo, entityUInfo [0] OPTIONAL, suppPubInfo [2] } (RFC 5753 7.2)."""
    if scheme not in _SCHEMES or wrap not in _WRAPS:
        raise TrustError(ErrorCode.ALGORITHM_UNKNOWN, "key agreement", scheme=scheme, wrap=wrap)
    size = _WRAPS[wrap]
    info = sequence(
        sequence(oid(wrap)),
        b"" if ukm is None else explicit(0, octet_string(ukm)),
        explicit(2, octet_string((8 * size).to_bytes(4, "big"))),
    )
    return X963KDF(algorithm=_SCHEMES[scheme](), length=size, sharedinfo=info).derive(shared)
