"""``trustkit ca renew``: the next certificate of the seal, the time stamps, the status lists or the seal maker, with a new key or the same.

The order of acts makes each moment safe to crash in. The new key is durable in a file of its own before anything names it;
the certificate becomes the current one in the very commit that puts it into register and trail; the old key and certificate
stay as they were. So a home always has one current certificate, and the key to it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from ca.authority import IssuingAuthority
from ca.issuance import CertificateIssuer
from ca.order_rules import BACKDATING
from trustkit.app.issuing_rules import issuing_rules
from trustkit.app.keys import RENEWABLE, KeyName, Keys
from trustkit.app.new_keys import take_new_key
from trustkit.app.orders import certificate_order, profile_of, subject_of
from trustkit.app.responder_profile import responder_profile
from trustkit.app.rows import CertificateLine
from trustkit.clock import format_rfc3339
from trustkit.errors import ErrorCode, TrustError
from trustkit.x509.name import display_name
from trustkit.x509.reason import RevocationReason

if TYPE_CHECKING:
    from datetime import datetime

    from ca.profile_model import CertificateProfile
    from trustkit.app.new_keys import KeyInModule
    from trustkit.app.opened import OpenedHome
    from trustkit.x509.certificate import Certificate

_ISSUER = "issuing"  # the CA's name in the register


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewalPlan:
    """What is about to be signed. `replaces` is the current certificate, None when there is none yet."""

    name: KeyName
    same_key: bool
    subject: str
    issuer: str
    key_kind: str
    not_after: datetime
    replaces: CertificateLine | None

    def rows(self) -> tuple[tuple[str, str], ...]:
        """Return what a person is shown before it is signed."""
        old = self.replaces
        return (
            ("certificate", self.name.value),
            ("subject", self.subject),
            ("issuer", self.issuer),
            ("key", f"{self.key_kind}, " + ("the same as before" if self.same_key else "made anew")),
            ("valid until", format_rfc3339(self.not_after)),
            ("replaces", f"{old.serial} ({old.state})" if old is not None else "nothing, it is the first"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateRenewal:
    """Renews the end certificates of one home."""

    home: OpenedHome

    def plan(self, name: KeyName, *, same_key: bool = False, shorten: bool = False) -> RenewalPlan:
        """Return what `renew` would sign, every refusal made that needs no key.

        With `shorten` the certificate may end with the issuing CA, before the profile's time.

        Raises:
            TrustError: USAGE for a certificate that is not renewed so, and for a key that must not be kept; CA_ENDS_FIRST
                when the issuing CA ends first, has ended or is revoked; CA_PROFILE.
        """
        if name not in RENEWABLE:
            raise TrustError(ErrorCode.USAGE, f"what can be renewed is {', '.join(RENEWABLE)}")
        row, issuing = self.home.newest(KeyName.ISSUING)
        now = self.home.clock.now()
        if row.revoked_at is not None or now > issuing.not_after:
            raise TrustError(ErrorCode.CA_ENDS_FIRST, "the issuing CA has expired or is revoked", part=row.profile)
        profile = self._profile(name, issuing)
        not_after = now.replace(microsecond=0) - BACKDATING + timedelta(days=profile.days)
        if not_after > issuing.not_after and not shorten:
            ends = format_rfc3339(issuing.not_after)
            raise TrustError(ErrorCode.CA_ENDS_FIRST, f"the issuing CA ends {ends}", part=row.profile)
        current = self._current(name)
        if same_key and (current is None or current.reason == RevocationReason.KEY_COMPROMISE.value):
            raise TrustError(ErrorCode.USAGE, "--same-key: there is no key yet, or it was revoked as compromised")
        return RenewalPlan(
            name=name,
            same_key=same_key,
            subject=display_name(subject_of(self.home.settings, name)),
            issuer=issuing.subject,
            key_kind=issuing.public_key.kind.value,
            not_after=min(not_after, issuing.not_after),
            replaces=current,
        )

    def renew(self, plan: RenewalPlan, keys: Keys, module: KeyInModule | None = None) -> Certificate:
        """Sign what was planned and return the certificate, which is the current one from then on; `module` brings its key.

        Raises:
            TrustError: PASSPHRASE_WRONG, KEY_*, CA_LINT, SIGNING_FAILED, DISK_*, STORE_*; the old certificate is in use then.
        """
        issuing = self.home.certificate(KeyName.ISSUING)
        issuer_key = keys.signer(KeyName.ISSUING, issuing)  # a wrong passphrase ends here, with nothing made
        if plan.same_key:
            key = keys.signer(plan.name, self.home.certificate(plan.name)).public_key
        else:
            key = take_new_key(self.home, keys, plan.name, issuing.public_key.kind, module).public_key
        authority = IssuingAuthority(
            name=_ISSUER,
            database=self.home.database,
            clock=self.home.clock,
            issuer=CertificateIssuer(issuer_key, issuing, rules=issuing_rules(self.home.settings.home)),
        )
        order = certificate_order(self.home.settings, plan.name, register=_ISSUER, spki=key.spki)
        order = replace(order, profile=self._profile(plan.name, issuing))
        return authority.issue(order, self.home.operator)

    def _profile(self, name: KeyName, issuing: Certificate) -> CertificateProfile:
        profile = profile_of(self.home.settings, name)
        if name is not KeyName.OCSP:
            return profile
        return responder_profile(profile, self.home.settings.home, issuing)

    def _current(self, name: KeyName) -> CertificateLine | None:
        try:
            return CertificateLine.of_row(self.home.newest(name)[0], current=True)
        except TrustError as error:
            if error.code is ErrorCode.OWN_CERTIFICATE:  # a home older than this certificate
                return None
            raise
