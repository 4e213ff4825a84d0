"""Licence types: policies read from ``policies/licences/NAME/type.toml``, checked once and strictly.

A type says which fields a licence has, under which GB/T 36903 name each is kept, who may hold it and for how long, by which law;
and, where we issue it, what its page is drawn with and where the seal stands. An unknown key is an error, so that a slip of the
pen is not a rule that silently does not hold.

    business = load_licence_type(policies / "licences" / "business-licence")
    business.seal.box          # points from the lower left of its page, for the signature's field
    load_catalogued_type(folder)   # also one that we do not issue, such as an identity card
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from esign.licence.catalogue_entry import CatalogueEntry, LegalBasis, read_catalogue_entry, read_legal_basis
from esign.licence.field_rule import FieldRule, read_field_rule
from esign.licence.holder_rules import HolderRule, read_holder_rule
from esign.licence.identifier import TYPE_LENGTH
from esign.licence.lifecycle_rules import DEFAULT_RULES, TABLE, LifecycleRules, read_lifecycle
from esign.licence.type_file import TypeTable, read_type_file
from esign.licence.validity_rules import ValidityRule, read_validity_rule
from esign.rendering.drawing import POINTS_PER_MM
from esign.rendering.seal_drawing import MAX_DIAMETER_MM, MAX_LOWER_LINE, MIN_DIAMETER_MM
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from pathlib import Path

FORMAT: Final = 1
MAX_FIELDS: Final = 64
MAX_SIDE_MM: Final = 1189.0  # the long side of A0
SHARED: Final = "shared"  # the folder beside the types with what their templates have in common
_FOLDER: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_TEMPLATE: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}\.typ")
_TYPE_CODE: Final = re.compile(r"[0-9A-Z]{18}[0-9]{3}")
_PACKAGE: Final = b'"@'  # an import from a package registry: drawing a licence fetches nothing


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
class CataloguedType:
    """A licence type as the catalogue has it, whether we issue it or not; made by `load_catalogued_type`.

    `not_issued` tells in Chinese and English why nobody is issued one here, None for a `LicenceType`.
    """

    name: str
    code: str
    title_zh: str
    title_en: str
    fields: tuple[FieldRule, ...]
    holder: HolderRule
    validity: ValidityRule
    catalogue: CatalogueEntry | None
    legal_basis: tuple[LegalBasis, ...]
    not_issued: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceType(CataloguedType):
    """A licence type that we issue, valid as a whole; made by `load_licence_type`. `shared` is what templates have in common."""

    template: Path
    shared: Path | None
    in_parts: bool
    number_from: str | None
    seal: SealPlace
    lifecycle: LifecycleRules = DEFAULT_RULES


def load_licence_type(folder: Path) -> LicenceType:
    """Return the type described in a folder, one that we issue.

    Raises:
        TrustError: LICENCE_TYPE when there is no such type, naming those beside it, or when it is none that is issued, with
            the reason; LICENCE_POLICY naming the key of ``type.toml`` that is unknown, missing or wrong.
    """
    found = load_catalogued_type(folder)
    if not isinstance(found, LicenceType):
        reason = found.not_issued[1] if found.not_issued else ""
        raise TrustError(ErrorCode.LICENCE_TYPE, f"{found.name} is not issued here: {reason}", type=found.name)
    return found


def load_catalogued_type(folder: Path) -> CataloguedType:
    """Return the type described in a folder, a `LicenceType` if we issue it.

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
    found = _catalogued(table, folder.name)
    if found.not_issued is None:
        found = _issued(table, folder, found)
    table.close()
    return found


def licence_types(folder: Path) -> tuple[str, ...]:
    """Return the names of the types under a folder of policies, sorted, none of hidden ones; none when it cannot be read."""
    try:
        names = (entry.parent.name for entry in folder.glob("*/type.toml"))
        return tuple(sorted(name for name in names if not name.startswith(".")))
    except OSError:
        return ()


def find_licence_type(folder: Path, code: str) -> LicenceType | None:
    """Return the issued type of a code among those under a folder of policies, None when it is not there any more. Raise LICENCE_POLICY."""
    kinds = (load_catalogued_type(folder / name) for name in licence_types(folder))
    return next((kind for kind in kinds if isinstance(kind, LicenceType) and kind.code == code), None)


def _catalogued(table: TypeTable, name: str) -> CataloguedType:
    fields = tuple(read_field_rule(entry) for entry in table.tables("fields", MAX_FIELDS))
    if any(len({part(rule) for rule in fields}) != len(fields) for part in (_key, _metadata)):
        raise table.wrong("fields", "two fields share a key or a metadata name")
    return CataloguedType(
        name=name,
        code=_code(table),
        title_zh=table.text("title_zh"),
        title_en=table.text("title_en"),
        fields=fields,
        holder=read_holder_rule(table, fields),
        validity=read_validity_rule(table, fields),
        catalogue=read_catalogue_entry(table),
        legal_basis=read_legal_basis(table),
        not_issued=_reason(table),
    )


def _key(rule: FieldRule) -> str:
    return rule.key


def _metadata(rule: FieldRule) -> str:
    return rule.metadata


def _reason(table: TypeTable) -> tuple[str, str] | None:
    if not table.has("not_issued"):
        return None
    entry = table.table("not_issued")
    reason = entry.text("reason_zh"), entry.text("reason_en")
    entry.close()
    return reason


def _issued(table: TypeTable, folder: Path, found: CataloguedType) -> LicenceType:
    page = table.table("page")
    shared = folder.parent / SHARED
    made = LicenceType(
        name=found.name,
        code=found.code,
        title_zh=found.title_zh,
        title_en=found.title_en,
        fields=found.fields,
        holder=found.holder,
        validity=found.validity,
        catalogue=found.catalogue,
        legal_basis=found.legal_basis,
        template=_template(folder, page),
        shared=shared if shared.is_dir() else None,
        in_parts=page.flag("in_parts"),
        number_from=table.optional_text("number_from"),
        seal=_seal(
            table.table("seal"), page.number("width_mm", 0, MAX_SIDE_MM), page.number("height_mm", 0, MAX_SIDE_MM)
        ),
        lifecycle=read_lifecycle(table.table(TABLE) if table.has(TABLE) else None),
    )
    page.close()
    if made.number_from is not None and not any(rule.key == made.number_from and rule.required for rule in made.fields):
        raise table.wrong("number_from", "the key of a required field")
    return made


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
