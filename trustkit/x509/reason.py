"""Reasons for a revocation (RFC 5280 5.3.1)."""

from __future__ import annotations

from enum import StrEnum, unique
from typing import Final


@unique
class RevocationReason(StrEnum):
    """CRLReason; the value is the name the standard gives it."""

    UNSPECIFIED = "unspecified"
    KEY_COMPROMISE = "keyCompromise"
    CA_COMPROMISE = "cACompromise"
    AFFILIATION_CHANGED = "affiliationChanged"
    SUPERSEDED = "superseded"
    CESSATION_OF_OPERATION = "cessationOfOperation"
    CERTIFICATE_HOLD = "certificateHold"
    REMOVE_FROM_CRL = "removeFromCRL"
    PRIVILEGE_WITHDRAWN = "privilegeWithdrawn"
    AA_COMPROMISE = "aACompromise"

    @property
    def number(self) -> int:
        """The ENUMERATED value (7 is not used)."""
        return _NUMBERS[self]


_NUMBERS: Final = dict(zip(RevocationReason, (0, 1, 2, 3, 4, 5, 6, 8, 9, 10), strict=True))
REASON_BY_NUMBER: Final = {number: reason for reason, number in _NUMBERS.items()}
# After these nothing the key signed is believed, however early, from the suspected time on.
COMPROMISED: Final = frozenset(
    {RevocationReason.KEY_COMPROMISE, RevocationReason.CA_COMPROMISE, RevocationReason.AA_COMPROMISE}
)
