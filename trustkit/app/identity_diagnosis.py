"""What ``trustkit doctor`` finds of sign-on: its secret and keys, the address people reach it at, who is in office, its connectors.

No passphrase is asked for, so nothing sealed is opened; a provider is asked only where that was wanted.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from idp.connectors.oidc_provider import OpenIdProvider
from idp.op.key_ring import KeyState
from idp.op.keys import list_keys
from trustkit.app import idp_connector_settings
from trustkit.app.certificate_files import read_certificates
from trustkit.app.finding import Finding
from trustkit.app.idp_connector_secrets import secret_place
from trustkit.app.idp_connector_settings import OpenIdSettings, RemoteSettings, parse_connectors
from trustkit.app.idp_connectors import origin
from trustkit.app.idp_secrets import has_identity_secret
from trustkit.app.idp_upstream import open_upstream
from trustkit.clock import format_rfc3339
from trustkit.errors import TrustError
from trustkit.store import administrators
from trustkit.store.administrators import Office
from trustkit.x509.host_names import covers_host

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from trustkit.app.authority import Authority
    from trustkit.app.idp_connector_settings import ConnectorSettings

    Look = Callable[[], Iterator[Finding]]

_SOON: Final = timedelta(days=30)


def identity_findings(home: Authority, now: datetime, *, asked: bool) -> Iterator[tuple[str, Look]]:
    """Return what is looked at of sign-on, each by its name; nothing where a home does not use it."""
    settings = home.settings
    used = has_identity_secret(settings.home)
    if not (used or settings.connectors or settings.idp.officials_sign_in or settings.idp.beside_serve):
        return
    yield "sign-on secret", partial(_secret, used=used)
    yield "sign-on address", partial(_address, home, now)
    yield "sign-on keys", partial(_keys, home, used=used)
    yield "officials", partial(_officials, home)
    yield "connectors", partial(_connectors, home, now, asked=asked)


def _secret(*, used: bool) -> Iterator[Finding]:
    found = "made" if used else "not made: nobody can sign in; `trustkit idp init` makes it"
    yield Finding(what="sign-on secret", found=found, broken=not used)


def _address(home: Authority, now: datetime) -> Iterator[Finding]:
    """Tell the issuer, and whether what speaks TLS for it fits it; settings that production refuses are refused before this."""
    idp = home.settings.idp
    url = idp.url()
    if not idp.tls:
        spoken = "TLS by the proxies in trusted_proxies" if idp.secure else "no TLS: for trial use on this machine only"
        yield Finding(what="sign-on address", found=f"{url}, {spoken}", broken=idp.secure and not idp.trusted_proxies)
        return
    host, certificate = urlsplit(url).hostname or "", read_certificates(home.settings.home / idp.tls_certificate)[0]
    wrong = [] if covers_host(certificate, host) else [f"is not of {host}"]
    if not certificate.not_before <= now <= certificate.not_after - _SOON:
        wrong.append("ends" if now <= certificate.not_after else "ended")
        wrong[-1] += f" {format_rfc3339(certificate.not_after)}"
    told = f"; its TLS certificate {', '.join(wrong)}" if wrong else ", TLS of its own"
    yield Finding(what="sign-on address", found=f"{url}{told}", broken=bool(wrong) or not idp.secure)


def _keys(home: Authority, *, used: bool) -> Iterator[Finding]:
    with home.database.reading() as unit:
        keys = list_keys(unit)
    if not keys:
        told = "none yet; `trustkit idp serve` makes them when it starts"
        yield Finding(what="sign-on keys", found=told if used else "none")
        return
    algorithms = sorted({each.algorithm.value for each in keys})
    current = {each.algorithm.value for each in keys if each.state is KeyState.CURRENT}
    missing = [each for each in algorithms if each not in current]
    found = f"{', '.join(algorithms)}; {len(keys)} published"
    yield Finding(
        what="sign-on keys",
        found=f"{found}; none signs {', '.join(missing)}" if missing else found,
        broken=bool(missing),
    )


def _officials(home: Authority) -> Iterator[Finding]:
    """Tell whether officials sign in, and who is in office, by number."""
    with home.database.reading() as unit:
        held = {each: administrators.count(unit, each) for each in Office}
    offices = ", ".join(f"{number} {office.value}" for office, number in held.items())
    if not home.settings.idp.officials_sign_in:
        yield Finding(
            what="officials", found=f"do not sign in: acts are the terminal's operator's; in office: {offices}"
        )
        return
    if not held[Office.SECURITY]:
        told = (
            "nobody is security administrator yet, so the terminal's operator administers: `trustkit idp role assign`"
        )
        yield Finding(what="officials", found=f"sign in; {told}", broken=True)
        return
    empty = [office.value for office, number in held.items() if not number]
    told = f"; nobody is {' or '.join(empty)} administrator: `trustkit idp role assign`" if empty else ""
    yield Finding(what="officials", found=f"sign in; in office: {offices}{told}", broken=bool(empty))


def _connectors(home: Authority, now: datetime, *, asked: bool) -> Iterator[Finding]:
    """Tell of each connector. Raise SETTINGS_* for tables that cannot be meant, or that production refuses."""
    found = parse_connectors(home.settings.connectors)
    if home.settings.production:
        idp_connector_settings.require_secure(found)
    for each in found:
        what = f"connector {each.name}"
        try:
            yield Finding(what=what, found=_connector(home, each, now, asked=asked), broken=_lacks(home, each))
        except TrustError as error:
            yield Finding(what=what, found=str(error), broken=True)


def _lacks(home: Authority, connector: ConnectorSettings) -> bool:
    needs = isinstance(connector, OpenIdSettings) and not connector.key and not connector.secret_file
    return needs and not secret_place(home.settings.home, connector.name).exists()


def _connector(home: Authority, connector: ConnectorSettings, now: datetime, *, asked: bool) -> str:
    if _lacks(home, connector):
        return f"no secret; `trustkit idp connector secret {connector.name}` keeps one"
    if not isinstance(connector, RemoteSettings):
        return connector.kind
    if not isinstance(connector, OpenIdSettings):
        return f"{connector.kind}; `trustkit idp connector check {connector.name}` tries it with its secret"
    if not asked:
        return f"{connector.issuer}; not asked, `trustkit doctor --connectors` asks"
    asyncio.run(_provider(home, connector).metadata(now=now))
    return f"{connector.issuer} answers"


def _provider(home: Authority, connector: OpenIdSettings) -> OpenIdProvider:
    production = home.settings.production
    upstream = open_upstream(
        home.clock,
        bases=(origin(connector.issuer), *connector.private_bases),
        authorities=home.settings.home / connector.authorities if connector.authorities else None,
        production=production,
        seconds=float(connector.seconds),
    )
    plain = not production and connector.issuer.startswith("http://")
    return OpenIdProvider(issuer=connector.issuer, upstream=upstream, plain=plain, aliases={})
