"""What B-LT by keys of one's own puts into a file: of all that was handed in, what proves the signers and their stamps good.

    evidence = SigningEvidence(at_hand=read_evidence(paths), signers=certificates, …)
    evidence.of(octets)                    # for `esign.pdf.request.SigningRequest`

A folder of lists may hold those of a whole country; the file gets paths, lists and answers of its own certificates
(`verifier.judgement.validation_material`). Who stamps is known by a stamp alone, so one is asked for over random octets first: the
evidence lies inside what is signed, and must be chosen before the signature is there to be stamped. An authority may stamp by several
units in turn: whoever is seen to stamp is noted, and a file that lacks his evidence is signed once more.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from esign.pdf.model import UnverifiedPdf
from esign.pdf.read import read_pdf
from esign.pdf.verify import verify_pdf_signature
from trustkit.app.certificate_files import read_objects
from trustkit.app.verification import files_in
from trustkit.errors import ErrorCode, TrustError
from trustkit.timestamp.read import parse_token
from trustkit.timestamp.verify import authenticate_token, verify_token
from verifier.format import Format
from verifier.judgement.validation_material import material_of_certificates, material_of_pdf
from verifier.submission import Submission, identify

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from esign.seal.verify import IntactSeal
    from trustkit.app.archive_stamps import Stamper
    from trustkit.crypto.digest import DigestAlgorithm
    from trustkit.timestamp.verify import VerifiedToken
    from trustkit.x509.certificate import Certificate
    from verifier.material import Embedded
    from verifier.service import Examination, VerificationService

_PROBE: Final = 32  # octets, as many as a digest has
MAX_UNITS: Final = 4  # times a file is signed once more, because one more unit of the authority was seen to stamp
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
    """What certain signers need, chosen once, and again when one more is seen to stamp for them.

    Attributes:
        at_hand: what was handed in, DER.
        signers: each signer's certificate, with those above it as far as he brought them.
        seals: the electronic seals they sign with, whose makers and stamps are judged as well.
        stamp: returns the token over a signature value, None where nothing is stamped.
        judge: by whose anchors and policy the file is judged; offline.
    """

    at_hand: tuple[bytes, ...] = field(repr=False)
    signers: tuple[tuple[Certificate, ...], ...]
    stamp: Callable[[bytes], bytes] | None
    judge: VerificationService
    seals: tuple[IntactSeal, ...] = ()
    _units: dict[bytes, VerifiedToken] = field(default_factory=dict, init=False, repr=False)  # by certificate
    _chosen: dict[int, Evidence] = field(default_factory=dict, init=False, repr=False)  # by how many units were known

    def of(self, octets: bytes) -> Evidence:
        """Return what goes into a file: for these signers, their stamps, and the signatures that are there.

        Raise PDF_EVIDENCE when the signers' certificates cannot be judged; what asking for a stamp raises.
        """
        if _SIGNATURE not in octets:
            return self._own()
        examined = self._examined(octets)
        if not isinstance(examined.document, UnverifiedPdf) or examined.context is None:
            return self._own()
        return self._own().joined(material_of_pdf(examined.context, examined.document))

    def stamped(self, value: bytes) -> bytes:
        """Return the token over a signature value, whose authority is known from then on. Raise TIMESTAMP_*."""
        if self.stamp is None:
            raise TrustError(ErrorCode.USAGE, "nothing is stamped here")
        token = self.stamp(value)
        self.note(verify_token(parse_token(token), data=value))
        return token

    def note(self, token: VerifiedToken) -> None:
        """Remember who made a token."""
        self._units.setdefault(token.certificate.der, token)

    def is_short(self, signed: bytes) -> bool:
        """Whether a file these signers signed last lacks what shows a unit good: one seen since, or one that stamped it."""
        if self.stamp is None:
            return False
        if len(self._units) not in self._chosen:
            return True
        pdf = read_pdf(signed)
        inside = set(pdf.embedded_evidence.certificates)
        made = (verify_pdf_signature(pdf, each).octets for each in pdf.signatures[-len(self.signers) :])
        tokens = (parse_token(token) for each in made for token in each.timestamp_tokens)
        return not {authenticate_token(token).certificate.der for token in tokens} <= inside

    def _own(self) -> Evidence:
        """Return what the signers need, and all who are known to stamp for them."""
        if self.stamp is not None and not self._units:
            self.stamped(secrets.token_bytes(_PROBE))
        count = len(self._units)
        if count not in self._chosen:
            self._chosen[count] = self._chosen_for(tuple(self._units.values()))
        return self._chosen[count]

    def _chosen_for(self, tokens: tuple[VerifiedToken, ...]) -> Evidence:
        tokens = (*tokens, *(seal.timestamp for seal in self.seals if seal.timestamp is not None))
        subjects = [chain[0] for chain in self.signers] + [each.maker for each in self.seals]
        subjects += [token.certificate for token in tokens]
        helpers = [each for chain in (*self.signers, *(token.certificates for token in tokens)) for each in chain]
        context = self._examined(subjects[0].der).context
        if context is None:
            raise TrustError(ErrorCode.PDF_EVIDENCE, "the signer's certificate cannot be judged")
        return Evidence().joined(material_of_certificates(context, subjects, helpers))

    def _examined(self, octets: bytes) -> Examination:
        return self.judge.examine(Submission(name="evidence", data=octets, evidence=self.at_hand))


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchedStamper:
    """Another stamper, whose units are noted."""

    stamper: Stamper
    evidence: SigningEvidence

    @property
    def algorithm(self) -> DigestAlgorithm:
        """See `Stamper`."""
        return self.stamper.algorithm

    def stamp(self, imprint: bytes, algorithm: DigestAlgorithm) -> bytes:
        """See `Stamper`."""
        token = self.stamper.stamp(imprint, algorithm)
        self.evidence.note(verify_token(parse_token(token), imprint=imprint))
        return token
