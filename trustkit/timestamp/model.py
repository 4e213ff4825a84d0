"""What a time-stamp token says before anyone believes it (RFC 3161 2.4.2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta  # noqa: TC003 - field types of a public dataclass
from enum import StrEnum, unique

from trustkit.cms.model import SignedMessage  # noqa: TC001 - a field type of a public dataclass
from trustkit.crypto.digest import DigestAlgorithm  # noqa: TC001 - as above


@unique
class TokenDeviation(StrEnum):
    """Names of departures from RFC 3161 that are tolerated, and always reported in `notes`."""

    AUTHORITY_NAME_DIFFERS = "tsa-name-is-not-the-certificate's"  # 2.4.2: "a hint"; the certificate counts
    DEFAULT_WRITTEN = "ordering-default-written"  # X.690 11.5
    NO_SIGNING_CERTIFICATE = "signing-certificate-attribute-missing"  # 2.4.2 wants it, and older writers forget it
    OUTER_TYPE_FOREIGN = "outer-type-of-other-dialect"  # a GB/T 35275 ContentInfo around the token


@dataclass(frozen=True, slots=True, kw_only=True)
class TimestampToken:
    """A parsed token; nothing in it is verified.

    Attributes:
        gen_time: aware UTC; fractions finer than a microsecond are cut off.
        accuracy: the time may be off by so much either way; None when the authority does not say.
        imprint: digest of the stamped octets by `imprint_algorithm`.
        tsa_der: the GeneralName the authority gives itself (DER), None when absent.
        extensions: dotted OIDs of the TSTInfo extensions, none of them critical.
        message: the SignedData around.
    """

    gen_time: datetime
    serial: int
    policy: str
    imprint_algorithm: DigestAlgorithm
    imprint: bytes
    accuracy: timedelta | None
    ordering: bool
    nonce: int | None
    tsa_der: bytes | None
    extensions: tuple[str, ...]
    message: SignedMessage
    notes: tuple[str, ...]
