"""A certificate for a key of the house's own under any of its authorities: an OCSP responder, a time-stamping unit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ca.authority import IssuingAuthority
from ca.issuance import CertificateIssuer
from ca.order import CertificateOrder
from trustkit.app.issuing_rules import issuing_rules
from trustkit.app.keys import KeyName
from trustkit.app.new_keys import take_new_key
from trustkit.app.responder_profile import responder_profile
from trustkit.x509.name import Name

if TYPE_CHECKING:
    from trustkit.app.keys import Keys
    from trustkit.app.new_keys import KeyInModule
    from trustkit.app.opened import OpenedHome
    from trustkit.x509.certificate import Certificate


def issue_own_certificate(
    home: OpenedHome,
    keys: Keys,
    ca: str,
    issuer: Certificate,
    name: KeyName,
    *,
    file: str,
    title: str,
    module: KeyInModule | None = None,
) -> Certificate:
    """Make a key of the issuer's kind (or take the module's) and its certificate by the profile `name`; return that.

    `issuer` is the certificate of one of the authority's keys, `file` what the key's file is called, `title` the common name.

    Raises:
        TrustError: KEY_*, PASSPHRASE_WRONG (then nothing is made), CA_LINT and what issuing raises.
    """
    signer = keys.ca_signer(ca, issuer)
    key = take_new_key(home, keys, file, issuer.public_key.kind, module).public_key
    links, named = home.authorities.links(ca), home.settings.authority
    profile = home.authorities.profile(name.value)
    if name is KeyName.OCSP:
        profile = responder_profile(profile, home.settings.home, issuer)
    order = CertificateOrder(
        profile=profile,
        subject_der=Name.build(country="CN", organisation=named.name, unit=named.uscc, common_name=title),
        spki=key.spki,
        crl_url=links.crl_url,
        issuer_url=links.issuer_url,
        lists=links.lists,
        ocsp_url=links.ocsp_url if name is not KeyName.OCSP else None,  # vouched for until its end (ocsp-nocheck)
    )
    by = CertificateIssuer(signer, issuer, rules=issuing_rules(home.settings.home))
    return IssuingAuthority(name=ca, database=home.database, clock=home.clock, issuer=by).issue(order, home.operator)
