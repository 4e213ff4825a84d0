"""Licence types: policies read from ``policies/licences/NAME/type.toml``, checked once and strictly.

A type says which fields a licence has, under which GB/T 36903 name each is kept, what its page is drawn with, and where
the seal stands. An unknown key is an error, so that a slip of the pen is not a rule that silently does not hold.

    business = load_licence_type(policies / "licences" / "business-licence")
    business.seal.box          # points from the lower left of its page, for the signature's field
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from esign.licence.fields import FieldFormat
from esign.licence.identifier import TYPE_LENGTH
from esign.licence.lifecycle_rules import DEFAULT_RULES, TABLE, LifecycleRules, read_lifecycle
from esign.licence.type_file import TypeTable, read_type_file
from esign.rendering.drawing import POINTS_PER_MM
from esign.rendering.seal_drawing import MAX_DIAMETER_MM, MAX_LOWER_LINE, MIN_DIAMETER_MM
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from pathlib import Path

FORMAT: Final = 1
MAX_FIELDS: Final = 64
MAX_FIELD_LENGTH: Final = 4000
MAX_SIDE_MM: Final = 1189.0  # the long side of A0
HOLDER_NAME, HOLDER_CODE = "CZZT", "CZZTDM"
VALID_FROM, VALID_TO = "ZZYXQQSRQ", "ZZYXQJZRQ"
_STANDARD_NAMES: Final = frozenset({HOLDER_NAME, HOLDER_CODE, VALID_FROM, VALID_TO})
_EXTENSION: Final = re.compile(r"KZ_[A-Z0-9]{1,32}")  # GB/T 36903 extension fields
_KEY: Final = re.compile(r"[a-z][a-z0-9_]{0,63}")
_FOLDER: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_TEMPLATE: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}\.typ")
_TYPE_CODE: Final = re.compile(r"[0-9A-Z]{18}[0-9]{3}")
_PACKAGE: Final = b'"@'  # an import from a package registry: drawing a licence fetches nothing
_DATES: Final = frozenset({FieldFormat.DATE, FieldFormat.DATE_OR_OPEN})


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldRule:
    """One field: its key in data files, its GB/T 36903 name, its labels, format, and longest value in characters."""

    key: str
    metadata: str
    label_zh: str
    label_en: str
    format: FieldFormat
    required: bool
    max_length: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SealPlace:
    """Where the seal stands: `page` counts from 0; centre in mm from the page's upper left; the line below the star."""

    page: int
    x_mm: float
    y_mm: float
    diameter_mm: float
    lower_line: str
    page_height_mm: float

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, bottom, right, top in points from the page's lower left corner, as PDF measures."""
        x, y = self.x_mm * POINTS_PER_MM, (self.page_height_mm - self.y_mm) * POINTS_PER_MM
        half = self.diameter_mm * POINTS_PER_MM / 2
        return x - half, y - half, x + half, y + half


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceType:
    """A licence type, valid as a whole; made by `load_licence_type`."""

    name: str
    code: str
    title_zh: str
    title_en: str
    template: Path
    in_parts: bool
    number_from: str | None
    fields: tuple[FieldRule, ...]
    seal: SealPlace
    lifecycle: LifecycleRules = DEFAULT_RULES

    @property
    def holder_code_rule(self) -> FieldRule:
        """The field of the holder's code; its format tells the kind of holder."""
        return next(rule for rule in self.fields if rule.metadata == HOLDER_CODE)


def load_licence_type(folder: Path) -> LicenceType:
    """Return the type described in a folder.

    Raises:
        TrustError: LICENCE_TYPE when there is no such type, naming those beside it; LICENCE_POLICY naming the key of
            ``type.toml`` that is unknown, missing or wrong.
    """
    if not _FOLDER.fullmatch(folder.name) or not (folder / "type.toml").is_file():
        known = ", ".join(licence_types(folder.parent)) or "none"
        raise TrustError(ErrorCode.LICENCE_TYPE, f"known types: {known}")
    table = read_type_file(folder / "type.toml", folder.name)
    if table.integer("format") != FORMAT:
        raise table.wrong("format", f"this program reads format {FORMAT}")
    fields = tuple(_field(entry) for entry in table.tables("fields", MAX_FIELDS))
    page = table.table("page")
    found = LicenceType(
        name=folder.name,
        code=_code(table),
        title_zh=table.text("title_zh"),
        title_en=table.text("title_en"),
        template=_template(folder, page),
        in_parts=page.flag("in_parts"),
        number_from=table.optional_text("number_from"),
        fields=fields,
        seal=_seal(
            table.table("seal"), page.number("width_mm", 0, MAX_SIDE_MM), page.number("height_mm", 0, MAX_SIDE_MM)
        ),
        lifecycle=read_lifecycle(table.table(TABLE) if table.has(TABLE) else None),
    )
    page.close()
    table.close()
    _require_consistent(table, found)
    return found


def licence_types(folder: Path) -> tuple[str, ...]:
    """Return the names of the types under a folder of policies, sorted; none when it cannot be read."""
    try:
        return tuple(sorted(entry.parent.name for entry in folder.glob("*/type.toml")))
    except OSError:
        return ()


def find_licence_type(folder: Path, code: str) -> LicenceType | None:
    """Return the type of a code among those under a folder of policies, None when it is not there any more. Raise LICENCE_POLICY."""
    kinds = (load_licence_type(folder / name) for name in licence_types(folder))
    return next((kind for kind in kinds if kind.code == code), None)


def _code(table: TypeTable) -> str:
    code = table.text("code", TYPE_LENGTH)
    if not _TYPE_CODE.fullmatch(code):
        raise table.wrong("code", "the code of the defining authority (18) and three digits (GB/T 36904)")
    return code


def _template(folder: Path, page: TypeTable) -> Path:
    name = page.text("template")
    path = folder / name
    if not _TEMPLATE.fullmatch(name) or not path.is_file():
        raise page.wrong("template", "a .typ file beside type.toml")
    try:
        packages = _PACKAGE in path.read_bytes()
    except OSError as error:
        raise page.wrong("template", "cannot be read") from error
    if packages:
        raise page.wrong("template", "a template imports no packages: drawing a licence fetches nothing")
    return path


def _field(entry: TypeTable) -> FieldRule:
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
    )
    entry.close()
    return rule


def _seal(seal: TypeTable, width: float, height: float) -> SealPlace:
    diameter = seal.number("diameter_mm", MIN_DIAMETER_MM, MAX_DIAMETER_MM)
    place = SealPlace(
        page=seal.integer("page", 1, 1) - 1,
        x_mm=seal.number("x_mm", diameter / 2, width - diameter / 2),
        y_mm=seal.number("y_mm", diameter / 2, height - diameter / 2),
        diameter_mm=diameter,
        lower_line=seal.text("lower_line", MAX_LOWER_LINE, least=0),
        page_height_mm=height,
    )
    seal.close()
    return place


def _require_consistent(table: TypeTable, found: LicenceType) -> None:
    keys = [rule.key for rule in found.fields]
    names = [rule.metadata for rule in found.fields]
    if len(set(keys)) != len(keys) or len(set(names)) != len(names):
        raise table.wrong("fields", "two fields share a key or a metadata name")
    rules = {rule.metadata: rule for rule in found.fields}
    for name in (HOLDER_NAME, HOLDER_CODE):
        if name not in rules or not rules[name].required:
            raise table.wrong("fields", f"a required field is kept as {name}")
    if rules[HOLDER_CODE].format not in {FieldFormat.USCC, FieldFormat.CITIZEN_ID}:
        raise table.wrong("fields", f"{HOLDER_CODE} has the format uscc or citizen-id")
    for name in (VALID_FROM, VALID_TO):
        if name in rules and rules[name].format not in _DATES:
            raise table.wrong("fields", f"{name} is a date")
    if found.number_from is not None and not any(
        rule.key == found.number_from and rule.required for rule in found.fields
    ):
        raise table.wrong("number_from", "the key of a required field")
