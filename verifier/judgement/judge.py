"""The one door of judgement: a document read, evidence gathered, a policy and a time in; a verdict out. No I/O.

document = read_document(recognise(submission))
verdict = judge(document, submission.content, context)
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, assert_never

from esign.capsule.model import UnverifiedCapsule
from esign.capsule.read import parse_capsule
from esign.credential.model import UnverifiedSdJwt
from esign.credential.read import parse_sd_jwt
from esign.ofd.model import UnverifiedOfd
from esign.ofd.read import read_ofd
from esign.pdf.model import UnverifiedPdf
from esign.pdf.read import read_pdf
from esign.seal.model import UnverifiedSeal, UnverifiedSealSignature
from esign.seal.read import parse_seal, parse_seal_signature
from esign.status.model import UnverifiedStatusList
from esign.status.read import parse_status_list
from trustkit.cms.envelope_model import DigestedMessage, EnvelopedMessage, SealedMessage
from trustkit.cms.message_read import parse_message
from trustkit.cms.model import SignedMessage
from trustkit.timestamp.model import TimestampToken
from trustkit.timestamp.read import parse_token
from trustkit.verdict import Check, CheckId, SubIndication, Verdict, conclude, unknown
from trustkit.x509.certificate import Certificate, parse_certificate
from trustkit.x509.ocsp_response import OcspResponse, read_ocsp_response
from verifier.format import Format
from verifier.judgement.capsule import judge_capsule
from verifier.judgement.certificate import judge_certificate
from verifier.judgement.credential import judge_credential
from verifier.judgement.envelope import judge_enclosed
from verifier.judgement.message import judge_message
from verifier.judgement.ocsp import judge_ocsp
from verifier.judgement.ofd import judge_ofd
from verifier.judgement.outcomes import outcome
from verifier.judgement.pdf import judge_pdf
from verifier.judgement.seal import judge_seal, judge_seal_signature
from verifier.judgement.status_list import judge_status_list
from verifier.judgement.token import judge_token

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from trustkit.errors import TrustError
    from verifier.judgement.context import Context
    from verifier.submission import Recognised


@dataclass(frozen=True, slots=True, kw_only=True)
class Unjudged:
    """A file that is recognised, or not, and that this verifier does not judge: reported, never dropped."""

    format: Format


Message = SignedMessage | EnvelopedMessage | SealedMessage | DigestedMessage
Sealed = UnverifiedSeal | UnverifiedSealSignature
Token = TimestampToken | UnverifiedSdJwt | UnverifiedStatusList | UnverifiedCapsule
Document = UnverifiedPdf | UnverifiedOfd | Message | Sealed | Token | Certificate | OcspResponse | Unjudged


_READERS: Final[Mapping[Format, Callable[[bytes], Document]]] = MappingProxyType(
    {
        Format.PDF: read_pdf,
        Format.CMS: parse_message,
        Format.OFD: read_ofd,
        Format.SEAL: parse_seal,
        Format.SEAL_SIGNATURE: parse_seal_signature,
        Format.TIMESTAMP: parse_token,
        Format.CERTIFICATE: parse_certificate,
        Format.OCSP: read_ocsp_response,
        Format.CAPSULE: parse_capsule,
        Format.STATUS_LIST: parse_status_list,
        Format.SD_JWT: lambda octets: parse_sd_jwt(b"".join(octets.split())),  # pasted with line breaks, as recognised
    }
)


def read_document(recognised: Recognised) -> Document:
    """Return the document inside what was recognised. Raise what its reader raises, a TrustError."""
    read = _READERS.get(recognised.format)
    return Unjudged(format=recognised.format) if read is None else read(recognised.octets)


def judge(document: Document, content: bytes | None, context: Context) -> Verdict:
    """Return the verdict of a document that could be read."""
    match document:
        case UnverifiedPdf() | UnverifiedOfd():
            verdict = _judge_pages(document, context)
        case SignedMessage():
            verdict = judge_message(context, document, content)
        case EnvelopedMessage() | SealedMessage() | DigestedMessage():
            verdict = judge_enclosed(context, document, content)
        case UnverifiedSeal():
            verdict = judge_seal(context, document)
        case UnverifiedSealSignature():
            verdict = judge_seal_signature(context, document, content)
        case TimestampToken() | UnverifiedSdJwt() | UnverifiedStatusList() | UnverifiedCapsule():
            verdict = _judge_token(document, content, context)
        case Certificate():
            verdict = judge_certificate(context, document)
        case OcspResponse():
            verdict = judge_ocsp(context, document)
        case Unjudged():
            detail = f"{document.format.value} is not judged by this version"
            verdict = _unsigned(
                document.format, context.at, unknown(CheckId.FORMAT, SubIndication.FORMAT_NOT_SUPPORTED, detail)
            )
        case _:
            assert_never(document)
    return verdict


def _judge_pages(document: UnverifiedPdf | UnverifiedOfd, context: Context) -> Verdict:
    return judge_pdf(context, document) if isinstance(document, UnverifiedPdf) else judge_ofd(context, document)


def _judge_token(document: Token, content: bytes | None, context: Context) -> Verdict:
    if isinstance(document, UnverifiedSdJwt):
        return judge_credential(context, document)
    if isinstance(document, UnverifiedCapsule):
        return judge_capsule(context, document)
    if isinstance(document, UnverifiedStatusList):
        return judge_status_list(context, document)
    return judge_token(context, document, content)


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
