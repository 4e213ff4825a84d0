"""RSASSA-PSS-params (RFC 4055 3.1, RFC 8017 A.2.3), read strictly: one digest everywhere, salt as long as the digest.

The defaults of the syntax are SHA-1 and a salt of 20 octets; a field left out therefore means SHA-1, and is refused as
weak. Other salt lengths and trailer fields are legal on paper and refused here: nothing issued under GB/T 20518 or the
CA/Browser Forum's rules has them.
"""

from __future__ import annotations

from typing import Final

from trustkit.crypto.digest import DigestAlgorithm, digest_from_oid, digest_oid
from trustkit.encoding import der
from trustkit.encoding.der_write import explicit, integer, null, oid, sequence
from trustkit.errors import ErrorCode, TrustError

PSS_OID: Final = "1.2.840.113549.1.1.10"
MGF1_OID: Final = "1.2.840.113549.1.1.8"
_MAX_SIZE: Final = 128  # the longest acceptable value takes 54 octets
_DIGESTS: Final = (DigestAlgorithm.SHA256, DigestAlgorithm.SHA384, DigestAlgorithm.SHA512)


def pss_parameters(digest: DigestAlgorithm) -> bytes:
    """Return RSASSA-PSS-params for a digest: hash, MGF1 with the same hash, salt of the digest's length."""
    return _write(digest, with_null=True)


def read_pss_digest(parameters: bytes) -> DigestAlgorithm:
    """Return the one digest of RSASSA-PSS-params as found; the inverse of `pss_parameters`.

    Raises:
        TrustError: ALGORITHM_WEAK (SHA-1, also by default), ALGORITHM_UNKNOWN (anything else than one SHA-2 digest
            throughout and a salt of its length, or not DER).
    """
    for digest in _DIGESTS:
        # RFC 4055 2.1: hash parameters are NULL, and readers must accept them absent.
        if parameters in {_write(digest, with_null=True), _write(digest, with_null=False)}:
            return digest
    stated = _stated_hash(parameters)
    if stated.weak:
        raise TrustError(ErrorCode.ALGORITHM_WEAK, "RSA-PSS digest", algorithm=stated.value)
    raise TrustError(ErrorCode.ALGORITHM_UNKNOWN, "RSA-PSS parameters", digest=stated.value)


def _write(digest: DigestAlgorithm, *, with_null: bool) -> bytes:
    name = oid(digest_oid(digest))
    hash_algorithm = sequence(name, null()) if with_null else sequence(name)
    return sequence(
        explicit(0, hash_algorithm),
        explicit(1, sequence(oid(MGF1_OID), hash_algorithm)),
        explicit(2, integer(digest.size)),
    )


def _stated_hash(parameters: bytes) -> DigestAlgorithm:
    """Return the digest of field [0], or its default; only used to say why parameters are refused."""
    try:
        outer = der.parse_strict(parameters, max_size=_MAX_SIZE)
        fields = der.children(parameters, outer) if outer.constructed else ()
        if not fields or fields[0].tag != 0xA0:  # noqa: PLR2004 - context tag 0
            return DigestAlgorithm.SHA1
        algorithm = der.children(parameters, fields[0])[0]
        name = der.children(parameters, algorithm)[0]
        return digest_from_oid(der.decode_oid(der.content(parameters, name)), allow_weak=True)
    except (TrustError, IndexError) as error:
        raise TrustError(ErrorCode.ALGORITHM_UNKNOWN, "RSA-PSS parameters are malformed") from error
