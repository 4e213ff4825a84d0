"""Whose certificate a message names as its first signer's, unproved: for those who only look at it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustkit.cms.signer_certificate import embedded_certificates, find_candidates
from trustkit.cms.signing_certificate import match_signing_certificate
from trustkit.errors import TrustError

if TYPE_CHECKING:
    from trustkit.cms.model import SignedMessage, SignerInfo
    from trustkit.x509.certificate import Certificate


def named_signer(message: SignedMessage) -> Certificate | None:
    """Return the certificate in the message that its first signer names, None where it has none.

    Of several with one issuer and serial number it is the one whose digest he signed (RFC 5035); where none is, nobody is named:
    whoever puts a second one beside the true one must not choose what is shown.
    """
    for signer in message.signers[:1]:
        try:
            candidates, _ = find_candidates(signer, embedded_certificates(message)[0])
        except TrustError:
            return None
        if len(candidates) == 1:
            return candidates[0]
        return next((each for each in candidates if _is_meant(signer, each)), None)
    return None


def _is_meant(signer: SignerInfo, certificate: Certificate) -> bool:
    try:
        return match_signing_certificate(signer, certificate)
    except TrustError:
        return False
