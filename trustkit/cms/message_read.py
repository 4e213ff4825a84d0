"""Any message from octets: signed, encrypted, both, digested, or a bag of certificates; PEM is the caller's business.

message = parse_message(octets)
match message: …

Unlike `parse_signed_message`, which is for signatures inside other formats and knows DER only, this door reads the lengths
streaming writers leave open (RFC 5652 allows BER; OpenSSL's ``-stream`` and BouncyCastle's generators write it) and says so.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from trustkit.cms import oids
from trustkit.cms.envelope_model import DigestedMessage, EnvelopedMessage, SealedMessage
from trustkit.cms.envelope_read import parse_digested_message, parse_enveloped_message, parse_sealed_message
from trustkit.cms.model import Deviation, SignedMessage
from trustkit.cms.read import open_content_info, parse_signed_message
from trustkit.encoding.ber import to_definite
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable

AnyMessage = SignedMessage | EnvelopedMessage | SealedMessage | DigestedMessage


def _signed(octets: bytes) -> SignedMessage:
    return parse_signed_message(octets, signers_needed=False)


_READERS: Final[dict[str, Callable[[bytes], AnyMessage]]] = {
    oids.SIGNED_DATA: _signed,
    oids.GBT_SIGNED_DATA: _signed,
    oids.ENVELOPED_DATA: parse_enveloped_message,
    oids.AUTH_ENVELOPED_DATA: parse_enveloped_message,
    oids.SIGNED_AND_ENVELOPED_DATA: parse_enveloped_message,
    oids.GBT_ENVELOPED_DATA: parse_enveloped_message,
    oids.GBT_SIGNED_AND_ENVELOPED_DATA: parse_enveloped_message,
    oids.ENCRYPTED_DATA: parse_sealed_message,
    oids.GBT_ENCRYPTED_DATA: parse_sealed_message,
    oids.DIGESTED_DATA: parse_digested_message,
}


def parse_message(octets: bytes) -> AnyMessage:
    """Return the message inside a ContentInfo, nothing of it verified.

    BER that DER readers refuse is brought into definite lengths first, and noted (`Deviation.BER`).

    Raises:
        TrustError: CMS_UNSUPPORTED naming the OID of a type that is not read, and what the readers raise.
    """
    try:
        return _read(octets)
    except TrustError as error:
        if error.code is not ErrorCode.DER_NOT_DER:
            raise
        definite = to_definite(octets)
        if definite == octets:
            raise
    message = _read(definite)
    return replace(message, notes=tuple(dict.fromkeys((*message.notes, Deviation.BER))), raw=octets)


def _read(octets: bytes) -> AnyMessage:
    content_type, _ = open_content_info(octets)
    reader = _READERS.get(content_type)
    if reader is None:
        name = oids.OTHER_TYPES.get(content_type, "a type that is not known here")
        raise TrustError(ErrorCode.CMS_UNSUPPORTED, f"{name} is not read", oid=content_type)
    return reader(octets)
