"""Asking for the status of certificates: OCSPRequest (RFC 6960 4.1), read and written.

    octets = build_ocsp_request((wanted,), nonce=secrets.token_bytes(32))
    request = parse_ocsp_request(octets)

A signature on a request is tolerated and not looked at: everyone may ask. A nonce has 1 to 128 octets (RFC 9654 2.1).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from trustkit.encoding import der
from trustkit.encoding import der_write as w
from trustkit.errors import ErrorCode, TrustError
from trustkit.x509 import oids
from trustkit.x509.extension import NO_EXTENSIONS, read_extensions
from trustkit.x509.extensions import extension
from trustkit.x509.ocsp_cert_id import CertId, read_cert_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from trustkit.x509.extension import Extension

MAX_REQUEST_SIZE: Final = 16 * 1024  # a signed request with a chain of certificates stays below
MAX_CERT_IDS: Final = 32  # of one request: a chain is asked for in three or four
MAX_NONCE: Final = 128  # RFC 9654 2.1
_MAX_DEPTH: Final = 24
_VERSION, _REQUESTOR, _EXTENSIONS, _SIGNATURE = 0xA0, 0xA1, 0xA2, 0xA0
_SINGLE_EXTENSIONS: Final = 0xA0
_KNOWN: Final = frozenset(
    {oids.OCSP_NONCE, oids.OCSP_ACCEPTABLE, oids.OCSP_PREFERRED_ALGORITHMS, oids.OCSP_SERVICE_LOCATOR}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OcspRequest:
    """What is asked. `acceptable` holds dotted OIDs of response types, empty when the client does not say."""

    cert_ids: tuple[CertId, ...]
    nonce: bytes | None = None
    acceptable: tuple[str, ...] = ()
    signed: bool = False

    @property
    def takes_basic(self) -> bool:
        """Whether the client reads id-pkix-ocsp-basic, as every one must (RFC 6960 4.4.3)."""
        return not self.acceptable or oids.OCSP_BASIC in self.acceptable


def parse_ocsp_request(data: bytes) -> OcspRequest:
    """Return the request in DER octets.

    Raises:
        TrustError: INPUT_TOO_LARGE, OCSP_MALFORMED, OCSP_UNKNOWN_CRITICAL.
    """
    if len(data) > MAX_REQUEST_SIZE:
        raise TrustError(ErrorCode.INPUT_TOO_LARGE, "OCSP request", octets=len(data), limit=MAX_REQUEST_SIZE)
    data = bytes(data)
    try:
        return _parse(data)
    except TrustError as error:
        if error.code is ErrorCode.OCSP_UNKNOWN_CRITICAL:
            raise
        raise TrustError(ErrorCode.OCSP_MALFORMED, error.detail, **error.facts) from error


def _parse(data: bytes) -> OcspRequest:
    outer = der.read_tlv(data, 0, len(data))
    der.expect(data, outer, der.SEQUENCE, "OCSPRequest")
    if outer.end != len(data):
        raise TrustError(ErrorCode.DER_MALFORMED, "trailing octets", offset=outer.end)
    match der.children(data, outer):
        case (tbs,):
            signed = False
        case (tbs, signature) if signature.tag == _SIGNATURE:
            signed = True
            _walk(data, signature)
        case _:
            raise TrustError(ErrorCode.DER_MALFORMED, "OCSPRequest has one or two members")
    der.expect(data, tbs, der.SEQUENCE, "TBSRequest")
    fields = list(der.children(data, tbs))
    if fields and fields[0].tag == _VERSION:
        read_version(data, fields.pop(0))
    if fields and fields[0].tag == _REQUESTOR:
        _walk(data, fields.pop(0))
    if not fields:
        raise TrustError(ErrorCode.DER_MALFORMED, "requestList is missing")
    wanted = _cert_ids(data, fields.pop(0))
    found = read_tagged_extensions(data, fields.pop(0), _KNOWN) if fields and fields[0].tag == _EXTENSIONS else {}
    if fields:
        raise TrustError(ErrorCode.DER_MALFORMED, "unknown field", tag=fields[0].tag)
    return OcspRequest(cert_ids=wanted, nonce=read_nonce(found), acceptable=_acceptable(found), signed=signed)


def _walk(data: bytes, element: der.Tlv) -> None:
    """Refuse what is not DER inside a part that is not looked at; the other parts are read element by element."""
    der.parse_strict(der.octets(data, element), max_depth=_MAX_DEPTH)


def _cert_ids(data: bytes, element: der.Tlv) -> tuple[CertId, ...]:
    der.expect(data, element, der.SEQUENCE, "requestList")
    requests = der.children(data, element)
    if not 0 < len(requests) <= MAX_CERT_IDS:
        raise TrustError(ErrorCode.DER_MALFORMED, "requestList: none, or too many", limit=MAX_CERT_IDS)
    return tuple(_cert_id(data, request) for request in requests)


def _cert_id(data: bytes, request: der.Tlv) -> CertId:
    der.expect(data, request, der.SEQUENCE, "Request")
    match der.children(data, request):
        case (cert_id,):
            pass
        case (cert_id, extensions) if extensions.tag == _SINGLE_EXTENSIONS:
            read_tagged_extensions(data, extensions, _KNOWN)
        case _:
            raise TrustError(ErrorCode.DER_MALFORMED, "Request has one or two members")
    return read_cert_id(data, cert_id)


def read_version(data: bytes, element: der.Tlv) -> None:
    """Return when ``[0] EXPLICIT Version`` is v1, the only one there is. Raise DER_MALFORMED."""
    inner = der.read_tlv(data, element.body, element.end)
    if der.expect(data, inner, der.INTEGER, "version") != b"\x00" or inner.end != element.end:
        raise TrustError(ErrorCode.DER_MALFORMED, "version is not 1")


def read_tagged_extensions(data: bytes, element: der.Tlv, known: frozenset[str]) -> Mapping[str, Extension]:
    """Return ``[n] EXPLICIT Extensions``. Raise DER_MALFORMED; OCSP_UNKNOWN_CRITICAL (RFC 6960 4.4)."""
    inner = der.read_tlv(data, element.body, element.end)
    if inner.end != element.end:
        raise TrustError(ErrorCode.DER_MALFORMED, "octets after the extensions")
    found = read_extensions(data, inner)
    for each in found.values():
        if each.critical and each.oid not in known:
            raise TrustError(ErrorCode.OCSP_UNKNOWN_CRITICAL, "unknown critical extension", oid=each.oid)
    return found or NO_EXTENSIONS


def read_nonce(extensions: Mapping[str, Extension]) -> bytes | None:
    """Return the nonce of a request or answer, None when there is none. Raise DER_MALFORMED (RFC 9654 2.1)."""
    found = extensions.get(oids.OCSP_NONCE)
    if found is None:
        return None
    element = der.read_tlv(found.value, 0, len(found.value))
    octets = der.expect(found.value, element, der.OCTET_STRING, "nonce")
    if not 0 < len(octets) <= MAX_NONCE or element.end != len(found.value):
        raise TrustError(ErrorCode.DER_MALFORMED, "a nonce has 1 to 128 octets", octets=len(octets))
    return octets


def _acceptable(extensions: Mapping[str, Extension]) -> tuple[str, ...]:
    found = extensions.get(oids.OCSP_ACCEPTABLE)
    if found is None:
        return ()
    outer = der.read_tlv(found.value, 0, len(found.value))
    der.expect(found.value, outer, der.SEQUENCE, "acceptable responses")
    return tuple(
        oids.dotted(der.expect(found.value, each, der.OID, "response type"))
        for each in der.children(found.value, outer)
    )


def nonce_extension(nonce: bytes) -> bytes:
    """Return the nonce as one Extension. Raise USAGE for one of no or too many octets."""
    if not 0 < len(nonce) <= MAX_NONCE:
        raise TrustError(ErrorCode.USAGE, "a nonce has 1 to 128 octets", octets=len(nonce))
    return extension(oids.OCSP_NONCE, w.octet_string(nonce))


def build_ocsp_request(cert_ids: Iterable[CertId], *, nonce: bytes | None = None) -> bytes:
    """Return DER OCSPRequest without signature; the inverse of `parse_ocsp_request`. Raise USAGE."""
    wanted = tuple(cert_ids)
    if not 0 < len(wanted) <= MAX_CERT_IDS:
        raise TrustError(ErrorCode.USAGE, "a request names 1 to 32 certificates")
    extensions = b"" if nonce is None else w.explicit(2, w.sequence(nonce_extension(nonce)))
    return w.sequence(w.sequence(w.sequence(*(w.sequence(each.der) for each in wanted)), extensions))
