"""An act at the terminal in the name of who signed in: asked for where the settings say so, stepped up where somebody sits there.

Until a home has its first security administrator, the terminal's operator appoints him and does what administrators do; from then on
each is asked for, and there is no way back: the last security administrator is not removed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustkit.app.idp_upstream import open_upstream
from trustkit.app.official_acts import AdministratorAct
from trustkit.app.official_client import OfficialClient
from trustkit.app.official_login import Login
from trustkit.app.official_settings import asked_for
from trustkit.app.officials import OfficialDesk
from trustkit.app.settings import config_folder_from_environment
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from idp.stepup import Need
    from trustkit.app.official_acts import Act
    from trustkit.app.opened import OpenedHome
    from trustkit.error_family import Code
    from trustkit.identity import Principal

    SignIn = Callable[[OfficialClient, Need], str]

_MENDED: frozenset[Code] = frozenset({ErrorCode.OFFICIAL_SIGN_IN, ErrorCode.OFFICIAL_STEP_UP})


def login_of(home: OpenedHome) -> Login:
    """Return what this person's folder remembers of a sign-in at the home's provider."""
    return Login(folder=config_folder_from_environment(), issuer=home.settings.idp.url())


def client_of(home: OpenedHome, authorities: Path | None = None) -> OfficialClient:
    """Return the terminal as a client of the home's provider; `authorities` is a file of the CA certificates to trust alone."""
    issuer = home.settings.idp.url()
    upstream = open_upstream(home.clock, bases=(issuer,), authorities=authorities, production=home.settings.production)
    return OfficialClient(upstream=upstream, issuer=issuer)


def admitted(home: OpenedHome, act: Act, sign_in: SignIn | None, *, about: str = "") -> Principal:
    """Return in whose name an act is done: who signed in where the settings ask for it, else the operator of the terminal.

    `about` is the person it is done to, empty where it is done to nobody.

    Where the remembered sign-in is not enough and `sign_in` is given, it is asked for once; a new sign-in is remembered.

    Raises:
        TrustError: as `OfficialDesk.admit`; what `sign_in` raises.
    """
    if not home.settings.idp.officials_sign_in:
        return home.operator
    desk, login = OfficialDesk.of(home), login_of(home)
    if isinstance(act, AdministratorAct) and desk.begins():
        return home.operator
    try:
        return desk.admit(login.token(), act, about=about)
    except TrustError as error:
        if error.code not in _MENDED or sign_in is None:
            raise
    login.keep(sign_in(client_of(home), asked_for(home.settings.idp, act)))
    return desk.admit(login.token(), act, about=about)
