"""The capsule: the essentials of a licence under the issuer's signature, small enough for one QR code (docs/capsule.md).

What it says stands under the names of GB/T 36903-2018. Codes of holders, which may be citizens' numbers, have no place in it.
"""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - a field type of a public dataclass
from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003 - as above
from enum import IntEnum, unique
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from esign.licence.field_rule import HOLDER_NAME, VALID_FROM, VALID_TO
from esign.licence.identifier import parse_identifier
from trustkit.cose.model import UnverifiedSign1  # noqa: TC001 - as above
from trustkit.encoding.text32 import encode_base32
from trustkit.errors import TrustError

if TYPE_CHECKING:
    from trustkit.encoding.canonical_json import JsonValue

CAPSULE_TYPE: Final = "licence-capsule+cwt"  # header 16; `application/` is left out, as RFC 9596 2 allows
CAPSULE_PREFIX: Final = "TKL1:"  # of the text in the QR code; its letters are those of the alphanumeric mode
MAX_CAPSULE: Final = 1200  # octets
MAX_CAPSULE_TEXT: Final = len(CAPSULE_PREFIX) + (MAX_CAPSULE * 8 + 4) // 5
IDENTIFIER: Final = "ZZBS"
TYPE_CODE: Final = "ZZLXDM"  # stands in the identifier, and so nowhere else
NAME: Final = "ZZMC"
ESSENTIALS: Final = MappingProxyType(
    {NAME: 1, HOLDER_NAME: 2, VALID_FROM: 3, VALID_TO: 4}
)  # by what number each is written
MAX_TEXT: Final = 300  # characters of one value
MAX_TIME: Final = 253_402_300_799  # 9999-12-31T23:59:59Z
MAX_INDEX: Final = 2**32


@unique
class CapsuleClaim(IntEnum):
    """Claims of a capsule (IANA, CWT Claims; the last is for private use)."""

    IDENTIFIER = 2  # sub
    ISSUED = 6  # iat
    STATUS = 65535  # draft-ietf-oauth-status-list clause 6.3
    ESSENTIALS = -70100


@dataclass(frozen=True, slots=True, kw_only=True)
class CapsuleContent:
    """What a capsule says: `essentials` by names of `ESSENTIALS`, the list and the index that tell the status."""

    identifier: str
    issued_at: datetime
    status_uri: str
    status_index: int
    essentials: Mapping[str, str] = field(repr=False)

    def metadata(self) -> dict[str, JsonValue]:
        """Return it in the form of a licence's metadata (`esign.licence.metadata`)."""
        status: dict[str, JsonValue] = {"idx": self.status_index, "uri": self.status_uri}
        try:
            kind = parse_identifier(self.identifier).type_code
        except TrustError:  # the identifier is judged by whoever asks, and a wrong one names no type
            kind = ""
        named: dict[str, JsonValue] = {IDENTIFIER: self.identifier, TYPE_CODE: kind}
        return {**named, **self.essentials, "status": {"status_list": status}}


@dataclass(frozen=True, slots=True, kw_only=True)
class UnverifiedCapsule:
    """A capsule taken apart; nothing in it is verified."""

    content: CapsuleContent
    message: UnverifiedSign1 = field(repr=False)

    @property
    def certificates(self) -> tuple[bytes, ...]:
        """The signer's certificate, DER, where it fitted in."""
        return self.message.certificates


def capsule_text(octets: bytes) -> str:
    """Return what the QR code of a capsule says."""
    return f"{CAPSULE_PREFIX}{encode_base32(octets)}"
