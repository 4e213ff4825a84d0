"""What documents carry for their own verification: certificates, lists and answers, inside signatures and beside them.

As found: anyone may have put them there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from esign.capsule.model import UnverifiedCapsule
from esign.credential.model import UnverifiedSdJwt
from esign.ofd.model import UnverifiedOfd, UnverifiedOfdSignature
from esign.pdf.model import UnverifiedPdf
from esign.seal.model import UnverifiedSeal, UnverifiedSealSignature
from esign.seal.read import parse_seal_signature
from esign.status.model import UnverifiedStatusList
from trustkit.cms.envelope_model import EnvelopedMessage
from trustkit.cms.model import SignedMessage
from trustkit.cms.oids import SIGNATURE_TIME_STAMP
from trustkit.cms.read import parse_signed_message
from trustkit.encoding import der
from trustkit.errors import TrustError
from trustkit.timestamp.model import TimestampToken
from trustkit.timestamp.read import parse_token
from trustkit.x509.certificate import Certificate
from trustkit.x509.ocsp_response import OcspResponse
from verifier.material import Embedded
from verifier.ocsp_evidence import archived_answers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def embedded(document: object) -> Embedded:
    """Return what a document carries for its own verification; nothing of one that is not read here."""
    match document:
        case UnverifiedPdf():
            found = _of_pdf(document)
        case UnverifiedOfd():
            signatures = [each for each in document.signatures if isinstance(each, UnverifiedOfdSignature)]
            found = _joined(*(inside_signature(each.value, each.seal_signature) for each in signatures))
        case SignedMessage():
            found = _of_message(document)
        case EnvelopedMessage():
            found = _of_message(document.signatures())
        case UnverifiedSealSignature():
            found = _of_seal_signature(document)
        case UnverifiedSeal():
            found = _of_seal(document)
        case TimestampToken():
            found = _of_message(document.message)
        case Certificate():
            found = Embedded(certificates=(document.der,))
        case UnverifiedSdJwt() | OcspResponse() | UnverifiedStatusList() | UnverifiedCapsule():
            signed = document.jws if isinstance(document, UnverifiedSdJwt) else document
            found = Embedded(certificates=signed.certificates)
        case _:
            found = Embedded()
    return found


def _of_pdf(pdf: UnverifiedPdf) -> Embedded:
    carried = pdf.embedded_evidence
    inside = [inside_signature(signature.contents) for signature in pdf.signatures]
    return Embedded(
        certificates=(*(der for each in inside for der in each.certificates), *carried.certificates),
        crls=(*carried.crls, *(der for each in inside for der in each.crls)),
        ocsp_responses=(*carried.ocsp_responses, *(der for each in inside for der in each.ocsp_responses)),
    )


def inside_signature(contents: bytes, sealed: Callable[[], UnverifiedSealSignature] | None = None) -> Embedded:
    """Return what a signature's own octets in a PDF or OFD carry, whichever form they have; nothing when they cannot be read.

    `sealed` reads them as a signature by seal, where somebody has read them already.
    """
    try:
        if der.first_inside(contents) == der.SEQUENCE:  # a message begins with the name of what it is
            return _of_seal_signature(parse_seal_signature(contents) if sealed is None else sealed())
        return _of_message(parse_signed_message(contents))
    except TrustError:
        return Embedded()


def _of_seal_signature(signature: UnverifiedSealSignature) -> Embedded:
    """Return the certificates of signer and maker, and what the time stamps bring."""
    stamped = (signature.timestamp, signature.time_token)
    return _joined(Embedded(certificates=(signature.certificate,)), _of_seal(signature.seal), *_of_tokens(*stamped))


def _of_seal(seal: UnverifiedSeal) -> Embedded:
    return _joined(Embedded(certificates=(seal.maker_certificate,)), *_of_tokens(seal.timestamp))


def _of_message(message: SignedMessage) -> Embedded:
    stamps = (each for signer in message.signers for each in signer.unsigned_attributes.get(SIGNATURE_TIME_STAMP, ()))
    return _joined(
        _of_signed_data(message), *_of_tokens(*stamps), Embedded(ocsp_responses=tuple(archived_answers(message)))
    )


def _of_signed_data(message: SignedMessage) -> Embedded:
    return Embedded(certificates=message.certificates, crls=message.crls, ocsp_responses=tuple(message.ocsp_responses))


def _of_tokens(*tokens: bytes | None) -> Iterator[Embedded]:
    """Yield what each time-stamp token brings; nothing for what is none."""
    for octets in tokens:
        try:
            token = None if octets is None else parse_token(octets)
        except TrustError:
            continue
        if token is not None:
            yield _of_signed_data(token.message)


def _joined(*parts: Embedded) -> Embedded:
    return Embedded(
        certificates=tuple(der for each in parts for der in each.certificates),
        crls=tuple(der for each in parts for der in each.crls),
        ocsp_responses=tuple(der for each in parts for der in each.ocsp_responses),
    )
