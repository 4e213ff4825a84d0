"""Making general names for certificates (RFC 5280 4.2.1.6): each form with its own syntax, refused by name when off.

names = (dns_name("example.gov.cn"), ip_address("192.0.2.1"), email_address("a@example.cn"))
extension = alternative_names(names)
"""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING, Final

from trustkit.encoding import der_write as w
from trustkit.errors import ErrorCode, TrustError
from trustkit.x509 import oids
from trustkit.x509.extensions import extension
from trustkit.x509.general_name import (
    DIRECTORY_NAME,
    DNS_NAME,
    EDI_PARTY_NAME,
    IP_ADDRESS,
    MAX_GENERAL_NAMES,
    OTHER_NAME,
    RFC822_NAME,
    URI,
    X400_ADDRESS,
    GeneralName,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

_CONTEXT: Final = 0x80
_CONSTRUCTED: Final = 0x20
_CONSTRUCTED_FORMS: Final = frozenset({OTHER_NAME, X400_ADDRESS, DIRECTORY_NAME, EDI_PARTY_NAME})
_LABEL: Final = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_DNS: Final = re.compile(rf"(?:\*\.(?={_LABEL}\.))?{_LABEL}(?:\.{_LABEL})*")  # RFC 1034 3.5 as RFC 1123 2.1 widens it
_MAX_DNS: Final = 253
_MAIL: Final = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
)  # RFC 5321 dot-string
_MAX_LOCAL: Final = 64
_URI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+")  # RFC 3986: absolute, ASCII
_MAX_URI: Final = 1024


def dns_name(text: str) -> GeneralName:
    """Return a dNSName in small letters; ``*`` may be its whole first label. Raise NAME_MALFORMED."""
    name = text.lower()
    if len(name) > _MAX_DNS or not name.isascii() or _DNS.fullmatch(name) is None or _is_address(name):
        raise _malformed("dns", "letters, digits and hyphens in labels of at most 63; other scripts as xn--")
    return GeneralName(DNS_NAME, name.encode("ascii"))


def ip_address(text: str) -> GeneralName:
    """Return an iPAddress of 4 or 16 octets. Raise NAME_MALFORMED."""
    try:
        return GeneralName(IP_ADDRESS, ipaddress.ip_address(text).packed)
    except ValueError as error:
        raise _malformed("ip", "one IPv4 or IPv6 address") from error


def email_address(text: str) -> GeneralName:
    """Return an rfc822Name, ASCII alone (RFC 5280 4.2.1.6; RFC 8398 is not written). Raise NAME_MALFORMED."""
    local, at, host = text.rpartition("@")
    if not at or len(local) > _MAX_LOCAL or _MAIL.fullmatch(local) is None or host.startswith("*"):
        raise _malformed("email", "a mailbox such as a@example.cn")
    return GeneralName(RFC822_NAME, local.encode("ascii") + b"@" + dns_name(host).value)


def uri(text: str) -> GeneralName:
    """Return a uniformResourceIdentifier: absolute, with a scheme. Raise NAME_MALFORMED."""
    if len(text) > _MAX_URI or _URI.fullmatch(text) is None:
        raise _malformed("uri", "an absolute URI in ASCII")
    return GeneralName(URI, text.encode("ascii"))


def encode_general_name(name: GeneralName) -> bytes:
    """Return the element of one general name, the inverse of `trustkit.x509.general_name.read_general_name`."""
    constructed = _CONSTRUCTED if name.form in _CONSTRUCTED_FORMS else 0
    return w.tlv(_CONTEXT | constructed | name.form, name.value)


def alternative_names(names: Iterable[GeneralName], *, critical: bool = False) -> bytes:
    """Return subjectAltName; critical exactly where the subject is empty (RFC 5280 4.2.1.6). Raise NAME_MALFORMED."""
    chosen = tuple(names)
    if not 0 < len(chosen) <= MAX_GENERAL_NAMES:
        raise TrustError(ErrorCode.NAME_MALFORMED, "number of alternative names", limit=MAX_GENERAL_NAMES)
    value = w.sequence(*(encode_general_name(name) for name in chosen))
    return extension(oids.SUBJECT_ALT_NAME, value, critical=critical)


def _is_address(text: str) -> bool:
    return text.replace(".", "").isdigit()  # an address as a dNSName is a mistake (RFC 6125 1.7.2)


def _malformed(form: str, detail: str) -> TrustError:
    return TrustError(ErrorCode.NAME_MALFORMED, detail, form=form)
