"""Signatures between certificates, each checked once and so many at most, for all the paths one verification looks for.

One file is judged by several paths: signer, time-stamp authorities, CRL signers. Without a memory that they share, hostile
helper certificates could make each of them check the same signatures anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from trustkit.errors import ErrorCode, TrustError
from trustkit.x509.certificate_signature import verify_certificate_signature

if TYPE_CHECKING:
    from trustkit.x509.certificate import Certificate

MAX_LINKS: Final = 256  # of one verification: some 30 ms of the slowest suite; an honest file needs a dozen


class LinkProofs:
    """What is known of links from a certificate to a key; grows to `limit` links."""

    def __init__(self, limit: int = MAX_LINKS) -> None:
        """Begin with nothing known."""
        self._limit = limit
        self._known: dict[tuple[Certificate, bytes], TrustError | None] = {}

    def __len__(self) -> int:
        """Return how many signatures were checked."""
        return len(self._known)

    def refusal(self, child: Certificate, issuer: Certificate) -> TrustError | None:
        """Return why the issuer's key did not sign the child, None when it did. Raise PATH_LIMIT past the bound."""
        link = (child, issuer.spki)
        if link not in self._known:
            if len(self._known) >= self._limit:
                raise TrustError(ErrorCode.PATH_LIMIT, "signatures checked", limit=self._limit)
            try:
                verify_certificate_signature(child, issuer)
            except TrustError as error:
                self._known[link] = error
            else:
                self._known[link] = None
        return self._known[link]
