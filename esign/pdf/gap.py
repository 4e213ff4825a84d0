"""A PDF with a gap for a signature or a time stamp: how the gap is filled, and what must be true of the file then."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from esign.pdf.model import ChangeKind
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from esign.pdf.model import UnverifiedPdf, UnverifiedPdfSignature
    from trustkit.crypto.digest import DigestAlgorithm


@dataclass(frozen=True, slots=True, kw_only=True)
class GappedPdf:
    """A file that waits: `octets` with a gap of zeros from `start` to `end`, `digest` of all around it, for `field_name`."""

    octets: bytes = field(repr=False)
    digest: bytes
    digest_algorithm: DigestAlgorithm
    start: int
    end: int
    field_name: str

    @property
    def room(self) -> int:
        """The most octets the gap takes."""
        return (self.end - self.start - 2) // 2

    def filled(self, contents: bytes) -> bytes:
        """Return the file with a message or token (DER) in its gap. Raise SIGNING_FAILED when it is longer than the gap."""
        if len(contents) > self.room:
            raise TrustError(
                ErrorCode.SIGNING_FAILED, "the signature outgrew its room", octets=len(contents), room=self.room
            )
        digits = contents.hex().encode("ascii")
        begin = self.start + 1
        return self.octets[:begin] + digits + self.octets[begin + len(digits) :]


def newest_signature(pdf: UnverifiedPdf, field_name: str) -> UnverifiedPdfSignature:
    """Return the signature that was just written, unverified yet.

    Raises:
        TrustError: SIGNING_FAILED unless it is there once, over the whole file; PDF_FORBIDS when an earlier signature does not
            allow the file as it now is.
    """
    own = [signature for signature in pdf.signatures if signature.field_name == field_name]
    if len(own) != 1 or not own[0].covers_whole_file or pdf.uncovered:
        raise TrustError(ErrorCode.SIGNING_FAILED, "the signature is not where it was put")
    for signature in pdf.signatures:
        if signature.later_changes.kind is ChangeKind.FORBIDDEN:
            told = signature.later_changes.detail
            raise TrustError(ErrorCode.PDF_FORBIDS, told, field=signature.field_name[:64])
    return own[0]
