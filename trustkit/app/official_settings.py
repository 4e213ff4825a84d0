"""What officials must show at the terminal before they sign, revoke or issue, where ``[idp] officials_sign_in`` asks for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from enum import StrEnum, unique
from typing import TYPE_CHECKING, Final

from idp.stepup import Need
from trustkit.identity import AssuranceLevel

if TYPE_CHECKING:
    from trustkit.app.idp_settings import IdpSettings

TERMINAL_CLIENT: Final = "trustkit-terminal"
RETURN_URI: Final = "http://127.0.0.1/signed-in"  # at any port (RFC 8252 7.3)


@unique
class OfficialAct(StrEnum):
    """What is done at a terminal with the home's keys; also the codes of matters in officials' mandates."""

    LICENCE = "licence-issue"
    REVOCATION = "revocation"
    SIGNATURE = "signature"
    BATCH = "signing-batch"

    @property
    def once(self) -> bool:
        """Whether a sign-in serves one such act alone: each batch and each revocation is stepped up for by itself."""
        return self in {OfficialAct.REVOCATION, OfficialAct.BATCH}


def need_of(settings: IdpSettings) -> Need:
    """Return what every act of an official needs: a strong login, lately."""
    return Need(
        level=AssuranceLevel(authentication=settings.official_authentication),
        max_age=timedelta(minutes=settings.official_minutes),
    )


def asked_for(settings: IdpSettings, act: OfficialAct) -> Need:
    """Return what is asked for at the provider before an act: where a sign-in serves once, a new one and not the browser's last."""
    need = need_of(settings)
    return replace(need, max_age=timedelta(0)) if act.once else need
