"""Who may hold a licence of a type (``[holder]`` of ``type.toml``), and who a licence's data say holds it.

    [holder]
    kinds = ["natural-person", "legal-person"]
    list = "owners"                       # a field of the format `holders`, in place of one name and one code
    sharing = "co_ownership"              # a choice of 单独所有, 共同共有, 按份共有 that the list has to fit
    together = ["father", "father_id"]    # fields of which all are given or none
    distinct = ["mother_id", "father_id"] # fields no two of which are the same

Without the table, the format of the holder's code decides the kind. Type codes are those of GB/T 36903 annex A.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum, unique
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from esign.licence.field_rule import HOLDER_CODE, HOLDER_NAME, HOLDER_TYPE
from esign.licence.fields import HOLDER_TYPES, FieldFormat
from esign.licence.text_lists import LEGAL, NATURAL, parse_holder_list
from esign.licence.type_file import words
from trustkit.encoding.check_characters import uscc_problem
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from esign.licence.field_rule import FieldRule
    from esign.licence.type_file import TypeTable

MAX_FELLOWS: Final = 8
OTHER: Final = "999"
ALONE, JOINT, SHARED = "单独所有", "共同共有", "按份共有"  # 民法典: alone, joint, and by shares
SHARINGS: Final = (ALONE, JOINT, SHARED)
BETWEEN: Final = "、"  # between the names of several holders


@unique
class HolderKind(StrEnum):
    """A kind of holder."""

    LEGAL_PERSON = "legal-person"  # and any other organisation with a unified social credit code
    NATURAL_PERSON = "natural-person"
    NEWBORN = "newborn"  # has no citizen identity number yet


_KINDS: Final = MappingProxyType({LEGAL: HolderKind.LEGAL_PERSON, NATURAL: HolderKind.NATURAL_PERSON})
_OF_FORMAT: Final = MappingProxyType(
    {
        FieldFormat.USCC: (LEGAL, HolderKind.LEGAL_PERSON),
        FieldFormat.CITIZEN_ID: (NATURAL, HolderKind.NATURAL_PERSON),
        FieldFormat.BIRTH_NUMBER: (OTHER, HolderKind.NEWBORN),
    }
)
_TYPE_NAMES: Final = MappingProxyType({**HOLDER_TYPES, OTHER: "其他"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who holds a licence, in the words of its metadata."""

    name: str = field(repr=False)
    code: str = field(repr=False)
    type_code: str

    @property
    def type_name(self) -> str:
        """What the code is."""
        return BETWEEN.join(_TYPE_NAMES[each] for each in self.type_code.split(BETWEEN))


@dataclass(frozen=True, slots=True, kw_only=True)
class HolderRule:
    """Who may hold a licence; made by `read_holder_rule`. `listed` is the key of the list of holders, where there is one."""

    kinds: tuple[HolderKind, ...]
    listed: str | None = None
    sharing: str | None = None
    together: tuple[str, ...] = ()
    distinct: tuple[str, ...] = ()

    def faults(self, kept: Mapping[str, str]) -> list[tuple[str, str]]:
        """Return keys and rules that the values of a licence break; `kept` has them by key."""
        absent = [key for key in self.together if key not in kept]
        found: list[tuple[str, str]] = []
        if 0 < len(absent) < len(self.together):
            found.append((absent[0], f"given with {' and '.join(self.together)}, or none of them"))
        given = [key for key in self.distinct if key in kept]
        found += [
            (key, f"the same as {given[given.index(other)]}")
            for place, key in enumerate(given)
            for other in given[:place]
            if kept[key] == kept[other]
        ]
        return found

    def holder(self, rules: Sequence[FieldRule], kept: Mapping[str, str], *, today: date) -> Holder:
        """Return who holds the licence whose values, each read by its field already, are these.

        Raises:
            TrustError: HOLDER_CODE when a holder is of a kind that may not hold it, or a code is not of the kind it is said to
                be; LICENCE_DATA when the list of holders does not fit how they share. Both name the field.
        """
        if self.listed is not None:
            return self._several(kept, today)
        by_name = {rule.metadata: rule for rule in rules}
        rule = by_name[HOLDER_CODE]
        code = kept[rule.key]
        if rule.format is FieldFormat.HOLDER_CODE:
            type_code = kept[by_name[HOLDER_TYPE].key]
            kind = _KINDS[type_code]
            if (uscc_problem(code) is None) != (type_code == LEGAL):
                raise TrustError(ErrorCode.HOLDER_CODE, f"no code of the type {type_code}", field=rule.key)
        else:
            type_code, kind = _OF_FORMAT[rule.format]
        self._require(kind, rule.key)
        return Holder(name=kept[by_name[HOLDER_NAME].key], code=code, type_code=type_code)

    def _several(self, kept: Mapping[str, str], today: date) -> Holder:
        key = str(self.listed)
        holders = parse_holder_list(kept[key], today=today)
        for each in holders:
            self._require(_KINDS[each.type_code], key)
        if self.sharing is not None:
            how = SHARED if holders[0].share else JOINT if len(holders) > 1 else ALONE
            if kept[self.sharing] != how:
                raise TrustError(ErrorCode.LICENCE_DATA, f"the holders listed make it {how}", field=self.sharing)
        types = dict.fromkeys(each.type_code for each in holders)
        return Holder(
            name=BETWEEN.join(each.name for each in holders),
            code=BETWEEN.join(each.code for each in holders),
            type_code=BETWEEN.join(types),
        )

    def _require(self, kind: HolderKind, key: str) -> None:
        if kind not in self.kinds:
            told = f"held by a {' or a '.join(self.kinds)}, and this is a {kind}"
            raise TrustError(ErrorCode.HOLDER_CODE, told, field=key)


def read_holder_rule(table: TypeTable, rules: Sequence[FieldRule]) -> HolderRule:
    """Return the rule of a type's file, checked against its fields. Raise LICENCE_POLICY naming what is wrong."""
    if not table.has("holder"):
        _require_one(table, rules)
        return HolderRule(kinds=_possible(rules))
    entry = table.table("holder")
    listed = entry.optional_text("list")
    rule = HolderRule(
        kinds=tuple(HolderKind(each) for each in words(entry, "kinds", list(HolderKind))),
        listed=listed,
        sharing=entry.optional_text("sharing"),
        together=entry.texts("together", MAX_FELLOWS),
        distinct=entry.texts("distinct", MAX_FELLOWS),
    )
    entry.close()
    by_key = {each.key: each for each in rules}
    if listed is None:
        _require_one(table, rules)
    elif listed not in by_key or by_key[listed].format is not FieldFormat.HOLDERS or not by_key[listed].required:
        raise entry.wrong("list", "the key of a required field of the format holders")
    possible = _possible(rules) if listed is None else tuple(_KINDS.values())
    if not rule.kinds or not set(rule.kinds) <= set(possible):
        raise entry.wrong("kinds", f"of {', '.join(possible)}, as the holder's code has it")
    if rule.sharing is not None and (
        listed is None or rule.sharing not in by_key or by_key[rule.sharing].choices != SHARINGS
    ):
        raise entry.wrong("sharing", f"with list, a field with the choices {', '.join(SHARINGS)}")
    if not {*rule.distinct, *rule.together} <= set(by_key):
        raise entry.wrong("together", "keys of fields, as in distinct")
    return rule


def _possible(rules: Sequence[FieldRule]) -> tuple[HolderKind, ...]:
    form = next(rule.format for rule in rules if rule.metadata == HOLDER_CODE)
    return tuple(_KINDS.values()) if form is FieldFormat.HOLDER_CODE else (_OF_FORMAT[form][1],)


def _require_one(table: TypeTable, rules: Sequence[FieldRule]) -> None:
    """Require one name and one code of a holder, and beside a code of either kind its type."""
    found = {rule.metadata: rule for rule in rules}
    for name in (HOLDER_NAME, HOLDER_CODE):
        if name not in found or not found[name].required:
            raise table.wrong("fields", f"a required field is kept as {name}")
    form = found[HOLDER_CODE].format
    if form is not FieldFormat.HOLDER_CODE and form not in _OF_FORMAT:
        raise table.wrong("fields", f"{HOLDER_CODE} has the format {', '.join(_OF_FORMAT)} or holder-code")
    typed = (
        HOLDER_TYPE in found and found[HOLDER_TYPE].format is FieldFormat.HOLDER_TYPE and found[HOLDER_TYPE].required
    )
    if typed != (form is FieldFormat.HOLDER_CODE) or (HOLDER_TYPE in found and not typed):
        raise table.wrong(
            "fields", f"{HOLDER_TYPE} of the format holder-type stands beside a holder-code, and only there"
        )
