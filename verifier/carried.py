"""What documents carry for their own verification: certificates, lists and answers, inside signatures and beside them.

As found: anyone may have put them there.
"""

from __future__ import annotations

from esign.pdf.model import UnverifiedPdf
from esign.seal.read import parse_seal_signature
from trustkit.cms.envelope_model import EnvelopedMessage
from trustkit.cms.model import SignedMessage
from trustkit.cms.oids import SIGNATURE_TIME_STAMP
from trustkit.cms.read import parse_signed_message
from trustkit.errors import TrustError
from trustkit.timestamp.model import TimestampToken
from trustkit.timestamp.read import parse_token
from trustkit.x509.certificate import Certificate
from trustkit.x509.ocsp_response import OcspResponse
from verifier.material import Embedded
from verifier.ocsp_evidence import archived_answers


def embedded(document: object) -> Embedded:
    """Return what a document carries for its own verification; nothing of one that is not read here."""
    match document:
        case UnverifiedPdf():
            carried = document.embedded_evidence
            inside = [inside_signature(signature.contents) for signature in document.signatures]
            return Embedded(
                certificates=(*(der for each in inside for der in each.certificates), *carried.certificates),
                crls=(*carried.crls, *(der for each in inside for der in each.crls)),
                ocsp_responses=(*carried.ocsp_responses, *(der for each in inside for der in each.ocsp_responses)),
            )
        case SignedMessage():
            return _of_message(document)
        case EnvelopedMessage():
            return _of_message(document.signatures())
        case TimestampToken():
            return _of_message(document.message)
        case Certificate() | OcspResponse():
            own = (document.der,) if isinstance(document, Certificate) else document.certificates
            return Embedded(certificates=own)
        case _:
            return Embedded()


def inside_signature(contents: bytes) -> Embedded:
    """Return what a PDF signature's own octets carry, whichever form they have; nothing when they cannot be read."""
    try:
        return _of_message(parse_signed_message(contents))
    except TrustError:
        pass
    try:
        seal_signature = parse_seal_signature(contents)
    except TrustError:
        return Embedded()
    return Embedded(certificates=(seal_signature.certificate, seal_signature.seal.maker_certificate))


def _of_message(message: SignedMessage) -> Embedded:
    certificates, crls, answers = list(message.certificates), list(message.crls), list(message.ocsp_responses)
    for signer in message.signers:
        for der in signer.unsigned_attributes.get(SIGNATURE_TIME_STAMP, ()):
            try:
                token = parse_token(der)
            except TrustError:
                continue
            certificates.extend(token.message.certificates)
            crls.extend(token.message.crls)
            answers.extend(token.message.ocsp_responses)
    answers.extend(archived_answers(message))
    return Embedded(certificates=tuple(certificates), crls=tuple(crls), ocsp_responses=tuple(answers))
