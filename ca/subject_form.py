"""Subject forms: which attributes a profile's certificates name, in which order, and what each value must be.

The order of a profile's ``[subject]`` table is the order of the name (GB/T 20518-2018: C, ST, L, O, OU, CN). A value that
is fixed comes from the profile alone; every other one from whoever registered the holder, never unchecked.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from trustkit.encoding.check_characters import uscc_problem
from trustkit.errors import ErrorCode, TrustError
from trustkit.x509.general_name_build import dns_name
from trustkit.x509.name import parse_name
from trustkit.x509.name_build import FORMS, build_name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_DIGITS: Final = re.compile(r"[0-9]+")
_CODE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_LABELS: Final = MappingProxyType({form.oid: label for label, form in FORMS.items()})


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectAttribute:
    """One attribute of a subject: `label` as in RFC 4514; `fixed` is its one value; `form` a key of `VALUE_FORMS`."""

    label: str
    required: bool = False
    fixed: str | None = None
    form: str = "text"
    limit: int | None = None


def build_subject(form: tuple[SubjectAttribute, ...], values: Mapping[str, str]) -> bytes:
    """Return the subject that `values` (label → value) make under a profile's form, DER.

    Raises:
        TrustError: CA_SUBJECT naming the attribute and the rule: unknown, missing, not the fixed value, not of its form;
            NAME_MALFORMED for a value no certificate can hold.
    """
    if unknown := sorted(set(values) - {attribute.label for attribute in form}):
        raise _refused(unknown[0], "the profile does not have it")
    given: list[tuple[str, str]] = []
    for attribute in form:
        value = values.get(attribute.label, attribute.fixed)
        if value is None:
            if attribute.required:
                raise _refused(attribute.label, "it is missing")
            continue
        require_value(attribute, value)
        given.append((attribute.label, value))
    return build_name(given)


def require_subject(form: tuple[SubjectAttribute, ...], subject_der: bytes) -> None:
    """Raise CA_SUBJECT unless a name (DER) has exactly a form's attributes, in the form's order, each with a right value."""
    found = [attribute for rdn in parse_name(subject_der) for attribute in rdn]
    labels = [_LABELS.get(attribute.oid, attribute.oid) for attribute in found]
    if len(set(labels)) != len(labels):
        raise _refused(next(label for label in labels if labels.count(label) > 1), "it stands twice")
    expected = build_subject(form, {label: each.text for label, each in zip(labels, found, strict=True)})
    if expected != subject_der:
        raise _refused(labels[0] if labels else "", "order, string type or grouping of the attributes")


def subject_values(subject_der: bytes) -> dict[str, str]:
    """Return label → value of a name that has each attribute once; CA_SUBJECT for one twice. Unknown ones by dotted OID."""
    values: dict[str, str] = {}
    for rdn in parse_name(subject_der):
        for attribute in rdn:
            label = _LABELS.get(attribute.oid, attribute.oid)
            if label in values:
                raise _refused(label, "it stands twice")
            values[label] = attribute.text
    return values


def require_value(attribute: SubjectAttribute, value: str) -> None:
    """Raise CA_SUBJECT unless a value is what an attribute of the form may have. The value is never repeated."""
    if attribute.fixed is not None and value != attribute.fixed:
        raise _refused(attribute.label, "its value is fixed by the profile")
    if attribute.limit is not None and len(value) > attribute.limit:
        raise _refused(attribute.label, f"it has at most {attribute.limit} characters here")
    if problem := VALUE_FORMS[attribute.form](value):
        raise _refused(attribute.label, problem)


def _text(value: str) -> str:
    del value  # any text: `build_name` refuses what no certificate can hold
    return ""


def _uscc(value: str) -> str:
    problem = uscc_problem(value)
    return problem[1] if problem is not None else ""


def _dns(value: str) -> str:
    try:
        dns_name(value)
    except TrustError as error:
        return error.detail
    return ""


def _digits(value: str) -> str:
    return "" if _DIGITS.fullmatch(value) else "digits alone"


def _code(value: str) -> str:
    return "" if _CODE.fullmatch(value) else "letters, digits, dots, hyphens"


# What is wrong with a value, or nothing, by the name of its form in a profile.
VALUE_FORMS: Final[Mapping[str, Callable[[str], str]]] = MappingProxyType(
    {"text": _text, "uscc": _uscc, "dns": _dns, "digits": _digits, "code": _code}
)


def _refused(attribute: str, why: str) -> TrustError:
    return TrustError(ErrorCode.CA_SUBJECT, why, attribute=attribute[:64])
