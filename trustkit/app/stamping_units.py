"""The time-stamping units of a home: the issuing CA's own, and one under each other authority that was given one.

A unit stamps with a key of its authority's kind, so that a home on SM2 can serve clients that know RSA or ECDSA alone. Its
certificate is made by a person (`trustkit ca renew timestamping --under NAME`); the service has a door for each.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from ca.order_rules import BACKDATING
from trustkit.app.keys import KeyName
from trustkit.app.own_certificates import issue_own_certificate
from trustkit.app.rows import CertificateLine
from trustkit.clock import format_rfc3339
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from datetime import datetime

    from trustkit.app.keys import Keys
    from trustkit.app.new_keys import KeyInModule
    from trustkit.app.opened import OpenedHome
    from trustkit.x509.certificate import Certificate

ISSUING: Final = "issuing"  # the unit every home has, which also stamps what the house itself signs
_TITLE: Final = " 时间戳"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitPlan:
    """What `make_unit` will sign. `replaces` is the unit's current certificate, None when it is the first."""

    authority: str
    issuer: Certificate
    not_after: datetime
    replaces: CertificateLine | None

    def rows(self) -> tuple[tuple[str, str], ...]:
        """Return what a person is shown before it is signed."""
        old = self.replaces
        return (
            ("certificate", KeyName.TIMESTAMP.value),
            ("issuer", f"{self.authority}: {self.issuer.subject}"),
            ("key", f"{self.issuer.public_key.kind.value}, made anew"),
            ("valid until", format_rfc3339(self.not_after)),
            ("replaces", f"{old.serial} ({old.state})" if old is not None else "nothing, it is the first"),
        )


def unit_names(home: OpenedHome) -> tuple[str, ...]:
    """Return the authorities that have a unit, the issuing CA first."""
    others = (name for name in home.publications().names() if name != ISSUING)
    return (ISSUING, *(name for name in others if home.authorities.newest_under(name, KeyName.TIMESTAMP.value)))


def unit_key(authority: str) -> str:
    """Return what the keys of an authority's unit are called."""
    return KeyName.TIMESTAMP.value if authority == ISSUING else f"{KeyName.TIMESTAMP.value}-{authority}"


def unit_certificate(home: OpenedHome, authority: str) -> Certificate:
    """Return a unit's current certificate, whether it holds or not. Raise OWN_CERTIFICATE when there is none."""
    if authority == ISSUING:
        return home.certificate(KeyName.TIMESTAMP)
    found = home.authorities.newest_under(authority, KeyName.TIMESTAMP.value)
    if found is None:
        raise _unfit(authority, "missing")
    return found[1]


def require_unit(home: OpenedHome, authority: str) -> None:
    """Raise OWN_CERTIFICATE when a unit has no certificate, or one that has expired or was revoked."""
    if authority == ISSUING:
        home.require_fit_to_sign(KeyName.TIMESTAMP)
        return
    found = home.authorities.newest_under(authority, KeyName.TIMESTAMP.value)
    state = "missing" if found is None else "revoked" if found[0].revoked_at is not None else ""
    if found is not None and not state and home.clock.now() > found[1].not_after:
        state = "expired"
    if state:
        raise _unfit(authority, state)


def plan_unit(home: OpenedHome, authority: str, *, shorten: bool = False) -> UnitPlan:
    """Return what `make_unit` would sign, every refusal made that needs no key.

    Raises:
        TrustError: USAGE for the issuing CA, whose unit `CertificateRenewal` renews; CA_AUTHORITY_MISSING; CA_ENDS_FIRST when the
            authority is not in force, or ends before the profile's time unless `shorten`; CA_PROFILE.
    """
    if authority == ISSUING:
        raise TrustError(ErrorCode.USAGE, "the issuing CA's unit is renewed without --under")
    now = home.clock.now()
    issuer = home.authorities.in_force(authority, now)
    days = home.authorities.profile(KeyName.TIMESTAMP.value).days
    not_after = now.replace(microsecond=0) - BACKDATING + timedelta(days=days)
    if not_after > issuer.not_after and not shorten:
        raise TrustError(
            ErrorCode.CA_ENDS_FIRST, f"{authority} ends {format_rfc3339(issuer.not_after)}", part=authority
        )
    found = home.authorities.newest_under(authority, KeyName.TIMESTAMP.value)
    return UnitPlan(
        authority=authority,
        issuer=issuer,
        not_after=min(not_after, issuer.not_after),
        replaces=None if found is None else CertificateLine.of_row(found[0], current=True),
    )


def make_unit(home: OpenedHome, plan: UnitPlan, keys: Keys, module: KeyInModule | None = None) -> Certificate:
    """Make the next certificate of a unit, the current one from then on, with a new key or the module's.

    Raises:
        TrustError: PASSPHRASE_WRONG, KEY_*, CA_LINT and what issuing raises; the old certificate is in use then.
    """
    return issue_own_certificate(
        home,
        keys,
        plan.authority,
        plan.issuer,
        KeyName.TIMESTAMP,
        file=unit_key(plan.authority),
        title=plan.authority + _TITLE,
        module=module,
    )


def _unfit(authority: str, state: str) -> TrustError:
    told = f"its unit is {state}; `trustkit ca renew timestamping --under {authority}` makes the next"
    return TrustError(ErrorCode.OWN_CERTIFICATE, told, part=unit_key(authority), state=state)
