"""SignerInfo and its attributes from octets (RFC 5652 5.3); part of `trustkit.cms.read`."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from trustkit.cms import oids
from trustkit.cms.fields import Fields, elements, expect_all, require_strict
from trustkit.cms.model import AlgorithmIdentifier, Deviation, Dialect, SignerInfo
from trustkit.crypto.public_key import EC_PUBLIC_KEY, SM2_CURVE
from trustkit.encoding import der
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trustkit.encoding.der import Tlv

MAX_ATTRIBUTES: Final = 64  # a well filled CAdES archive form has about fifteen
MAX_ATTRIBUTE_VALUES: Final = 64
MAX_NAME_SIZE: Final = 16 * 1024  # names of people and offices take some hundred octets
MAX_SIGNATURE_SIZE: Final = 8 * 1024  # RSA-16384 has 2048 octets, the largest ML-DSA 4627

_EXPLICIT_0, _EXPLICIT_1 = 0xA0, 0xA1
_IMPLICIT_0: Final = 0x80
_KEYS: Final = frozenset({EC_PUBLIC_KEY, SM2_CURVE})  # a key named in the place of a signature
_ABSENT_OR_NULL: Final = frozenset({None, b"\x05\x00"})


def read_signer(octets: bytes, element: Tlv, dialect: Dialect, digests: frozenset[str]) -> SignerInfo:
    """Return one SignerInfo; `digests` are those the message announces. Raise as `parse_signed_message` does."""
    fields = Fields(octets, element, "SignerInfo")
    version = fields.integer("version")
    issuer_der, serial, key_id = _signer_identifier(octets, fields)
    digest = fields.algorithm("digestAlgorithm")
    signed = fields.optional(_EXPLICIT_0)
    signature_algorithm = fields.algorithm("signatureAlgorithm")
    signature = fields.octet_string("signature")
    if len(signature) > MAX_SIGNATURE_SIZE:
        raise TrustError(ErrorCode.CMS_MALFORMED, "signature value is too long", octets=len(signature))
    unsigned = fields.optional(_EXPLICIT_1)
    fields.finish()
    attributes = _attributes(octets, signed, "signed attributes")
    unsigned_attributes = _attributes(octets, unsigned, "unsigned attributes")
    notes = list(_signer_notes(dialect, version, key_id, digest, signature_algorithm))
    if digest.oid not in digests:
        notes.append(Deviation.DIGEST_NOT_ANNOUNCED)
    signed_octets = None
    if signed is not None:
        # RFC 5652 5.4: the [0] tag is replaced by that of SET OF; the octets inside stay as found.
        signed_octets = bytes((der.SET,)) + octets[signed.start + 1 : signed.end]
        found = [der.octets(octets, item) for item in der.children(octets, signed)]
        if found != sorted(found):
            notes.append(Deviation.ATTRIBUTES_UNSORTED)
    return SignerInfo(
        version=version,
        issuer_der=issuer_der,
        serial=serial,
        subject_key_id=key_id,
        digest_algorithm=digest,
        signed_attributes=signed_octets,
        attributes=attributes,
        signature_algorithm=signature_algorithm,
        signature=signature,
        unsigned_attributes=unsigned_attributes,
        notes=tuple(notes),
    )


def read_countersigner(value: bytes, dialect: Dialect) -> SignerInfo:
    """Return the SignerInfo in a value of the countersignature attribute (RFC 5652 11.4). Raise as reading does."""
    element = der.read_tlv(value, 0, len(value))
    if element.tag != der.SEQUENCE:
        raise TrustError(ErrorCode.CMS_ATTRIBUTES, "a countersignature is no SignerInfo")
    fields = Fields(value, element, "countersignature")
    fields.any("version")
    fields.any("sid")
    return read_signer(value, element, dialect, frozenset({fields.algorithm("digestAlgorithm").oid}))


def _signer_identifier(octets: bytes, fields: Fields) -> tuple[bytes | None, int | None, bytes | None]:
    """SignerIdentifier ::= CHOICE { issuerAndSerialNumber, subjectKeyIdentifier [0] } (RFC 5652 5.3)."""
    key_id = fields.optional(_IMPLICIT_0)
    if key_id is not None:
        return None, None, der.content(octets, key_id)
    return *read_issuer_and_serial(octets, fields), None


def read_issuer_and_serial(octets: bytes, fields: Fields) -> tuple[bytes, int]:
    """Return the next element, an IssuerAndSerialNumber, as the DER of the name and the number (RFC 5652 10.2.4)."""
    pair = Fields(octets, fields.take(der.SEQUENCE, "issuerAndSerialNumber"), "issuerAndSerialNumber")
    issuer = pair.take(der.SEQUENCE, "issuer")
    serial = pair.integer("serialNumber")
    pair.finish()
    issuer_der = der.octets(octets, issuer)
    require_strict(issuer_der, MAX_NAME_SIZE)
    return issuer_der, serial


def _signer_notes(
    dialect: Dialect,
    version: int,
    key_id: bytes | None,
    digest: AlgorithmIdentifier,
    signature: AlgorithmIdentifier,
) -> tuple[str, ...]:
    notes: list[str] = []
    gbt = dialect is Dialect.GBT35275
    if version != (3 if key_id is not None and not gbt else 1):
        notes.append(Deviation.VERSION)
    if gbt and key_id is not None:
        notes.append(Deviation.KEY_IDENTIFIER)
    if signature.oid == (oids.SM2_WITH_SM3 if gbt else oids.SM2_SIGN):
        notes.append(Deviation.SIGNATURE_OID_FOREIGN)
    if signature.oid in _KEYS:
        notes.append(Deviation.SIGNATURE_OID_IS_KEY)
    if digest.parameters not in _ABSENT_OR_NULL:
        notes.append(Deviation.ALGORITHM_PARAMETERS)
    return tuple(notes)


def _attributes(octets: bytes, element: Tlv | None, what: str) -> Mapping[str, tuple[bytes, ...]]:
    """Attribute ::= SEQUENCE { attrType OID, attrValues SET OF AttributeValue } (RFC 5652 5.3)."""
    if element is None:
        return MappingProxyType({})
    items = elements(octets, element, MAX_ATTRIBUTES, what, ErrorCode.CMS_ATTRIBUTES)
    if not items:
        raise TrustError(ErrorCode.CMS_ATTRIBUTES, f"{what}: present and empty")
    found: dict[str, tuple[bytes, ...]] = {}
    expect_all(items, der.SEQUENCE, what)
    for item in items:
        fields = Fields(octets, item, what)
        oid = fields.oid("type")
        held = fields.take(der.SET, "values")
        fields.finish()
        values = elements(octets, held, MAX_ATTRIBUTE_VALUES, f"{what}: values", ErrorCode.CMS_ATTRIBUTES)
        if not values:
            raise TrustError(ErrorCode.CMS_ATTRIBUTES, f"{what}: no value", oid=oid)
        found[oid] = found.get(oid, ()) + tuple(der.octets(octets, value) for value in values)
    return MappingProxyType(found)
