"""The extensions of a certificate that trustkit understands, read together and leniently.

An extension that cannot be read is set aside by OID, with its attribute at the most restrictive value, so that a
certificate with, say, an odd AIA can still be shown while one with an odd keyUsage can never sign anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar

from trustkit.encoding.remembered import remembering
from trustkit.errors import TrustError
from trustkit.x509 import extension_values as values
from trustkit.x509 import oids
from trustkit.x509.extension_values import AuthorityInformation

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from trustkit.x509.extension import Extension

_Value = TypeVar("_Value")
_MAX_REMEMBERED: Final = 512  # octets of a value; real ones have fewer
_NO_INFORMATION: Final = AuthorityInformation()
_NO_USAGE: Final[frozenset[str]] = frozenset()
_NO_PURPOSE: Final[tuple[str, ...]] = ()
_NOT_A_CA: Final[tuple[bool, int | None]] = (False, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownExtensions:
    """Decoded values; see `trustkit.x509.certificate.Certificate` for their meaning."""

    key_usage: frozenset[str] | None
    extended_key_usage: tuple[str, ...] | None
    is_ca: bool
    path_length: int | None
    subject_key_id: bytes | None
    authority_key_id: bytes | None
    crl_urls: tuple[str, ...]
    aia: AuthorityInformation
    unreadable: frozenset[str]


# Readers of values that an authority writes into all its certificates
_repeating: Final = partial(remembering, entries=256, largest=_MAX_REMEMBERED)
_read_key_usage: Final = _repeating(values.read_key_usage)
_read_purposes: Final = _repeating(values.read_extended_key_usage)
_read_constraints: Final = _repeating(values.read_basic_constraints)
_read_authority_key: Final = _repeating(values.read_authority_key_identifier)
_read_crl_urls: Final = _repeating(values.read_crl_urls)
_read_information: Final = _repeating(values.read_authority_information)


def read_known_extensions(extensions: Mapping[str, Extension]) -> KnownExtensions:
    """Return the values of the known extensions; never raises, see `KnownExtensions.unreadable`."""
    unreadable: set[str] = set()

    def read(oid: str, reader: Callable[[bytes], _Value], absent: _Value, broken: _Value) -> _Value:
        extension = extensions.get(oid)
        if extension is None:
            return absent
        try:
            return reader(extension.value)
        except TrustError:
            unreadable.add(oid)
            return broken

    usage: frozenset[str] | None = read(oids.KEY_USAGE, _read_key_usage, None, _NO_USAGE)
    purposes = read(oids.EXTENDED_KEY_USAGE, _read_purposes, None, _NO_PURPOSE)
    is_ca, path_length = read(oids.BASIC_CONSTRAINTS, _read_constraints, _NOT_A_CA, _NOT_A_CA)
    subject_key: bytes | None = read(oids.SUBJECT_KEY_IDENTIFIER, values.read_subject_key_identifier, None, None)
    authority_key = read(oids.AUTHORITY_KEY_IDENTIFIER, _read_authority_key, None, None)
    crl_urls: tuple[str, ...] = read(oids.CRL_DISTRIBUTION_POINTS, _read_crl_urls, (), ())
    aia = read(oids.AUTHORITY_INFO_ACCESS, _read_information, _NO_INFORMATION, _NO_INFORMATION)
    return KnownExtensions(
        key_usage=usage,
        extended_key_usage=purposes,
        is_ca=is_ca,
        path_length=path_length,
        subject_key_id=subject_key,
        authority_key_id=authority_key,
        crl_urls=crl_urls,
        aia=aia,
        unreadable=frozenset(unreadable),
    )
