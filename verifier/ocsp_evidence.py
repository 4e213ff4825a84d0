"""OCSP answers as evidence: inside messages, and asked for at the address a certificate names (RFC 6960 A, RFC 5019)."""

from __future__ import annotations

import base64
from contextlib import suppress
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from trustkit.crypto.digest import DigestAlgorithm
from trustkit.encoding import der
from trustkit.errors import ErrorCode, TrustError
from trustkit.x509.ocsp_cert_id import make_cert_id
from trustkit.x509.ocsp_request import build_ocsp_request
from trustkit.x509.ocsp_response import ResponseStatus, parse_ocsp_response, read_ocsp_response
from trustkit.x509.ocsp_verify import require_nonce
from trustkit.x509.revocation import RevocationState, RevocationStatus
from trustkit.x509.revocation_ocsp import revocation_from_ocsp

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from trustkit.cms.model import SignedMessage
    from trustkit.x509.certificate import Certificate
    from trustkit.x509.ocsp_response import OcspResponse
    from verifier.fetch import Fetcher

REQUEST_TYPE: Final = "application/ocsp-request"
MAX_GET: Final = 255  # octets of a URL up to which GET is used, so that caches help (RFC 5019 5)
MAX_ARCHIVED: Final = 32  # answers taken out of one attribute
_ADBE: Final = "1.2.840.113583.1.1.8"  # adbe-revocationInfoArchival, ISO 32000-1 12.8.3.3.2
_REVOCATION_VALUES: Final = "1.2.840.113549.1.9.16.2.24"  # RFC 5126 6.3.4
_OCSP_FIELD: Final = 0xA1  # [1] in both
_SEQUENCE: Final = der.SEQUENCE


def readable_answers(items: Iterable[bytes]) -> tuple[OcspResponse, ...]:
    """Return those answers that can be read."""
    found: list[OcspResponse] = []
    for octets in items:
        with suppress(TrustError):
            found.append(read_ocsp_response(octets))
    return tuple(found)


def archived_answers(message: SignedMessage) -> Iterator[bytes]:
    """Yield the answers signers keep in attributes: Adobe's signed one, and CAdES revocation-values; as found."""
    for signer in message.signers:
        yield from _of_attribute(signer.attributes, _ADBE)
        yield from _of_attribute(signer.unsigned_attributes, _REVOCATION_VALUES)


def _of_attribute(attributes: Mapping[str, Iterable[bytes]], oid: str) -> Iterator[bytes]:
    for value in attributes.get(oid, ()):
        try:
            outer = der.read_tlv(value, 0, len(value))
            for tagged in der.children(value, outer):
                if tagged.tag == _OCSP_FIELD:
                    listed = der.read_tlv(value, tagged.body, tagged.end)
                    found = der.children(value, listed) if listed.tag == _SEQUENCE else ()
                    yield from (der.octets(value, each) for each in found[:MAX_ARCHIVED])
        except TrustError:
            continue  # an attribute that cannot be read holds no evidence


def ask_responder(fetcher: Fetcher, certificate: Certificate, issuer: Certificate) -> OcspResponse:
    """Return what the responder a certificate names says of it, asked with a nonce.

    An answer without a nonce is taken: prepared ones have none, and their times bound their age (RFC 9654 3, RFC 5019 4). One with another
    nonce answers somebody else, or another day. A responder that cannot be asked so is asked again without, as caches can be.

    Raises:
        TrustError: EVIDENCE_REFUSED, EVIDENCE_UNREACHABLE; OCSP_NONCE; OCSP_*, INPUT_TOO_LARGE for what came; KEY_* of the issuer.
    """
    url = certificate.aia.ocsp_urls[0]
    wanted = make_cert_id(certificate.issuer_der, issuer.public_key, certificate.serial, DigestAlgorithm.SHA1)
    bare = build_ocsp_request((wanted,))
    nonce = fetcher.nonce(f"{url} {bare.hex()}")
    try:
        response = parse_ocsp_response(
            fetcher.post(url, build_ocsp_request((wanted,), nonce=nonce), media_type=REQUEST_TYPE)
        )
    except TrustError as error:
        if not _dislikes_question(error):
            raise
        response = _ask_without(fetcher, url, bare)
    require_nonce(response, nonce)
    return response


def _dislikes_question(error: TrustError) -> bool:
    """Tell whether a responder is there and did not like how it was asked: by POST, or with a nonce (of 32 octets)."""
    if error.code is ErrorCode.EVIDENCE_UNREACHABLE:
        return "status" in error.facts
    return error.code is ErrorCode.OCSP_REFUSED and error.facts.get("status") == ResponseStatus.MALFORMED_REQUEST.word


def _ask_without(fetcher: Fetcher, url: str, request: bytes) -> OcspResponse:
    address = f"{url.rstrip('/')}/{quote(base64.b64encode(request).decode('ascii'), safe='')}"
    if len(address) <= MAX_GET:
        try:
            return parse_ocsp_response(fetcher.fetch(address))
        except TrustError as error:
            if error.code is not ErrorCode.EVIDENCE_UNREACHABLE or "status" not in error.facts:
                raise
            # some responders take POST alone
    return parse_ocsp_response(fetcher.post(url, request, media_type=REQUEST_TYPE))


def settles(responses: Iterable[OcspResponse], certificate: Certificate, issuer: Certificate, *, at: datetime) -> bool:
    """Tell whether answers say "good" or "revoked" of a certificate soundly, so that nobody else need be asked."""
    unknown = RevocationStatus(state=RevocationState.UNKNOWN, detail="not asked for")
    found = revocation_from_ocsp(certificate, issuer, tuple(responses), at=at, standing=lambda _: unknown)
    return found.state is not RevocationState.UNKNOWN
