"""Writing distinguished names: the string type and the length of each attribute in one table (GB/T 20518-2018, RFC 5280).

    build_name([("C", "CN"), ("O", "示例市政务服务管理局"), ("CN", "电子证照签发专用")])

Attributes are written in the order given, one to a relative distinguished name.
"""

from __future__ import annotations

import string
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from trustkit.encoding import der, der_write
from trustkit.errors import ErrorCode, TrustError
from trustkit.x509 import oids

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

PRINTABLE: Final = frozenset(string.ascii_letters + string.digits + " '()+,-./:=?")  # X.680 41.4
_COUNTRY_LETTERS: Final = 2  # ISO 3166-1 alpha-2


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeForm:
    """How one attribute is written: dotted type, identifier octet of its string, most characters (RFC 5280 A.1)."""

    oid: str
    tag: int
    limit: int


_WRITERS: Final[Mapping[int, Callable[[str], bytes]]] = MappingProxyType(
    {
        der.UTF8_STRING: der_write.utf8_string,
        der.PRINTABLE_STRING: der_write.printable_string,
        der.IA5_STRING: der_write.ia5_string,
    }
)
# RFC 5280 A.1 upper bounds; X.520 for street, description and postal code; RFC 4519 for UID.
_ROWS: Final = (
    ("C", oids.COUNTRY, der.PRINTABLE_STRING, _COUNTRY_LETTERS),
    ("ST", oids.STATE, der.UTF8_STRING, 128),
    ("L", oids.LOCALITY, der.UTF8_STRING, 128),
    ("street", "2.5.4.9", der.UTF8_STRING, 128),
    ("postalCode", "2.5.4.17", der.UTF8_STRING, 40),
    ("O", oids.ORGANISATION, der.UTF8_STRING, 64),
    ("organizationIdentifier", "2.5.4.97", der.UTF8_STRING, 64),
    ("OU", oids.UNIT, der.UTF8_STRING, 64),
    ("title", "2.5.4.12", der.UTF8_STRING, 64),
    ("GN", "2.5.4.42", der.UTF8_STRING, 64),
    ("SN", "2.5.4.4", der.UTF8_STRING, 64),
    ("CN", oids.COMMON_NAME, der.UTF8_STRING, 64),
    ("serialNumber", "2.5.4.5", der.PRINTABLE_STRING, 64),
    ("description", "2.5.4.13", der.UTF8_STRING, 1024),
    ("UID", "0.9.2342.19200300.100.1.1", der.UTF8_STRING, 256),
    ("DC", "0.9.2342.19200300.100.1.25", der.IA5_STRING, 63),
    ("emailAddress", oids.EMAIL_ADDRESS, der.IA5_STRING, 255),
)
FORMS: Final[Mapping[str, AttributeForm]] = MappingProxyType(
    {label: AttributeForm(oid=oid, tag=tag, limit=limit) for label, oid, tag, limit in _ROWS}
)
FORMS_BY_OID: Final[Mapping[str, AttributeForm]] = MappingProxyType({form.oid: form for form in FORMS.values()})


def build_name(attributes: Iterable[tuple[str, str]]) -> bytes:
    """Return the DER of a name from (label, value) pairs, labels as in RFC 4514: ``C``, ``O``, ``CN``.

    Raises:
        TrustError: NAME_MALFORMED naming the attribute: an unknown label, a value that is empty, too long, unprintable or
            not of the attribute's characters. The value itself is never repeated.
    """
    return der_write.sequence(*(_rdn(label, value) for label, value in attributes))


@lru_cache(maxsize=256)  # country and organisation are the same in most of an authority's certificates
def _rdn(label: str, value: str) -> bytes:
    form = FORMS.get(label)
    if form is None:
        raise TrustError(ErrorCode.NAME_MALFORMED, "an attribute this program cannot write", attribute=label[:32])
    if form.oid == oids.COUNTRY and not (
        len(value) == _COUNTRY_LETTERS and value.isascii() and value.isalpha() and value.isupper()
    ):
        raise TrustError(ErrorCode.NAME_MALFORMED, "country is two capital letters", attribute=label)
    if not value.strip() or value != value.strip() or len(value) > form.limit or not value.isprintable():
        detail = f"1 to {form.limit} printable characters without outer blanks"
        raise TrustError(ErrorCode.NAME_MALFORMED, detail, attribute=label)
    if form.tag == der.PRINTABLE_STRING and not PRINTABLE.issuperset(value):
        raise TrustError(ErrorCode.NAME_MALFORMED, "letters, digits and '()+,-./:=? alone", attribute=label)
    if form.tag == der.IA5_STRING and not value.isascii():
        raise TrustError(ErrorCode.NAME_MALFORMED, "ASCII alone", attribute=label)
    return der_write.set_of(der_write.sequence(der_write.oid(form.oid), _WRITERS[form.tag](value)))
