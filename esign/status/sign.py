"""Making status list tokens (draft-ietf-oauth-status-list clauses 4 and 5), two bits an entry, as JWT and as CWT.

content = ListContent(entries=bytes([0, 1, 0, 2]), uri="https://…/status/1", issued_at=now, expires_at=now + day, ttl=hour)
text = sign_status_jwt(content, signer, (certificate, issuing))
octets = sign_status_cwt(content, signer, (certificate, issuing))
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence  # noqa: TC003 - a field type of a public dataclass
from dataclasses import dataclass
from datetime import datetime, timedelta  # noqa: TC003 - as above
from typing import TYPE_CHECKING, Final

from esign.status.model import BITS, CWT_MEDIA_TYPE, MAX_LIST_SIZE, MEDIA_TYPE
from esign.status.read_cwt import CwtClaim
from trustkit.cms.sign import require_own_key
from trustkit.cose.model import Label
from trustkit.cose.sign import chain_header, sign_sign1
from trustkit.encoding.canonical_json import canonical_json
from trustkit.encoding.cbor import encode_cbor
from trustkit.encoding.text64 import encode_base64url
from trustkit.errors import ErrorCode, TrustError
from trustkit.jose.sign import certificate_header, sign_jws

if TYPE_CHECKING:
    from trustkit.custody.port import Signer
    from trustkit.x509.certificate import Certificate

_EACH: Final = 8 // BITS  # entries in an octet
_HIGHEST: Final = (1 << BITS) - 1
_LEVEL: Final = 9  # draft clause 4.1 recommends the highest compression


@dataclass(frozen=True, slots=True, kw_only=True)
class ListContent:
    """What a list says.

    `entries` holds the status of each index, one number an entry (octets are the compact way): 0 valid, 1 revoked,
    2 suspended. `uri` is where the list lives. Times are aware and written in whole seconds; `ttl` says how long a copy
    may be kept, at least a second.

    Raises:
        TrustError: USAGE for values out of range.
    """

    entries: bytes | Sequence[int]
    uri: str
    issued_at: datetime
    expires_at: datetime
    ttl: timedelta

    def __post_init__(self) -> None:
        if not self.entries or len(self.entries) > MAX_LIST_SIZE * _EACH:
            raise TrustError(ErrorCode.USAGE, "number of entries", entries=len(self.entries))
        if self.expires_at <= self.issued_at or int(self.ttl.total_seconds()) < 1:
            raise TrustError(ErrorCode.USAGE, "an end after the beginning and a ttl of a second are needed")

    def packed(self) -> bytes:
        """Return the entries packed. Raise USAGE for a value above 3."""
        return _packed(self.entries)


def sign_status_jwt(content: ListContent, signer: Signer, chain: tuple[Certificate, ...]) -> str:
    """Return the token as compact JWS; `chain` begins with the signer's certificate.

    Raises:
        TrustError: USAGE for no chain or another's; ALGORITHM_MISMATCH; what the signer raises.
    """
    _require_chain(signer, chain)
    payload = canonical_json(
        {
            "sub": content.uri,
            "iat": int(content.issued_at.timestamp()),
            "exp": int(content.expires_at.timestamp()),
            "ttl": int(content.ttl.total_seconds()),
            "status_list": {"bits": BITS, "lst": encode_base64url(content.packed())},
        }
    )
    return sign_jws({"typ": MEDIA_TYPE, "x5c": certificate_header(chain)}, payload, signer)


def sign_status_cwt(content: ListContent, signer: Signer, chain: tuple[Certificate, ...]) -> bytes:
    """Return the token as COSE_Sign1 with its tag, deterministic (RFC 8949 4.2.1). Raise as `sign_status_jwt`."""
    _require_chain(signer, chain)
    payload = encode_cbor(
        {
            CwtClaim.SUBJECT.value: content.uri,
            CwtClaim.ISSUED.value: int(content.issued_at.timestamp()),
            CwtClaim.EXPIRES.value: int(content.expires_at.timestamp()),
            CwtClaim.TTL.value: int(content.ttl.total_seconds()),
            CwtClaim.STATUS_LIST.value: {"bits": BITS, "lst": content.packed()},
        }
    )
    return sign_sign1({Label.TYPE: CWT_MEDIA_TYPE, Label.X5CHAIN: chain_header(chain)}, payload, signer)


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
    """Return the JWT of what `ListContent` has. Raise as `ListContent` and `sign_status_jwt`."""
    content = ListContent(entries=entries, uri=uri, issued_at=issued_at, expires_at=expires_at, ttl=ttl)
    return sign_status_jwt(content, signer, chain)


def _require_chain(signer: Signer, chain: tuple[Certificate, ...]) -> None:
    if not chain:
        raise TrustError(ErrorCode.USAGE, "a certificate is needed")
    require_own_key(signer, chain[0])


def pack_list(entries: bytes | Sequence[int]) -> str:
    """Return `lst` of a JWT for two bits an entry; the inverse of `esign.status.read.unpack_list`. Raise USAGE for a value above 3."""
    return encode_base64url(_packed(entries))


def _packed(entries: bytes | Sequence[int]) -> bytes:
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
    return zlib.compress(octets, _LEVEL)
