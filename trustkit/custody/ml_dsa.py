"""The three forms of an ML-DSA private key in PrivateKeyInfo (RFC 9881).

    ML-DSA-44-PrivateKey ::= CHOICE { seed [0] OCTET STRING (SIZE (32)), expandedKey OCTET STRING,
                                      both SEQUENCE { seed, expandedKey } }

Keys are used and written by their seed, which everything else follows from. Of `both` the seed is taken, once what the
expanded key says of the public key is proved to agree (RFC 9881 asks to compare). An expanded key alone is refused: no
library here turns one into signatures, and the seed cannot be had from it.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, Final, NamedTuple

from trustkit.crypto.public_key import ML_DSA_44, ML_DSA_65, ML_DSA_87
from trustkit.encoding import der
from trustkit.encoding.der_write import implicit, integer, octet_string, oid, sequence
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from trustkit.custody.private_key_info import PrivateKeyInfo

SEED_SIZE: Final = 32  # FIPS 204 algorithm 1: ξ
ML_DSA_KEYS: Final = {ML_DSA_44: 2560, ML_DSA_65: 4032, ML_DSA_87: 4896}  # octets of the expanded key, FIPS 204 table 2
_SEED_TAG: Final = 0x80
_RHO: Final = slice(0, 32)  # FIPS 204 algorithm 24: skEncode starts with ρ ‖ K ‖ tr; pkEncode with ρ
_TR: Final = slice(64, 128)
_TR_SIZE: Final = 64


class _Forms(NamedTuple):
    seed: bytes
    expanded: bytes


def seed_form(info: PrivateKeyInfo) -> bytes:
    """Return PrivateKeyInfo octets of the same key with its seed alone.

    Raises:
        TrustError: KEY_CONTAINER_MALFORMED, KEY_UNSUPPORTED for an expanded key without its seed.
    """
    seed = _read(info).seed
    if not seed:
        raise TrustError(ErrorCode.KEY_UNSUPPORTED, "an expanded ML-DSA key without its seed", oid=info.algorithm)
    return sequence(integer(0), sequence(oid(info.algorithm)), octet_string(implicit(0, octet_string(seed))))


def require_same_ml_dsa_key(info: PrivateKeyInfo, public_key: bytes) -> None:
    """Return when the expanded key, if there is one, is of `public_key` (octets of its BIT STRING).

    Compared are ρ and tr, the hash of the public key (FIPS 204 algorithm 6). Raise KEY_CONTAINER_MALFORMED.
    """
    expanded = _read(info).expanded
    hashed = hashlib.shake_256(public_key).digest(_TR_SIZE)
    if expanded and not hmac.compare_digest(expanded[_RHO] + expanded[_TR], public_key[_RHO] + hashed):
        raise TrustError(ErrorCode.KEY_CONTAINER_MALFORMED, "seed and expanded key are of different keys")


def _read(info: PrivateKeyInfo) -> _Forms:
    data, size = info.private_key, ML_DSA_KEYS[info.algorithm]
    try:
        outer = der.parse_strict(data, max_depth=2)
        if outer.tag == _SEED_TAG:
            found = _Forms(der.content(data, outer), b"")
        elif outer.tag == der.OCTET_STRING:
            found = _Forms(b"", der.content(data, outer))
        else:
            der.expect(data, outer, der.SEQUENCE, "both")
            seed, expanded = der.children(data, outer)
            found = _Forms(
                der.expect(data, seed, der.OCTET_STRING, "seed"),
                der.expect(data, expanded, der.OCTET_STRING, "expandedKey"),
            )
    except (TrustError, ValueError):
        raise TrustError(ErrorCode.KEY_CONTAINER_MALFORMED, "ML-DSA private key") from None
    if len(found.seed) not in {0, SEED_SIZE} or len(found.expanded) not in {0, size} or not any(found):
        raise TrustError(ErrorCode.KEY_CONTAINER_MALFORMED, "length of an ML-DSA private key")
    return found
