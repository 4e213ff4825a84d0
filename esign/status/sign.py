"""Making status list tokens (draft-ietf-oauth-status-list clauses 4 and 5.1), two bits an entry.

text = build_status_token(
    entries=bytes([0, 1, 0, 2]), uri="https://…/status/1", issued_at=now, expires_at=now + day, ttl=hour,
    signer=signer, chain=(certificate, issuing),
)
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Final

from esign.status.model import BITS, MAX_LIST_SIZE, MEDIA_TYPE
from trustkit.cms.sign import require_own_key
from trustkit.encoding.canonical_json import canonical_json
from trustkit.encoding.text64 import encode_base64url
from trustkit.errors import ErrorCode, TrustError
from trustkit.jose.sign import certificate_header, sign_jws

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from trustkit.custody.port import Signer
    from trustkit.x509.certificate import Certificate

_EACH: Final = 8 // BITS  # entries in an octet
_HIGHEST: Final = (1 << BITS) - 1
_LEVEL: Final = 9  # draft clause 4.1 recommends the highest compression


def build_status_token(
    *,
    entries: bytes | Sequence[int],
    uri: str,
    issued_at: datetime,
    expires_at: datetime,
    ttl: timedelta,
    signer: Signer,
    chain: tuple[Certificate, ...],
) -> str:
    """Return the token as compact JWS.

    `entries` holds the status of each index, one number an entry (octets are the compact way): 0 valid, 1 revoked,
    2 suspended. `uri` is where the list lives. Times are aware and written in whole seconds; `ttl` says how long a copy
    may be kept, at least a second. `chain` begins with the signer's certificate.

    Raises:
        TrustError: USAGE for arguments out of range; ALGORITHM_MISMATCH; what the signer raises.
    """
    if not entries or len(entries) > MAX_LIST_SIZE * _EACH:
        raise TrustError(ErrorCode.USAGE, "number of entries", entries=len(entries))
    if not chain or expires_at <= issued_at or int(ttl.total_seconds()) < 1:
        raise TrustError(ErrorCode.USAGE, "a certificate, an end after the beginning and a ttl of a second are needed")
    require_own_key(signer, chain[0])
    payload = canonical_json(
        {
            "sub": uri,
            "iat": int(issued_at.timestamp()),
            "exp": int(expires_at.timestamp()),
            "ttl": int(ttl.total_seconds()),
            "status_list": {"bits": BITS, "lst": pack_list(entries)},
        }
    )
    return sign_jws({"typ": MEDIA_TYPE, "x5c": certificate_header(chain)}, payload, signer)


def pack_list(entries: bytes | Sequence[int]) -> str:
    """Return `lst` for two bits an entry; the inverse of `esign.status.read.unpack_list`. Raise USAGE for a value above 3."""
    try:
        values = bytes(entries)
    except ValueError as error:
        raise TrustError(ErrorCode.USAGE, "a status is a number from 0 to 3") from error
    if max(values) > _HIGHEST:
        raise TrustError(ErrorCode.USAGE, "a status is a number from 0 to 3")
    values += bytes(-len(values) % _EACH)
    # Four columns of small numbers, shifted side by side as four large numbers: no carries, for each is below four.
    packed = 0
    for position in range(_EACH):
        packed |= int.from_bytes(values[position::_EACH], "little") << BITS * position
    octets = packed.to_bytes(len(values) // _EACH, "little")
    return encode_base64url(zlib.compress(octets, _LEVEL))
