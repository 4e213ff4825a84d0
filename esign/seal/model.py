"""Electronic seals and seal signatures as they were read: GM/T 0031-2014 (v1), GB/T 38540-2020 (v4), GM/T 0031-2025 (v5).

Everything here is unverified; `esign.seal.verify` makes an `IntactSeal` or `IntactSealSignature` of it. Octets that are
hashed or signed are kept as found: real seals encode DEFAULT values that DER forbids, so nothing may be encoded anew
before a signature is checked.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum, unique
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


class SealVersion(IntEnum):
    """Editions of the syntax, told apart by structure first and header second."""

    V1 = 1  # GM/T 0031-2014
    V4 = 4  # GB/T 38540-2020
    V5 = 5  # GM/T 0031-2025


@unique
class SealDeviation(StrEnum):
    """Names of departures from the letter of the editions, as met in real seals: read, never repaired, always told in `notes`."""

    BOOLEAN = "boolean-not-der"  # TRUE as another octet than FF
    CRITICAL_WRITTEN = "critical-false-written-out"  # the tax seals; DER leaves a DEFAULT out
    EXTENSIONS_TAGGED = "seal-extensions-tagged"  # in a seal they stand bare
    EXTENSIONS_UNTAGGED = "signature-extensions-untagged"  # in a TBS_Sign they stand under [0]
    DATA_HASH = "data-hash-by-another-digest"  # than the signature's: SM3 under an RSA signature
    HEADER_VERSION = "header-version"  # not the number of the edition the structure is of
    KIND = "seal-type"  # neither 1 (unit) nor 2 (person): 3, 4, 6 and 15 were seen
    LIST_TYPE = "certificate-list-type"  # there in v1, or absent from v4 on
    PICTURE_TYPE = "picture-type"  # a name no edition gives as an example: PNG is common, ``png`` and ``ofd`` were seen
    SIGNATURE_VERSION = "signature-version"  # TBS_Sign of another number than the edition
    STAMPED_ELSE = "time-token-over-something-else"  # a v1 timeInfo whose token does not stamp dataHash
    STAMP_BESIDE = (
        "time-stamp-on-a-v4-seal"  # an unsigned element more, which says nothing: the edition is what the maker signed
    )
    STRING_OCTETS = "string-octets-outside-its-type"  # UTF-8 in an IA5String
    STRING_TYPE = "string-type"
    TIME_FORM = "time-in-ber"  # a fraction that ends in zeros, a zone other than Z, or none, which is taken as China's
    TIME_TYPE = "time-type"  # UTCTime from v4 on, GeneralizedTime in v1


@dataclass(frozen=True, slots=True, kw_only=True)
class SealPicture:
    """The seal's image as found: `type` such as ``PNG`` or ``ofd`` (a nested document), width and height in millimetres."""

    type: str
    data: bytes = field(repr=False)
    width: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SealExtension:
    """One ExtData: dotted OID, criticality, octets of the value."""

    oid: str
    critical: bool
    value: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateDigest:
    """One CertDigestObj of a v4 or v5 seal: the digest's name as written, and its value."""

    type: str
    value: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class UnverifiedSeal:
    """An SESeal. `raw` is the whole element, `signed` the octets its maker signed; texts are for display.

    Exactly one of `certificates` (DER) and `certificate_digests` lists who may use the seal. `timestamp` is the DER of a
    token over `signature` (v5 only). `notes` are `SealDeviation` names.
    """

    version: SealVersion
    header_version: int
    vendor: str
    identifier: str
    kind: int
    name: str
    certificates: tuple[bytes, ...] = field(repr=False)
    certificate_digests: tuple[CertificateDigest, ...]
    created_at: datetime
    valid_from: datetime
    valid_until: datetime
    picture: SealPicture
    extensions: tuple[SealExtension, ...]
    maker_certificate: bytes = field(repr=False)
    signature_oid: str
    signature: bytes = field(repr=False)
    timestamp: bytes | None = field(repr=False)
    signed: bytes = field(repr=False)
    raw: bytes = field(repr=False)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class UnverifiedSealSignature:
    """An SES_Signature. `to_sign` is the TBS_Sign element as found, which is what the signer signed.

    `claimed_time` is timeInfo, None when a v1 signature carries a time-stamp token there instead (then `time_token`).
    `timestamp` is the DER of a token over `signature` (v4 and v5). `notes` are `SealDeviation` names, without the seal's.
    """

    version: SealVersion
    seal: UnverifiedSeal
    claimed_time: datetime | None
    time_token: bytes | None = field(repr=False)
    data_hash: bytes
    property_info: str
    extensions: tuple[SealExtension, ...]
    certificate: bytes = field(repr=False)
    signature_oid: str
    signature: bytes = field(repr=False)
    timestamp: bytes | None = field(repr=False)
    to_sign: bytes = field(repr=False)
    raw: bytes = field(repr=False)
    notes: tuple[str, ...] = ()
