"""Finding the certificates a SignerInfo may mean, among those inside the message and those brought along."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from trustkit.cms.model import Deviation
from trustkit.errors import ErrorCode, TrustError
from trustkit.x509.certificate import seen_certificate
from trustkit.x509.name import names_equal

if TYPE_CHECKING:
    from trustkit.cms.model import SignedMessage, SignerInfo
    from trustkit.x509.certificate import Certificate

MAX_CANDIDATES: Final = 4  # one is the rule; a renewed certificate of the same issuer and serial is an accident


def embedded_certificates(message: SignedMessage) -> tuple[tuple[Certificate, ...], tuple[str, ...]]:
    """Return the readable certificates of a message in their order, and notes about those that are not."""
    readable: list[Certificate] = []
    notes: tuple[str, ...] = ()
    for octets in message.certificates:
        try:
            readable.append(seen_certificate(octets))
        except TrustError:
            notes = (Deviation.CERTIFICATE_UNREADABLE,)  # reported, and never a reason to drop the message
    return tuple(readable), notes


def find_candidates(
    signer: SignerInfo, pool: tuple[Certificate, ...]
) -> tuple[tuple[Certificate, ...], tuple[str, ...]]:
    """Return the certificates of `pool` the SignerInfo names, without duplicates, at most `MAX_CANDIDATES`, and notes.

    The issuer name is compared octet by octet first, then as RFC 5280 7.1 compares names, which is noted.

    Raises:
        TrustError: CMS_NO_CERTIFICATE.
    """
    unique = {certificate.der: certificate for certificate in pool}.values()
    notes: tuple[str, ...] = ()
    if signer.subject_key_id is not None:
        found = [c for c in unique if _key_identifier(c) == signer.subject_key_id]
    else:
        same_serial = [c for c in unique if c.serial == signer.serial]
        found = [c for c in same_serial if c.issuer_der == signer.issuer_der]
        if not found and signer.issuer_der is not None:
            found = [c for c in same_serial if names_equal(c.issuer_der, signer.issuer_der)]
            notes = (Deviation.ISSUER_ENCODING,) if found else ()
    if not found:
        raise TrustError(ErrorCode.CMS_NO_CERTIFICATE, "no certificate at hand is the one the signer names")
    return tuple(found[:MAX_CANDIDATES]), notes


def _key_identifier(certificate: Certificate) -> bytes | None:
    """Return the extension's value, else what RFC 5280 4.2.1.2 (1) computes; None when the key cannot be read."""
    if certificate.subject_key_id is not None:
        return certificate.subject_key_id
    try:
        return certificate.public_key.identifier
    except TrustError:
        return None
