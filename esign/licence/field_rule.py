"""One field of a licence type, as ``[[fields]]`` of its ``type.toml`` describes it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from esign.licence.fields import FieldFormat

if TYPE_CHECKING:
    from esign.licence.type_file import TypeTable

MAX_FIELD_LENGTH: Final = 4000
MAX_CHOICES: Final = 32
MAX_UNIT: Final = 8
HOLDER_NAME, HOLDER_CODE, HOLDER_TYPE = "CZZT", "CZZTDM", "CZZTDMLXDM"
VALID_FROM, VALID_TO = "ZZYXQQSRQ", "ZZYXQJZRQ"
_STANDARD_NAMES: Final = frozenset({HOLDER_NAME, HOLDER_CODE, HOLDER_TYPE, VALID_FROM, VALID_TO})
_EXTENSION: Final = re.compile(r"KZ_[A-Z0-9]{1,32}")  # GB/T 36903 extension fields
_KEY: Final = re.compile(r"[a-z][a-z0-9_]{0,63}")
_MEASURED: Final = frozenset({FieldFormat.WHOLE_NUMBER, FieldFormat.DECIMAL})


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldRule:
    """One field: its key in data files, its GB/T 36903 name, its labels, format, and longest value in characters.

    `choices` are all values there are, none where any is taken; `unit` is shown behind a number.
    """

    key: str
    metadata: str
    label_zh: str
    label_en: str
    format: FieldFormat
    required: bool
    max_length: int
    choices: tuple[str, ...] = ()
    unit: str = ""


def read_field_rule(entry: TypeTable) -> FieldRule:
    """Return the rule of a field. Raise LICENCE_POLICY naming the key that is wrong."""
    key = entry.text("key")
    if not _KEY.fullmatch(key):
        raise entry.wrong("key", "small letters, digits and underscores")
    name = entry.text("metadata")
    if name not in _STANDARD_NAMES and not _EXTENSION.fullmatch(name):
        raise entry.wrong("metadata", f"one of {', '.join(sorted(_STANDARD_NAMES))}, or KZ_ and capitals")
    form = entry.text("format")
    if form not in set(FieldFormat):
        raise entry.wrong("format", f"one of {', '.join(FieldFormat)}")
    rule = FieldRule(
        key=key,
        metadata=name,
        label_zh=entry.text("label_zh"),
        label_en=entry.text("label_en"),
        format=FieldFormat(form),
        required=entry.boolean("required"),
        max_length=entry.integer("max_length", 1, MAX_FIELD_LENGTH),
        choices=entry.texts("choices", MAX_CHOICES),
        unit=entry.optional_text("unit", MAX_UNIT) or "",
    )
    entry.close()
    if (rule.format is FieldFormat.CHOICE) != bool(rule.choices):
        raise entry.wrong("choices", "a field of the format choice has choices, and no other")
    if any(len(each) > rule.max_length for each in rule.choices):
        raise entry.wrong("choices", "longer than max_length")
    if rule.unit and rule.format not in _MEASURED:
        raise entry.wrong("unit", "a unit belongs to a number")
    return rule
