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
from esign.wallet.configurations import Configuration, configuration_name, described
from esign.wallet.delivery import DeliveryDesk
from esign.wallet.metadata import WalletAddresses
from esign.wallet.nonces import Nonces
from esign.wallet.offers import OfferDesk, offer_link, sign_in_object
from esign.wallet.redeeming import RedeemingDesk
from esign.wallet.sign_in import FETCH
from trustkit.app.credential_issuing import credential_service
from trustkit.app.credential_keys import suite_certificates
from trustkit.app.credential_types import HomeTypes
from trustkit.app.kept_secrets import kept_secret
from trustkit.app.logs import say
from trustkit.app.wallet_sign_in import holder_sign_ins
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
        addresses=addresses_of(home),
        kind_of=kinds_of(home),
        entropy=secrets.token_bytes,
    )


def wallet_desks(home: OpenedHome, keys: Keys) -> WalletDesks:
    """Return what stands behind the doors for wallets."""
    addresses = addresses_of(home)
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
        guard=WalletGuard(database=home.database, kind_of=kinds, known=lambda name: name in offered_here(home)),
        delivery=DeliveryDesk(
            database=home.database,
            clock=home.clock,
            issuer=addresses.issuer,
            service=credential_service(home, keys),
            nonces=nonces,
            entropy=secrets.token_bytes,
        ),
        tell=lambda code: say(_log, "wallet.failed", logging.ERROR, code=code),
        sign_ins=holder_sign_ins(home, lambda: offered_here(home)),
    )


def addresses_of(home: OpenedHome) -> WalletAddresses:
    """Return where wallets reach the issuer, and whom holders sign in at where they may."""
    asked = home.settings.wallet
    return WalletAddresses(issuer=asked.url(), provider=home.settings.idp.url() if asked.sign_in else "")


def sign_in_link(home: OpenedHome, kind: str, suites: tuple[CredentialSuite, ...]) -> str:
    """Return the link by which holders who sign in fetch licences of a type.

    Raises:
        TrustError: WALLET_SIGN_IN where the settings let nobody sign in; WALLET_CONFIGURATION for a type or suite that is not offered.
    """
    addresses = addresses_of(home)
    if not addresses.provider:
        raise TrustError(CredentialCode.WALLET_SIGN_IN, "[wallet] sign_in is off")
    names = tuple(configuration_name(kind, suite) for suite in suites)
    if missing := sorted(set(names) - set(offered_here(home))):
        raise TrustError(CredentialCode.WALLET_CONFIGURATION, f"{missing[0]} is not offered here")
    return offer_link(sign_in_object(addresses, names))


def configurations(home: OpenedHome) -> dict[str, dict[str, JsonValue]]:
    """Return the metadata of everything that can be offered: each licence type of the home in each suite that is fit now."""
    base, suites = home.settings.server.base_url, fit_suites(home)
    scope = FETCH if home.settings.wallet.sign_in else ""
    return {
        configuration_name(kind.name, suite): described(kind, suite, base, scope)
        for kind in _types(home)
        for suite in suites
    }


def offered_here(home: OpenedHome) -> dict[str, Configuration]:
    """Return everything that can be offered, by the names wallets ask by."""
    suites = fit_suites(home)
    every = (Configuration(kind=kind.name, suite=suite) for kind in _types(home) for suite in suites)
    return {each.name: each for each in every}


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
