"""A PDF with a gap for a signature or a time stamp: how the gap is filled, and what must be true of the file then."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from esign.pdf.model import ChangeKind
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from io import BytesIO

    from esign.pdf.model import UnverifiedPdf, UnverifiedPdfSignature
    from trustkit.crypto.digest import DigestAlgorithm


@dataclass(frozen=True, slots=True, kw_only=True)
class GappedPdf:
    """A file that waits: `octets` with a gap of zeros from `start` to `end`, `digest` of all around it, for `field_name`.

    `file` is where it was written. It is filled there: a file of 200 MB is not to be held once more for a few of its octets.
    """

    file: BytesIO = field(repr=False)
    digest: bytes
    digest_algorithm: DigestAlgorithm
    start: int
    end: int
    field_name: str

    @property
    def octets(self) -> bytes:
        """The file as it is, with nothing in its gap or what was last put there."""
        return self.file.getvalue()

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
        with self.file.getbuffer() as octets:  # a copy of its own where somebody holds what `octets` gave before
            octets[self.start + 1 : self.end - 1] = contents.hex().encode("ascii").ljust(2 * self.room, b"0")
        return self.file.getvalue()


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
