"""What later revisions may hold, by what was signed: three policies for pyHanko's difference analysis.

`SEALED`: a document certified with NO_CHANGES may get validation material and document time stamps (EN 319 142-1 5.4),
nothing else. `CERTIFIED`: where a certifier allowed filling in (DocMDP P of 2 or 3), fields may be filled and prepared
signature fields signed. `APPROVED`: where nobody said what may follow, further signatures may, and empty lines may be filled.
Each is narrower than pyHanko's default, whose rules let fonts and flags of forms, and titles, change; docs/DIVERGENCES.md
says where the standard would allow more.
"""

# pyHanko ships its types with gaps:
# mypy: allow-untyped-calls

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final, cast

from lxml import etree
from pyhanko.pdf_utils.decode_limits import DecodePurpose
from pyhanko.pdf_utils.generic import DictionaryObject, StreamObject
from pyhanko.sign.diff_analysis import (
    CatalogModificationRule,
    DocInfoRule,
    DSSCompareRule,
    FormUpdate,
    FormUpdatingRule,
    MetadataUpdateRule,
    ModificationLevel,
    ObjectStreamRule,
    ReferenceUpdate,
    StandardDiffPolicy,
    SuspiciousModification,
    WhitelistRule,
    XrefStreamRule,
)

from esign.pdf.covering import InkRule
from esign.pdf.field_rule import ShownFieldRule
from esign.pdf.generations import KnownGenerationsRule
from esign.pdf.new_fields import BareFieldRule
from esign.pdf.overwriting import SignedFieldRule
from esign.pdf.plain_evidence import PlainEvidenceRule
from esign.pdf.reader import entry, items
from esign.pdf.same_kinds import SameKindsRule

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pyhanko.pdf_utils.generic import Reference
    from pyhanko.pdf_utils.reader import HistoricalResolver
    from pyhanko.sign.diff_analysis import FieldMDPRule, QualifiedWhitelistRule

_LEVEL: Final = ModificationLevel.LTA_UPDATES
_SAVING: Final = frozenset({"/ModDate", "/Producer"})  # what software writes of itself at each saving (table 317)
_TOLD: Final = ("http://purl.org/dc/elements/1.1/", "http://ns.adobe.com/pdf/1.3/Keywords")  # title, author, keywords
_MOST_WORDS: Final = 20_000  # pieces of text, in elements inside each other counted for each; a packet has some dozen
_CATALOGUE: Final = frozenset({"/AcroForm", "/DSS", "/Extensions", "/Metadata", "/Version"})
_FORM: Final = frozenset({"/Fields"})  # fonts and defaults of a form decide what its fields show
_DEFAULTS: Final = frozenset({"/DR", "/DA"})


class _InformationRule(DocInfoRule):
    """Lets software note when it saved; title, author and the rest are what was signed."""

    def apply(self, old: HistoricalResolver, new: HistoricalResolver) -> Iterable[ReferenceUpdate]:
        """Yield the update of /Info. Raise SuspiciousModification when it says something else."""
        told = tuple(_information(each) for each in (old, new))
        if told[1] is not None and (told[0] or {}) != told[1]:
            raise SuspiciousModification("the document's information says something else")
        yield from super().apply(old, new)


def _information(revision: HistoricalResolver) -> dict[str, object] | None:
    reference = cast("Reference | None", revision.trailer_view.get_value_as_reference("/Info", optional=True))
    if reference is None or not isinstance(found := revision(reference), DictionaryObject):
        return None
    return {str(key): found.raw_get(key) for key in found if key not in _SAVING}


class _SameInformationRule(WhitelistRule):
    """Refuses a trailer that names other information: what it names may lie in the signed revision already, or nowhere."""

    def apply(self, old: HistoricalResolver, new: HistoricalResolver) -> Iterable[ReferenceUpdate]:
        """Yield nothing. Raise SuspiciousModification for other information."""
        named = [each.trailer_view.raw_get("/Info") if "/Info" in each.trailer_view else None for each in (old, new)]
        if named[0] != named[1]:
            raise SuspiciousModification("the trailer names other information about the document")
        return ()


class _FormRule(FormUpdatingRule):
    """pyHanko's rule for the form, narrower: fonts and defaults that decide what fields show stay, also behind a reference.

    Where the form has signature fields alone they decide nothing, and Acrobat adds its own when it signs.
    """

    def __init__(self, field_rules: list[FieldMDPRule]) -> None:
        super().__init__(field_rules=field_rules, ignored_acroform_keys=_FORM)
        self._of_signatures = FormUpdatingRule(field_rules=field_rules, ignored_acroform_keys=_FORM | _DEFAULTS)

    def apply(self, old: HistoricalResolver, new: HistoricalResolver) -> Iterable[tuple[ModificationLevel, FormUpdate]]:
        """Yield pyHanko's updates. Raise SuspiciousModification when the form's resources are others."""
        before, after = (entry(each.root, "/AcroForm") for each in (old, new))
        if isinstance(before, DictionaryObject) and _signs_only(before):
            yield from self._of_signatures.apply(old, new)
            return
        told = [entry(each, "/DR") if isinstance(each, DictionaryObject) else None for each in (before, after)]
        if told[0] != told[1]:
            raise SuspiciousModification("the resources of the form changed")
        yield from super().apply(old, new)


def _signs_only(form: DictionaryObject) -> bool:
    """Return whether a form has signature fields and nothing else."""
    fields = items(entry(form, "/Fields"))
    return bool(fields) and all(
        isinstance(each, DictionaryObject) and entry(each, "/FT") == "/Sig" and "/Kids" not in each for each in fields
    )


class _MetadataRule(MetadataUpdateRule):
    """Lets software write the XMP packet anew as long as title, author and keywords stay."""

    def apply(self, old: HistoricalResolver, new: HistoricalResolver) -> Iterable[ReferenceUpdate]:
        """Yield the update of /Metadata. Raise SuspiciousModification when it says something else."""
        yield from super().apply(old, new)
        streams = tuple(entry(each.root, "/Metadata") for each in (old, new))
        told = tuple(_words(each) if isinstance(each, StreamObject) else frozenset() for each in streams)
        if streams[0] is not None and told[0] != told[1]:
            raise SuspiciousModification("the document's metadata say something else")


def _words(stream: StreamObject) -> frozenset[tuple[str, str]]:
    """Return (property, text) of what the packet says of the document; pyHanko's rule has found it well-formed."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(stream.read_data(DecodePurpose.XMP_METADATA), parser=parser)
    except etree.XMLSyntaxError as error:
        raise SuspiciousModification("the document's metadata cannot be read") from error
    found: set[tuple[str, str]] = set()
    room = _MOST_WORDS
    for element in root.iter(etree.Element):
        name = str(element.tag).lstrip("{").replace("}", "")
        if name.startswith(_TOLD):
            texts = list(islice(map(str, element.itertext()), room + 1))
            room -= len(texts)
            if room < 0:
                raise SuspiciousModification("the document's metadata say more than can be compared")
            found.add((name, " ".join("".join(texts).split())))
        for key, value in element.attrib.items():
            if (spelt := str(key).lstrip("{").replace("}", "")).startswith(_TOLD):
                found.add((spelt, " ".join(str(value).split())))
    return frozenset(found)


def _structure(keys: frozenset[str]) -> list[QualifiedWhitelistRule]:
    return [
        CatalogModificationRule(ignored_keys=keys),
        XrefStreamRule().as_qualified(_LEVEL),
        ObjectStreamRule().as_qualified(_LEVEL),
        DSSCompareRule().as_qualified(_LEVEL),
        KnownGenerationsRule().as_qualified(_LEVEL),
        SameKindsRule().as_qualified(_LEVEL),
        PlainEvidenceRule().as_qualified(_LEVEL),
    ]


def _open(*, refill: bool) -> StandardDiffPolicy:
    metadata = [_InformationRule().as_qualified(_LEVEL), _MetadataRule().as_qualified(_LEVEL)]
    return StandardDiffPolicy(
        global_rules=[*_structure(_CATALOGUE), *metadata],
        form_rule=_FormRule(
            field_rules=[
                InkRule(),
                SignedFieldRule(),
                ShownFieldRule(refill=refill),
            ],
        ),
    )


SEALED: Final = StandardDiffPolicy(
    global_rules=[
        *_structure(frozenset({"/AcroForm", "/DSS", "/Extensions"})),
        _SameInformationRule().as_qualified(_LEVEL),
    ],
    form_rule=_FormRule(
        field_rules=[BareFieldRule(), SignedFieldRule()],
    ),
    ignore_orphaned_objects=False,
)
CERTIFIED: Final = _open(refill=True)
APPROVED: Final = _open(refill=False)
