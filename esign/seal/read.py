"""Parsing of seals and seal signatures (GM/T 0031-2014 clause 6, GB/T 38540-2020, GM/T 0031-2025).

    seal = parse_seal(der)                  # SESeal
    signature = parse_seal_signature(der)   # SES_Signature, the seal inside it included

Editions are told apart by structure (facts: an SESeal of two elements is v1, of five v5; of four, the header decides).
Reading believes nothing: see `esign.seal.verify`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from esign.seal.fields import Cursor, bit_octets, read_extensions, read_seal_info, read_time
from esign.seal.model import SealVersion, UnverifiedSeal, UnverifiedSealSignature
from trustkit.encoding import der
from trustkit.encoding.der_write import sequence
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from datetime import datetime

    from esign.seal.model import SealExtension
    from trustkit.encoding.der import Tlv

MAX_SEAL_OCTETS: Final = (
    8 * 1024 * 1024
)  # tax seals carry a whole OFD as picture, some 100 kB; forty times that is no seal
_V1_PARTS, _V5_PARTS = 2, 5
_EXPLICIT_0: Final = 0xA0


def parse_seal(data: bytes) -> UnverifiedSeal:
    """Return the SESeal in DER `data`, any edition.

    Raises:
        TrustError: SEAL_MALFORMED when the structure is another, INPUT_TOO_LARGE beyond `MAX_SEAL_OCTETS`, and
            DER_MALFORMED, DER_NOT_DER or DER_DEPTH when it is no DER.
    """
    return _seal(data, der.parse_strict(data, max_size=MAX_SEAL_OCTETS))


def parse_seal_signature(data: bytes) -> UnverifiedSealSignature:
    """Return the SES_Signature in DER `data`, any edition. Raises as `parse_seal`."""
    top = der.parse_strict(data, max_size=MAX_SEAL_OCTETS)
    parts = Cursor(data, top, "SES_Signature")
    to_sign = parts.take(der.SEQUENCE, "toSign")
    fields = Cursor(data, to_sign, "TBS_Sign")
    fields.integer("version")
    seal = _seal(data, fields.take(der.SEQUENCE, "eseal"))
    if seal.version is SealVersion.V1:
        return _signature_v1(data, top, to_sign, fields, parts, seal)
    claimed = read_time(fields.next("timeInfo"), data)
    data_hash = fields.bits("dataHash")
    property_info = fields.text("propertyInfo")
    extensions: tuple[SealExtension, ...] = ()
    if not fields.done:  # written [0] EXPLICIT by most and bare by some: read both
        extensions = read_extensions(data, fields.next("extDatas"))
    fields.finish()
    certificate = parts.octets("cert")
    algorithm = parts.oid("signatureAlgID")
    signature = parts.bits("signature")
    timestamp = _timestamp(data, parts)
    parts.finish()
    return UnverifiedSealSignature(
        version=seal.version,
        seal=seal,
        claimed_time=claimed,
        time_token=None,
        data_hash=data_hash,
        property_info=property_info,
        extensions=extensions,
        certificate=certificate,
        signature_oid=algorithm,
        signature=signature,
        timestamp=timestamp,
        to_sign=der.octets(data, to_sign),
        raw=der.octets(data, top),
    )


def _signature_v1(  # noqa: PLR0917 - one caller, six parts of one element
    data: bytes, top: Tlv, to_sign: Tlv, fields: Cursor, parts: Cursor, seal: UnverifiedSeal
) -> UnverifiedSealSignature:
    claimed, token = _time_info_v1(fields.bits("timeInfo"))
    data_hash = fields.bits("dataHash")
    property_info = fields.text("propertyInfo")
    certificate = fields.octets("cert")
    algorithm = fields.oid("signatureAlgorithm")
    fields.finish()
    signature = parts.bits("signature")
    parts.finish()
    return UnverifiedSealSignature(
        version=seal.version,
        seal=seal,
        claimed_time=claimed,
        time_token=token,
        data_hash=data_hash,
        property_info=property_info,
        extensions=(),
        certificate=certificate,
        signature_oid=algorithm,
        signature=signature,
        timestamp=None,
        to_sign=der.octets(data, to_sign),
        raw=der.octets(data, top),
    )


def _time_info_v1(info: bytes) -> tuple[datetime | None, bytes | None]:
    """Return the time or the token of a v1 timeInfo: "time stamp token or UTCTime" inside a BIT STRING (0031 6.2.1)."""
    if info[:1] == bytes((der.SEQUENCE,)):
        return None, info
    element = der.parse_strict(info, max_size=MAX_SEAL_OCTETS)
    return read_time(element, info), None


def _seal(data: bytes, top: Tlv) -> UnverifiedSeal:
    parts = Cursor(data, top, "SESeal")
    info_element = parts.take(der.SEQUENCE, "eSealInfo")
    info = read_seal_info(data, info_element)
    info_octets = der.octets(data, info_element)
    if parts.count == _V1_PARTS:
        sign_info = Cursor(data, parts.take(der.SEQUENCE, "signInfo"), "SES_SignInfo")
        version = SealVersion.V1
        cert_element = sign_info.peek()
        maker = sign_info.octets("cert")
        algorithm_element = sign_info.peek()
        algorithm = sign_info.oid("signatureAlgorithm")
        # GM/T 0031-2014 6.1.1.2: the maker signs SEQUENCE { SES_SealInfo, cert, signatureAlgorithm }
        signed = sequence(info_octets, der.octets(data, cert_element), der.octets(data, algorithm_element))
        signature, timestamp = sign_info.bits("signData"), None
        sign_info.finish()
    else:
        version = SealVersion.V4
        if parts.count == _V5_PARTS or info.header_version == SealVersion.V5:
            version = SealVersion.V5
        maker, algorithm, signature = parts.octets("cert"), parts.oid("signAlgID"), parts.bits("signedValue")
        timestamp = _timestamp(data, parts) if version is SealVersion.V5 else None
        signed = info_octets  # measured on real v4 and v5 seals: eSealInfo alone
    parts.finish()
    return UnverifiedSeal(
        version=version,
        header_version=info.header_version,
        vendor=info.vendor,
        identifier=info.identifier,
        kind=info.kind,
        name=info.name,
        certificates=info.certificates,
        certificate_digests=info.certificate_digests,
        created_at=info.created_at,
        valid_from=info.valid_from,
        valid_until=info.valid_until,
        picture=info.picture,
        extensions=info.extensions,
        maker_certificate=maker,
        signature_oid=algorithm,
        signature=signature,
        timestamp=timestamp,
        signed=signed,
        raw=der.octets(data, top),
    )


def _timestamp(data: bytes, parts: Cursor) -> bytes | None:
    """Return the octets inside ``timeStamp [0] EXPLICIT BIT STRING OPTIONAL``."""
    if parts.done:
        return None
    wrapper = parts.take(_EXPLICIT_0, "timeStamp")
    inner = der.children(data, wrapper)
    if len(inner) != 1:
        raise TrustError(ErrorCode.SEAL_MALFORMED, "timeStamp")
    return bit_octets(data, inner[0], "timeStamp")
