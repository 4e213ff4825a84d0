"""What ``trustkit doctor`` finds of the doors of organisations, holders and wallets, and of types that take two persons to act on.

A provider is asked only where that was wanted; nothing sealed is opened. What no settings can mean is refused before this.
"""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from esign.credential.suites import CredentialSuite
from esign.licence.lifecycle_rules import ISSUE
from esign.licence.types import LicenceType, licence_types, load_catalogued_type
from idp.connectors.oidc_provider import OpenIdProvider
from idp.op.clients import live_client
from idp.subject.mandates import Mandates
from trustkit.app.credential_keys import suite_authority
from trustkit.app.finding import Finding
from trustkit.app.holder_client import door_of
from trustkit.app.holder_settings import HOLDER_CLIENT, HolderSettings
from trustkit.app.home import KEYS, POLICIES
from trustkit.app.idp_secrets import has_identity_secret
from trustkit.app.idp_upstream import open_upstream
from trustkit.app.licence_holders import HOLDER_KEY_FILE
from trustkit.app.official_acts import OfficialAct
from trustkit.errors import TrustError
from trustkit.store import administrators, mandates, people

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from trustkit.app.authority import Authority

    Look = Callable[[], Iterator[Finding]]

_TOGETHER: Final = 2


def sharing_findings(home: Authority, now: datetime, *, asked: bool) -> Iterator[tuple[str, Look]]:
    """Return what is looked at of each door a home uses, by its name, and of its types."""
    settings = home.settings
    if settings.sharing.issuer:
        yield "sharing", partial(_sharing, home, now, asked=asked)
    with home.database.reading() as unit:
        registered = live_client(unit, HOLDER_CLIENT) is not None
    if registered or settings.holder != HolderSettings():
        yield "holders' door", partial(_holder, home, now, asked=asked)
    if settings.wallet.sign_in or settings.wallet.beside_serve:
        yield "wallets", partial(_wallet, home, now, asked=asked)
    yield "two persons", partial(_two_persons, home, now)


def _sharing(home: Authority, now: datetime, *, asked: bool) -> Iterator[Finding]:
    sharing = home.settings.sharing
    own = sharing.issuer.rstrip("/") == home.settings.idp.url()
    whose = "this home's own provider" if own else "another provider: holders cannot be asked, mandates are its word"
    wrong = _unmade(home) if own else ""
    yield Finding(
        what="sharing",
        found=f"{sharing.url()}; tokens of {sharing.issuer}, {whose}; to authorise {sharing.authorise_level}{wrong}",
        broken=bool(wrong),
    )
    yield from _answers(home, "sharing provider", sharing.issuer, sharing.authorities, now, asked=asked)


def _holder(home: Authority, now: datetime, *, asked: bool) -> Iterator[Finding]:
    holder = home.settings.holder
    url = holder.url()
    wrong = _unmade(home)
    if not door_of(home):
        wrong += "; not registered at this address: `trustkit share holder-setup`"
    if not (home.settings.home / KEYS / HOLDER_KEY_FILE).exists():
        wrong += "; no index of holders yet: it is made with the first licence"
    if home.settings.production and not (holder.secure and (holder.tls or holder.trusted_proxies)):
        wrong += "; production asks for https, by TLS of its own or trusted_proxies"
    told = f"{url}; asks for {holder.level}, to act within {holder.minutes} min{wrong}"
    yield Finding(what="holders' door", found=told, broken=bool(wrong))
    issuer = home.settings.idp.url()
    yield from _answers(home, "holders' provider", issuer, holder.authorities, now, asked=asked)


def _wallet(home: Authority, now: datetime, *, asked: bool) -> Iterator[Finding]:
    wallet = home.settings.wallet
    suites = [each.value for each in CredentialSuite if suite_authority(home, each) is not None]
    wrong = _unmade(home) if wallet.sign_in else ""
    if not suites:
        wrong += "; nothing signs credentials: `trustkit licence credential-setup`"
    signs = f"; holders sign in by {wallet.sign_in_level}" if wallet.sign_in else ""
    told = f"{wallet.url()}; {', '.join(suites) or 'no suite'}{signs}{wrong}"
    yield Finding(what="wallets", found=told, broken=bool(wrong))
    if wallet.sign_in:
        issuer = home.settings.idp.url()
        yield from _answers(home, "wallets' provider", issuer, wallet.sign_in_authorities, now, asked=asked)


def _two_persons(home: Authority, now: datetime) -> Iterator[Finding]:
    """Tell whether there are two who can act on types that take two: officials sign in, and as many have a live mandate to issue."""
    folder, least = home.settings.home / POLICIES / "licences", home.settings.licences.persons
    every = (load_catalogued_type(folder / name) for name in licence_types(folder))
    named = sorted(
        each.name
        for each in every
        if isinstance(each, LicenceType) and each.lifecycle.at_least(least).persons_for(ISSUE) >= _TOGETHER
    )
    if not named:
        return
    what = f"two persons for {', '.join(named)}"
    if not home.settings.idp.officials_sign_in:
        told = "officials do not sign in, so none is issued: `[idp] officials_sign_in`, or fewer persons in the type"
        yield Finding(what=what, found=told)  # as a home comes: it is wrong only for who means to issue these
        return
    count = _able(home, now)
    told = f"{count} may issue licences"
    if count < _TOGETHER:
        told += f"; one proposes and another approves: `trustkit idp mandate add … --scope {OfficialAct.LICENCE.value}`"
    yield Finding(what=what, found=told, broken=count < _TOGETHER)


def _able(home: Authority, now: datetime) -> int:
    """Return how many people may issue licences: a live mandate of the home's own, and neither an office nor a lock."""
    uscc = home.settings.authority.uscc
    with home.database.reading() as unit:
        named = {each.person for each in mandates.list_mandates(unit, uscc=uscc)}
        return sum(
            any(
                each.organisation.uscc == uscc and not each.sources and each.covers(OfficialAct.LICENCE.value)
                for each in Mandates().choices(unit, person, now=now)
            )
            for person in named
            if administrators.find(unit, person) is None and people.get(unit, person).locked_at is None
        )


def _unmade(home: Authority) -> str:
    return "" if has_identity_secret(home.settings.home) else "; nobody can sign in: `trustkit idp init`"


def _answers(
    home: Authority, what: str, issuer: str, authorities: str, now: datetime, *, asked: bool
) -> Iterator[Finding]:
    if not asked:
        yield Finding(what=what, found=f"{issuer}; not asked, `trustkit doctor --connectors` asks")
        return
    path = Path(home.settings.home, authorities) if authorities else None
    production = home.settings.production
    upstream = open_upstream(home.clock, bases=(issuer,), authorities=path, production=production)
    provider = OpenIdProvider(issuer=issuer.rstrip("/"), upstream=upstream, plain=not production)
    try:
        asyncio.run(provider.metadata(now=now))
    except TrustError as error:
        yield Finding(what=what, found=str(error), broken=True)
    else:
        yield Finding(what=what, found=f"{issuer} answers")
