"""The status of licences in a list of small numbers, one at each index (draft-ietf-oauth-status-list).

A licence holds the list's address and an index. The list says for each index whether the licence is valid, revoked or
suspended, and nothing else: who looks at one entry fetches all of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta  # noqa: TC003 - field types of a public dataclass
from enum import StrEnum, unique
from typing import Final

from trustkit.cose.model import UnverifiedSign1  # noqa: TC001 - a field type of a public dataclass
from trustkit.errors import ErrorCode, TrustError
from trustkit.jose.model import UnverifiedJws  # noqa: TC001 - as above

MEDIA_TYPE: Final = "statuslist+jwt"  # header typ; application/ is left out as RFC 7515 4.1.9 recommends
CWT_MEDIA_TYPE: Final = "application/statuslist+cwt"  # header 16; whole, as the draft's clause 5.2 has it
MAX_URI: Final = 2048
MAX_TTL: Final = 366 * 24 * 3600  # seconds; a copy older than a year is no status
MAX_TIME: Final = 253_402_300_799  # 9999-12-31T23:59:59Z
BITS: Final = 2  # what is written here: valid, revoked, suspended
BITS_READ: Final = (1, 2, 4, 8)  # draft clause 4.1
MAX_LIST_SIZE: Final = 16 * 1024 * 1024  # octets unpacked: 64 million licences at two bits
_OCTET: Final = 8


@unique
class LicenceStatus(StrEnum):
    """What an entry says (draft clause 7.1); REVOKED is its INVALID."""

    VALID = "valid"
    REVOKED = "revoked"
    SUSPENDED = "suspended"
    UNDEFINED = "undefined"  # a value that this application gives no meaning: never read as valid


_BY_VALUE: Final = (LicenceStatus.VALID, LicenceStatus.REVOKED, LicenceStatus.SUSPENDED)


@dataclass(frozen=True, slots=True)
class StatusEntries:
    """The unpacked list: `bits` for each entry, the first in the lowest bits of its octet (draft clause 4.1)."""

    bits: int
    octets: bytes = field(repr=False)

    def __len__(self) -> int:
        return len(self.octets) * _OCTET // self.bits

    def value(self, index: int) -> int:
        """Return the number at `index`. Raise STATUS_LIST_INDEX beyond the list's end."""
        if not 0 <= index < len(self):
            raise TrustError(ErrorCode.STATUS_LIST_INDEX, "beyond the end of the list", index=index, entries=len(self))
        position = index * self.bits
        return self.octets[position // _OCTET] >> position % _OCTET & (1 << self.bits) - 1

    def status(self, index: int) -> LicenceStatus:
        """Return the meaning of the number at `index`. Raise STATUS_LIST_INDEX."""
        value = self.value(index)
        return _BY_VALUE[value] if value < len(_BY_VALUE) else LicenceStatus.UNDEFINED


@dataclass(frozen=True, slots=True, kw_only=True)
class UnverifiedStatusList:
    """A status list token taken apart; nothing in it is verified.

    Attributes:
        uri: where the list says it lives (`sub`).
        expires_at: None when the token does not say.
        ttl: how long a copy may be kept before asking again; None when the token does not say.
        certificates: DER, the signer's first.
        octets: the token as it was found, without white space around it: a compact JWS, or a COSE_Sign1.
    """

    uri: str
    issued_at: datetime
    expires_at: datetime | None
    ttl: timedelta | None
    entries: StatusEntries
    certificates: tuple[bytes, ...] = field(repr=False)
    octets: bytes = field(repr=False)
    message: UnverifiedJws | UnverifiedSign1 = field(repr=False)
