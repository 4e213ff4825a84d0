"""The certificates the machine doors give: under one CA of the home, by its profiles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ca.authority import IssuingAuthority
from ca.enrolment import order_from_request
from ca.issuance import CertificateIssuer
from ca.profile import PROFILE_NAME, load_profile
from ca.submissions import CertificateAsked
from trustkit.app.issuing_rules import issuing_rules
from trustkit.app.orders import is_for_others
from trustkit.app.registration import RegistrationDesk, policy_file
from trustkit.errors import ErrorCode, TrustError
from trustkit.x509.general_name_build import dns_name

if TYPE_CHECKING:
    from ca.enrolment_port import Together, Wish
    from ca.order import CertificateOrder
    from ca.profile_model import CertificateProfile
    from trustkit.app.authority import Authority
    from trustkit.app.keys import Keys
    from trustkit.identity import Principal
    from trustkit.x509.certificate import Certificate


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeIssues:
    """`ca.enrolment_port.Issues` over a home, under the authority called `ca`. Raise CA_AUTHORITY_MISSING when it is not there."""

    home: Authority
    keys: Keys
    ca: str

    def __post_init__(self) -> None:
        """Refuse an authority that is not there before anything listens."""
        self.home.authorities.certificate(self.ca)

    def order(self, wish: Wish) -> CertificateOrder:
        """See `ca.enrolment_port.Issues.order`."""
        profile = requestable_profile(self.home, wish.profile)
        names = None if wish.dns_names is None else tuple(dns_name(name) for name in wish.dns_names)
        order = order_from_request(
            wish.request,
            profile,
            links=self.home.authorities.links(self.ca),
            subject=None if wish.subject is None else dict(wish.subject),
            alternative_names=names,
        )
        if wish.encryption_profile:
            RegistrationDesk(home=self.home).require_askable(certificate_asked(wish, self.ca))
        return order

    def issue(self, order: CertificateOrder, *, actor: Principal, together: Together) -> Certificate:
        """See `ca.enrolment_port.Issues.issue`."""
        certificate = self.home.authorities.in_force(self.ca, self.home.clock.now())
        issuer = CertificateIssuer(
            self.keys.ca_signer(self.ca, certificate),
            certificate,
            rules=issuing_rules(self.home.settings.home),
        )
        authority = IssuingAuthority(name=self.ca, database=self.home.database, clock=self.home.clock, issuer=issuer)
        return authority.issue(order, actor, together)


def certificate_asked(wish: Wish, ca: str) -> CertificateAsked:
    """Return what registrars see of a wish for a certificate under a CA. Raise USAGE for the form of a name."""
    return CertificateAsked(
        request=wish.request.der, profile=wish.profile, encryption_profile=wish.encryption_profile, authority=ca
    )


def requestable_profile(home: Authority, name: str) -> CertificateProfile:
    """Return a profile that takes requests. Raise REQUEST_MISSING, and CA_PROFILE for one that cannot be read."""
    if PROFILE_NAME.fullmatch(name) is None:
        raise TrustError(ErrorCode.REQUEST_MISSING, "no such profile")
    file = policy_file(home.settings.home, f"certificates/{name}.toml")
    if not file.exists():
        raise TrustError(ErrorCode.REQUEST_MISSING, "no such profile")
    profile = load_profile(file.parent, name)
    if not is_for_others(profile):
        raise TrustError(ErrorCode.REQUEST_MISSING, "no certificate of this profile is issued on request", profile=name)
    return profile
