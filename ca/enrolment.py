"""From a proved request (PKCS#10) to an order: what the holder asked for, cut to what the profile decides.

    request = verify_request(parse_request(data))                      # proof of possession, RFC 2986 4.2
    order = order_from_request(request, profile, links=links)          # or with subject and names of the registration
    certificate = authority.issue(order, actor)

A request is a wish. Its subject is written anew by the profile's subject form, and a wish the profile does not know is
refused rather than dropped, so that nobody gets another certificate than the one they believe they asked for. Requested
extensions other than the alternative names are read only to refuse a contradiction: usages come from the profile alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ca.list_scope import UNDIVIDED, ListBinding
from ca.order import CertificateOrder
from ca.order_rules import require_within_profile
from ca.subject_form import build_subject, subject_values
from trustkit.errors import ErrorCode, TrustError
from trustkit.x509 import oids
from trustkit.x509.extension_values import (
    read_alternative_names,
    read_basic_constraints,
    read_extended_key_usage,
    read_key_usage,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from ca.profile_model import CertificateProfile
    from trustkit.x509.general_name import GeneralName
    from trustkit.x509.request import VerifiedRequest

MAX_REQUESTED_NAMES: Final = 100  # of one request; ACME orders have at most some hundred
# What a request may speak of. A subject key identifier is only a wish about a name for the key.
_UNDERSTOOD: Final = frozenset(
    {
        oids.SUBJECT_ALT_NAME,
        oids.BASIC_CONSTRAINTS,
        oids.KEY_USAGE,
        oids.EXTENDED_KEY_USAGE,
        oids.SUBJECT_KEY_IDENTIFIER,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicationLinks:
    """Where relying parties find what belongs to a CA: its CRL, its certificate, its OCSP responder."""

    crl_url: str
    issuer_url: str
    ocsp_url: str | None = None
    lists: ListBinding = UNDIVIDED


def order_from_request(
    request: VerifiedRequest,
    profile: CertificateProfile,
    *,
    links: PublicationLinks,
    subject: Mapping[str, str] | None = None,
    alternative_names: tuple[GeneralName, ...] | None = None,
    not_before: datetime | None = None,
    not_after: datetime | None = None,
    extensions: tuple[bytes, ...] = (),
) -> CertificateOrder:
    """Return the order of a request.

    Args:
        request: Whose key it is was proved; who they are was not.
        profile: What may be issued.
        links: Of the CA that will issue.
        subject: Label → value as registered; None takes the request's, each attribute only as the profile allows it.
        alternative_names: As registered or validated; None takes the request's, each of a kind the profile allows.
        not_before: None for now.
        not_after: None for the profile's days.
        extensions: Encoded further extensions, of the OIDs the profile lists.

    Raises:
        TrustError: CA_ORDER for a kind of key, name or extension the profile does not allow, or usages it contradicts;
            CA_SUBJECT and NAME_MALFORMED for the subject; DER_MALFORMED for a requested extension that cannot be read.
    """
    _refuse_contradictions(request, profile)
    order = CertificateOrder(
        profile=profile,
        subject_der=_subject(request, profile, subject),
        spki=request.public_key.spki,
        crl_url=links.crl_url,
        issuer_url=links.issuer_url,
        ocsp_url=links.ocsp_url,
        lists=links.lists,
        alternative_names=requested_names(request) if alternative_names is None else alternative_names,
        not_before=not_before,
        not_after=not_after,
        extensions=extensions,
    )
    require_within_profile(order, request.public_key)
    return order


def requested_names(request: VerifiedRequest) -> tuple[GeneralName, ...]:
    """Return the alternative names a request asks for. Raise DER_MALFORMED, CA_ORDER for too many."""
    extension = request.extensions.get(oids.SUBJECT_ALT_NAME)
    names = read_alternative_names(extension.value) if extension is not None else ()
    if len(names) > MAX_REQUESTED_NAMES:
        raise TrustError(ErrorCode.CA_ORDER, "too many alternative names", limit=MAX_REQUESTED_NAMES)
    return names


def _subject(request: VerifiedRequest, profile: CertificateProfile, given: Mapping[str, str] | None) -> bytes:
    if profile.subject is None:
        raise TrustError(
            ErrorCode.CA_PROFILE, "a profile without a subject form takes no requests", profile=profile.name
        )
    return build_subject(profile.subject, subject_values(request.subject_der) if given is None else given)


def _refuse_contradictions(request: VerifiedRequest, profile: CertificateProfile) -> None:
    """Raise CA_ORDER when a request asks to be what the profile does not make: another usage, a CA, an unknown extension."""
    for oid, extension in request.extensions.items():
        match oid:
            case oids.BASIC_CONSTRAINTS:
                fits = read_basic_constraints(extension.value)[0] <= profile.ca
            case oids.KEY_USAGE:
                fits = read_key_usage(extension.value) <= profile.key_usage
            case oids.EXTENDED_KEY_USAGE:
                fits = set(read_extended_key_usage(extension.value)) <= set(profile.extended_key_usage)
            case _:
                fits = oid in _UNDERSTOOD or oid in profile.extensions
        if not fits:
            named = oids.EXTENSION_NAMES.get(oid, oid)
            raise TrustError(
                ErrorCode.CA_ORDER,
                "the request asks for what the profile does not give",
                profile=profile.name,
                asked=named,
            )
