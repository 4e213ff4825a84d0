"""Distribution points: where a certificate's revocation is told, and what a list is about (RFC 5280 4.2.1.13, 5.2.5).

`read_distribution_points` reads those of a certificate (cRLDistributionPoints, freshestCRL), `read_issuing_point` that of a
list. Names are kept as keys that are equal exactly when the names match.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from trustkit.encoding import der, der_write
from trustkit.errors import ErrorCode, TrustError
from trustkit.x509.general_name import DIRECTORY_NAME, GeneralName, read_general_names, uris
from trustkit.x509.name import name_key

if TYPE_CHECKING:
    from collections.abc import Hashable

MAX_POINTS: Final = 32  # of one certificate; partitioned lists need one, several addresses two or three
ALL_REASONS: Final = frozenset(range(1, 9))  # ReasonFlags keyCompromise (1) to aACompromise (8); 0 is unused
_POINT, _REASONS, _CRL_ISSUER = 0xA0, 0x81, 0xA2
_ONLY_USERS, _ONLY_AUTHORITIES, _SOME_REASONS, _INDIRECT, _ONLY_ATTRIBUTES = 0x81, 0x82, 0x83, 0x84, 0x85
_FLAGS: Final = frozenset({_ONLY_USERS, _ONLY_AUTHORITIES, _INDIRECT, _ONLY_ATTRIBUTES})
_FULL_NAME, _RELATIVE_NAME = 0xA0, 0xA1
_KEPT: Final = 256
_MAX_UNUSED_BITS: Final = 7

NameKey = tuple[int, "Hashable"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DistributionPoint:
    """One point of a certificate. `names` is None when it names none; `issuers` are DER names, none for the issuer's own.

    `urls` are the addresses among the names.
    """

    names: frozenset[NameKey] | None
    reasons: frozenset[int]
    issuers: tuple[bytes, ...]
    urls: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuingPoint:
    """What a list says it is about; a list without the extension is about everything of its issuer."""

    names: frozenset[NameKey] | None = None
    only_users: bool = False
    only_authorities: bool = False
    only_attributes: bool = False
    indirect: bool = False
    reasons: frozenset[int] = ALL_REASONS


@lru_cache(maxsize=_KEPT)
def read_distribution_points(value: bytes, issuer_der: bytes) -> tuple[DistributionPoint, ...]:
    """Return the points in the octets of cRLDistributionPoints or freshestCRL. Raise DER_MALFORMED.

    `issuer_der` is the certificate's issuer, to whose name a relative one is added.
    """
    outer = der.read_tlv(value, 0, len(value))
    der.expect(value, outer, der.SEQUENCE, "distribution points")
    points = der.children(value, outer)
    if outer.end != len(value) or len(points) > MAX_POINTS:
        raise TrustError(ErrorCode.DER_MALFORMED, "too many distribution points, or octets after them")
    return tuple(_point(value, point, issuer_der) for point in points)


def _point(value: bytes, element: der.Tlv, issuer_der: bytes) -> DistributionPoint:
    der.expect(value, element, der.SEQUENCE, "distribution point")
    parts = _parts(value, element, frozenset({_POINT, _REASONS, _CRL_ISSUER}))
    issuers: tuple[bytes, ...] = ()
    if _CRL_ISSUER in parts:
        found = read_general_names(value, parts[_CRL_ISSUER])
        issuers = tuple(name.value for name in found if name.form == DIRECTORY_NAME)
        if not issuers:
            raise TrustError(ErrorCode.DER_MALFORMED, "cRLIssuer without a directory name")
    names = _names(value, parts[_POINT], issuers[0] if issuers else issuer_der) if _POINT in parts else None
    return DistributionPoint(
        names=None if names is None else keys_of(names),
        reasons=_reasons(der.content(value, parts[_REASONS])) if _REASONS in parts else ALL_REASONS,
        issuers=issuers,
        urls=() if names is None else uris(names),
    )


@lru_cache(maxsize=_KEPT)
def read_issuing_point(value: bytes, issuer_der: bytes) -> IssuingPoint:
    """Return the octets of issuingDistributionPoint, for the list of the issuer of this name. Raise DER_MALFORMED."""
    outer = der.read_tlv(value, 0, len(value))
    der.expect(value, outer, der.SEQUENCE, "issuingDistributionPoint")
    if outer.end != len(value):
        raise TrustError(ErrorCode.DER_MALFORMED, "octets after issuingDistributionPoint")
    parts = _parts(value, outer, _FLAGS | {_POINT, _SOME_REASONS})
    flags = {tag for tag in _FLAGS & parts.keys() if der.content(value, parts[tag]) != b"\x00"}
    return IssuingPoint(
        names=keys_of(_names(value, parts[_POINT], issuer_der)) if _POINT in parts else None,
        only_users=_ONLY_USERS in flags,
        only_authorities=_ONLY_AUTHORITIES in flags,
        only_attributes=_ONLY_ATTRIBUTES in flags,
        indirect=_INDIRECT in flags,
        reasons=_reasons(der.content(value, parts[_SOME_REASONS])) if _SOME_REASONS in parts else ALL_REASONS,
    )


def _parts(value: bytes, outer: der.Tlv, known: frozenset[int]) -> dict[int, der.Tlv]:
    parts = der.children(value, outer)
    found = {part.tag: part for part in parts}
    if len(found) != len(parts) or found.keys() - known:
        raise TrustError(ErrorCode.DER_MALFORMED, "unknown or repeated part")
    return found


def _names(value: bytes, element: der.Tlv, issuer_der: bytes) -> tuple[GeneralName, ...]:
    """Return the names of a DistributionPointName; the relative form is one more component of the issuer's name."""
    choice = der.read_tlv(value, element.body, element.end)
    if choice.end != element.end:
        raise TrustError(ErrorCode.DER_MALFORMED, "octets after a distribution point's name")
    if choice.tag == _FULL_NAME:
        return read_general_names(value, choice)
    if choice.tag != _RELATIVE_NAME:
        raise TrustError(ErrorCode.DER_MALFORMED, "distribution point name", tag=choice.tag)
    issuer = der.read_tlv(issuer_der, 0, len(issuer_der))
    component = der_write.tlv(der.SET, der.content(value, choice))
    return (GeneralName(DIRECTORY_NAME, der_write.sequence(der.content(issuer_der, issuer), component)),)


def keys_of(names: tuple[GeneralName, ...]) -> frozenset[NameKey]:
    """Return names as keys that are equal exactly when the names match."""
    return frozenset((n.form, name_key(n.value) if n.form == DIRECTORY_NAME else n.value) for n in names)


def _reasons(body: bytes) -> frozenset[int]:
    """Return the reasons of a ReasonFlags BIT STRING, those trustkit knows (RFC 5280 4.2.1.13)."""
    if not body or body[0] > _MAX_UNUSED_BITS or (len(body) == 1 and body[0]):
        raise TrustError(ErrorCode.DER_MALFORMED, "reasons")
    bits, size = int.from_bytes(body[1:], "big"), 8 * (len(body) - 1)
    return frozenset(n for n in ALL_REASONS if n < size and bits >> (size - 1 - n) & 1)
