"""PrivateKeyInfo (PKCS#8, RFC 5958) and the SM2 private key inside it (ECPrivateKey, RFC 5915), as values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from trustkit.crypto.public_key import EC_PUBLIC_KEY, SM2_CURVE
from trustkit.crypto.sm2 import ELEMENT_SIZE, POINT_SIZE, N
from trustkit.custody.secrecy import Secretive
from trustkit.encoding import der
from trustkit.encoding.der_write import bit_string, explicit, integer, octet_string, oid, sequence
from trustkit.errors import ErrorCode, TrustError

MAX_PRIVATE_KEY_INFO: Final = 16 * 1024  # RSA of 8192 bits takes 4.7 kB
_MAX_DEPTH: Final = 6
_OID_TAG: Final = bytes((der.OID,))
_CURVE_TAG: Final = 0xA0  # ECPrivateKey.parameters, [0] EXPLICIT
_PUBLIC_TAG: Final = 0xA1  # ECPrivateKey.publicKey, [1] EXPLICIT
_OPTIONAL: Final[tuple[list[int], ...]] = ([], [_CURVE_TAG], [_PUBLIC_TAG], [_CURVE_TAG, _PUBLIC_TAG])


@dataclass(frozen=True, slots=True)
class PrivateKeyInfo(Secretive):
    """What a container holds: algorithm, curve (empty when there is none) and the octets, which are secret."""

    algorithm: str
    curve: str
    der: bytes = field(repr=False)
    private_key: bytes = field(repr=False)

    @property
    def is_sm2(self) -> bool:
        """Whether it is an SM2 key; the second form is BabaSSL's."""
        return self.algorithm in {EC_PUBLIC_KEY, SM2_CURVE} and self.curve == SM2_CURVE


def parse_private_key_info(data: bytes) -> PrivateKeyInfo:
    """Return the fields of PrivateKeyInfo octets; attributes and a public key after them are allowed and ignored.

    Raises:
        TrustError: KEY_CONTAINER_MALFORMED.
    """
    try:
        outer = der.parse_strict(data, max_size=MAX_PRIVATE_KEY_INFO, max_depth=_MAX_DEPTH)
        version, identifier, key = der.children(data, outer)[:3]
        der.expect(data, version, der.INTEGER, "version")
        der.expect(data, identifier, der.SEQUENCE, "privateKeyAlgorithm")
        algorithm, *parameters = der.children(data, identifier)
        curve = ""
        if parameters and parameters[0].tag == der.OID:
            curve = der.decode_oid(der.content(data, parameters[0]))
        name = der.decode_oid(der.expect(data, algorithm, der.OID, "privateKeyAlgorithm"))
        return PrivateKeyInfo(name, curve, data, der.expect(data, key, der.OCTET_STRING, "privateKey"))
    except (TrustError, ValueError) as error:
        # The cause is cut off: a message about the inside of a key has no place in a log.
        code = getattr(error, "code", ErrorCode.DER_MALFORMED).value
        raise TrustError(ErrorCode.KEY_CONTAINER_MALFORMED, "not a PrivateKeyInfo", reason=code) from None


def encode_sm2_private_key(scalar: bytes, point: bytes) -> bytes:
    """Return PrivateKeyInfo of an SM2 key: d (32 octets) and X ‖ Y; with an empty `point` the public half is left out.

    The inverse of `sm2_scalar`.
    """
    # NOTE: RFC 5958 lets the curve inside be left out, for it stands outside; GmSSL insists on it.
    members = [integer(1), octet_string(scalar), explicit(0, oid(SM2_CURVE))]
    if point:
        members.append(explicit(1, bit_string(b"\x04" + point)))
    identifier = sequence(oid(EC_PUBLIC_KEY), oid(SM2_CURVE))
    return sequence(integer(0), identifier, octet_string(sequence(*members)))


def sm2_scalar(info: PrivateKeyInfo) -> tuple[bytes, bytes]:
    """Return d (32 octets, 1 ≤ d ≤ n−2) and the point X ‖ Y stated beside it, empty when there is none.

    Raises:
        TrustError: KEY_CONTAINER_MALFORMED, KEY_UNSUPPORTED for a key that is not SM2.
    """
    if not info.is_sm2:
        raise TrustError(ErrorCode.KEY_UNSUPPORTED, "not an SM2 private key", oid=info.algorithm)
    try:
        scalar, point = _read_ec_private_key(info.private_key)
    except (TrustError, ValueError):
        raise TrustError(ErrorCode.KEY_CONTAINER_MALFORMED, "SM2 private key") from None
    # GB/T 32918.1 6.1: d is in 1…n−2, for (1+d) must have an inverse.
    if (
        len(scalar) > ELEMENT_SIZE
        or not 1 <= int.from_bytes(scalar, "big") <= N - 2
        or len(point) not in {0, POINT_SIZE}
    ):
        raise TrustError(ErrorCode.KEY_CONTAINER_MALFORMED, "SM2 private key is out of range")
    return scalar.rjust(ELEMENT_SIZE, b"\0"), point


def _read_ec_private_key(data: bytes) -> tuple[bytes, bytes]:
    outer = der.parse_strict(data, max_size=MAX_PRIVATE_KEY_INFO, max_depth=_MAX_DEPTH)
    version, key, *optional = der.children(data, outer)
    if der.expect(data, version, der.INTEGER, "version") != b"\x01":
        raise TrustError(ErrorCode.DER_MALFORMED, "ECPrivateKey version")
    point = b""
    # RFC 5915 3 has these two, in this order: skipped as unknown, a public half that was tampered with would say nothing of whose key it is
    if [member.tag for member in optional] not in _OPTIONAL:
        raise TrustError(ErrorCode.DER_MALFORMED, "ECPrivateKey members")
    for member in optional:
        if member.tag == _CURVE_TAG and der.content(data, member) != oid(SM2_CURVE):
            raise TrustError(ErrorCode.DER_MALFORMED, "another curve inside")
        if member.tag == _PUBLIC_TAG:
            (inner,) = der.children(data, member)
            octets = der.expect(data, inner, der.BIT_STRING, "publicKey")
            if octets[:2] != b"\x00\x04":
                raise TrustError(ErrorCode.DER_MALFORMED, "publicKey is not an uncompressed point")
            point = octets[2:]
    return der.expect(data, key, der.OCTET_STRING, "privateKey"), point
