"""Signatures of OCSP answers and of their responders' certificates, so many at most, for all certificates of one verification.

An answer is tried under the issuer's key and under each responder it may mean, all of which a file may bring along.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from trustkit.x509.bounded_proofs import BoundedProofs

if TYPE_CHECKING:
    from trustkit.x509.ocsp_response import OcspResponse

MAX_ANSWERS: Final = 64  # signatures of one verification; an honest path needs one for each certificate


class AnswerProofs(BoundedProofs[tuple["OcspResponse", bytes]]):
    """What is known of answers and the keys they may be signed with; grows to `limit` signatures."""

    def __init__(self, limit: int = MAX_ANSWERS) -> None:
        """Begin with nothing known."""
        super().__init__(limit, "signatures of answers checked")
