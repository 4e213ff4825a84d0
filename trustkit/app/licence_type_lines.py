"""The catalogue of licence types as it is shown: what each holds, who may hold it, how long, by which law, and what nobody confirmed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from esign.licence.lifecycle_rules import acts_of_two
from esign.licence.types import LicenceType, load_catalogued_type
from esign.licence.types import licence_types as names_of
from trustkit.app.home import POLICIES, policies_source
from trustkit.texts.catalogue import Language

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from esign.licence.field_rule import FieldRule
    from esign.licence.types import CataloguedType

COLUMNS: Final = ("type", "code", "名称", "name", "holder", "validity", "issued", "not confirmed")
_WORDS: Final = {
    Language.EN: {
        "type": "type",
        "code": "code",
        "holder": "holder",
        "validity": "validity",
        "issuer": "issued by",
        "basis": "legal basis",
        "not confirmed": "not confirmed",
        "not issued": "not issued here",
        "acts": "acts",
        "persons": "two persons for",
        "note": "note",
        "required": "required",
        "optional": "optional",
        "unconfirmed basis": "not compared with the text in force",
    },
    Language.ZH: {
        "type": "类型",
        "code": "类型代码",
        "holder": "持证主体",
        "validity": "有效期",
        "issuer": "颁发机构",
        "basis": "法律依据",
        "not confirmed": "未经核实",
        "not issued": "本系统不予颁发",
        "acts": "业务",
        "persons": "双人办理",
        "note": "说明",
        "required": "必填",
        "optional": "选填",
        "unconfirmed basis": "未与现行文本核对",
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeLine:
    """One type of the catalogue."""

    kind: CataloguedType

    def to_json(self) -> dict[str, object]:
        """Return the JSON object of ``--format json``, in both languages."""
        kind, entry = self.kind, self.kind.catalogue
        return {
            "type": kind.name,
            "code": kind.code,
            "title": {"zh": kind.title_zh, "en": kind.title_en},
            "issued": kind.not_issued is None,
            "not_issued": None if kind.not_issued is None else _both(kind.not_issued),
            "holder": {"kinds": [each.value for each in kind.holder.kinds], "list": kind.holder.listed},
            "validity": {"kind": kind.validity.kind.value, "years": kind.validity.years},
            "catalogue": None
            if entry is None
            else {
                "code_scope": entry.code_scope,
                "version": entry.version,
                "defining_authority": _both(entry.defining_authority),
                "issuing_authority": _both(entry.issuing_authority),
                "issuing_levels": list(entry.issuing_levels),
                "note": _both(entry.note),
            },
            "two_persons": list(acts_of_two(kind.lifecycle)) if isinstance(kind, LicenceType) else [],
            "unconfirmed": self.unconfirmed,
            "legal_basis": [
                {
                    "statute": {"zh": each.statute_zh, "en": each.statute_en},
                    "article": each.article or None,
                    "confirmed": each.confirmed,
                }
                for each in kind.legal_basis
            ],
            "fields": [_field(each) for each in kind.fields],
        }

    @property
    def unconfirmed(self) -> list[str]:
        """What nobody compared with its source, the legal basis among it."""
        marked = [] if self.kind.catalogue is None else list(self.kind.catalogue.unconfirmed)
        return [*marked, *(["legal_basis"] if any(not each.confirmed for each in self.kind.legal_basis) else [])]

    def row(self) -> tuple[str, ...]:
        """Return the row of ``licence types``."""
        kind = self.kind
        holders = ", ".join(each.value for each in kind.holder.kinds)
        issued = "yes" if kind.not_issued is None else "no"
        shown = (kind.name, kind.code, kind.title_zh, kind.title_en, holders, self._validity(), issued)
        return (*shown, ", ".join(self.unconfirmed))

    def lines(self, language: Language) -> tuple[str, ...]:
        """Return what a person is told of a type."""
        return tuple(f"{name}: {value}" for name, value in self._told(language)) + tuple(
            _field_line(each, language) for each in self.kind.fields
        )

    def _told(self, language: Language) -> Iterator[tuple[str, str]]:
        words, kind, entry = _WORDS[language], self.kind, self.kind.catalogue
        place = 0 if language is Language.ZH else 1
        yield words["type"], f"{kind.name}  {(kind.title_zh, kind.title_en)[place]}"
        yield words["code"], kind.code
        if kind.not_issued is not None:
            yield words["not issued"], kind.not_issued[place]
        yield words["holder"], ", ".join(each.value for each in kind.holder.kinds)
        yield words["validity"], self._validity()
        if entry is not None:
            yield words["issuer"], entry.issuing_authority[place]
        for each in kind.legal_basis:
            mark = "" if each.confirmed else f" [{words['unconfirmed basis']}]"
            yield words["basis"], f"{(each.statute_zh, each.statute_en)[place]} {each.article}".rstrip() + mark
        if isinstance(kind, LicenceType):
            rules = kind.lifecycle
            acts = (("check", rules.annual_check), ("change", rules.changes), ("suspend", rules.suspension))
            more = (("lose", rules.loss), ("cancel", rules.cancellation), ("revoke", True))
            yield words["acts"], ", ".join(name for name, allowed in (*acts, *more) if allowed)
            if together := acts_of_two(rules):
                yield words["persons"], ", ".join(together)
        if self.unconfirmed:
            yield words["not confirmed"], ", ".join(self.unconfirmed)
        if entry is not None and entry.note[place]:
            yield words["note"], entry.note[place]

    def _validity(self) -> str:
        rule = self.kind.validity
        return rule.kind.value if rule.years is None else f"{rule.kind.value}, {rule.years}"


def catalogue_of(home: Path) -> tuple[TypeLine, ...]:
    """Return the types of a home, or of the installation where there is none. Raise LICENCE_POLICY."""
    folder = _folder(home)
    return tuple(TypeLine(kind=load_catalogued_type(folder / name)) for name in names_of(folder))


def catalogued(home: Path, name: str) -> TypeLine:
    """Return one type of a home, or of the installation where there is none. Raise LICENCE_TYPE, LICENCE_POLICY."""
    return TypeLine(kind=load_catalogued_type(_folder(home) / name))


def _folder(home: Path) -> Path:
    own = home / POLICIES / "licences"
    return own if own.is_dir() else policies_source() / "licences"


def _both(texts: tuple[str, str]) -> dict[str, object]:
    return {"zh": texts[0], "en": texts[1]}


def _field(rule: FieldRule) -> dict[str, object]:
    return {
        "key": rule.key,
        "metadata": rule.metadata,
        "label": {"zh": rule.label_zh, "en": rule.label_en},
        "format": rule.format.value,
        "required": rule.required,
        "max_length": rule.max_length,
        "choices": list(rule.choices),
        "unit": rule.unit or None,
    }


def _field_line(rule: FieldRule, language: Language) -> str:
    words = _WORDS[language]
    needed = words["required"] if rule.required else words["optional"]
    label = rule.label_zh if language is Language.ZH else rule.label_en
    choices = f"  {' | '.join(rule.choices)}" if rule.choices else ""
    return f"  {rule.key}: {label}  ({rule.format.value}, {needed}, {rule.metadata}){choices}"
