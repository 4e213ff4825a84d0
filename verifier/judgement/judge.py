"""The one door of judgement: a document read, evidence gathered, a policy and a time in; a verdict out. No I/O.

document = read_document(recognise(submission))
verdict = judge(document, submission.content, context)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from esign.pdf.model import UnverifiedPdf
from esign.pdf.read import read_pdf
from trustkit.cms.envelope_model import DigestedMessage, EnvelopedMessage, SealedMessage
from trustkit.cms.message_read import parse_message
from trustkit.cms.model import SignedMessage
from trustkit.timestamp.model import TimestampToken
from trustkit.timestamp.read import parse_token
from trustkit.verdict import Check, CheckId, SubIndication, Verdict, conclude, unknown
from trustkit.x509.certificate import Certificate, parse_certificate
from trustkit.x509.ocsp_response import OcspResponse, read_ocsp_response
from verifier.format import Format
from verifier.judgement.certificate import judge_certificate
from verifier.judgement.envelope import judge_enclosed
from verifier.judgement.message import judge_message
from verifier.judgement.ocsp import judge_ocsp
from verifier.judgement.outcomes import outcome
from verifier.judgement.pdf import judge_pdf
from verifier.judgement.token import judge_token

if TYPE_CHECKING:
    from datetime import datetime

    from trustkit.errors import TrustError
    from verifier.judgement.context import Context
    from verifier.submission import Recognised


@dataclass(frozen=True, slots=True, kw_only=True)
class Unjudged:
    """A file that is recognised, or not, and that this verifier does not judge: reported, never dropped."""

    format: Format


Message = SignedMessage | EnvelopedMessage | SealedMessage | DigestedMessage
Document = UnverifiedPdf | Message | TimestampToken | Certificate | OcspResponse | Unjudged


def read_document(recognised: Recognised) -> Document:
    """Return the document inside what was recognised. Raise what its reader raises, a TrustError."""
    octets = recognised.octets
    match recognised.format:
        case Format.PDF:
            return read_pdf(octets)
        case Format.CMS:
            return parse_message(octets)
        case Format.TIMESTAMP:
            return parse_token(octets)
        case Format.CERTIFICATE:
            return parse_certificate(octets)
        case Format.OCSP:
            return read_ocsp_response(octets)
        case other:
            return Unjudged(format=other)


def judge(document: Document, content: bytes | None, context: Context) -> Verdict:
    """Return the verdict of a document that could be read."""
    match document:
        case UnverifiedPdf():
            return judge_pdf(context, document)
        case SignedMessage():
            return judge_message(context, document, content)
        case EnvelopedMessage() | SealedMessage() | DigestedMessage():
            return judge_enclosed(context, document, content)
        case TimestampToken():
            return judge_token(context, document, content)
        case Certificate() | OcspResponse():
            if isinstance(document, Certificate):
                verdict = judge_certificate(context, document)
            else:
                verdict = judge_ocsp(context, document)
            return verdict
        case Unjudged():
            detail = f"{document.format.value} is not judged by this version"
            return _unsigned(
                document.format, context.at, unknown(CheckId.FORMAT, SubIndication.FORMAT_NOT_SUPPORTED, detail)
            )
    assert_never(document)


def judge_unreadable(form: Format, error: TrustError, at: datetime) -> Verdict:
    """Return the verdict of a file its reader refused."""
    return _unsigned(form, at, outcome(error))


def _unsigned(form: Format, at: datetime, check: Check) -> Verdict:
    return Verdict(
        format=form.value,
        at=at,
        signatures=(),
        checks=(check,),
        uncovered=(),
        conclusion=conclude((check,), frozenset({CheckId.FORMAT})),
    )
