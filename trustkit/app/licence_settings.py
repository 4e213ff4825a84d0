"""The table ``[licences]`` of the settings."""

from __future__ import annotations

from dataclasses import dataclass

from esign.licence.lifecycle_rules import MOST_PERSONS
from trustkit.errors import ErrorCode, TrustError


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceSettings:
    """How licences are handled here: how many persons issuing and ending them takes at least, whatever their types say."""

    persons: int = 1

    def require_fit(self) -> None:
        """Raise SETTINGS_MALFORMED for a number of persons that nothing takes."""
        if self.persons > MOST_PERSONS:
            told = f"[licences] persons is 1 or {MOST_PERSONS}"
            raise TrustError(ErrorCode.SETTINGS_MALFORMED, told, key="licences.persons")
