"""The extensions of a certificate: what its profile says, with the links and names of its order (RFC 5280 4.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from trustkit.x509.crl_extensions import freshest_crl
from trustkit.x509.extensions import ocsp_no_check, standard_extensions
from trustkit.x509.general_name_build import alternative_names
from trustkit.x509.name_constraints_build import name_constraints

if TYPE_CHECKING:
    from ca.order import CertificateOrder
    from trustkit.crypto.public_key import PublicKey
    from trustkit.x509.certificate import Certificate

_EMPTY_NAME: Final = b"\x30\x00"


def extensions_of(
    order: CertificateOrder, key: PublicKey, issuer: Certificate | None, *, serial: int
) -> tuple[bytes, ...]:
    """Return the encoded extensions of an order that `ca.order_rules` let pass; `issuer` is None for a root's own."""
    profile = order.profile
    links = profile.publish_links
    crl_url, delta_url = order.lists.urls(order.crl_url, serial)
    found = standard_extensions(
        key_identifier=key.identifier,
        authority_identifier=issuer.subject_key_id if issuer else None,
        ca=profile.ca,
        path_length=profile.path_length,
        usage=profile.key_usage,
        purposes=profile.extended_key_usage,
        crl_urls=(crl_url,) if links else (),
        issuer_urls=(order.issuer_url,) if links else (),
        ocsp_urls=(order.ocsp_url,) if links and order.ocsp_url is not None else (),
        policies=profile.policies,
    )
    if order.alternative_names:
        found += (alternative_names(order.alternative_names, critical=order.subject_der == _EMPTY_NAME),)
    if profile.name_constraints:
        found += (name_constraints(profile.name_constraints),)
    if links and delta_url is not None:
        found += (freshest_crl((delta_url,)),)
    if profile.no_check:
        found += (ocsp_no_check(),)
    return found + order.extensions
