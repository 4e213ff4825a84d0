"""Name constraints for directory and DNS names (RFC 5280 4.2.1.10, 6.1.3 (b)(c), 6.1.4 (g)).

A constraint on another form of name (e-mail, URI, address …) is not interpreted: a certificate that carries a name of
such a form under it is refused. So is a constraint that cannot be read. Nothing is ever passed over.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from trustkit.encoding import der
from trustkit.errors import ErrorCode, TrustError
from trustkit.x509 import oids
from trustkit.x509.extension_values import read_alternative_names
from trustkit.x509.general_name import DIRECTORY_NAME, DNS_NAME, RFC822_NAME, GeneralName, read_general_name
from trustkit.x509.name import folded_name, parse_name

if TYPE_CHECKING:
    from trustkit.x509.certificate import Certificate

MAX_SUBTREES: Final = 500  # of one extension; cross-certified government CAs have some dozens
MAX_COMPARISONS: Final = 50_000  # of one certificate with one extension
_PERMITTED, _EXCLUDED = 0xA0, 0xA1
_INTERPRETED: Final = frozenset({DIRECTORY_NAME, DNS_NAME})


@dataclass(frozen=True, slots=True, kw_only=True)
class NameConstraints:
    """The subtrees of one nameConstraints extension."""

    permitted: tuple[GeneralName, ...]
    excluded: tuple[GeneralName, ...]


def read_name_constraints(certificate: Certificate) -> NameConstraints | None:
    """Return the constraints a CA certificate sets, None when it sets none. Raise PATH_NAME_CONSTRAINTS."""
    extension = certificate.extensions.get(oids.NAME_CONSTRAINTS)
    if extension is None:
        return None
    try:
        return _read(extension.value)
    except TrustError as error:
        raise TrustError(ErrorCode.PATH_NAME_CONSTRAINTS, f"nameConstraints: {error.detail}") from error


def _read(value: bytes) -> NameConstraints:
    outer = der.read_tlv(value, 0, len(value))
    der.expect(value, outer, der.SEQUENCE, "nameConstraints")
    found: dict[int, tuple[GeneralName, ...]] = {}
    for part in der.children(value, outer):
        if part.tag not in {_PERMITTED, _EXCLUDED} or part.tag in found:
            raise TrustError(ErrorCode.DER_MALFORMED, "unknown part")
        found[part.tag] = tuple(_subtree(value, element) for element in der.children(value, part))
    if outer.end != len(value) or sum(map(len, found.values())) > MAX_SUBTREES:
        raise TrustError(ErrorCode.DER_MALFORMED, "too many subtrees, or trailing octets")
    return NameConstraints(permitted=found.get(_PERMITTED, ()), excluded=found.get(_EXCLUDED, ()))


def _subtree(value: bytes, element: der.Tlv) -> GeneralName:
    der.expect(value, element, der.SEQUENCE, "subtree")
    base = der.read_tlv(value, element.body, element.end)
    if base.end != element.end:
        # RFC 5280 4.2.1.10: minimum is zero (absent in DER) and maximum absent
        raise TrustError(ErrorCode.DER_MALFORMED, "subtree with a minimum or maximum")
    return read_general_name(value, base)


def require_names_within(certificate: Certificate, constraints: NameConstraints) -> None:
    """Raise PATH_NAME_CONSTRAINTS unless every name of the certificate is permitted and none excluded.

    Raise PATH_LIMIT when that would take too many comparisons.
    """
    names = _names(certificate)
    subtrees = len(constraints.permitted) + len(constraints.excluded)
    if len(names) * subtrees > MAX_COMPARISONS:
        raise TrustError(ErrorCode.PATH_LIMIT, "too many names under name constraints", limit=MAX_COMPARISONS)
    for name in names:
        permitted = [subtree for subtree in constraints.permitted if subtree.form == name.form]
        excluded = [subtree for subtree in constraints.excluded if subtree.form == name.form]
        if name.form not in _INTERPRETED:
            if permitted or excluded:
                raise _refusal("a name form that is constrained and not interpreted", name)
            continue
        if permitted and not any(_within(name, subtree, strict=True) for subtree in permitted):
            raise _refusal("a name is outside the permitted ones", name)
        if any(_within(name, subtree, strict=False) for subtree in excluded):
            raise _refusal("a name is excluded", name)


def _refusal(detail: str, name: GeneralName) -> TrustError:
    return TrustError(ErrorCode.PATH_NAME_CONSTRAINTS, detail, form=name.form)


def _names(certificate: Certificate) -> tuple[GeneralName, ...]:
    found: list[GeneralName] = []
    try:
        subject = parse_name(certificate.subject_der)
        extension = certificate.extensions.get(oids.SUBJECT_ALT_NAME)
        if extension is not None:
            found.extend(read_alternative_names(extension.value))
    except TrustError as error:
        raise TrustError(ErrorCode.PATH_NAME_CONSTRAINTS, f"names cannot be read: {error.detail}") from error
    if subject:
        found.append(GeneralName(DIRECTORY_NAME, certificate.subject_der))
    found.extend(
        GeneralName(RFC822_NAME, attribute.value)
        for rdn in subject
        for attribute in rdn
        if attribute.oid == oids.EMAIL_ADDRESS
    )
    return tuple(found)


def _within(name: GeneralName, subtree: GeneralName, *, strict: bool) -> bool:
    """Tell whether a name lies in a subtree; with doubt the answer is the one that refuses."""
    if name.form == DIRECTORY_NAME:
        try:
            inner, outer = folded_name(name.value), folded_name(subtree.value)
        except TrustError:
            return not strict
        return inner[: len(outer)] == outer
    return _dns_within(name.text.casefold(), subtree.text.casefold(), strict=strict)


def _dns_within(name: str, base: str, *, strict: bool) -> bool:
    if not base:
        return True
    name, base = name.rstrip("."), base.rstrip(".")
    if name.startswith("*") and not strict:
        return True  # what a wildcard stands for may be excluded
    if base.startswith("."):
        return name.endswith(base)
    return name == base or name.endswith("." + base)
