"""X.509 certificates (RFC 5280 4.1, GB/T 20518), read by offsets so that octets are verified as they were found.

`parse_certificate` insists on structure where a loose reading would be a guess (lengths, order, no extension twice, the
two signature algorithms agree) and is lenient where real certificates deviate without doubt about their meaning (string
types, general names, NULL parameters, serial numbers). What it forgave stands in `notes`; an extension it could not read
stands in `unreadable`, and path validation refuses a certificate whose processed extensions are there.

    certificate = parse_certificate(der)
    certificate.subject             # "C=CN, O=…, CN=…", for display
    certificate.tbs                 # the octets the issuer signed
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.crypto.public_key import PublicKey, parse_public_key
from trustkit.encoding import der
from trustkit.encoding.remembered import remembering
from trustkit.errors import ErrorCode, TrustError
from trustkit.x509.extension import NO_EXTENSIONS, read_extensions
from trustkit.x509.known_extensions import read_known_extensions
from trustkit.x509.name import common_name, display_name
from trustkit.x509.signed import SignatureAlgorithm, read_signature_algorithm, read_signed, require_same_algorithm

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from trustkit.x509.extension import Extension
    from trustkit.x509.extension_values import AuthorityInformation

MAX_CERTIFICATE_SIZE: Final = 128 * 1024  # octets; SM2 ones take some 600, the largest post-quantum ones some 60,000
MAX_SERIAL_OCTETS: Final = 128  # RFC 5280 allows 20; longer ones exist, and none needs more
_RFC_SERIAL_OCTETS: Final = 20
_VERSIONS: Final = {b"\x00": 1, b"\x01": 2, b"\x02": 3}
_EXPLICIT_VERSION, _ISSUER_UNIQUE_ID, _SUBJECT_UNIQUE_ID, _EXPLICIT_EXTENSIONS = 0xA0, 0x81, 0x82, 0xA3
_AFTER_KEY: Final = frozenset({_ISSUER_UNIQUE_ID, _SUBJECT_UNIQUE_ID, _EXPLICIT_EXTENSIONS})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Certificate:
    """A certificate as read; nothing in it is verified. Two are equal when their octets are.

    Attributes: `der` and `tbs` are octets as found; `issuer_der`, `subject_der`, `spki` likewise; `key_usage` holds names
    such as ``digitalSignature`` and is None when the extension is absent; `extended_key_usage` holds names such as
    ``timeStamping`` or dotted OIDs, None when absent; `path_length` is None when not limited. An extension in
    `unreadable` (dotted OIDs) leaves its attribute at the most restrictive value.
    """

    der: bytes
    tbs: bytes
    version: int
    serial: int
    signature_oid: str
    signature_parameters: bytes | None
    signature: bytes
    issuer_der: bytes
    subject_der: bytes
    not_before: datetime
    not_after: datetime
    spki: bytes
    extensions: Mapping[str, Extension]
    key_usage: frozenset[str] | None
    extended_key_usage: tuple[str, ...] | None
    is_ca: bool
    path_length: int | None
    subject_key_id: bytes | None
    authority_key_id: bytes | None
    crl_urls: tuple[str, ...]
    aia: AuthorityInformation
    unreadable: frozenset[str]
    notes: tuple[str, ...]

    @property
    def public_key(self) -> PublicKey:
        """The subject's key. Raise KEY_MALFORMED, KEY_UNSUPPORTED or KEY_WEAK."""
        return parse_public_key(self.spki)

    @property
    def subject(self) -> str:
        """The subject's name for display."""
        return display_name(self.subject_der)

    @property
    def issuer(self) -> str:
        """The issuer's name for display."""
        return display_name(self.issuer_der)

    @property
    def common_name(self) -> str:
        """The subject's last common name for display, empty when there is none."""
        return common_name(self.subject_der)

    @property
    def fingerprint_sm3(self) -> str:
        """SM3 of the whole certificate in hexadecimal."""
        return digest(DigestAlgorithm.SM3, self.der).hex()

    def __eq__(self, other: object) -> bool:
        return self.der == other.der if isinstance(other, Certificate) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.der)

    def __repr__(self) -> str:
        # No name: subjects are persons, and representations end up in logs.
        return f"Certificate(serial={self.serial:x}, sm3={self.fingerprint_sm3[:16]}…)"


def parse_certificate(data: bytes) -> Certificate:
    """Return the certificate in DER octets; undo PEM with `trustkit.encoding.pem` first.

    Raises:
        TrustError: INPUT_TOO_LARGE, CERTIFICATE_MALFORMED.
    """
    if len(data) > MAX_CERTIFICATE_SIZE:
        raise TrustError(ErrorCode.INPUT_TOO_LARGE, "certificate", octets=len(data), limit=MAX_CERTIFICATE_SIZE)
    data = bytes(data)
    try:
        return _parse(data)
    except TrustError as error:
        raise TrustError(ErrorCode.CERTIFICATE_MALFORMED, error.detail, **error.facts) from error


# As `parse_certificate`, of those that a service meets all day: signers, authorities, responders; 32 MiB of octets at most
seen_certificate: Final = remembering(parse_certificate, entries=2048, largest=16 * 1024)


def read_resigned(data: bytes, known: Certificate) -> Certificate:
    """Return the certificate in DER octets whose signed part is, octet for octet, that of one read before.

    The outer form is read as by `parse_certificate`; the signed part, being the same octets, is not read a second time.

    Raises:
        TrustError: INPUT_TOO_LARGE, CERTIFICATE_MALFORMED, the latter also for another signed part.
    """
    if len(data) > MAX_CERTIFICATE_SIZE:
        raise TrustError(ErrorCode.INPUT_TOO_LARGE, "certificate", octets=len(data), limit=MAX_CERTIFICATE_SIZE)
    data = bytes(data)
    inner = SignatureAlgorithm(oid=known.signature_oid, parameters=known.signature_parameters)
    try:
        signed = read_signed(data)
        require_same_algorithm(inner, signed.algorithm)
    except TrustError as error:
        raise TrustError(ErrorCode.CERTIFICATE_MALFORMED, error.detail, **error.facts) from error
    if der.octets(data, signed.tbs) != known.tbs:
        raise TrustError(ErrorCode.CERTIFICATE_MALFORMED, "another signed part")
    return replace(known, der=data, signature=signed.signature)


def _parse(data: bytes) -> Certificate:
    signed = read_signed(data)
    fields = list(der.children(data, signed.tbs))
    version = _version(data, fields.pop(0)) if fields and fields[0].tag == _EXPLICIT_VERSION else 1
    match fields:
        case [serial, algorithm, issuer, validity, subject, spki, *rest]:
            require_same_algorithm(read_signature_algorithm(data, algorithm), signed.algorithm)
        case _:
            raise TrustError(ErrorCode.DER_MALFORMED, "fields are missing")
    for element, what in ((issuer, "issuer"), (subject, "subject"), (spki, "public key")):
        der.expect(data, element, der.SEQUENCE, what)
    number, notes = _serial(der.expect(data, serial, der.INTEGER, "serial number"))
    not_before, not_after = _validity(data, validity)
    extensions = _extensions(data, rest)
    if extensions and version != 3:  # noqa: PLR2004 - X.509 v3
        notes += ("extensions in a certificate that says it is not version 3",)
    known = read_known_extensions(extensions)
    return Certificate(
        der=data,
        tbs=der.octets(data, signed.tbs),
        version=version,
        serial=number,
        signature_oid=signed.algorithm.oid,
        signature_parameters=signed.algorithm.parameters,
        signature=signed.signature,
        issuer_der=der.octets(data, issuer),
        subject_der=der.octets(data, subject),
        not_before=not_before,
        not_after=not_after,
        spki=der.octets(data, spki),
        extensions=extensions,
        key_usage=known.key_usage,
        extended_key_usage=known.extended_key_usage,
        is_ca=known.is_ca,
        path_length=known.path_length,
        subject_key_id=known.subject_key_id,
        authority_key_id=known.authority_key_id,
        crl_urls=known.crl_urls,
        aia=known.aia,
        unreadable=known.unreadable,
        notes=notes + tuple(f"unreadable extension {oid}" for oid in sorted(known.unreadable)),
    )


def _version(data: bytes, element: der.Tlv) -> int:
    inner = der.read_tlv(data, element.body, element.end)
    version = _VERSIONS.get(der.expect(data, inner, der.INTEGER, "version"))
    if version is None or inner.end != element.end:
        raise TrustError(ErrorCode.DER_MALFORMED, "version")
    return version


def _serial(body: bytes) -> tuple[int, tuple[str, ...]]:
    """Return the serial number and what is odd about it (RFC 5280 4.1.2.2: positive, at most 20 octets)."""
    if not 0 < len(body) <= MAX_SERIAL_OCTETS:
        raise TrustError(ErrorCode.DER_MALFORMED, "serial number", octets=len(body))
    number = int.from_bytes(body, "big", signed=True)
    notes: list[str] = []
    if number <= 0:
        notes.append("serial number is zero" if number == 0 else "serial number is negative")
    if number.bit_length() >= _RFC_SERIAL_OCTETS * 8:
        notes.append("serial number is longer than 20 octets")
    if len(body) != number.bit_length() // 8 + 1:
        notes.append("serial number is not minimal")
    return number, tuple(notes)


def _validity(data: bytes, element: der.Tlv) -> tuple[datetime, datetime]:
    der.expect(data, element, der.SEQUENCE, "validity")
    match der.children(data, element):
        case (first, second):
            return (
                der.decode_time(first.tag, der.content(data, first)),
                der.decode_time(second.tag, der.content(data, second)),
            )
        case _:
            raise TrustError(ErrorCode.DER_MALFORMED, "validity")


def _extensions(data: bytes, rest: list[der.Tlv]) -> Mapping[str, Extension]:
    """Return the extensions among what follows the public key; unique identifiers are skipped (RFC 5280 4.1.2.8)."""
    previous = 0
    found = NO_EXTENSIONS
    for element in rest:
        if element.tag <= previous or element.tag not in _AFTER_KEY:
            raise TrustError(ErrorCode.DER_MALFORMED, "after the public key", tag=element.tag)
        previous = element.tag
        if element.tag == _EXPLICIT_EXTENSIONS:
            inner = der.read_tlv(data, element.body, element.end)
            if inner.end != element.end:
                raise TrustError(ErrorCode.DER_MALFORMED, "octets after the extensions")
            found = read_extensions(data, inner)
    return found
