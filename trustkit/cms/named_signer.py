"""Whose certificate a message names as its first signer's, unproved: for those who only look at it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustkit.x509.certificate import parse_certificate

if TYPE_CHECKING:
    from trustkit.cms.model import SignedMessage
    from trustkit.x509.certificate import Certificate


def named_signer(message: SignedMessage) -> Certificate | None:
    """Return the certificate in the message that its first signer names by issuer and serial number, None where it has none.

    Raises:
        TrustError: CERTIFICATE_MALFORMED for a certificate that is none.
    """
    for signer in message.signers[:1]:
        for each in map(parse_certificate, message.certificates):
            if (each.issuer_der, each.serial) == (signer.issuer_der, signer.serial):
                return each
    return None
