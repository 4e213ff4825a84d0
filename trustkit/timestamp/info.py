"""TSTInfo and the parts it shares with requests, read strictly (RFC 3161 2.4.1 and 2.4.2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from trustkit.cms.fields import Fields, elements, read_algorithm
from trustkit.crypto.digest import DigestAlgorithm, digest_from_oid
from trustkit.encoding import der
from trustkit.encoding.der import Tlv  # noqa: TC001 - one import block reads better
from trustkit.errors import ErrorCode, TrustError
from trustkit.timestamp.model import TokenDeviation

MAX_INFO_SIZE: Final = 64 * 1024
MAX_INTEGER_OCTETS: Final = 64  # RFC 3161 2.4.2: serial numbers up to 160 bits; nonces "e.g., 64 bits"
MAX_EXTENSIONS: Final = 16
_MAX_SECONDS: Final = 366 * 24 * 3600  # an accuracy beyond a year says nothing
_BELOW_THOUSAND: Final = range(1, 1000)  # RFC 3161 2.4.2: millis and micros INTEGER (1..999)
_TRUE, _FALSE = b"\xff", b"\x00"
_CODE: Final = ErrorCode.TIMESTAMP_MALFORMED


@dataclass(frozen=True, slots=True, kw_only=True)
class TstInfo:
    """The fields of TSTInfo."""

    policy: str
    imprint_algorithm: DigestAlgorithm
    imprint: bytes
    serial: int
    gen_time: datetime
    accuracy: timedelta | None
    ordering: bool
    nonce: int | None
    tsa_der: bytes | None
    extensions: tuple[str, ...]
    notes: tuple[str, ...]


def read_tst_info(octets: bytes) -> TstInfo:
    """Return the fields of DER TSTInfo.

    Raises:
        TrustError: TIMESTAMP_MALFORMED, also for an unknown critical extension; ALGORITHM_UNKNOWN and ALGORITHM_WEAK for
            the imprint's digest; DER_MALFORMED, DER_NOT_DER, INPUT_TOO_LARGE.
    """
    fields = Fields(octets, der.parse_strict(octets, max_size=MAX_INFO_SIZE), "TSTInfo", _CODE)
    require_version(fields)
    policy = fields.oid("policy")
    algorithm, imprint = read_imprint(octets, fields.take(der.SEQUENCE, "messageImprint"))
    serial = bounded_integer(octets, fields.take(der.INTEGER, "serialNumber"))
    moment = fields.take(der.GENERALIZED_TIME, "genTime")
    gen_time = der.decode_time(moment.tag, der.content(octets, moment))
    accuracy = fields.optional(der.SEQUENCE)
    ordering = fields.optional(der.BOOLEAN)
    nonce = fields.optional(der.INTEGER)
    tsa = fields.optional(0xA0)
    extensions = fields.optional(0xA1)
    fields.finish()
    ordered = None if ordering is None else read_boolean(octets, ordering)
    return TstInfo(
        policy=policy,
        imprint_algorithm=algorithm,
        imprint=imprint,
        serial=serial,
        gen_time=gen_time,
        accuracy=None if accuracy is None else _accuracy(octets, accuracy),
        ordering=ordered is True,
        nonce=None if nonce is None else bounded_integer(octets, nonce),
        tsa_der=None if tsa is None else der.content(octets, tsa),
        extensions=() if extensions is None else read_extensions(octets, extensions),
        notes=(TokenDeviation.DEFAULT_WRITTEN,) if ordered is False else (),
    )


def require_version(fields: Fields) -> None:
    """Take the version, which is 1 in requests and in TSTInfo."""
    if fields.integer("version") != 1:
        raise TrustError(_CODE, "version is not 1")


def read_imprint(octets: bytes, element: Tlv) -> tuple[DigestAlgorithm, bytes]:
    """MessageImprint ::= SEQUENCE { hashAlgorithm, hashedMessage OCTET STRING }, of matching length (2.4.1)."""
    fields = Fields(octets, element, "messageImprint", _CODE)
    identifier = read_algorithm(octets, fields.take(der.SEQUENCE, "hashAlgorithm"), "hashAlgorithm", _CODE)
    imprint = fields.octet_string("hashedMessage")
    fields.finish()
    algorithm = digest_from_oid(identifier.oid)
    if len(imprint) != algorithm.size:
        raise TrustError(_CODE, "imprint has not the length of its digest", octets=len(imprint))
    return algorithm, imprint


def bounded_integer(octets: bytes, element: Tlv) -> int:
    """Return an INTEGER of sensible length."""
    if element.end - element.body > MAX_INTEGER_OCTETS:
        raise TrustError(_CODE, "number is too long", octets=element.end - element.body)
    return der.decode_integer(der.content(octets, element))


def read_boolean(octets: bytes, element: Tlv) -> bool:
    """Return a BOOLEAN, TRUE being FF (X.690 11.1)."""
    body = der.content(octets, element)
    if body not in {_TRUE, _FALSE}:
        raise TrustError(ErrorCode.DER_NOT_DER, "BOOLEAN is neither 00 nor FF")
    return body == _TRUE


def read_extensions(octets: bytes, element: Tlv, *, critical_too: bool = False) -> tuple[str, ...]:
    """Return the OIDs of Extensions; a critical one is refused unless told, for none is known here (RFC 5280 4.2)."""
    items = elements(octets, element, MAX_EXTENSIONS, "extensions", _CODE)
    if not items:
        raise TrustError(_CODE, "extensions: none")
    found: list[str] = []
    for item in items:
        if item.tag != der.SEQUENCE:
            raise TrustError(_CODE, "extension is not a SEQUENCE")
        fields = Fields(octets, item, "extension", _CODE)
        dotted = fields.oid("extnID")
        critical = fields.optional(der.BOOLEAN)
        fields.octet_string("extnValue")
        fields.finish()
        if critical is not None and read_boolean(octets, critical) and not critical_too:
            raise TrustError(_CODE, "unknown critical extension", oid=dotted)
        if dotted in found:
            raise TrustError(_CODE, "extension stands twice", oid=dotted)
        found.append(dotted)
    return tuple(found)


def _accuracy(octets: bytes, element: Tlv) -> timedelta:
    """Accuracy ::= SEQUENCE { seconds INTEGER OPTIONAL, millis [0] (1..999) OPTIONAL, micros [1] (1..999) OPTIONAL }."""
    fields = Fields(octets, element, "accuracy", _CODE)
    seconds, millis, micros = fields.optional(der.INTEGER), fields.optional(0x80), fields.optional(0x81)
    fields.finish()
    whole = 0 if seconds is None else bounded_integer(octets, seconds)
    if not 0 <= whole <= _MAX_SECONDS:
        raise TrustError(_CODE, "accuracy out of range")
    parts = [0 if part is None else bounded_integer(octets, part) for part in (millis, micros)]
    for part, value in zip((millis, micros), parts, strict=True):
        if part is not None and value not in _BELOW_THOUSAND:
            raise TrustError(_CODE, "accuracy out of range")
    return timedelta(seconds=whole, milliseconds=parts[0], microseconds=parts[1])
