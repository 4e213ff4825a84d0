"""What is done at a terminal that asks who does it: officials act by a mandate, administrators by their office (三员).

Light on purpose: the command line reads it before it knows what will be done.
"""

from __future__ import annotations

from enum import StrEnum, unique
from typing import Final, TypeAlias


@unique
class OfficialAct(StrEnum):
    """What is done in the authority's name; also the codes of matters in officials' mandates."""

    LICENCE = "licence-issue"
    LICENCES = "licence-batch"
    SIGNATURE = "signature"
    BATCH = "signing-batch"
    TIME_STAMP = "time-stamp"
    ARCHIVE = "archive-renewal"
    SEAL = "seal-make"
    CERTIFICATE = "certificate-issue"
    CERTIFICATES = "certificate-batch"
    REGISTRATION = "registration"  # asking for, approving and refusing what others carry out
    REVOCATION = "revocation"
    RECOVERY = "key-recovery"

    @property
    def once(self) -> bool:
        """Whether a sign-in serves one such act alone: each batch and each revocation is stepped up for by itself."""
        return self in _OFFICIAL_ONCE


@unique
class AdministratorAct(StrEnum):
    """What an administrator does; the word is told in the trail."""

    KEYS = "keys"  # of authorities and of sign-on: made, shared, renewed, rotated
    PUBLICATION = "publication"
    UPKEEP = "upkeep"  # what crashes and clocks left
    CLIENTS = "clients"
    CLIENT_REVOCATION = "client-revocation"
    CONNECTORS = "connectors"
    PEOPLE = "people"
    LOCKS = "locks"
    FACTORS = "factors"
    MANDATES = "mandates"
    OPERATORS = "operators"
    OFFICES = "offices"
    TRAIL = "trail"
    REVIEW = "review"  # of what the other two offices did

    @property
    def office(self) -> str:
        """Whose act it is: the word of the one office that may."""
        return "audit" if self in _OF_AUDIT else "system" if self in _OF_THE_SYSTEM else "security"

    @property
    def once(self) -> bool:
        """Whether a sign-in serves one such act alone: what gives or takes power is stepped up for by itself."""
        return self in _ADMINISTRATOR_ONCE


Act: TypeAlias = OfficialAct | AdministratorAct

_OFFICIAL_ONCE: Final = frozenset(
    {
        OfficialAct.REVOCATION,
        OfficialAct.LICENCES,
        OfficialAct.BATCH,
        OfficialAct.ARCHIVE,
        OfficialAct.CERTIFICATES,
        OfficialAct.RECOVERY,
    }
)
_OF_THE_SYSTEM: Final = frozenset(
    {
        AdministratorAct.KEYS,
        AdministratorAct.PUBLICATION,
        AdministratorAct.UPKEEP,
        AdministratorAct.CLIENTS,
        AdministratorAct.CLIENT_REVOCATION,
        AdministratorAct.CONNECTORS,
    }
)
_OF_AUDIT: Final = frozenset({AdministratorAct.TRAIL, AdministratorAct.REVIEW})
_ADMINISTRATOR_ONCE: Final = frozenset(
    {
        AdministratorAct.KEYS,
        AdministratorAct.CLIENT_REVOCATION,
        AdministratorAct.FACTORS,
        AdministratorAct.MANDATES,
        AdministratorAct.OPERATORS,
        AdministratorAct.OFFICES,
        AdministratorAct.REVIEW,
    }
)
