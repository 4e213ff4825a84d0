"""``trustkit idp init``: a home is made ready for unified identity."""

from __future__ import annotations

from typing import TYPE_CHECKING

from idp.op.client_form import read_registration
from idp.op.client_model import OPENID, AuthMethod, GrantType, SubjectType
from idp.op.clients import ClientRegister
from idp.op.keys import ProviderKeys
from trustkit.app.idp_secrets import make_identity_secret, open_identity_secret
from trustkit.app.official_settings import RETURN_URI, TERMINAL_CLIENT, need_of
from trustkit.app.wiring import open_authority
from trustkit.custody.pbes2 import DEFAULT_ITERATIONS
from trustkit.encoding.canonical_json import canonical_json

if TYPE_CHECKING:
    from pathlib import Path

    from trustkit.app.authority import Authority
    from trustkit.clock import Clock
    from trustkit.custody.passphrase import Passphrase
    from trustkit.encoding.canonical_json import JsonValue


def initialise_identity(
    home: Path, passphrase: Passphrase, *, clock: Clock | None = None, iterations: int = DEFAULT_ITERATIONS
) -> None:
    """Make the identity service's secret under the home's own passphrase, and the provider's keys, so that the first start need not.

    Raises:
        TrustError: HOME_*, SETTINGS_*, STORE_*; KEY_EXISTS when it was done before; PASSPHRASE_WRONG when it is not the home's.
    """
    with open_authority(home, clock) as authority:
        authority.asked = True  # nobody can sign in yet
        authority.unlock(passphrase)  # one passphrase opens everything of a home
        make_identity_secret(
            home,
            passphrase,
            database=authority.database,
            clock=authority.clock,
            operator=authority.operator,
            iterations=iterations,
        )
        _register_terminal(authority)
        sealing = open_identity_secret(home, passphrase)
        ProviderKeys(database=authority.database, sealing=sealing, clock=authority.clock).tend(authority.operator)


def _register_terminal(authority: Authority) -> None:
    """Register the terminal officials sign in at (``trustkit login``) as a client of the provider, unless it is."""
    members: dict[str, JsonValue] = {
        "client_name#zh": "政务终端",
        "client_name#en": "Officials' terminal",
        "token_endpoint_auth_method": AuthMethod.NONE.value,
        "grant_types": [GrantType.CODE.value, GrantType.DEVICE.value],
        "redirect_uris": [RETURN_URI],
        "application_type": "native",
        "scope": OPENID,
        "subject_type": SubjectType.PUBLIC.value,
        "least_acr": need_of(authority.settings.idp).level.acr,
        "consent_required": False,
    }
    register = ClientRegister(database=authority.database, clock=authority.clock)
    register.add(
        TERMINAL_CLIENT,
        read_registration(canonical_json(members)),
        actor=authority.operator,
        identifier=TERMINAL_CLIENT,
    )
