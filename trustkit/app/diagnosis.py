"""What ``trustkit doctor`` finds: every fact someone who helps would ask for, and what is wrong with it."""

from __future__ import annotations

import platform
import shutil
import ssl
import sys
from datetime import timedelta
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Final

from ca.client_record import require_recorded
from ca.list_publication import untold
from esign.credential.suites import CredentialSuite
from esign.rendering.fonts import find_fonts
from trustkit.app.credential_keys import SUITE_KEYS, suite_authority
from trustkit.app.finding import Finding
from trustkit.app.home import KEYS, POLICIES, TRUST
from trustkit.app.identity_diagnosis import identity_findings
from trustkit.app.idp_diagnosis import sign_on
from trustkit.app.issuing_rules import KNOWN_KEYS, known_keys
from trustkit.app.key_sets import KeySets
from trustkit.app.keys import END_KEYS, RENEWABLE, KeyName
from trustkit.app.ocsp_certificates import last_third
from trustkit.app.sharing_diagnosis import sharing_findings
from trustkit.app.stamping import latest_seen
from trustkit.app.stamping_units import ISSUING as UNIT_OF_THE_HOUSE
from trustkit.app.stamping_units import unit_names
from trustkit.app.webhook_diagnosis import webhook_findings
from trustkit.app.wiring import load_authority
from trustkit.clock import format_rfc3339
from trustkit.crypto.engines.selection import choose
from trustkit.errors import ErrorCode, TrustError
from trustkit.store import ca_clients, crls, operators, status_lists
from trustkit.store.licence_copies import SUITE as COPIES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from pathlib import Path

    from trustkit.app.authority import Authority
    from trustkit.clock import Clock
    from trustkit.store.certificates import CertificateRow
    from trustkit.x509.certificate import Certificate

PACKAGES: Final = ("cryptography", "asn1crypto", "pyhanko", "typst", "sqlalchemy", "granian", "fastapi", "ipp-crypto")
RENEW_BEFORE: Final = timedelta(days=30)  # a certificate that ends sooner needs attention
CONTRIBUTING: Final = " --contribution FILE…"
LEAST_FREE: Final = 512 * 1024 * 1024  # octets; below, an issuance may meet a full disk


def diagnose(home: Path, clock: Clock, *, connectors: bool = False) -> tuple[Finding, ...]:
    """Return every finding; a part that cannot be looked at becomes a broken finding, never an exception.

    With `connectors` the providers of sign-on, and those whose tokens the doors take, are asked as well, which nothing else of this does over a network.
    """
    return tuple(_found(home, clock, connectors=connectors))


def _found(home: Path, clock: Clock, *, connectors: bool) -> Iterator[Finding]:
    yield Finding(what="trustkit", found=_version("trustkit"))
    yield Finding(what="python", found=f"{sys.version.split()[0]} ({platform.python_implementation()})")
    yield Finding(what="machine", found=f"{platform.system()} {platform.release()} {platform.machine()}")
    yield Finding(what="openssl of python", found=ssl.OPENSSL_VERSION)
    for package in PACKAGES:
        yield Finding(what=package, found=_version(package))
    yield from _attempt("SM2 engine", _engines)
    yield from _attempt("fonts", _fonts)
    yield Finding(what="time", found=format_rfc3339(clock.now()))
    yield from _attempt("home", lambda: _home(home, clock, connectors=connectors))


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _attempt(what: str, look: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    try:
        yield from look()
    except TrustError as error:
        yield Finding(what=what, found=str(error), broken=True)


def _engines() -> Iterator[Finding]:
    choice = choose(production=False)
    batch = f", batches by {choice.batch.name}" if choice.batch is not None else ""
    yield Finding(what="SM2 engine", found=f"{choice.single.name}{batch}")
    for report in choice.reports:
        yield Finding(what=f"  {report.name} {report.version}".rstrip(), found=report.reason)


def _fonts() -> Iterator[Finding]:
    for face in find_fonts().faces:
        yield Finding(what="font", found=f"{face.family} ({face.path.name})")


def _home(home: Path, clock: Clock, *, connectors: bool) -> Iterator[Finding]:
    authority = load_authority(home, clock)
    try:
        yield Finding(what="home", found=str(home))
        settings = authority.settings
        yield Finding(what="production mode", found="on" if settings.production else "off: for trial use only")
        yield Finding(what="public URL", found=settings.server.base_url)
        yield Finding(what="store", found=authority.database.shown)
        free = shutil.disk_usage(home).free
        yield Finding(what="free disk", found=f"{free // 2**20} MiB", broken=free < LEAST_FREE)
        now = clock.now()
        for name in KeyName:
            if name in SUITE_KEYS or (name not in END_KEYS and name in RENEWABLE and not _has(authority, name)):
                continue  # not every home makes seals, and those of credentials are told of by suite
            yield from _attempt(f"certificate {name.value}", partial(_certificate, authority, name, now))
        yield from _attempt("OCSP responders", partial(_responders, authority, now))
        yield from _attempt("time-stamping units", partial(_units, authority, now))
        yield from _attempt("credentials", partial(_credentials, authority, now))
        yield from _attempt("shared keys", partial(_shared_keys, authority))
        yield from _attempt("API clients", partial(_clients, authority))
        yield from _attempt("webhooks", partial(webhook_findings, authority))
        yield from _attempt("known keys", partial(_known_keys, home))
        yield from _attempt("trusted besides", partial(_trusted, authority))
        yield from _publications(authority, now)
        yield _stamp_clock(authority, now)
        yield from sign_on(settings.idp)
        for what, look in identity_findings(authority, now, asked=connectors):
            yield from _attempt(what, look)
        for what, look in sharing_findings(authority, now, asked=connectors):
            yield from _attempt(what, look)
    finally:
        authority.close()


def _trusted(authority: Authority) -> Iterator[Finding]:
    """Tell how many anchors verifying has beside the home's own root."""
    besides = len(authority.verification.anchors.anchors) - 1
    yield Finding(what="trusted besides", found=f"certificates in {TRUST}/: {besides}" if besides > 0 else "nobody")


def _has(authority: Authority, name: KeyName) -> bool:
    try:
        authority.newest(name)
    except TrustError as error:
        if error.code is ErrorCode.OWN_CERTIFICATE:
            return False
        raise
    return True


def _certificate(authority: Authority, name: KeyName, now: datetime) -> Iterator[Finding]:
    row, certificate = authority.newest(name)
    found = f"valid until {format_rfc3339(certificate.not_after)}"
    if row.revoked_at is not None:
        found = f"revoked {format_rfc3339(row.revoked_at)}"
    good = row.revoked_at is None and certificate.not_before <= now <= certificate.not_after
    sitting = _sitting(authority, authority.authorities.certificate(UNIT_OF_THE_HOUSE)) if name in RENEWABLE else ""
    before = RENEW_BEFORE
    if sitting and name is KeyName.OCSP:  # as early as it would be renewed if nobody had to sit for it
        before = max(before, last_third(certificate))
    ending = good and name in RENEWABLE and certificate.not_after - now < before
    told = f"; `trustkit ca renew {name.value}{CONTRIBUTING if sitting else ''}` makes the next{sitting}"
    hint = told if name in RENEWABLE and (ending or not good) else ""
    yield Finding(what=f"certificate {name.value}", found=found + hint, broken=not good or ending)


def _responders(authority: Authority, now: datetime) -> Iterator[Finding]:
    """Tell of the OCSP responder of each key of each authority; the one `ca renew ocsp` renews was told of before."""
    found = authority.authorities
    for name in authority.publications().names():
        for number, issuer in enumerate(found.of_each_key(name)):
            key = "" if number == 0 else f", of the earlier key {issuer.public_key.identifier.hex()[:8]}"
            if (
                (number == 0 and name == UNIT_OF_THE_HOUSE)
                or now > issuer.not_after
                or found.links(name).ocsp_url is None
            ):
                continue
            newest = found.responder(name, under=issuer)
            sitting = _sitting(authority, issuer)
            hint = f"`trustkit ca publish{CONTRIBUTING if sitting else ''}` makes the next{sitting}"
            yield _of_newest(f"OCSP responder {name}{key}", newest, now, hint, before=None)


def _sitting(authority: Authority, issuer: Certificate) -> str:
    """Return what comes before an act of an authority whose key is shared; empty for one that is not."""
    found = KeySets(authority.settings.home / KEYS).of_key(issuer.public_key)
    return "" if found is None else f", after its custodians sat together: `trustkit ca ceremony begin {found.name}`"


def _units(authority: Authority, now: datetime) -> Iterator[Finding]:
    """Tell of the time-stamping units under other authorities than the issuing CA."""
    for name in unit_names(authority):
        if name != UNIT_OF_THE_HOUSE:
            newest = authority.authorities.newest_under(name, KeyName.TIMESTAMP.value)
            hint = f"`trustkit ca renew timestamping --under {name}` makes the next"
            yield _of_newest(f"time-stamping unit {name}", newest, now, hint, before=RENEW_BEFORE)


def _credentials(authority: Authority, now: datetime) -> Iterator[Finding]:
    """Tell of what signs credentials and their status lists, in each suite that was set up."""
    for suite in CredentialSuite:
        name = suite_authority(authority, suite)
        hint = f"`trustkit licence credential-setup --suite {suite.value} --renew` makes the next"
        for key in SUITE_KEYS if name is not None else ():
            newest = authority.authorities.newest_under(str(name), key.value)
            yield _of_newest(f"certificate {key.value} ({suite.value})", newest, now, hint, before=RENEW_BEFORE)


def _of_newest(
    what: str, newest: tuple[CertificateRow, Certificate] | None, now: datetime, hint: str, *, before: timedelta | None
) -> Finding:
    """Tell of a certificate that is to be renewed some time before its end: in its last third unless told."""
    if newest is None:
        return Finding(what=what, found=f"there is none; {hint}", broken=True)
    row, certificate = newest
    found = f"valid until {format_rfc3339(certificate.not_after)}"
    if row.revoked_at is not None:
        found = f"revoked {format_rfc3339(row.revoked_at)}"
    early = last_third(certificate) if before is None else before
    broken = row.revoked_at is not None or now > certificate.not_after - early
    return Finding(what=what, found=f"{found}; {hint}" if broken else found, broken=broken)


def _shared_keys(authority: Authority) -> Iterator[Finding]:
    """Tell of each shared key whether as many custodians are in office as it takes to open it."""
    with authority.database.reading() as unit:
        gone = {row.id for row in operators.list_operators(unit) if row.revoked_at is not None}
    for key_set in KeySets(authority.settings.home / KEYS).all():
        left = sum(member.custodian not in gone for member in key_set.members)
        found = f"{left} of {len(key_set.members)} custodians in office, {key_set.threshold} are needed"
        if left < key_set.threshold:
            found += "; nobody can open it any more"
        elif left < len(key_set.members):
            found += "; share it anew: `trustkit ca ceremony reshare`"
        yield Finding(what=f"shared key {key_set.name}", found=found, broken=left < key_set.threshold)


def _clients(authority: Authority) -> Iterator[Finding]:
    """Tell of API clients whose row of the store is not what the trail recorded."""
    with authority.database.reading() as unit:
        for row in ca_clients.list_all(unit):
            if row.revoked_at is None:
                try:
                    require_recorded(unit, row)
                except TrustError as error:
                    found = f"{error}; `trustkit ca client grant {row.name}` or `revoke` once it is known why"
                    yield Finding(what=f"API client {row.name}", found=found, broken=True)


def _known_keys(home: Path) -> Iterator[Finding]:
    """Tell whether keys that others have are refused; the list is the operator's to bring."""
    listed = known_keys(home)
    none = f"no list at {POLICIES}/{KNOWN_KEYS}: keys that others have, such as Debian's weak ones, are not looked for"
    yield Finding(what="known keys", found=none if listed is None else f"{listed.count} are refused")


def _stamp_clock(authority: Authority, now: datetime) -> Finding:
    """Tell whether the store has seen a later time than the clock reads: then no time stamp is made."""
    seen = latest_seen(authority)
    behind = seen is not None and seen - authority.settings.timestamp.accuracy > now
    found = "not behind anything that happened"
    if behind and seen is not None:
        told = format_rfc3339(seen)
        found = f"reads earlier than {told}, when something happened; set it right, or `trustkit ca accept-clock`"
    return Finding(what="clock for time stamps", found=found, broken=behind)


def _publications(authority: Authority, now: datetime) -> Iterator[Finding]:
    with authority.database.reading() as unit:
        for name in authority.publications().names():
            head = crls.find_head(unit, name)
            until = f"good until {format_rfc3339(head.next_update)}" if head else "never published"
            missing = untold(unit, name)
            left = f"; {missing} revoked and on no list yet: `trustkit ca publish`" if missing else ""
            broken = head is None or now > head.next_update or missing > 0
            yield Finding(what=f"CRL {name}", found=until + left, broken=broken)
        for number, status_list in enumerate(status_lists.list_all(unit), start=1):
            token = status_lists.find_latest_token(unit, status_list.uri)
            until = format_rfc3339(token.expires_at) if token else "never published"
            stale = token is None or now > token.expires_at
            free = status_lists.count_free(unit, status_list.uri)
            whose = {None: "", COPIES: " of copies"}.get(status_list.suite, f" of credentials ({status_list.suite})")
            yield Finding(
                what=f"status list {number}{whose}", found=f"good until {until}, {free} slots free", broken=stale
            )
