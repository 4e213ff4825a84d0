"""Certificate policies as extensions say them (RFC 5280 4.2.1.4, 4.2.1.5, 4.2.1.11, 4.2.1.14).

Each `read_*` takes the octets inside the extension's OCTET STRING, raises DER_MALFORMED for what it cannot read, and
remembers what it read: the certificates of authorities come again and again.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from trustkit.encoding import der
from trustkit.errors import ErrorCode, TrustError
from trustkit.x509 import oids

# Of one extension. End certificates name one or two; the mappings of a bridge between government CAs are some dozens. These
# bounds are what keeps the work of one path within its limit (benchmarks/paths.py).
MAX_POLICIES: Final = 100
MAX_MAPPINGS: Final = 200
MAX_QUALIFIERS: Final = 8  # of one policy; RFC 5280 knows two kinds
MAX_SKIP: Final = 1000  # larger numbers of certificates mean "never", and are read as such
_SKIP_EXPLICIT, _SKIP_MAPPING = 0x80, 0x81
_NOTICE_TEXTS: Final = {der.IA5_STRING: "ascii", 0x1A: "ascii", 0x1E: "utf-16-be", der.UTF8_STRING: "utf-8"}
_KEPT: Final = 1024


@dataclass(frozen=True, slots=True)
class PolicyQualifier:
    """What an issuer adds to a policy: its kind as a dotted OID, and its text for display.

    The text is a practice statement's URI or a user notice's explicit text; empty where there is none or it is of another
    kind (a reference to a notice's number says nothing to a reader).
    """

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class PolicyConstraints:
    """After how many further certificates a policy must be explicit, and mapping ends; None where nothing is said."""

    explicit_after: int | None
    no_mapping_after: int | None


@lru_cache(maxsize=_KEPT)
def read_certificate_policies(value: bytes) -> tuple[tuple[str, tuple[PolicyQualifier, ...]], ...]:
    """Return the policies in order, each with its qualifiers. Raise DER_MALFORMED, also when one stands twice."""
    found: dict[str, tuple[PolicyQualifier, ...]] = {}
    for information in _members(value, "certificatePolicies", MAX_POLICIES):
        der.expect(value, information, der.SEQUENCE, "policy information")
        kind, *rest = der.children(value, information) or (information,)
        oid = oids.dotted(der.expect(value, kind, der.OID, "policy"))
        if oid in found or len(rest) > 1:
            raise TrustError(ErrorCode.DER_MALFORMED, "a policy stands twice, or with unknown parts", oid=oid)
        found[oid] = _qualifiers(value, rest[0]) if rest else ()
    return tuple(found.items())


@lru_cache(maxsize=_KEPT)
def read_policy_mappings(value: bytes) -> tuple[tuple[str, str], ...]:
    """Return the pairs (issuer's policy, subject's policy) in order. Raise DER_MALFORMED."""
    found: list[tuple[str, str]] = []
    for mapping in _members(value, "policyMappings", MAX_MAPPINGS):
        der.expect(value, mapping, der.SEQUENCE, "mapping")
        match der.children(value, mapping):
            case (issuers, subjects):
                first = oids.dotted(der.expect(value, issuers, der.OID, "issuer's policy"))
                found.append((first, oids.dotted(der.expect(value, subjects, der.OID, "subject's policy"))))
            case _:
                raise TrustError(ErrorCode.DER_MALFORMED, "a mapping is a pair")
    return tuple(found)


def read_policy_constraints(value: bytes) -> PolicyConstraints:
    """Return the two numbers of PolicyConstraints. Raise DER_MALFORMED."""
    found: dict[int, int] = {}
    for part in _members(value, "policyConstraints", 2):
        if part.tag not in {_SKIP_EXPLICIT, _SKIP_MAPPING} or part.tag in found:
            raise TrustError(ErrorCode.DER_MALFORMED, "policyConstraints: unknown or repeated part")
        found[part.tag] = _skip(der.content(value, part))
    return PolicyConstraints(found.get(_SKIP_EXPLICIT), found.get(_SKIP_MAPPING))


def read_inhibit_any_policy(value: bytes) -> int:
    """Return after how many further certificates anyPolicy ends. Raise DER_MALFORMED."""
    element = der.read_tlv(value, 0, len(value))
    body = der.expect(value, element, der.INTEGER, "inhibitAnyPolicy")
    if element.end != len(value):
        raise TrustError(ErrorCode.DER_MALFORMED, "octets after inhibitAnyPolicy")
    return _skip(body)


def _skip(body: bytes) -> int:
    number = der.decode_integer(body)
    if number < 0:
        raise TrustError(ErrorCode.DER_MALFORMED, "a negative number of certificates")
    return min(number, MAX_SKIP)


def _members(value: bytes, what: str, limit: int) -> tuple[der.Tlv, ...]:
    outer = der.read_tlv(value, 0, len(value))
    der.expect(value, outer, der.SEQUENCE, what)
    if outer.end != len(value):
        raise TrustError(ErrorCode.DER_MALFORMED, f"octets after {what}")
    return _limited(value, outer, what, limit)


def _limited(value: bytes, outer: der.Tlv, what: str, limit: int) -> tuple[der.Tlv, ...]:
    members = der.children(value, outer)
    if not 0 < len(members) <= limit:
        raise TrustError(ErrorCode.DER_MALFORMED, f"{what}: none, or too many", count=len(members), limit=limit)
    return members


def _qualifiers(value: bytes, element: der.Tlv) -> tuple[PolicyQualifier, ...]:
    der.expect(value, element, der.SEQUENCE, "policy qualifiers")
    return tuple(_qualifier(value, each) for each in _limited(value, element, "policy qualifiers", MAX_QUALIFIERS))


def _qualifier(value: bytes, element: der.Tlv) -> PolicyQualifier:
    der.expect(value, element, der.SEQUENCE, "policy qualifier")
    match der.children(value, element):
        case (kind, found):
            oid = oids.dotted(der.expect(value, kind, der.OID, "policy qualifier"))
        case _:
            raise TrustError(ErrorCode.DER_MALFORMED, "a policy qualifier is a pair")
    if oid == oids.QUALIFIER_STATEMENT:
        return PolicyQualifier(oid, _text("ascii", der.expect(value, found, der.IA5_STRING, "practice statement")))
    if oid == oids.QUALIFIER_NOTICE:
        der.expect(value, found, der.SEQUENCE, "user notice")
        texts = [part for part in der.children(value, found) if part.tag in _NOTICE_TEXTS]
        return PolicyQualifier(oid, _text(_NOTICE_TEXTS[texts[0].tag], der.content(value, texts[0])) if texts else "")
    return PolicyQualifier(oid, "")


def _text(encoding: str, octets: bytes) -> str:
    """Return text for display, without what could not be shown: it comes from whoever issued the certificate."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in octets.decode(encoding, "replace"))
