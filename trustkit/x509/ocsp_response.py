"""OCSP answers from octets (RFC 6960 4.2.1): read, and nothing in them believed. `trustkit.x509.ocsp_verify` proves them.

response = parse_ocsp_response(octets)          # raises OCSP_REFUSED when the responder answers with an error
response.answers[0].status, response.produced_at
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - a field type of a public dataclass
from enum import IntEnum, StrEnum, unique
from typing import TYPE_CHECKING, Final

from trustkit.encoding import der
from trustkit.errors import ErrorCode, TrustError
from trustkit.x509 import oids
from trustkit.x509.extension import NO_EXTENSIONS
from trustkit.x509.ocsp_cert_id import CertId, read_cert_id
from trustkit.x509.ocsp_request import read_nonce, read_tagged_extensions, read_version
from trustkit.x509.reason import REASON_BY_NUMBER, RevocationReason
from trustkit.x509.signed import SignatureAlgorithm, read_signature_algorithm

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from trustkit.x509.extension import Extension

MAX_RESPONSE_SIZE: Final = (
    256 * 1024
)  # some kilobytes with a responder's certificate; a chain of large ones stays below
MAX_ANSWERS: Final = 256  # of one response; prepared ones hold one certificate by several digests
MAX_CERTIFICATES: Final = 8  # beside a response: the responder's, perhaps its issuers'
_MAX_DEPTH: Final = 24
_ENUMERATED: Final = 0x0A
_EXPLICIT_0, _EXPLICIT_1, _EXPLICIT_2 = 0xA0, 0xA1, 0xA2
_GOOD, _REVOKED, _UNKNOWN = 0x80, 0xA1, 0x82
_KNOWN: Final = frozenset({oids.OCSP_NONCE, oids.OCSP_EXTENDED_REVOKE})
_KNOWN_OF_ONE: Final = frozenset({oids.OCSP_ARCHIVE_CUTOFF, oids.OCSP_CRL_ID, oids.INVALIDITY_DATE, oids.REASON_CODE})


@unique
class ResponseStatus(IntEnum):
    """OCSPResponseStatus (RFC 6960 4.2.1); 4 is not used."""

    SUCCESSFUL = 0
    MALFORMED_REQUEST = 1
    INTERNAL_ERROR = 2
    TRY_LATER = 3
    SIG_REQUIRED = 5
    UNAUTHORIZED = 6

    @property
    def word(self) -> str:
        """The name the standard gives it."""
        return _WORDS[self]


_WORDS: Final = dict(
    zip(
        ResponseStatus,
        ("successful", "malformedRequest", "internalError", "tryLater", "sigRequired", "unauthorized"),
        strict=True,
    )
)


@unique
class CertStatus(StrEnum):
    """What a responder says of a certificate (RFC 6960 2.2)."""

    GOOD = "good"
    REVOKED = "revoked"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class OcspAnswer:
    """SingleResponse: one certificate's status.

    `revoked_at` and `reason` are set exactly for REVOKED. `next_update` None says that newer information is always there.
    `archive_cutoff`: the responder keeps what it knows of certificates that expired since then (RFC 6960 4.4.4).
    """

    cert_id: CertId
    status: CertStatus
    this_update: datetime
    next_update: datetime | None
    revoked_at: datetime | None = None
    reason: RevocationReason | None = None
    archive_cutoff: datetime | None = None
    invalidity_date: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class OcspResponse:
    """BasicOCSPResponse as read; nothing in it is verified. Two are equal when their octets are.

    The responder names itself by `responder_name` (DER) or by `responder_key` (SHA-1 of its key), one of the two.
    `certificates` are octets that came along, as found. `extended_revoke` says that the responder answers "revoked" for
    certificates that were never issued (RFC 6960 4.4.8).
    """

    der: bytes
    tbs: bytes
    algorithm: SignatureAlgorithm
    signature: bytes
    responder_name: bytes | None
    responder_key: bytes | None
    produced_at: datetime
    answers: tuple[OcspAnswer, ...]
    nonce: bytes | None
    extended_revoke: bool
    certificates: tuple[bytes, ...]

    def __eq__(self, other: object) -> bool:
        return self.der == other.der if isinstance(other, OcspResponse) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.der)

    def __repr__(self) -> str:
        return f"OcspResponse(answers={len(self.answers)}, produced_at={self.produced_at:%FT%TZ})"


def parse_ocsp_response(data: bytes) -> OcspResponse:
    """Return the signed response inside a successful OCSPResponse, DER.

    Raises:
        TrustError: INPUT_TOO_LARGE; OCSP_MALFORMED; OCSP_UNKNOWN_CRITICAL; OCSP_REFUSED when the responder answers with an
            error, with its name as the fact ``status``.
    """
    return _guarded(data, _parse)


def parse_basic_response(data: bytes) -> OcspResponse:
    """Return the response in octets of a bare BasicOCSPResponse, as CAdES keeps it. Raise as `parse_ocsp_response`."""
    return _guarded(data, lambda octets: _basic(octets, der.parse_strict(octets, max_depth=_MAX_DEPTH)))


def read_ocsp_response(data: bytes) -> OcspResponse:
    """Return the response in either, told apart by their first element. Raise as `parse_ocsp_response`."""
    try:
        outer = der.read_tlv(data, 0, len(data))
    except TrustError:
        return parse_ocsp_response(data)  # says what is wrong
    bare = data[outer.body : outer.body + 1] != bytes((_ENUMERATED,))
    return parse_basic_response(data) if bare else parse_ocsp_response(data)


def _guarded(data: bytes, parse: Callable[[bytes], OcspResponse]) -> OcspResponse:
    if len(data) > MAX_RESPONSE_SIZE:
        raise TrustError(ErrorCode.INPUT_TOO_LARGE, "OCSP response", octets=len(data), limit=MAX_RESPONSE_SIZE)
    try:
        return parse(bytes(data))
    except TrustError as error:
        if error.code in {ErrorCode.OCSP_UNKNOWN_CRITICAL, ErrorCode.OCSP_REFUSED}:
            raise
        raise TrustError(ErrorCode.OCSP_MALFORMED, error.detail, **error.facts) from error


def _parse(data: bytes) -> OcspResponse:
    outer = der.parse_strict(data, max_depth=_MAX_DEPTH)
    der.expect(data, outer, der.SEQUENCE, "OCSPResponse")
    parts = der.children(data, outer)
    if not parts:
        raise TrustError(ErrorCode.DER_MALFORMED, "responseStatus is missing")
    number = der.decode_integer(der.expect(data, parts[0], _ENUMERATED, "responseStatus"))
    if number not in _WORDS:
        raise TrustError(ErrorCode.DER_MALFORMED, "responseStatus")
    status = ResponseStatus(number)
    match parts:
        case (_,) if status is not ResponseStatus.SUCCESSFUL:
            raise TrustError(ErrorCode.OCSP_REFUSED, f"the responder says {status.word}", status=status.word)
        case (_, wrapped) if status is ResponseStatus.SUCCESSFUL:
            der.expect(data, wrapped, _EXPLICIT_0, "responseBytes")
        case _:
            raise TrustError(ErrorCode.DER_MALFORMED, "responseBytes go with success, and with it alone")
    inner = der.read_tlv(data, wrapped.body, wrapped.end)
    der.expect(data, inner, der.SEQUENCE, "ResponseBytes")
    match der.children(data, inner) if inner.end == wrapped.end else ():
        case (kind, response):
            oid = oids.dotted(der.expect(data, kind, der.OID, "responseType"))
            basic = der.expect(data, response, der.OCTET_STRING, "response")
        case _:
            raise TrustError(ErrorCode.DER_MALFORMED, "ResponseBytes has two members")
    if oid != oids.OCSP_BASIC:
        raise TrustError(ErrorCode.DER_MALFORMED, "type of response", oid=oid)
    return _basic(basic, der.parse_strict(basic, max_depth=_MAX_DEPTH))


def _basic(data: bytes, outer: der.Tlv) -> OcspResponse:
    der.expect(data, outer, der.SEQUENCE, "BasicOCSPResponse")
    match der.children(data, outer):
        case (tbs, algorithm, signature):
            certificates: tuple[bytes, ...] = ()
        case (tbs, algorithm, signature, certs) if certs.tag == _EXPLICIT_0:
            certificates = _certificates(data, certs)
        case _:
            raise TrustError(ErrorCode.DER_MALFORMED, "BasicOCSPResponse has three or four members")
    der.expect(data, tbs, der.SEQUENCE, "ResponseData")
    bits = der.expect(data, signature, der.BIT_STRING, "signature")
    fields = list(der.children(data, tbs))
    if fields and fields[0].tag == _EXPLICIT_0:
        read_version(data, fields.pop(0))
    match fields:
        case [responder, produced, answers, *rest]:
            name, key = _responder(data, responder)
        case _:
            raise TrustError(ErrorCode.DER_MALFORMED, "ResponseData: fields are missing")
    extensions = _last_extensions(data, rest, _KNOWN, "ResponseData")
    return OcspResponse(
        der=data,
        tbs=der.octets(data, tbs),
        algorithm=read_signature_algorithm(data, algorithm),
        signature=bits[1:] if bits[:1] == b"\x00" else b"",
        responder_name=name,
        responder_key=key,
        produced_at=_time(data, produced, "producedAt"),
        answers=_answers(data, answers),
        nonce=read_nonce(extensions),
        extended_revoke=oids.OCSP_EXTENDED_REVOKE in extensions,
        certificates=certificates,
    )


def _certificates(data: bytes, element: der.Tlv) -> tuple[bytes, ...]:
    inner = der.read_tlv(data, element.body, element.end)
    der.expect(data, inner, der.SEQUENCE, "certs")
    found = der.children(data, inner)
    if len(found) > MAX_CERTIFICATES or inner.end != element.end:
        raise TrustError(ErrorCode.DER_MALFORMED, "certs: too many", limit=MAX_CERTIFICATES)
    return tuple(der.octets(data, each) for each in found)


def _responder(data: bytes, element: der.Tlv) -> tuple[bytes | None, bytes | None]:
    inner = der.read_tlv(data, element.body, element.end)
    if inner.end == element.end and element.tag == _EXPLICIT_1:
        der.expect(data, inner, der.SEQUENCE, "responder's name")
        return der.octets(data, inner), None
    if inner.end == element.end and element.tag == _EXPLICIT_2:
        return None, der.expect(data, inner, der.OCTET_STRING, "responder's key")
    raise TrustError(ErrorCode.DER_MALFORMED, "responderID", tag=element.tag)


def _last_extensions(data: bytes, rest: list[der.Tlv], known: frozenset[str], what: str) -> Mapping[str, Extension]:
    """Return the [1] Extensions that may be all that is left of a structure. Raise DER_MALFORMED, OCSP_UNKNOWN_CRITICAL."""
    extensions: Mapping[str, Extension] = NO_EXTENSIONS
    if rest and rest[0].tag == _EXPLICIT_1:
        first, *rest = rest
        extensions = read_tagged_extensions(data, first, known)
    if rest:
        raise TrustError(ErrorCode.DER_MALFORMED, f"{what}: unknown field", tag=rest[0].tag)
    return extensions


def _answers(data: bytes, element: der.Tlv) -> tuple[OcspAnswer, ...]:
    der.expect(data, element, der.SEQUENCE, "responses")
    found = der.children(data, element)
    if not 0 < len(found) <= MAX_ANSWERS:
        raise TrustError(ErrorCode.DER_MALFORMED, "responses: none, or too many", limit=MAX_ANSWERS)
    return tuple(_answer(data, each) for each in found)


def _answer(data: bytes, element: der.Tlv) -> OcspAnswer:
    der.expect(data, element, der.SEQUENCE, "SingleResponse")
    match list(der.children(data, element)):
        case [cert_id, state, this_update, *rest]:
            status, revoked_at, reason = _status(data, state)
        case _:
            raise TrustError(ErrorCode.DER_MALFORMED, "SingleResponse: fields are missing")
    begins, ends = _time(data, this_update, "thisUpdate"), None
    if rest and rest[0].tag == _EXPLICIT_0:
        tagged = rest.pop(0)
        ends = _time(data, der.read_tlv(data, tagged.body, tagged.end), "nextUpdate")
        if ends < begins:
            raise TrustError(ErrorCode.DER_MALFORMED, "nextUpdate lies before thisUpdate")
    extensions = _last_extensions(data, rest, _KNOWN_OF_ONE, "SingleResponse")
    return OcspAnswer(
        cert_id=read_cert_id(data, cert_id),
        status=status,
        this_update=begins,
        next_update=ends,
        revoked_at=revoked_at,
        reason=reason,
        archive_cutoff=_extension_time(extensions, oids.OCSP_ARCHIVE_CUTOFF),
        invalidity_date=_extension_time(extensions, oids.INVALIDITY_DATE),
    )


def _status(data: bytes, element: der.Tlv) -> tuple[CertStatus, datetime | None, RevocationReason | None]:
    if element.tag in {_GOOD, _UNKNOWN} and element.body == element.end:
        return (CertStatus.GOOD if element.tag == _GOOD else CertStatus.UNKNOWN), None, None
    if element.tag != _REVOKED:
        raise TrustError(ErrorCode.DER_MALFORMED, "certStatus", tag=element.tag)
    match der.children(data, element):
        case (moment,):
            reason = RevocationReason.UNSPECIFIED
        case (moment, tagged) if tagged.tag == _EXPLICIT_0:
            inner = der.read_tlv(data, tagged.body, tagged.end)
            number = der.decode_integer(der.expect(data, inner, _ENUMERATED, "revocationReason"))
            # An unknown number is a revocation all the same.
            reason = REASON_BY_NUMBER.get(number, RevocationReason.UNSPECIFIED)
        case _:
            raise TrustError(ErrorCode.DER_MALFORMED, "RevokedInfo")
    return CertStatus.REVOKED, _time(data, moment, "revocationTime"), reason


def _time(data: bytes, element: der.Tlv, what: str) -> datetime:
    der.expect(data, element, der.GENERALIZED_TIME, what)
    return der.decode_time(element.tag, der.content(data, element))


def _extension_time(extensions: Mapping[str, Extension], oid: str) -> datetime | None:
    found = extensions.get(oid)
    return None if found is None else _time(found.value, der.read_tlv(found.value, 0, len(found.value)), oid)
