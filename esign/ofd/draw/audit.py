"""What the files of a document hold besides what is looked for when they are drawn: told, so that nothing is left out silently.

    tell_rest(root, notes)      # root of OFD.xml, a document, page, list or resource file

Drawing asks for elements by name. Whatever else stands there some reader may show: elements of other namespaces, of unknown names, and a
second one where the standard has one (GB/T 33190-2016, annex A) of which readers take the first, the last or both. Objects of unknown
kinds are told where they are drawn (`esign.ofd.draw.objects`); what is not of the look (outlines, permissions, actions) is not looked into.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from esign.ofd.draw.notes import Lack
from esign.ofd.xml import KNOWN_NAMESPACES, local_name, namespace_of, split_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.etree import _Element

    from esign.ofd.draw.notes import Notes

_COLOURS: Final = "!Pattern !AxialShd !RadialShd !GouraudShd !LaGouraudShd"
_OBJECTS: Final = "TextObject PathObject ImageObject CompositeObject PageBlock Layer ~Actions ?"
_BOXES: Final = "!PhysicalBox !ApplicationBox !ContentBox !BleedBox !CropBox"
# ! once; ~ not of the look; ? others are told where they are drawn; a=B is an `a` with the rules of B
_RULES: Final = {
    "OFD": "DocBody",
    "DocBody": "~DocInfo !DocRoot ~Versions !Signatures",
    "Document": "!CommonData !Pages !Annotations ~Outlines ~Permissions ~Actions ~VPreferences ~Bookmarks ~CustomTags"
    " ~Attachments ~Extensions",
    "CommonData": "~MaxUnitID !PageArea PublicRes DocumentRes TemplatePage !DefaultCS",
    "PageArea": _BOXES,
    "Pages": "Page=Leaf",
    "Page": "!Area=PageArea Template PageRes !Content ~Actions",
    "Content": _OBJECTS,
    "Layer": _OBJECTS,
    "PageBlock": _OBJECTS,
    "Appearance": _OBJECTS,
    "CellContent": _OBJECTS,
    "TextObject": "!FillColor !StrokeColor TextCode CGTransform !Clips ~Actions",
    "CGTransform": "!Glyphs",
    "PathObject": "!FillColor !StrokeColor !AbbreviatedData !Clips ~Actions",
    "ImageObject": "!Border !Clips ~Actions",
    "Border": "!BorderColor=FillColor",
    "CompositeObject": "!Clips ~Actions",
    "Clips": "Clip",
    "Clip": "Area",
    "Area": "Path=PathObject Text=TextObject PathObject TextObject",
    "FillColor": _COLOURS,
    "Pattern": "!CellContent",
    "AxialShd": "Segment",
    "RadialShd": "Segment",
    "Segment": "!Color=FillColor",
    "GouraudShd": "Point=Segment !BackColor=FillColor",
    "LaGouraudShd": "Point=Segment !BackColor=FillColor",
    "Annotations": "Page=Annotated",
    "Annotated": "!FileLoc",
    "PageAnnot": "Annot",
    "Annot": "~Remark ~Parameters !Appearance",
    "Res": "ColorSpaces DrawParams Fonts MultiMedias CompositeGraphicUnits",
    "ColorSpaces": "ColorSpace",
    "ColorSpace": "!Palette",
    "Palette": "CV",
    "DrawParams": "DrawParam",
    "DrawParam": "!FillColor !StrokeColor",
    "Fonts": "Font",
    "Font": "!FontFile",
    "MultiMedias": "MultiMedia",
    "MultiMedia": "!MediaFile",
    "CompositeGraphicUnits": "CompositeGraphicUnit",
    "CompositeGraphicUnit": "~Thumbnail ~Substitution !Content",
    "Signatures": "~MaxSignId Signature=Leaf",
    "Signature": "!SignedInfo !SignedValue",
    "SignedInfo": "~Provider ~SignatureMethod ~SignatureDateTime ~References ~Parameters StampAnnot !Seal",
    "Seal": "!BaseLoc",
    "Leaf": "",
}


@dataclass(frozen=True, slots=True)
class _Rule:
    """What may stand in an element: names with the rules for each, those that stand there once, those nobody looks at."""

    inside: dict[str, str]
    once: frozenset[str]
    silent: frozenset[str]
    any_other: bool


def _rule(words: str) -> _Rule:
    names = [word for word in words.split() if word != "?" and not word.startswith("~")]
    pairs = [word.lstrip("!").partition("=") for word in names]
    return _Rule(
        inside={name: of or _SAME_RULES.get(name, name) for name, _, of in pairs},
        once=frozenset(word[1:].partition("=")[0] for word in names if word.startswith("!")),
        silent=frozenset(word[1:] for word in words.split() if word.startswith("~")),
        any_other="?" in words.split(),
    )


_SAME_RULES: Final = {"StrokeColor": "FillColor"}
_KNOWN: Final = {name: _rule(words) for name, words in _RULES.items()}
_LEAF: Final = _KNOWN["Leaf"]  # for what holds text or nothing


def tell_rest(root: _Element, notes: Notes) -> None:
    """Tell what of a file is not looked for when it is drawn. Raise nothing; who parsed it has bounded it."""
    before = notes.object_id
    if namespace_of(root) not in KNOWN_NAMESPACES:
        notes.add(Lack.FOREIGN, local_name(root))
    waiting = [(root, _KNOWN.get(local_name(root), _LEAF), before)]
    while waiting:
        element, rule, object_id = waiting.pop()
        notes.object_id = element.get("ID") or object_id
        _attributes(element, notes)
        if len(element):
            waiting += [(each, _KNOWN.get(of, _LEAF), notes.object_id) for each, of in _inside(element, rule, notes)]
    notes.object_id = before


def _inside(element: _Element, rule: _Rule, notes: Notes) -> Iterator[tuple[_Element, str]]:
    """Yield the children that are looked into, with the names of their rules, and tell of the others."""
    own, parent = split_name(element)
    seen: set[str] = set()
    for each in element:
        space, name = split_name(each)
        if not name:
            if (each.tail or "").strip():
                notes.add(Lack.AMBIGUOUS, f"{parent}: <!-- -->")  # text that some readers see and others do not
            continue
        if name in rule.silent:
            continue
        if space != own:
            notes.add(Lack.FOREIGN, name)
        elif name not in rule.inside:
            if not rule.any_other:
                notes.add(Lack.UNKNOWN, f"{parent}/{name}")
        elif name in rule.once and name in seen:
            notes.add(Lack.AMBIGUOUS, f"{parent}/{name}")
        seen.add(name)
        if name in rule.inside:
            yield each, rule.inside[name]


def _attributes(element: _Element, notes: Notes) -> None:
    """Tell of attributes under a prefix of OFD's, which readers by local names take for its own, and others do not."""
    for key in element.attrib:
        space, _, name = str(key).rpartition("}")
        if space and space[1:] in KNOWN_NAMESPACES:
            notes.add(Lack.AMBIGUOUS, f"{local_name(element)}/@{name}")
