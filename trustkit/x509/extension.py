"""The Extension element of certificates, CRLs and CRL entries (RFC 5280 4.1), read in one place."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from trustkit.encoding import der
from trustkit.encoding.remembered import remembering_elements
from trustkit.errors import ErrorCode, TrustError
from trustkit.x509 import oids

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_EXTENSIONS: Final = 64  # of one certificate or list; real ones have at most some twenty
_MAX_REMEMBERED: Final = 256  # octets of one extension that is kept as read
NO_EXTENSIONS: Final[Mapping[str, Extension]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Extension:
    """One extension: dotted OID, criticality, and the octets inside its OCTET STRING as found."""

    oid: str
    critical: bool
    value: bytes


def read_extensions(data: bytes, parent: der.Tlv) -> Mapping[str, Extension]:
    """Return the extensions inside a SEQUENCE OF Extension. Raise DER_MALFORMED, also when one stands twice.

    RFC 5280 4.2: a certificate must not hold two extensions of one kind; taking either would be a guess.
    """
    der.expect(data, parent, der.SEQUENCE, "extensions")
    found: dict[str, Extension] = {}
    for element in der.children(data, parent):
        extension = _remembered(data, element)
        if extension.oid in found:
            raise TrustError(ErrorCode.DER_MALFORMED, "extension stands twice", oid=extension.oid)
        if len(found) >= MAX_EXTENSIONS:
            raise TrustError(ErrorCode.DER_MALFORMED, "too many extensions", limit=MAX_EXTENSIONS)
        found[extension.oid] = extension
    return MappingProxyType(found)


def _extension(data: bytes, element: der.Tlv) -> Extension:
    der.expect(data, element, der.SEQUENCE, "extension")
    kind = der.read_tlv(data, element.body, element.end)
    oid = oids.dotted(der.expect(data, kind, der.OID, "extension id"))
    value = der.read_tlv(data, kind.end, element.end)
    critical = False
    if value.tag == der.BOOLEAN:
        # Issuers write an explicit FALSE, or 01 for TRUE: not DER, but not ambiguous either.
        flag = der.content(data, value)
        if len(flag) != 1:
            raise TrustError(ErrorCode.DER_MALFORMED, "criticality", oid=oid)
        critical = flag != b"\x00"
        value = der.read_tlv(data, value.end, element.end)
    body = der.expect(data, value, der.OCTET_STRING, "extension value")
    if value.end != element.end:
        raise TrustError(ErrorCode.DER_MALFORMED, "octets after an extension", oid=oid)
    return Extension(oid, critical, body)


# Most of a certificate's extensions stand in all of its authority's
_remembered: Final = remembering_elements(_extension, entries=1024, largest=_MAX_REMEMBERED)
