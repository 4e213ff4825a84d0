"""Helper certificates by subject, whatever number of them anybody may have sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from trustkit.errors import ErrorCode, TrustError
from trustkit.x509.name import name_key

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

    from trustkit.x509.certificate import Certificate

MAX_POOL: Final = 1024  # helper certificates; a message carries a handful, a folder of evidence some hundreds
# Octets of names that are folded for comparison (RFC 5280 7.1); those beyond match by octets alone, as all but a few names in
# the field do. A name takes some 100 octets, and certificates share them; crafted ones would cost a millisecond each.
MAX_FOLDED: Final = 8 * 1024


class HelperPool:
    """Helper certificates by subject."""

    def __init__(self, certificates: Iterable[Certificate]) -> None:
        """Index them, in their order, each once. Raise PATH_LIMIT for too many."""
        unique = dict.fromkeys(certificates)
        if len(unique) > MAX_POOL:
            raise TrustError(ErrorCode.PATH_LIMIT, "helper certificates", count=len(unique), limit=MAX_POOL)
        by_octets: dict[bytes, list[Certificate]] = {}
        for certificate in unique:
            by_octets.setdefault(certificate.subject_der, []).append(certificate)
        self._by_key: dict[Hashable, list[Certificate]] = {}
        folded = 0
        for subject, namesakes in by_octets.items():
            folded += len(subject)
            key = name_key(subject) if folded <= MAX_FOLDED else subject
            self._by_key.setdefault(key, []).extend(namesakes)

    def named(self, subject: bytes) -> tuple[Certificate, ...]:
        """Return those of a name; it is octets where too many names stand before it."""
        keys: dict[Hashable, None] = dict.fromkeys((name_key(subject), subject))
        return tuple(certificate for key in keys for certificate in self._by_key.get(key, ()))
