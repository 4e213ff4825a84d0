"""Name constraints (RFC 5280 4.2.1.10, 6.1.3 (b)(c), 6.1.4 (g)).

Interpreted: directory names, DNS names, e-mail addresses (also those in the subject), URIs by their host, and addresses. A
constraint on another form refuses every certificate that carries a name of that form, and says which; so does a constraint
that cannot be read. Nothing is ever passed over, whether the extension is critical or not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from trustkit.encoding import der
from trustkit.errors import ErrorCode, TrustError
from trustkit.x509 import oids
from trustkit.x509.extension_values import read_alternative_names
from trustkit.x509.general_name import DIRECTORY_NAME, RFC822_NAME, GeneralName, read_general_name
from trustkit.x509.name import parse_name
from trustkit.x509.name_forms import FORM_NAMES, ConstrainedName, HostName, read_constrained_name
from trustkit.x509.name_subtrees import INTERPRETED, Subtrees

if TYPE_CHECKING:
    from trustkit.x509.certificate import Certificate
    from trustkit.x509.path_work import PathWork

MAX_SUBTREES: Final = 500  # of one extension; cross-certified government CAs have some dozens
_PERMITTED, _EXCLUDED = 0xA0, 0xA1
_MINIMUM_ZERO: Final = b"\x80\x01\x00"  # the default written out: not DER, but it says nothing else
_READ_STEPS: Final = 2  # steps of work an octet of constraints may cost


@dataclass(frozen=True, slots=True, kw_only=True)
class NameConstraints:
    """The subtrees of one nameConstraints extension."""

    permitted: Subtrees
    excluded: Subtrees


class NamesWithin:
    """Names against constraints, for all chains of one search: each certificate is read once, and all work is paid for."""

    def __init__(self, work: PathWork) -> None:
        """Begin with nothing read."""
        self._work = work
        self._names: dict[Certificate, tuple[ConstrainedName, ...]] = {}
        self._constraints: dict[Certificate, NameConstraints] = {}

    def constraints_of(self, certificate: Certificate) -> NameConstraints | None:
        """Return what a CA certificate sets, None when it sets none. Raise PATH_NAME_CONSTRAINTS, PATH_LIMIT."""
        extension = certificate.extensions.get(oids.NAME_CONSTRAINTS)
        if extension is None:
            return None
        if certificate not in self._constraints:
            self._work.spend(_READ_STEPS * len(extension.value), "name constraints")
            try:
                self._constraints[certificate] = read_name_constraints(extension.value)
            except TrustError as error:
                raise TrustError(ErrorCode.PATH_NAME_CONSTRAINTS, f"nameConstraints: {error.detail}") from error
        return self._constraints[certificate]

    def require(self, certificate: Certificate, constraints: NameConstraints) -> None:
        """Raise PATH_NAME_CONSTRAINTS unless every name of the certificate is permitted and none excluded.

        Raise PATH_LIMIT when that would take too much work.
        """
        lookups = constraints.permitted.lookups + constraints.excluded.lookups
        for name in self._names_of(certificate):
            self._work.spend(lookups + _labels(name), "names under name constraints")
            _require_within(name, constraints)

    def _names_of(self, certificate: Certificate) -> tuple[ConstrainedName, ...]:
        found = self._names.get(certificate)
        if found is None:
            extension = certificate.extensions.get(oids.SUBJECT_ALT_NAME)
            size = len(certificate.subject_der) + (0 if extension is None else len(extension.value))
            self._work.spend(size, "names of a certificate")
            found = self._names[certificate] = tuple(read_constrained_name(name) for name in _names(certificate))
        return found


def read_name_constraints(value: bytes) -> NameConstraints:
    """Return the constraints in the octets of the extension's value. Raise DER_MALFORMED."""
    outer = der.read_tlv(value, 0, len(value))
    der.expect(value, outer, der.SEQUENCE, "nameConstraints")
    found: dict[int, tuple[GeneralName, ...]] = {}
    count = 0
    for part in der.children(value, outer):
        if part.tag not in {_PERMITTED, _EXCLUDED} or part.tag in found:
            raise TrustError(ErrorCode.DER_MALFORMED, "unknown or repeated part")
        subtrees = der.children(value, part)
        count += len(subtrees)
        if count > MAX_SUBTREES:
            raise TrustError(ErrorCode.DER_MALFORMED, "too many subtrees", limit=MAX_SUBTREES)
        found[part.tag] = tuple(_subtree(value, element) for element in subtrees)
    if outer.end != len(value):
        raise TrustError(ErrorCode.DER_MALFORMED, "trailing octets")
    return NameConstraints(
        permitted=Subtrees(found.get(_PERMITTED, ()), permitted=True),
        excluded=Subtrees(found.get(_EXCLUDED, ()), permitted=False),
    )


def _subtree(value: bytes, element: der.Tlv) -> GeneralName:
    der.expect(value, element, der.SEQUENCE, "subtree")
    base = der.read_tlv(value, element.body, element.end)
    if value[base.end : element.end] not in {b"", _MINIMUM_ZERO}:
        # RFC 5280 4.2.1.10: minimum is zero and maximum absent
        raise TrustError(ErrorCode.DER_MALFORMED, "subtree with a minimum or maximum")
    return read_general_name(value, base)


def _require_within(name: ConstrainedName, constraints: NameConstraints) -> None:
    permitted, excluded = name.form in constraints.permitted.forms, name.form in constraints.excluded.forms
    if not permitted and not excluded:
        return
    if name.form not in INTERPRETED:
        raise _refusal("a constraint on a form of name that is not interpreted", name)
    if name.value is None:
        raise _refusal("a name that cannot be read is constrained", name)
    if permitted and not constraints.permitted.hold(name):
        raise _refusal("a name is outside the permitted ones", name)
    if excluded and constraints.excluded.hold(name):
        raise _refusal("a name is excluded", name)


def _refusal(detail: str, name: ConstrainedName) -> TrustError:
    return TrustError(ErrorCode.PATH_NAME_CONSTRAINTS, f"{detail} ({FORM_NAMES[name.form]})", form=name.form)


def _labels(name: ConstrainedName) -> int:
    return name.value.host.count(".") + 1 if isinstance(name.value, HostName) else 1


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
