"""``trustkit ca issue``: certificates for others' requests, planned and shown before the authority's key is used."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from ca.authority import IssuingAuthority
from ca.enrolment import order_from_request
from ca.issuance import CertificateIssuer
from ca.operators import Operators
from ca.order_rules import validity_of
from ca.registration_policy import load_registration_policy
from trustkit.app.issuing_rules import issuing_rules
from trustkit.app.orders import is_for_others
from trustkit.app.registration import POLICY, policy_file
from trustkit.clock import format_rfc3339
from trustkit.errors import ErrorCode, TrustError
from trustkit.store.registrations import Kind
from trustkit.x509.general_name_build import dns_name, email_address, ip_address, uri
from trustkit.x509.request import parse_request, verify_request

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ca.order import CertificateOrder
    from trustkit.app.keys import Keys
    from trustkit.app.opened import OpenedHome
    from trustkit.x509.certificate import Certificate
    from trustkit.x509.general_name import GeneralName
    from trustkit.x509.request import VerifiedRequest

_MAKERS: Final = {"dns": dns_name, "ip": ip_address, "email": email_address, "uri": uri}


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuePlan:
    """What is about to be signed, and by which authority."""

    ca: str
    order: CertificateOrder
    until: datetime

    def rows(self) -> tuple[tuple[str, str], ...]:
        """Return what a person is shown before it is signed."""
        return (
            ("subject", self.order.shown),
            ("names", self.order.shown_names or "none"),
            ("profile", f"{self.order.profile.name}, {self.order.profile.title_en}"),
            ("issuer", self.ca),
            ("valid until", format_rfc3339(self.until)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateDesk:
    """Takes proved requests to the authorities of one home."""

    home: OpenedHome

    def plan(
        self,
        request: bytes,
        *,
        profile: str,
        ca: str,
        subject: Mapping[str, str] | None = None,
        names: Sequence[str] = (),
        days: int | None = None,
    ) -> IssuePlan:
        """Return what `issue` would sign for a request (PEM or DER), every refusal made that needs no key.

        `names` are ``KIND:VALUE`` with dns, ip, email or uri; none takes the request's.

        Raises:
            TrustError: REQUEST_INVALID, SIGNATURE_* for a request that is not its key's owner's; CA_AUTHORITY_MISSING,
                CA_PROFILE, CA_ORDER, CA_SUBJECT, CA_VALIDITY, NAME_MALFORMED; REGISTRATION_APPROVALS when registrars
                must agree to the profile and there are some; CA_ENDS_FIRST when the authority has ended or is revoked.
        """
        return self.plan_proved(
            verify_request(parse_request(request)), profile=profile, ca=ca, subject=subject, names=names, days=days
        )

    def plan_proved(
        self,
        proved: VerifiedRequest,
        *,
        profile: str,
        ca: str,
        subject: Mapping[str, str] | None = None,
        names: Sequence[str] = (),
        days: int | None = None,
    ) -> IssuePlan:
        """Return what `issue` would sign for a request that is proved to be its key's owner's; as `plan`."""
        now = self.home.clock.now()
        issuer = self.home.authorities.in_force(ca, now)
        order = order_from_request(
            proved,
            self.home.authorities.profile(profile),
            links=self.home.authorities.links(ca),
            subject=subject,
            alternative_names=tuple(general_name(each) for each in names) if names else None,
            not_after=None if days is None else now.replace(microsecond=0) + timedelta(days=days),
        )
        if not is_for_others(order.profile):
            told = "authorities are made by `trustkit ca create`, the home's own certificates by `trustkit ca renew`"
            raise TrustError(ErrorCode.CA_ORDER, told, profile=profile)
        self._require_nobody_else(profile)
        return IssuePlan(ca=ca, order=order, until=validity_of(order, issuer, now).not_after)

    def _require_nobody_else(self, profile: str) -> None:
        """Raise REGISTRATION_APPROVALS for a profile that registrars must agree to, once there is one who could."""
        policy = load_registration_policy(policy_file(self.home.settings.home, POLICY))
        needed = policy.approvals(Kind.CERTIFICATE, profile)
        if needed and Operators(database=self.home.database, clock=self.home.clock).has_registrar():
            told = "registrars agree to certificates of this profile: submit the request with `trustkit ca request`"
            raise TrustError(ErrorCode.REGISTRATION_APPROVALS, told, profile=profile, needed=needed)

    def issue(self, plans: Sequence[IssuePlan], keys: Keys) -> tuple[Certificate, ...]:
        """Sign what was planned under one authority: all of it or nothing. Raise as `IssuingAuthority.issue_batch`."""
        if not plans:
            return ()
        ca = plans[0].ca
        issuer = self.home.authorities.in_force(ca, self.home.clock.now())
        authority = IssuingAuthority(
            name=ca,
            database=self.home.database,
            clock=self.home.clock,
            issuer=CertificateIssuer(keys.ca_signer(ca, issuer), issuer, rules=issuing_rules(self.home.settings.home)),
        )
        return authority.issue_batch([plan.order for plan in plans], self.home.operator)


def general_name(text: str) -> GeneralName:
    """Return the name ``KIND:VALUE`` says, KIND one of dns, ip, email and uri. Raise USAGE, NAME_MALFORMED."""
    kind, colon, value = text.partition(":")
    if not colon or kind.lower() not in _MAKERS:
        raise TrustError(ErrorCode.USAGE, f"a name is KIND:VALUE with {', '.join(_MAKERS)}")
    return _MAKERS[kind.lower()](value)
