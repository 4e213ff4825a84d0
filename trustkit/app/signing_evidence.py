"""What B-LT by keys of one's own puts into a file: of all that was handed in, what proves the signers and their stamps good.

    evidence = SigningEvidence(at_hand=read_evidence(paths), signers=certificates, …)
    evidence.of(octets)                    # for `esign.pdf.request.SigningRequest`

A folder of lists may hold those of a whole country; the file gets paths, lists and answers of its own certificates
(`verifier.judgement.validation_material`). Who stamps is known by a stamp alone, so one is asked for over random octets first: the
evidence lies inside what is signed, and must be chosen before the signature is there to be stamped.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final

from esign.pdf.model import UnverifiedPdf
from trustkit.app.certificate_files import read_objects
from trustkit.app.verification import files_in
from trustkit.errors import ErrorCode, TrustError
from trustkit.timestamp.read import parse_token
from trustkit.timestamp.verify import verify_token
from verifier.format import Format
from verifier.judgement.validation_material import material_of_certificates, material_of_pdf
from verifier.submission import Submission, identify

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from trustkit.x509.certificate import Certificate
    from verifier.material import Embedded
    from verifier.service import Examination, VerificationService

_PROBE: Final = 32  # octets, as many as a digest has
_SIGNATURE: Final = b"/ByteRange"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What a B-LT file carries for its own verification; all DER."""

    certificates: tuple[bytes, ...] = field(default=(), repr=False)
    crls: tuple[bytes, ...] = field(default=(), repr=False)
    ocsp_responses: tuple[bytes, ...] = field(default=(), repr=False)

    def joined(self, more: Embedded) -> Evidence:
        """Return this and more of it, each once."""
        return Evidence(
            certificates=tuple(dict.fromkeys((*self.certificates, *more.certificates))),
            crls=tuple(dict.fromkeys((*self.crls, *more.crls))),
            ocsp_responses=tuple(dict.fromkeys((*self.ocsp_responses, *more.ocsp_responses))),
        )


def read_evidence(paths: tuple[Path, ...]) -> tuple[bytes, ...]:
    """Return the certificates, lists and OCSP answers (DER) of files and folders; whatever else lies there is left out."""
    taken = {Format.CERTIFICATE, Format.CRL, Format.OCSP}
    found = (der for path in files_in(paths) for der in read_objects(path))
    return tuple(dict.fromkeys(der for der in found if identify(der) in taken))


@dataclass(frozen=True, kw_only=True)
class SigningEvidence:
    """What certain signers need, chosen once.

    Attributes:
        at_hand: what was handed in, DER.
        signers: each signer's certificate, with those above it as far as he brought them.
        stamp: returns the token over a signature value, None where nothing is stamped.
        judge: by whose anchors and policy the file is judged; offline.
    """

    at_hand: tuple[bytes, ...] = field(repr=False)
    signers: tuple[tuple[Certificate, ...], ...]
    stamp: Callable[[bytes], bytes] | None
    judge: VerificationService

    def of(self, octets: bytes) -> Evidence:
        """Return what goes into a file: for these signers, their stamps, and the signatures that are there.

        Raise PDF_EVIDENCE when the signers' certificates cannot be judged; what asking for a stamp raises.
        """
        if _SIGNATURE not in octets:
            return self._own
        examined = self._examined(octets)
        if not isinstance(examined.document, UnverifiedPdf) or examined.context is None:
            return self._own
        return self._own.joined(material_of_pdf(examined.context, examined.document))

    @cached_property
    def _own(self) -> Evidence:
        subjects = [chain[0] for chain in self.signers]
        helpers = [each for chain in self.signers for each in chain]
        if self.stamp is not None:
            probe = secrets.token_bytes(_PROBE)
            token = verify_token(parse_token(self.stamp(probe)), data=probe)
            subjects.append(token.certificate)
            helpers += token.certificates
        context = self._examined(subjects[0].der).context
        if context is None:
            raise TrustError(ErrorCode.PDF_EVIDENCE, "the signer's certificate cannot be judged")
        return Evidence().joined(material_of_certificates(context, subjects, helpers))

    def _examined(self, octets: bytes) -> Examination:
        return self.judge.examine(Submission(name="evidence", data=octets, evidence=self.at_hand))
