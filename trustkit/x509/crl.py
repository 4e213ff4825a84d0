"""Certificate revocation lists (RFC 5280 5), read lazily: a list of a million entries is indexed only when asked.

`parse_crl` reads the frame; `CertificateList.revoked_entry` walks the entries once, the first time, and then answers from
an index of offsets. Nothing here says whether the list is right: `verify_crl` proves who signed it, and
`trustkit.x509.revocation` whether it tells anything about a certificate at a time.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003 - a field type of a public dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.crypto.public_key import parse_public_key
from trustkit.crypto.suites import suite_from_algorithm
from trustkit.crypto.verify import verify_signature
from trustkit.encoding import der
from trustkit.errors import ErrorCode, TrustError
from trustkit.x509 import oids
from trustkit.x509.crl_entries import EntryIndex, RevokedEntry
from trustkit.x509.distribution_point import read_issuing_point
from trustkit.x509.extension import NO_EXTENSIONS, read_extensions
from trustkit.x509.extension_values import read_authority_key_identifier
from trustkit.x509.name import display_name, names_equal
from trustkit.x509.signed import read_signature_algorithm, read_signed, require_same_algorithm

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trustkit.x509.certificate import Certificate
    from trustkit.x509.extension import Extension

MAX_CRL_SIZE: Final = der.MAX_SIZE  # a list of a million entries takes some 40 million octets
_TIMES: Final = frozenset({der.UTC_TIME, der.GENERALIZED_TIME})
_EXPLICIT_EXTENSIONS: Final = 0xA0
_MAX_NUMBER_OCTETS: Final = 128
_PROVED: Final = 256  # lists whose signature is known to hold, by digest: none keeps its octets in memory
_PROOF: Final = object()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class CertificateList:
    """A list as read; nothing in it is verified. Two are equal when their octets are.

    `next_update` is None when absent; `number` likewise (RFC 5280 asks for both, old lists lack them). `base_number` is set
    exactly for a delta: the number of the complete list whose changes it tells (5.2.4).
    """

    der: bytes
    tbs: bytes
    version: int
    signature_oid: str
    signature_parameters: bytes | None
    signature: bytes
    issuer_der: bytes
    this_update: datetime
    next_update: datetime | None
    number: int | None
    base_number: int | None
    authority_key_id: bytes | None
    extensions: Mapping[str, Extension]
    _index: EntryIndex

    @property
    def issuer(self) -> str:
        """The issuer's name for display."""
        return display_name(self.issuer_der)

    @property
    def entry_count(self) -> int:
        """How many entries stand in the list. Raise CRL_MALFORMED, CRL_SCOPE as `revoked_entry` does."""
        return self._index.count()

    def revoked_entry(self, serial: int, issuer_der: bytes | None = None) -> RevokedEntry | None:
        """Return the entry of a serial number, None when it is not listed.

        `issuer_der` is the certificate's issuer, of whom an indirect list tells beside others; None for the list's own.

        Raises:
            TrustError: CRL_MALFORMED when the entries cannot be read, CRL_SCOPE when one holds a critical extension
                trustkit does not process: the list must then not be used for any certificate (RFC 5280 5.3).
        """
        return self._index.find(serial, self.issuer_der if issuer_der is None else issuer_der)

    def __eq__(self, other: object) -> bool:
        return self.der == other.der if isinstance(other, CertificateList) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.der)

    def __repr__(self) -> str:
        return f"CertificateList(issuer={self.issuer!r}, number={self.number}, this_update={self.this_update:%FT%TZ})"


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedCrl:
    """Proof that `issuer` signed `crl`; made by `verify_crl` alone."""

    crl: CertificateList
    issuer: Certificate
    proof: object = field(repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.proof is not _PROOF:
            raise TrustError(ErrorCode.BUG, "VerifiedCrl is made by verify_crl alone")


def parse_crl(data: bytes) -> CertificateList:
    """Return the revocation list in DER octets.

    Raises:
        TrustError: INPUT_TOO_LARGE, CRL_MALFORMED. Entries are read later, see `CertificateList.revoked_entry`.
    """
    if len(data) > MAX_CRL_SIZE:
        raise TrustError(ErrorCode.INPUT_TOO_LARGE, "revocation list", octets=len(data), limit=MAX_CRL_SIZE)
    data = bytes(data)
    try:
        return _parse(data)
    except TrustError as error:
        raise TrustError(ErrorCode.CRL_MALFORMED, error.detail, **error.facts) from error


def _parse(data: bytes) -> CertificateList:
    signed = read_signed(data)
    fields = list(der.children(data, signed.tbs))
    version = 1
    if fields and fields[0].tag == der.INTEGER:
        if der.content(data, fields.pop(0)) != b"\x01":
            raise TrustError(ErrorCode.DER_MALFORMED, "version")
        version = 2
    match fields:
        case [algorithm, issuer, this_update, *rest]:
            require_same_algorithm(read_signature_algorithm(data, algorithm), signed.algorithm)
            der.expect(data, issuer, der.SEQUENCE, "issuer")
        case _:
            raise TrustError(ErrorCode.DER_MALFORMED, "fields are missing")
    next_update = (
        der.decode_time(rest[0].tag, der.content(data, rest.pop(0))) if rest and rest[0].tag in _TIMES else None
    )
    revoked = rest.pop(0) if rest and rest[0].tag == der.SEQUENCE else None
    extensions = _extensions(data, rest.pop(0)) if rest and rest[0].tag == _EXPLICIT_EXTENSIONS else NO_EXTENSIONS
    if rest:
        raise TrustError(ErrorCode.DER_MALFORMED, "unknown field", tag=rest[0].tag)
    return CertificateList(
        der=data,
        tbs=der.octets(data, signed.tbs),
        version=version,
        signature_oid=signed.algorithm.oid,
        signature_parameters=signed.algorithm.parameters,
        signature=signed.signature,
        issuer_der=der.octets(data, issuer),
        this_update=der.decode_time(this_update.tag, der.content(data, this_update)),
        next_update=next_update,
        number=_number(extensions, oids.CRL_NUMBER),
        base_number=_number(extensions, oids.DELTA_CRL_INDICATOR),
        authority_key_id=_authority_key_id(extensions),
        extensions=extensions,
        _index=EntryIndex(data, revoked, issuer=der.octets(data, issuer), indirect=_indirect(extensions, data, issuer)),
    )


def _extensions(data: bytes, element: der.Tlv) -> Mapping[str, Extension]:
    inner = der.read_tlv(data, element.body, element.end)
    if inner.end != element.end:
        raise TrustError(ErrorCode.DER_MALFORMED, "octets after the extensions")
    return read_extensions(data, inner)


def _indirect(extensions: Mapping[str, Extension], data: bytes, issuer: der.Tlv) -> bool:
    """Tell whether the list says that it is indirect; one whose point cannot be read is used for nothing anyway."""
    found = extensions.get(oids.ISSUING_DISTRIBUTION_POINT)
    try:
        return found is not None and read_issuing_point(found.value, der.octets(data, issuer)).indirect
    except TrustError:
        return False


def _number(extensions: Mapping[str, Extension], oid: str) -> int | None:
    found = extensions.get(oid)
    if found is None:
        return None
    element = der.read_tlv(found.value, 0, len(found.value))
    body = der.expect(found.value, element, der.INTEGER, "number of a list")
    if not 0 < len(body) <= _MAX_NUMBER_OCTETS:
        raise TrustError(ErrorCode.DER_MALFORMED, "number of a list")
    return int.from_bytes(body, "big", signed=True)


def _authority_key_id(extensions: Mapping[str, Extension]) -> bytes | None:
    found = extensions.get(oids.AUTHORITY_KEY_IDENTIFIER)
    return None if found is None else read_authority_key_identifier(found.value)


def verify_crl(crl: CertificateList, issuer: Certificate) -> VerifiedCrl:
    """Return the proof that `issuer`'s key signed the list (RFC 5280 6.3.3 (f), (g)).

    Says nothing of trust in the issuer, nor of the list's age and scope.

    Raises:
        TrustError: CRL_SCOPE when the names differ, CERTIFICATE_PURPOSE when the issuer's keyUsage lacks cRLSign,
            SIGNATURE_*, ALGORITHM_*, KEY_*.
    """
    if not names_equal(crl.issuer_der, issuer.subject_der):
        raise TrustError(ErrorCode.CRL_SCOPE, "the list was issued under another name")
    if issuer.key_usage is not None and "cRLSign" not in issuer.key_usage:
        raise TrustError(ErrorCode.CERTIFICATE_PURPOSE, "the issuer's keyUsage lacks cRLSign")
    proved = _proved(digest(DigestAlgorithm.SHA256, crl.der), issuer.spki)
    if not proved:
        _prove(crl, issuer.spki)
        proved.append(True)
    return VerifiedCrl(crl=crl, issuer=issuer, proof=_PROOF)


@lru_cache(maxsize=_PROVED)
def _proved(crl_digest: bytes, spki: bytes) -> list[bool]:
    """Return where it is noted that these octets were signed by this key, which stays so. A refusal is not noted."""
    del crl_digest, spki
    return []


def _prove(crl: CertificateList, spki: bytes) -> None:
    key = parse_public_key(spki)
    suite = suite_from_algorithm(crl.signature_oid, crl.signature_parameters, key=key)
    verify_signature(suite=suite, key=key, message=crl.tbs, signature=crl.signature)
