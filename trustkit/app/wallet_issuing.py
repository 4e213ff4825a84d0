"""Wiring of what wallets fetch licences by: offers an official makes, and the desks behind the doors of the service."""

from __future__ import annotations

import logging
import secrets
from functools import cache
from typing import TYPE_CHECKING, Final

from esign.credential.suites import CredentialSuite
from esign.licence.types import LicenceType, find_licence_type, licence_types, load_catalogued_type
from esign.wallet.access import WalletGuard
from esign.wallet.api import WalletDesks
from esign.wallet.configurations import configuration_name, described
from esign.wallet.delivery import DeliveryDesk
from esign.wallet.metadata import WalletAddresses
from esign.wallet.nonces import Nonces
from esign.wallet.offers import OfferDesk
from esign.wallet.redeeming import RedeemingDesk
from trustkit.app.credential_issuing import credential_service
from trustkit.app.credential_keys import suite_certificates
from trustkit.app.credential_types import HomeTypes
from trustkit.app.kept_secrets import kept_secret
from trustkit.app.logs import say
from trustkit.credential_codes import CredentialCode
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable

    from trustkit.app.keys import Keys
    from trustkit.app.opened import OpenedHome
    from trustkit.encoding.canonical_json import JsonValue
    from trustkit.store.licences import LicenceRow

_NONCE_KEY: Final = "wallet_nonce_key"
_log = logging.getLogger("trustkit.app")


def offer_desk(home: OpenedHome) -> OfferDesk:
    """Return what makes and withdraws offers. It opens no key."""
    return OfferDesk(
        database=home.database,
        clock=home.clock,
        issuer=home.settings.wallet.url(),
        kind_of=kinds_of(home),
        entropy=secrets.token_bytes,
    )


def wallet_desks(home: OpenedHome, keys: Keys) -> WalletDesks:
    """Return what stands behind the doors for wallets."""
    addresses = WalletAddresses(issuer=home.settings.wallet.url())
    kinds = kinds_of(home)
    nonces = Nonces(key=kept_secret(home.database, _NONCE_KEY), entropy=secrets.token_bytes)
    return WalletDesks(
        addresses=addresses,
        clock=home.clock,
        name=home.settings.authority.name,
        configurations=lambda: configurations(home),
        nonces=nonces,
        redeeming=RedeemingDesk(
            database=home.database,
            clock=home.clock,
            kind_of=kinds,
            entropy=secrets.token_bytes,
            bound=home.settings.wallet.bound_tokens,
        ),
        guard=WalletGuard(database=home.database, kind_of=kinds),
        delivery=DeliveryDesk(
            database=home.database,
            clock=home.clock,
            issuer=addresses.issuer,
            service=credential_service(home, keys),
            nonces=nonces,
            known=lambda name: name in configurations(home),
            entropy=secrets.token_bytes,
        ),
        tell=lambda code: say(_log, "wallet.failed", logging.ERROR, code=code),
    )


def configurations(home: OpenedHome) -> dict[str, dict[str, JsonValue]]:
    """Return the metadata of everything that can be offered: each licence type of the home in each suite that is fit now."""
    base, suites = home.settings.server.base_url, fit_suites(home)
    return {
        configuration_name(kind.name, suite): described(kind, suite, base) for kind in _types(home) for suite in suites
    }


def fit_suites(home: OpenedHome) -> tuple[CredentialSuite, ...]:
    """Return the suites that credentials can be issued in now."""
    found = []
    for suite in CredentialSuite:
        try:
            suite_certificates(home, suite)
        except TrustError as error:
            if error.code is not CredentialCode.CREDENTIAL_KEYS:
                raise
        else:
            found.append(suite)
    return tuple(found)


def kinds_of(home: OpenedHome) -> Callable[[LicenceRow], str]:
    """Return what names the type of a licence, each looked for once; it raises LICENCE_TYPE for one that is not among the policies any more."""

    @cache
    def named(code: str) -> str:
        kind = find_licence_type(HomeTypes.of(home.settings).folder, code)
        if kind is None:
            raise TrustError(ErrorCode.LICENCE_TYPE, "the type of the licence is not among the policies any more")
        return kind.name

    return lambda row: named(row.type_code)


def _types(home: OpenedHome) -> tuple[LicenceType, ...]:
    folder = HomeTypes.of(home.settings).folder
    every = (load_catalogued_type(folder / name) for name in licence_types(folder))
    return tuple(each for each in every if isinstance(each, LicenceType))
