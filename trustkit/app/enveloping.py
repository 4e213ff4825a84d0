"""Opening what was encrypted to us: the act behind ``trustkit decrypt`` (`trustkit.app.recipients` has the other half).

What was opened is verified where it was signed as well; content whose signature is wrong is not handed out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from trustkit.cms.envelope_model import EnvelopedMessage, EnvelopeKind
from trustkit.cms.message_read import parse_message
from trustkit.cms.open import OpenedMessage, open_message
from trustkit.encoding.pem import is_pem, parse_pem
from trustkit.errors import ErrorCode, TrustError
from trustkit.verdict import CheckStatus, Indication
from verifier.submission import Submission

if TYPE_CHECKING:
    from trustkit.cms.open import Opener
    from trustkit.verdict import Verdict
    from trustkit.x509.certificate import Certificate
    from verifier.service import VerificationService


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
        raise withheld(verdict)
    return OpenedFile(opened=opened, verdict=verdict)


def withheld(verdict: Verdict) -> TrustError:
    """Return the refusal of content that was opened and whose signature is wrong."""
    sub = verdict.conclusion.sub_indication
    failed = [check for each in verdict.signatures for check in each.checks if check.status is CheckStatus.FAILED]
    codes = [check.code for check in failed if check.code is not None]
    told = f"opened, and its signature is {verdict.conclusion.indication.value} {sub}: the content is withheld"
    return TrustError(codes[0] if codes else ErrorCode.SIGNATURE_WRONG, told)
