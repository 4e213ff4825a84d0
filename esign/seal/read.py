"""Parsing of seals and seal signatures (GM/T 0031-2014 clause 6, GB/T 38540-2020, GM/T 0031-2025).

    seal = parse_seal(der)                  # SESeal
    signature = parse_seal_signature(der)   # SES_Signature, the seal inside it included

Editions are told apart by structure (facts: an SESeal of two elements is v1, of five v5; of four, the header decides).
Reading believes nothing: see `esign.seal.verify`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from esign.seal.fields import Cursor, bit_octets, inside, note, read_extensions, read_seal_info, read_time, take_time
from esign.seal.model import SealDeviation, SealVersion, UnverifiedSeal, UnverifiedSealSignature
from trustkit.encoding import der
from trustkit.encoding.der_write import sequence
from trustkit.encoding.remembered import remembering_elements
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from esign.seal.fields import SealInfo, TimeFound
    from esign.seal.model import SealExtension
    from trustkit.encoding.der import Tlv

MAX_SEAL_OCTETS: Final = (
    8 * 1024 * 1024
)  # tax seals carry a whole OFD as picture, some 100 kB; forty times that is no seal
MAX_SEAL_ELEMENTS: Final = (
    5_000  # certificates and pictures are octets in it; two hundred users by digest are eight hundred
)
_V1_PARTS: Final = 2
_V1_NUMBERS: Final = frozenset({1, 11})  # what writers have, and the example of GM/T 0031-2014
_EXPLICIT_0: Final = 0xA0
_KEPT_SEALS: Final = 64  # an authority puts one seal on thousands of documents, and judging one reads it twice
_KEPT_OCTETS: Final = 64 * 1024  # a seal with a drawn picture has some 30 kB


def parse_seal(data: bytes) -> UnverifiedSeal:
    """Return the SESeal in DER `data`, any edition.

    Raises:
        TrustError: SEAL_MALFORMED when the structure is another, INPUT_TOO_LARGE beyond `MAX_SEAL_OCTETS`, and
            DER_MALFORMED, DER_NOT_DER or DER_DEPTH when it is no DER.
    """
    return _seal(data, der.parse_strict(data, max_size=MAX_SEAL_OCTETS, max_elements=MAX_SEAL_ELEMENTS))


def parse_seal_signature(data: bytes) -> UnverifiedSealSignature:
    """Return the SES_Signature in DER `data`, any edition. Raises as `parse_seal`."""
    top = der.parse_strict(data, max_size=MAX_SEAL_OCTETS, max_elements=MAX_SEAL_ELEMENTS)
    notes: list[SealDeviation] = []
    parts = Cursor(data, top, "SES_Signature", notes)
    to_sign = parts.take(der.SEQUENCE, "toSign")
    fields = Cursor(data, to_sign, "TBS_Sign", notes)
    number = fields.integer("version")
    seal = _seal(data, fields.take(der.SEQUENCE, "eseal"))
    version = seal.version
    note(notes, SealDeviation.SIGNATURE_VERSION, when=not _is_number_of(version, number))
    claimed, token = _time_info(fields, version)
    note(notes, SealDeviation.TIME_TYPE, when=claimed is not None and not _is_time_of(version, claimed))
    data_hash = fields.bits("dataHash")
    property_info = fields.text("propertyInfo")
    extensions = () if version is SealVersion.V1 or fields.done else _signature_extensions(fields)
    signer = fields if version is SealVersion.V1 else parts  # v1 has certificate and algorithm inside what is signed
    certificate = signer.octets("cert")
    algorithm = signer.oid("signatureAlgID")
    fields.finish()
    signature = parts.bits("signature")
    timestamp = None if version is SealVersion.V1 else _timestamp(data, parts)
    parts.finish()
    return UnverifiedSealSignature(
        version=version,
        seal=seal,
        claimed_time=None if claimed is None else claimed.moment,
        time_token=token,
        data_hash=data_hash,
        property_info=property_info,
        extensions=extensions,
        certificate=certificate,
        signature_oid=algorithm,
        signature=signature,
        timestamp=timestamp,
        to_sign=der.octets(data, to_sign),
        raw=der.octets(data, top),
        notes=tuple(dict.fromkeys(notes)),
    )


def _signature_extensions(fields: Cursor) -> tuple[SealExtension, ...]:
    """Return the extDatas of a TBS_Sign: written [0] EXPLICIT by most and bare by some."""
    element = fields.next("extDatas")
    note(fields.notes, SealDeviation.EXTENSIONS_UNTAGGED, when=element.tag != _EXPLICIT_0)
    return read_extensions(fields.data, element, fields.notes)


def _time_info(fields: Cursor, version: SealVersion) -> tuple[TimeFound | None, bytes | None]:
    """Return the time or the token of timeInfo: v1 has "time stamp token or UTCTime" inside a BIT STRING (0031 6.2.1)."""
    if version is not SealVersion.V1:
        return take_time(fields, "timeInfo"), None
    info = fields.bits("timeInfo")
    if info[:1] == bytes((der.SEQUENCE,)):
        return None, info
    return read_time(info, der.parse_strict(info, max_size=MAX_SEAL_OCTETS), fields.notes), None


def _is_number_of(version: SealVersion, number: int) -> bool:
    return number in _V1_NUMBERS if version is SealVersion.V1 else number == version


def _is_time_of(version: SealVersion, time: TimeFound) -> bool:
    return time.is_utc_time is (version is SealVersion.V1)


def _read_seal(data: bytes, top: Tlv) -> UnverifiedSeal:
    notes: list[SealDeviation] = []
    parts = Cursor(data, top, "SESeal", notes)
    info_element = parts.take(der.SEQUENCE, "eSealInfo")
    info = read_seal_info(data, info_element, notes)
    info_octets = der.octets(data, info_element)
    if parts.count == _V1_PARTS:
        sign_info = inside(parts, "signInfo", "SES_SignInfo")
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
        # by the number, which the maker signed; the stamp is not signed, and anybody could make a v5 seal of a v4 one by adding it
        version = SealVersion.V5 if info.header_version == SealVersion.V5 else SealVersion.V4
        maker, algorithm, signature = parts.octets("cert"), parts.oid("signAlgID"), parts.bits("signedValue")
        timestamp = _timestamp(data, parts)
        if version is SealVersion.V4 and timestamp is not None:
            note(notes, SealDeviation.STAMP_BESIDE, when=True)
            timestamp = None
        signed = info_octets  # measured on real v4 and v5 seals: eSealInfo alone
    parts.finish()
    _note_edition(notes, info, version)
    return UnverifiedSeal(
        version=version,
        header_version=info.header_version,
        vendor=info.vendor,
        identifier=info.identifier,
        kind=info.kind,
        name=info.name,
        certificates=info.certificates,
        certificate_digests=info.certificate_digests,
        created_at=info.created_at.moment,
        valid_from=info.valid_from.moment,
        valid_until=info.valid_until.moment,
        picture=info.picture,
        extensions=info.extensions,
        maker_certificate=maker,
        signature_oid=algorithm,
        signature=signature,
        timestamp=timestamp,
        signed=signed,
        raw=der.octets(data, top),
        notes=tuple(dict.fromkeys(notes)),
    )


_seal: Final = remembering_elements(_read_seal, entries=_KEPT_SEALS, largest=_KEPT_OCTETS)


def _note_edition(notes: list[SealDeviation], info: SealInfo, version: SealVersion) -> None:
    """Note what of the info does not belong to the edition that the structure around it is of."""
    times = (info.created_at, info.valid_from, info.valid_until)
    note(notes, SealDeviation.HEADER_VERSION, when=not _is_number_of(version, info.header_version))
    note(notes, SealDeviation.LIST_TYPE, when=(info.list_type is None) is not (version is SealVersion.V1))
    note(notes, SealDeviation.TIME_TYPE, when=not all(_is_time_of(version, each) for each in times))


def _timestamp(data: bytes, parts: Cursor) -> bytes | None:
    """Return the octets inside ``timeStamp [0] EXPLICIT BIT STRING OPTIONAL``."""
    if parts.done:
        return None
    wrapper = parts.take(_EXPLICIT_0, "timeStamp")
    inner = der.children(data, wrapper)
    if len(inner) != 1:
        raise TrustError(ErrorCode.SEAL_MALFORMED, "timeStamp")
    return bit_octets(data, inner[0], "timeStamp")
