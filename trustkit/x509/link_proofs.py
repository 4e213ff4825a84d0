"""Signatures between certificates, each checked once and so many at most, for all the paths one verification looks for.

One file is judged by several paths: signer, time-stamp authorities, CRL signers, OCSP responders. `certificate_signature` remembers
what was proved, for all files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from trustkit.x509.bounded_proofs import BoundedProofs
from trustkit.x509.certificate_signature import verify_certificate_signature

if TYPE_CHECKING:
    from trustkit.errors import TrustError
    from trustkit.x509.certificate import Certificate

# Of one verification. An honest file needs a dozen, one with a hundred signers somewhat more than a hundred. A refusal costs
# 35 µs (RSA-3072) to 320 µs (P-384), with SM2 220 µs by libippcp and 630 µs by libcrypto, which looks for the reason too.
MAX_LINKS: Final = 256


class LinkProofs(BoundedProofs[tuple["Certificate", bytes]]):
    """What is known of links from a certificate to a key; grows to `limit` links."""

    def __init__(self, limit: int = MAX_LINKS) -> None:
        """Begin with nothing known."""
        super().__init__(limit, "signatures checked")

    def refusal(self, child: Certificate, issuer: Certificate) -> TrustError | None:
        """Return why the issuer's key did not sign the child, None when it did. Raise PATH_LIMIT past the bound."""
        return self.outcome((child, issuer.spki), lambda: verify_certificate_signature(child, issuer))
