"""Attributes of certification requests (RFC 2986 4.1, RFC 2985 5.4): read as found, each type once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from trustkit.encoding import der
from trustkit.errors import ErrorCode, TrustError
from trustkit.x509 import oids

MAX_ATTRIBUTES: Final = 32  # real requests have at most five
MAX_VALUES: Final = 32  # of one attribute
MAX_CHALLENGE: Final = 255  # characters: RFC 2985 5.4.1, pkcs-9-ub-challengePassword
_STRINGS: Final = {
    der.UTF8_STRING: "utf-8",
    der.PRINTABLE_STRING: "ascii",
    0x14: "latin-1",  # TeletexString, as everybody writes it
    0x1E: "utf-16-be",  # BMPString
    0x1C: "utf-32-be",  # UniversalString
    # NOTE: RFC 2985 5.4.1 has DirectoryString; OpenSSL and others write IA5String, which is ASCII all the same.
    der.IA5_STRING: "ascii",
}


@dataclass(frozen=True, slots=True)
class RequestAttribute:
    """One attribute: dotted type, and the DER octets of each value as found."""

    oid: str
    values: tuple[bytes, ...] = field(repr=False)


def read_attributes(data: bytes, parent: der.Tlv) -> tuple[RequestAttribute, ...]:
    """Return the attributes inside ``[0] IMPLICIT SET OF Attribute`` in order. Raise DER_MALFORMED, also for a type twice.

    The order of the SET is not insisted on: it changes nothing, and the signature is over the octets as found.
    """
    found: dict[str, RequestAttribute] = {}
    for element in der.children(data, parent):
        attribute = _attribute(data, element)
        if attribute.oid in found:
            raise TrustError(ErrorCode.DER_MALFORMED, "attribute stands twice", oid=attribute.oid)
        if len(found) >= MAX_ATTRIBUTES:
            raise TrustError(ErrorCode.DER_MALFORMED, "too many attributes", limit=MAX_ATTRIBUTES)
        found[attribute.oid] = attribute
    return tuple(found.values())


def read_challenge_password(attributes: tuple[RequestAttribute, ...]) -> str | None:
    """Return challengePassword (RFC 2985 5.4.1): one string of 1 to 255 characters; None when absent. Raise DER_MALFORMED."""
    for attribute in attributes:
        if attribute.oid == oids.CHALLENGE_PASSWORD:
            return _challenge(attribute)
    return None


def _challenge(attribute: RequestAttribute) -> str:
    if len(attribute.values) == 1:
        value = attribute.values[0]
        element = der.read_tlv(value, 0, len(value))
        try:
            text = der.content(value, element).decode(_STRINGS[element.tag])
        except (KeyError, UnicodeDecodeError):
            text = ""
        if 0 < len(text) <= MAX_CHALLENGE:
            return text
    raise TrustError(ErrorCode.DER_MALFORMED, "challengePassword is one string of 1 to 255 characters")


def _attribute(data: bytes, element: der.Tlv) -> RequestAttribute:
    der.expect(data, element, der.SEQUENCE, "attribute")
    match der.children(data, element):
        case (kind, values):
            der.expect(data, values, der.SET, "attribute values")
        case _:
            raise TrustError(ErrorCode.DER_MALFORMED, "attribute has two members")
    found = tuple(der.octets(data, value) for value in der.children(data, values))
    if not 0 < len(found) <= MAX_VALUES:
        raise TrustError(ErrorCode.DER_MALFORMED, "number of attribute values", limit=MAX_VALUES)
    return RequestAttribute(oids.dotted(der.expect(data, kind, der.OID, "attribute type")), found)
