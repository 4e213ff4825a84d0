"""The factors of a home: what people prove themselves with, over its store, secret and settings."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from idp.factors.apps import Apps
from idp.factors.breached import BreachedList
from idp.factors.confirmations import Confirmations
from idp.factors.hashing import Cost, PasswordHashing
from idp.factors.passkey_attestation import AttestationPolicy
from idp.factors.passkey_model import RelyingParty
from idp.factors.passkeys import PasskeyFactors
from idp.factors.passwords import Passwords
from idp.factors.recovery import RecoveryCodes
from idp.factors.standing import StandingFactors
from idp.factors.throttle import Throttle
from idp.factors.totp import TotpFactors
from idp.factors.weak_passwords import WeakPasswords, common_passwords
from trustkit.app.cores import cores
from trustkit.x509.trust_store import TrustStore

if TYPE_CHECKING:
    from trustkit.app.idp_home import IdentityHome


@dataclass(frozen=True, kw_only=True)
class HomeFactors:
    """The factors of an opened home, each made when it is first asked for."""

    home: IdentityHome

    @cached_property
    def throttle(self) -> Throttle:
        """What counts tries."""
        return Throttle(self.home.database, self.home.secrets)

    @cached_property
    def passwords(self) -> Passwords:
        """Passwords."""
        return Passwords(
            self.home.database,
            hashing=PasswordHashing(self.home.secrets, Cost(at_once=cores())),
            throttle=self.throttle,
            weak=WeakPasswords(common_passwords(), breached=self._breached()),
            access=self.home.access,
        )

    @cached_property
    def totp(self) -> TotpFactors:
        """Authenticator apps."""
        home = self.home
        return TotpFactors(
            home.database, sealing=home.secrets, throttle=self.throttle, issuer=home.settings.authority.name
        )

    @cached_property
    def recovery(self) -> RecoveryCodes:
        """Recovery codes."""
        return RecoveryCodes(self.home.database, sealing=self.home.secrets, throttle=self.throttle)

    @cached_property
    def passkeys(self) -> PasskeyFactors:
        """Passkeys, bound to the host browsers reach this service at."""
        home = self.home
        url = urlsplit(home.settings.idp.url())
        party = RelyingParty(
            id=url.hostname or "",
            name=home.settings.authority.name,
            origins=frozenset({f"{url.scheme}://{url.netloc}"}),
        )
        return PasskeyFactors(
            home.database, sealing=home.secrets, party=party, attestation=self._attestation(), throttle=self.throttle
        )

    @cached_property
    def apps(self) -> Apps:
        """Apps that confirm."""
        home = self.home
        return Apps(home.database, sealing=home.secrets, issuer=home.settings.idp.url())

    @cached_property
    def confirmations(self) -> Confirmations:
        """What is asked of them."""
        return Confirmations(self.home.database, throttle=self.throttle, issuer=self.home.settings.idp.url())

    @cached_property
    def standing(self) -> StandingFactors:
        """What people have."""
        return StandingFactors(self.home.database, self.home.access)

    def _breached(self) -> BreachedList | None:
        """Return the operator's list of breached passwords, None where he has none. Raise FACTOR_PASSWORD_LIST."""
        file = self.home.settings.idp.breached_passwords
        return BreachedList.open(self.home.settings.home / file) if file else None

    def _attestation(self) -> AttestationPolicy:
        """Return whose authenticators count as hardware."""
        settings = self.home.settings
        if not settings.idp.passkey_makers:
            return AttestationPolicy()
        # Read where makers are named alone: the parsers of every format of certificates take a fiftieth of a start.
        from trustkit.app.certificate_files import read_certificates  # noqa: PLC0415

        roots = read_certificates(settings.home / settings.idp.passkey_makers)
        return AttestationPolicy(roots=TrustStore(anchors=roots), required=settings.idp.passkey_hardware)
