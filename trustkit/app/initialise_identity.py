"""``trustkit idp init``: a home is made ready for unified identity."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustkit.app.idp_secrets import make_identity_secret
from trustkit.app.wiring import open_authority
from trustkit.custody.pbes2 import DEFAULT_ITERATIONS

if TYPE_CHECKING:
    from pathlib import Path

    from trustkit.clock import Clock
    from trustkit.custody.passphrase import Passphrase


def initialise_identity(
    home: Path, passphrase: Passphrase, *, clock: Clock | None = None, iterations: int = DEFAULT_ITERATIONS
) -> None:
    """Make the identity service's secret under the home's own passphrase.

    Raises:
        TrustError: HOME_*, SETTINGS_*, STORE_*; KEY_EXISTS when it was done before; PASSPHRASE_WRONG when it is not the home's.
    """
    with open_authority(home, clock) as authority:
        authority.unlock(passphrase)  # one passphrase opens everything of a home
        make_identity_secret(
            home,
            passphrase,
            database=authority.database,
            clock=authority.clock,
            operator=authority.operator,
            iterations=iterations,
        )
