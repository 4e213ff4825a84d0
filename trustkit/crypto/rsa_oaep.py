"""RSAES-OAEP, the public half and its parameters (RFC 8017 7.1 and A.2.1, RFC 3560, RFC 4055 4.1).

    encrypt_oaep(key, content_key)              # SHA-256 for hash and mask
    read_oaep_parameters(parameters_der)        # what an AlgorithmIdentifier says

The private half is `trustkit.custody`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, SHA384, SHA512, HashAlgorithm
from cryptography.hazmat.primitives.serialization import load_der_public_key

from trustkit.crypto.digest import DigestAlgorithm, digest_from_oid, digest_oid
from trustkit.crypto.pss import MGF1_OID
from trustkit.crypto.public_key import KeyKind
from trustkit.encoding import der
from trustkit.encoding.der_write import explicit, null, oid, sequence
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from trustkit.crypto.public_key import PublicKey

OAEP_OID: Final = "1.2.840.113549.1.1.7"
_P_SPECIFIED: Final = "1.2.840.113549.1.1.9"
_MAX_PARAMETERS: Final = 256
_HASH, _MASK, _LABEL = 0xA0, 0xA1, 0xA2
# NOTE: SHA-1 is OAEP's DEFAULT, and what OpenSSL writes unless told. Its collisions do not touch OAEP (RFC 8017 B.1), so it
# is read here, and only here; it is never written.
_HASHES: Final[dict[DigestAlgorithm, type[HashAlgorithm]]] = {
    DigestAlgorithm.SHA1: SHA1,
    DigestAlgorithm.SHA256: SHA256,
    DigestAlgorithm.SHA384: SHA384,
    DigestAlgorithm.SHA512: SHA512,
}


@dataclass(frozen=True, slots=True)
class OaepParameters:
    """Hash of the label and hash of the mask."""

    digest: DigestAlgorithm = DigestAlgorithm.SHA256
    mask: DigestAlgorithm = DigestAlgorithm.SHA256

    def scheme(self) -> padding.OAEP:
        """Return what `cryptography` takes, the label empty."""
        return padding.OAEP(mgf=padding.MGF1(_HASHES[self.mask]()), algorithm=_HASHES[self.digest](), label=None)

    def algorithm_identifier(self) -> bytes:
        """Return the AlgorithmIdentifier to write (RFC 4055 4.1)."""
        hash_, mask = (sequence(oid(digest_oid(each)), null()) for each in (self.digest, self.mask))
        return sequence(oid(OAEP_OID), sequence(explicit(0, hash_), explicit(1, sequence(oid(MGF1_OID), mask))))


def encrypt_oaep(key: PublicKey, plaintext: bytes, parameters: OaepParameters) -> bytes:
    """Return the ciphertext for the owner of an RSA key. Raise ALGORITHM_MISMATCH, ENCRYPTION_FAILED (too long)."""
    if key.kind is not KeyKind.RSA:
        raise TrustError(ErrorCode.ALGORITHM_MISMATCH, "kind of key", key=key.kind.value)
    public = load_der_public_key(key.spki)
    try:
        if not isinstance(public, rsa.RSAPublicKey):
            raise TypeError  # noqa: TRY301 - the kind was asked above
        return public.encrypt(plaintext, parameters.scheme())
    except (ValueError, TypeError):
        raise TrustError(ErrorCode.ENCRYPTION_FAILED, "RSAES-OAEP") from None


def read_oaep_parameters(data: bytes | None) -> OaepParameters:
    """Return RSAES-OAEP-params; what is left out is SHA-1 (RFC 8017 A.2.1).

    Raises:
        TrustError: ALGORITHM_UNKNOWN (another mask function, a label, a hash that is not SHA), CIPHERTEXT_MALFORMED,
            DER_MALFORMED, DER_NOT_DER.
    """
    digest, mask = DigestAlgorithm.SHA1, DigestAlgorithm.SHA1
    if data is None:
        return OaepParameters(digest, mask)
    try:
        outer = der.parse_strict(data, max_size=_MAX_PARAMETERS)
        der.expect(data, outer, der.SEQUENCE, "RSAES-OAEP-params")
        for member in der.children(data, outer):
            (inside,) = der.children(data, member)
            name, *rest = der.children(data, inside)
            dotted = der.decode_oid(der.expect(data, name, der.OID, "algorithm"))
            if member.tag == _HASH:
                digest = digest_from_oid(dotted, allow_weak=True)
            elif member.tag == _MASK and dotted == MGF1_OID and len(rest) == 1:
                mask = digest_from_oid(
                    der.decode_oid(der.content(data, der.children(data, rest[0])[0])), allow_weak=True
                )
            elif member.tag == _LABEL and dotted == _P_SPECIFIED and rest and rest[0].body == rest[0].end:
                continue  # the empty label, written out
            else:
                raise TrustError(ErrorCode.ALGORITHM_UNKNOWN, "RSAES-OAEP parameters", oid=dotted)
    except (ValueError, IndexError) as error:
        raise TrustError(ErrorCode.CIPHERTEXT_MALFORMED, "RSAES-OAEP parameters") from error
    if not {digest, mask} <= set(_HASHES):
        raise TrustError(ErrorCode.ALGORITHM_UNKNOWN, "RSAES-OAEP hash", digest=digest.value, mask=mask.value)
    return OaepParameters(digest, mask)
