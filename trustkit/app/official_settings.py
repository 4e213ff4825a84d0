"""What officials and administrators must show at the terminal before they act, where ``[idp] officials_sign_in`` asks for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from idp.stepup import Need
from trustkit.identity import AssuranceLevel

if TYPE_CHECKING:
    from trustkit.app.idp_settings import IdpSettings
    from trustkit.app.official_acts import Act

TERMINAL_CLIENT: Final = "trustkit-terminal"
RETURN_URI: Final = "http://127.0.0.1/signed-in"  # at any port (RFC 8252 7.3)


def need_of(settings: IdpSettings) -> Need:
    """Return what every act needs: a strong login, lately."""
    return Need(
        level=AssuranceLevel(authentication=settings.official_authentication),
        max_age=timedelta(minutes=settings.official_minutes),
    )


def asked_for(settings: IdpSettings, act: Act) -> Need:
    """Return what is asked for at the provider before an act: where a sign-in serves once, a new one and not the browser's last."""
    need = need_of(settings)
    return replace(need, max_age=timedelta(0)) if act.once else need
