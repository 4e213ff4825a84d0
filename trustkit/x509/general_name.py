"""GeneralName (RFC 5280 4.2.1.6) by context tag, as found in alternative names, distribution points and constraints."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from trustkit.encoding import der
from trustkit.errors import ErrorCode, TrustError

OTHER_NAME, RFC822_NAME, DNS_NAME, X400_ADDRESS, DIRECTORY_NAME = 0, 1, 2, 3, 4
EDI_PARTY_NAME, URI, IP_ADDRESS, REGISTERED_ID = 5, 6, 7, 8
MAX_GENERAL_NAMES: Final = 1000  # of one extension; web certificates carry up to some hundreds
_CONTEXT_CLASS: Final = 0x80
_CLASS_MASK: Final = 0xC0
_NUMBER_MASK: Final = 0x1F


@dataclass(frozen=True, slots=True)
class GeneralName:
    """One general name: number of its form, and its value octets (for directoryName the DER of the name)."""

    form: int
    value: bytes

    @property
    def text(self) -> str:
        """The value of a textual form, one character an octet where it is not ASCII."""
        return self.value.decode("latin-1")


def read_general_names(data: bytes, parent: der.Tlv) -> tuple[GeneralName, ...]:
    """Return the general names inside an element. Raise DER_MALFORMED.

    The constructed bit is not insisted on: certificates with a primitive directoryName are in use.
    """
    found: list[GeneralName] = []
    for element in der.children(data, parent):
        if len(found) >= MAX_GENERAL_NAMES:
            raise TrustError(ErrorCode.DER_MALFORMED, "too many general names", limit=MAX_GENERAL_NAMES)
        found.append(read_general_name(data, element))
    return tuple(found)


def read_general_name(data: bytes, element: der.Tlv) -> GeneralName:
    """Return one general name. Raise DER_MALFORMED."""
    form = element.tag & _NUMBER_MASK
    if element.tag & _CLASS_MASK != _CONTEXT_CLASS or form > REGISTERED_ID:
        raise TrustError(ErrorCode.DER_MALFORMED, "general name", tag=element.tag)
    return GeneralName(form, der.content(data, element))


def uris(names: tuple[GeneralName, ...]) -> tuple[str, ...]:
    """Return the URIs among general names that are plain ASCII; any other octets are no URI (RFC 3986 2)."""
    return tuple(n.text for n in names if n.form == URI and n.value.isascii() and n.text.isprintable())
