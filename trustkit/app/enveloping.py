"""Encrypting files to people and opening what was encrypted to us: the acts behind ``trustkit encrypt`` and ``decrypt``.

Recipients are looked at before anything is encrypted to them: a certificate that is expired, or for signing only, gets no
letter. What was opened is verified where it was signed as well; content whose signature is wrong is not handed out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from trustkit.app.certificate_files import read_certificates
from trustkit.cms.envelope_model import EnvelopedMessage, EnvelopeKind
from trustkit.cms.message_read import parse_message
from trustkit.cms.open import OpenedMessage, open_message
from trustkit.encoding.pem import is_pem, parse_pem
from trustkit.errors import ErrorCode, TrustError
from trustkit.verdict import CheckStatus, Indication
from trustkit.x509.path import validate_path
from trustkit.x509.purpose import Purpose, require_purpose
from trustkit.x509.trust_store import TrustStore
from verifier.submission import Submission

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from trustkit.cms.open import Opener
    from trustkit.verdict import Verdict
    from trustkit.x509.certificate import Certificate
    from verifier.service import VerificationService


def chosen_recipients(
    paths: tuple[Path, ...], *, at: datetime, anchors: tuple[Certificate, ...] = ()
) -> tuple[Certificate, ...]:
    """Return the first certificate of each file; the others of the file help to build its path.

    Raises:
        TrustError: CERTIFICATE_PURPOSE, CERTIFICATE_EXPIRED, CERTIFICATE_NOT_YET_VALID; with anchors PATH_*; what reading raises.
    """
    found = []
    for path in paths:
        certificate, *helpers = read_certificates(path)
        require_purpose(certificate, Purpose.ENCRYPTION)
        if at < certificate.not_before:
            raise TrustError(ErrorCode.CERTIFICATE_NOT_YET_VALID, "the recipient's certificate", file=path.name)
        if at > certificate.not_after:
            raise TrustError(ErrorCode.CERTIFICATE_EXPIRED, "the recipient's certificate", file=path.name)
        if anchors:
            validate_path(
                certificate,
                anchors=TrustStore(anchors=anchors),
                pool=(certificate, *helpers),
                at=at,
                purpose=Purpose.ENCRYPTION,
            )
        found.append(certificate)
    return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedFile:
    """What came out of a message, and the verdict of its signatures where it has any."""

    opened: OpenedMessage = field(repr=False)
    verdict: Verdict | None


def open_file(
    data: bytes,
    opener: Opener,
    *,
    certificate: Certificate | None,
    service: VerificationService,
    evidence: tuple[bytes, ...] = (),
) -> OpenedFile:
    """Return the content of an encrypted message, its signatures judged.

    Raises:
        TrustError: CMS_UNSUPPORTED (not encrypted at all); CMS_DIGEST_MISMATCH or SIGNATURE_WRONG when a signature is
            TOTAL-FAILED, and the content is withheld; what `open_message` raises.
    """
    octets = parse_pem(data)[0].der if is_pem(data) else data
    message = parse_message(octets)
    if not isinstance(message, EnvelopedMessage):
        raise TrustError(ErrorCode.CMS_UNSUPPORTED, "nothing in this message is encrypted to a recipient")
    opened = open_message(message, opener, certificate=certificate)
    if message.kind is not EnvelopeKind.SIGNED_AND_ENVELOPED:
        return OpenedFile(opened=opened, verdict=None)
    submission = Submission(name="opened", data=octets, content=opened.content, evidence=evidence)
    verdict = service.verify(submission)
    if verdict.conclusion.indication is Indication.TOTAL_FAILED:
        raise _withheld(verdict)
    return OpenedFile(opened=opened, verdict=verdict)


def _withheld(verdict: Verdict) -> TrustError:
    sub = verdict.conclusion.sub_indication
    failed = [check for each in verdict.signatures for check in each.checks if check.status is CheckStatus.FAILED]
    codes = [check.code for check in failed if check.code is not None]
    told = f"opened, and its signature is {verdict.conclusion.indication.value} {sub}: the content is withheld"
    return TrustError(codes[0] if codes else ErrorCode.SIGNATURE_WRONG, told)
