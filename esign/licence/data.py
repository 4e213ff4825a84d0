"""What a licence is to say: a JSON object read by the fields of its type.

    data = read_licence_data(business, octets, today=now.date())
    data.kept("CZZT"), data.shown("name")

Every fault is found in one reading and told by field and rule, never with the value: it may be personal data.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from esign.licence.field_rule import HOLDER_CODE, HOLDER_NAME, HOLDER_TYPE, FieldRule
from esign.licence.fields import FieldText, read_field
from esign.licence.holder_rules import Holder  # noqa: TC001 - a field type
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.encoding.canonical_json import JsonValue, canonical_json, parse_json
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from datetime import date

    from esign.licence.types import CataloguedType

MAX_DATA_SIZE: Final = 256 * 1024
MAX_DATA_DEPTH: Final = 4  # an object of texts
MAX_TOLD: Final = 8  # faults told at once
COMMENT: Final = "$comment"  # a note for whoever reads the file; it goes nowhere


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceValue:
    """One field that has a value."""

    rule: FieldRule
    text: FieldText = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceData:
    """The fields of one licence, in the order of its type; made by `read_licence_data`."""

    values: tuple[LicenceValue, ...]
    holder: Holder

    def kept(self, metadata: str) -> str | None:
        """Return the value kept under a GB/T 36903 name; of several holders their names, codes or types together."""
        found = next((value.text.kept for value in self.values if value.rule.metadata == metadata), None)
        held = {HOLDER_NAME: self.holder.name, HOLDER_CODE: self.holder.code, HOLDER_TYPE: self.holder.type_code}
        return held.get(metadata) if found is None else found

    @property
    def sm3(self) -> str:
        """The digest of what the fields say, as they are kept and not as they were typed: 64 hex digits."""
        said: dict[str, JsonValue] = {value.rule.key: value.text.kept for value in self.values}
        return digest(DigestAlgorithm.SM3, canonical_json(said)).hex()

    def shown(self, key: str) -> str | None:
        """Return the value of a field as the page shows it."""
        return next((value.text.shown for value in self.values if value.rule.key == key), None)


def read_licence_data(kind: CataloguedType, octets: bytes, *, today: date) -> LicenceData:
    """Return the data of a licence of this type, every field read and in bounds.

    Raises:
        TrustError: LICENCE_DATA naming the fields and the rules they break; HOLDER_CODE when a holder's code is all that is
            wrong; INPUT_TOO_LARGE and JSON_* when it is no JSON object that is accepted here.
    """
    tree = parse_json(octets, max_size=MAX_DATA_SIZE, max_depth=MAX_DATA_DEPTH)
    if not isinstance(tree, dict):
        raise TrustError(ErrorCode.LICENCE_DATA, "a JSON object of the type's fields is wanted")
    faults: list[TrustError] = []
    known = {rule.key for rule in kind.fields} | {COMMENT}
    # A key is not quoted beyond its form: a name typed into the wrong place would be told.
    faults += [_fault(_shown_key(key), "no such field") for key in tree if key not in known]
    values: list[LicenceValue] = []
    for rule in kind.fields:
        try:
            if rule.key in tree:
                values.append(_read(rule, tree[rule.key], today))
            elif rule.required:
                faults.append(_fault(rule.key, "missing"))
        except TrustError as error:
            faults.append(TrustError(error.code, error.detail, field=rule.key))
    if faults:
        raise _all(faults)
    kept = {value.rule.key: value.text.kept for value in values}
    faults += [_fault(key, told) for key, told in (*kind.validity.faults(kind.fields, kept), *kind.holder.faults(kept))]
    try:
        holder = kind.holder.holder(kind.fields, kept, today=today)
    except TrustError as error:
        raise _all([*faults, error]) from None
    if faults:
        raise _all(faults)
    return LicenceData(values=tuple(values), holder=holder)


def _read(rule: FieldRule, value: JsonValue, today: date) -> LicenceValue:
    if not isinstance(value, str):
        raise TrustError(ErrorCode.LICENCE_DATA, "a text in quotation marks is wanted")
    if len(value) > rule.max_length:
        raise TrustError(ErrorCode.LICENCE_DATA, f"longer than {rule.max_length} characters")
    if rule.choices and value not in rule.choices:
        raise TrustError(ErrorCode.LICENCE_DATA, f"one of {', '.join(rule.choices)}")
    text = read_field(rule.format, value, today=today)
    return LicenceValue(rule=rule, text=replace(text, shown=text.shown + rule.unit) if rule.unit else text)


def _fault(key: str, detail: str) -> TrustError:
    return TrustError(ErrorCode.LICENCE_DATA, detail, field=key)


def _shown_key(key: str) -> str:
    return key if key.isascii() and key.replace("_", "").isalpha() and len(key) <= 64 else "(a key)"  # noqa: PLR2004 - as a type's keys


def _all(faults: list[TrustError]) -> TrustError:
    codes = {fault.code for fault in faults}
    code = ErrorCode.HOLDER_CODE if codes == {ErrorCode.HOLDER_CODE} else ErrorCode.LICENCE_DATA
    told = "; ".join(f"{fault.facts['field']}: {fault.detail}" for fault in faults[:MAX_TOLD])
    return TrustError(code, told, field=str(faults[0].facts["field"]), faults=len(faults))
