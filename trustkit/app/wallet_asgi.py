"""The ASGI application of the service for wallets, behind the frame all services share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from esign.credential.suites import CredentialSuite
from esign.wallet.api import wallet_router
from trustkit.app.credential_keys import credential_issuer
from trustkit.app.described import described
from trustkit.app.frame import framed
from trustkit.app.health_api import health_router
from trustkit.app.wallet_issuing import fit_suites, wallet_desks
from trustkit.credential_codes import CredentialCode
from trustkit.errors import TrustError
from trustkit.web.places import PeerPlaces

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from trustkit.app.authority import Authority
    from trustkit.app.frame import Lifespan
    from trustkit.app.keys import Keys

_BODIES_HELD: Final = 64  # of the largest size, many more of the usual


def wallet_application(authority: Authority, keys: Keys) -> ASGIApp:
    """Return the application over an opened authority and its keys; the authority is closed with it.

    Raises:
        TrustError: CREDENTIAL_KEYS where no suite was set up; KEY_* for a key that cannot be opened: told now, not to the first wallet.
    """
    settings = authority.settings.wallet
    suites = fit_suites(authority)
    if not suites:
        told = "`trustkit licence credential-setup` makes what credentials are signed with"
        raise TrustError(CredentialCode.CREDENTIAL_KEYS, told, suites=", ".join(CredentialSuite))
    for suite in suites:
        credential_issuer(authority, keys, suite)
    router = wallet_router(wallet_desks(authority, keys))

    def made(lifespan: Lifespan) -> ASGIApp:
        return described(
            (health_router(authority), router),
            version=authority.version,
            title="trustkit credential issuer",
            summary="Licences for wallets: OpenID for Verifiable Credential Issuance 1.0",
            lifespan=lifespan,
        )

    app = framed(
        authority,
        made,
        name="credential-serve",
        max_body=settings.max_body_bytes,
        bodies=_BODIES_HELD,
        per_minute=settings.anonymous_per_minute,
    )
    return PeerPlaces(app, trusted=settings.proxies())
