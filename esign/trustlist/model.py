"""A trust list: which issuer is entitled to which types of licences, and which types of different provinces are equivalent.

Its form is ours (docs/trust-lists.md): GB/T 36906 asks for mutual recognition and gives no format of a list.
"""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - a field type of a public dataclass
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from trustkit.jose.model import UnverifiedJws  # noqa: TC001 - as above

TRUST_LIST_TYPE: Final = "trustlist+jwt"
VERSION: Final = 1
MAX_LIFETIME: Final = timedelta(days=92)  # who was struck off must not be trusted for longer than a quarter
MAX_ISSUERS: Final = 20_000
MAX_TYPES: Final = 500  # of one issuer
MAX_GROUPS: Final = 2_000
MAX_EQUIVALENT: Final = 64
MAX_URI: Final = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustListContent:
    """What a list says.

    Attributes:
        uri: where the list lives, and which list it is.
        number: higher in each later edition.
        issuers: type codes by the issuer's unified social credit code, as both stand in licence identifiers.
        equivalents: for a type code, all that count as the same, itself among them; absent where there is no other.
        next_key: SM3 (hexadecimal) of the SubjectPublicKeyInfo that may sign the next editions besides; empty when none is announced.
    """

    uri: str
    number: int
    issued_at: datetime
    expires_at: datetime
    issuers: Mapping[str, frozenset[str]] = field(repr=False)
    equivalents: Mapping[str, frozenset[str]] = field(repr=False)
    next_key: str

    def same_types(self, code: str) -> frozenset[str]:
        """Return the types that count as one, itself among them."""
        return self.equivalents.get(code, frozenset({code}))

    def is_listed(self, issuer: str) -> bool:
        """Tell whether the list names an issuer at all."""
        return issuer in self.issuers

    def entitles(self, issuer: str, code: str) -> bool:
        """Tell whether an issuer may issue licences of a type, or of an equivalent one."""
        return bool(self.issuers.get(issuer, frozenset()) & self.same_types(code))

    def is_current(self, at: datetime) -> bool:
        """Tell whether the list is within its time: it says nothing of the time before it was issued."""
        return self.issued_at <= at < self.expires_at


@dataclass(frozen=True, slots=True, kw_only=True)
class UnverifiedTrustList:
    """A list taken apart; nothing in it is verified."""

    content: TrustListContent
    certificates: tuple[bytes, ...] = field(repr=False)
    octets: bytes = field(repr=False)
    jws: UnverifiedJws = field(repr=False)
