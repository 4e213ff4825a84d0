"""What the catalogue says of a licence type beside its fields: ``[catalogue]`` and ``[[legal_basis]]`` of ``type.toml``.

The fields are after GB/T 36902-2018, whose text was not at hand: their names are ours. What nobody has confirmed is listed in
`unconfirmed`, a statute's own mark is `confirmed`, and whoever shows an entry shows these marks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from esign.licence.type_file import word, words

if TYPE_CHECKING:
    from esign.licence.type_file import TypeTable

MAX_STATUTES: Final = 8
LEVELS: Final = ("national", "provincial", "municipal", "county", "institution")
SCOPES: Final = ("national", "local")
# What a type may mark as unconfirmed.
MARKABLE: Final = (
    "code",
    "defining_authority",
    "issuing_authority",
    "issuing_levels",
    "holder",
    "validity",
    "fields",
    "layout",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueEntry:
    """One type in the catalogue.

    Attributes: `code_scope`, whose the type code is: national as met in licences in use, or local, made for want of one that is
    known; `version` of the description; `defining_authority` and `issuing_authority` in Chinese and English;
    `issuing_levels`, of `LEVELS`; `unconfirmed`, of `MARKABLE`; `note`, empty or a sentence in both languages.
    """

    code_scope: str
    version: str
    defining_authority: tuple[str, str]
    issuing_authority: tuple[str, str]
    issuing_levels: tuple[str, ...]
    unconfirmed: tuple[str, ...]
    note: tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalBasis:
    """A statute and the article of it, empty where none is named; `confirmed` when somebody compared it with the text in force."""

    statute_zh: str
    statute_en: str
    article: str
    confirmed: bool


def read_catalogue_entry(table: TypeTable) -> CatalogueEntry | None:
    """Return the entry of a type's file, None where it has none. Raise LICENCE_POLICY naming what is wrong."""
    if not table.has("catalogue"):
        return None
    entry = table.table("catalogue")
    found = CatalogueEntry(
        code_scope=word(entry, "code_scope", SCOPES),
        version=entry.text("version", 16),
        defining_authority=(entry.text("defining_authority_zh"), entry.text("defining_authority_en")),
        issuing_authority=(entry.text("issuing_authority_zh"), entry.text("issuing_authority_en")),
        issuing_levels=words(entry, "issuing_levels", LEVELS),
        unconfirmed=words(entry, "unconfirmed", MARKABLE),
        note=(entry.optional_text("note_zh") or "", entry.optional_text("note_en") or ""),
    )
    entry.close()
    if not found.issuing_levels:
        raise entry.wrong("issuing_levels", f"of {', '.join(LEVELS)}")
    if bool(found.note[0]) != bool(found.note[1]):
        raise entry.wrong("note_zh", "a note stands in both languages")
    return found


def read_legal_basis(table: TypeTable) -> tuple[LegalBasis, ...]:
    """Return the statutes of a type's file, none where it names none. Raise LICENCE_POLICY naming what is wrong."""
    if not table.has("legal_basis"):
        return ()
    found: list[LegalBasis] = []
    for entry in table.tables("legal_basis", MAX_STATUTES):
        found.append(
            LegalBasis(
                statute_zh=entry.text("statute_zh"),
                statute_en=entry.text("statute_en"),
                article=entry.optional_text("article") or "",
                confirmed=entry.boolean("confirmed"),
            )
        )
        entry.close()
    return tuple(found)
