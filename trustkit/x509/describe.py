"""What a certificate's extensions say, in words for a person; lenient, and never part of a judgement.

The subject extensions of Chinese certificates (1.2.156.10260.4.1.*) hold numbers of persons and companies. They are named
in both languages, and their values are masked unless the caller asks for them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from trustkit.encoding import der
from trustkit.errors import TrustError
from trustkit.x509 import oids

if TYPE_CHECKING:
    from trustkit.x509.certificate import Certificate
    from trustkit.x509.extension import Extension

_SHOWN_OCTETS: Final = 32  # of an extension nobody here can read
_MAX_WRAPPINGS: Final = 4  # CHOICE tags around a string in subject extensions seen
_KEPT: Final = 2  # characters left readable at either end of a masked value
_LEAST_PART_SHOWN: Final = 8  # shorter values are masked whole


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtensionView:
    """One extension for display: dotted OID, name in English and Chinese (equal where there is but one), value."""

    oid: str
    name: str
    name_zh: str
    critical: bool
    value: str


def describe_extensions(certificate: Certificate, *, reveal: bool = False) -> tuple[ExtensionView, ...]:
    """Return the extensions in the order found; personal values are masked unless `reveal`. Never raises."""
    return tuple(_view(certificate, extension, reveal=reveal) for extension in certificate.extensions.values())


def _view(certificate: Certificate, extension: Extension, *, reveal: bool) -> ExtensionView:
    chinese = oids.CHINESE_SUBJECT_EXTENSIONS.get(extension.oid)
    name = oids.EXTENSION_NAMES.get(extension.oid, extension.oid)
    if chinese is not None:
        text = _text(extension.value)
        value = text if reveal else mask(text)
    else:
        value = _known(certificate).get(extension.oid) or _octets(extension.value)
    return ExtensionView(
        oid=extension.oid, name=name, name_zh=chinese[1] if chinese else name, critical=extension.critical, value=value
    )


def _known(certificate: Certificate) -> dict[str, str]:
    """Return the readable values of what was decoded; an unreadable extension has none."""
    length = "" if certificate.path_length is None else f", path length {certificate.path_length}"
    found = {
        oids.BASIC_CONSTRAINTS: f"{'CA' if certificate.is_ca else 'not a CA'}{length}",
        oids.KEY_USAGE: ", ".join(name for name in oids.KEY_USAGE_BITS if name in (certificate.key_usage or ())),
        oids.EXTENDED_KEY_USAGE: ", ".join(certificate.extended_key_usage or ()),
        oids.SUBJECT_KEY_IDENTIFIER: (certificate.subject_key_id or b"").hex(),
        oids.AUTHORITY_KEY_IDENTIFIER: (certificate.authority_key_id or b"").hex(),
        oids.CRL_DISTRIBUTION_POINTS: ", ".join(certificate.crl_urls),
        oids.AUTHORITY_INFO_ACCESS: ", ".join((*certificate.aia.ocsp_urls, *certificate.aia.issuer_urls)),
    }
    return {oid: text for oid, text in found.items() if oid not in certificate.unreadable}


def _octets(value: bytes) -> str:
    return value[:_SHOWN_OCTETS].hex() + ("…" if len(value) > _SHOWN_OCTETS else "")


def _text(value: bytes) -> str:
    """Return the string inside, whatever it is wrapped in; issuers differ in the type they write."""
    body = value
    for _ in range(_MAX_WRAPPINGS):
        try:
            element = der.read_tlv(body, 0, len(body))
        except TrustError:
            break
        if element.end != len(body):
            break
        body = der.content(body, element)
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        text = body.decode("gb18030", "replace")
    return "".join(c for c in text if c.isprintable())


def mask(text: str) -> str:
    """Return ``37**************14``: the ends of a long value, nothing of a short one."""
    if len(text) < _LEAST_PART_SHOWN:
        return "*" * len(text)
    return text[:_KEPT] + "*" * (len(text) - 2 * _KEPT) + text[-_KEPT:]
