"""Which digest a list of references claims (References@CheckMethod): OIDs and names met in real files, and MD5 for none."""

from __future__ import annotations

from typing import Final

from esign.ofd.model import OfdDeviation
from trustkit.crypto.digest import DigestAlgorithm, digest_from_oid, digest_named
from trustkit.errors import ErrorCode, TrustError

_KEYED_SM3: Final = "1.2.156.10197.1.401.2"  # names HMAC with SM3; the files that say so hold plain digests


def check_method(written: str) -> tuple[DigestAlgorithm, tuple[OfdDeviation, ...]]:
    """Return the digest algorithm a CheckMethod means, and how it departs from an OID.

    Raises:
        TrustError: ALGORITHM_WEAK for MD5 and SHA-1, and MD5 is what a missing one means (GB/T 33190-2016, CT_Signature's
            References); ALGORITHM_UNKNOWN.
    """
    if not written:
        raise TrustError(ErrorCode.ALGORITHM_WEAK, "no CheckMethod, which means MD5")
    named = digest_named(written)
    if named is not None:
        algorithm, notes = named, (OfdDeviation.CHECK_METHOD_NAME,)
    elif written == _KEYED_SM3:
        algorithm, notes = DigestAlgorithm.SM3, (OfdDeviation.CHECK_METHOD_KEYED,)
    else:
        return digest_from_oid(written), ()
    if algorithm.weak:
        raise TrustError(ErrorCode.ALGORITHM_WEAK, "collisions can be made", check_method=written[:64])
    return algorithm, notes


def weak_method(written: str) -> DigestAlgorithm | None:
    """Return the weak digest a CheckMethod means, which proves nothing where it is right and something where it is wrong."""
    if not written:
        return DigestAlgorithm.MD5
    try:
        algorithm = digest_named(written) or digest_from_oid(written, allow_weak=True)
    except TrustError:
        return None
    return algorithm if algorithm.weak else None
