"""Signatures between certificates, each checked once and so many at most, for all the paths one verification looks for.

One file is judged by several paths: signer, time-stamp authorities, CRL signers. `certificate_signature` remembers what was
proved, for all files; what was refused is remembered here, for one, and both are counted: else hostile helper certificates
could make each path check the same wrong signatures anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from trustkit.errors import ErrorCode, TrustError
from trustkit.x509.certificate_signature import verify_certificate_signature

if TYPE_CHECKING:
    from trustkit.x509.certificate import Certificate

# Of one verification. An honest file needs a dozen, one with a hundred signers somewhat more than a hundred. A refusal costs
# 35 µs (RSA-3072) to 320 µs (P-384), with SM2 220 µs by libippcp and 630 µs by libcrypto, which looks for the reason too.
MAX_LINKS: Final = 256


class LinkProofs:
    """What is known of links from a certificate to a key; grows to `limit` links."""

    def __init__(self, limit: int = MAX_LINKS) -> None:
        """Begin with nothing known."""
        self._limit = limit
        self._ceiling = limit
        self._known: dict[tuple[Certificate, bytes], TrustError | None] = {}

    def allow(self, more: int | None) -> None:
        """Let at most so many further signatures be checked until told otherwise; None for all that the limit leaves."""
        self._ceiling = self._limit if more is None else min(self._limit, len(self._known) + more)

    def __len__(self) -> int:
        """Return how many signatures were checked."""
        return len(self._known)

    def refusal(self, child: Certificate, issuer: Certificate) -> TrustError | None:
        """Return why the issuer's key did not sign the child, None when it did. Raise PATH_LIMIT past the bound."""
        link = (child, issuer.spki)
        if link not in self._known:
            if len(self._known) >= self._ceiling:
                raise TrustError(ErrorCode.PATH_LIMIT, "signatures checked", limit=self._ceiling)
            try:
                verify_certificate_signature(child, issuer)
            except TrustError as error:
                self._known[link] = error
            else:
                self._known[link] = None
        return self._known[link]
