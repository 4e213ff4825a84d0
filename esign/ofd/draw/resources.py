"""What resource files define and pages refer to by number: fonts, colour spaces, draw parameters, pictures, composite units.

resources.add(root, locate)
resources.fonts["7"].family
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, cast

from lxml import etree

from esign.ofd.draw.elements import attribute, child, children, flag, identifier, text_of
from esign.ofd.draw.limits import MAX_INHERITED, MAX_RESOURCES
from esign.ofd.draw.notes import Lack, Undrawable
from esign.ofd.xml import local_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lxml.etree import _Element

_FLAGS: Final = ("Bold", "Italic", "Serif", "FixedWidth")


@dataclass(frozen=True, slots=True, kw_only=True)
class FontResource:
    """A font as the document names it; `file` is its file's name in the package, None when none is embedded."""

    name: str
    family: str
    file: str | None
    is_bold: bool
    is_italic: bool
    is_serif: bool
    is_fixed: bool

    @property
    def shown_name(self) -> str:
        """The name to tell it by."""
        return self.name or self.family or "?"


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaResource:
    """A picture, or sound or film; `file` is its file's name in the package."""

    type: str
    file: str


@dataclass(slots=True)
class Resources:
    """All that is defined, by number. The page's own definitions stand before the document's."""

    fonts: dict[str, FontResource] = field(default_factory=dict)
    colour_spaces: dict[str, _Element] = field(default_factory=dict)
    draw_params: dict[str, _Element] = field(default_factory=dict)
    media: dict[str, MediaResource] = field(default_factory=dict)
    composites: dict[str, _Element] = field(default_factory=dict)
    default_colour_space: str | None = None
    _count: int = 0
    _own: dict[tuple[str, str], object] = field(default_factory=dict)  # what was added here, not what is inherited
    _outer: dict[tuple[str, str], object] = field(default_factory=dict)  # what a page's own stand before
    _chains: dict[str, tuple[_Element, ...] | Undrawable] = field(default_factory=dict)

    def add(self, root: _Element, locate: Callable[[str], str]) -> tuple[str, ...]:
        """Take in the definitions of one file; `locate` makes a package's name of a location in it.

        Return those that stand there already and say something else: of one level the first is drawn, of two the page's, and some readers
        take the last of all. Raise Undrawable for more than any document defines.
        """
        self._chains.clear()
        twice: dict[str, None] = {}
        for element in _definitions(root):
            self._count += 1
            if self._count > MAX_RESOURCES:
                raise Undrawable(Lack.LIMIT, "resources")
            number = identifier(element, "ID")
            if number is not None and not self._add(number, element, locate):
                twice[f"{local_name(element)} {number}"] = None
        return tuple(twice)

    def _add(self, number: str, element: _Element, locate: Callable[[str], str]) -> bool:
        """Take in one definition, the first of its number; return False for one that says something else than the first."""
        kind = local_name(element)
        meant: object = element
        if kind == "Font":
            meant = _font(element, locate)
        elif kind == "MultiMedia":
            file = text_of(child(element, "MediaFile")).strip()
            meant = MediaResource(type=attribute(element, "Type") or "Image", file=locate(file) if file else "")
        first = self._own.setdefault((kind, number), meant)
        if first is not meant:
            return _says(first) == _says(meant)
        of_kind: dict[str, dict[str, Any]] = {
            "Font": self.fonts,
            "ColorSpace": self.colour_spaces,
            "DrawParam": self.draw_params,
            "MultiMedia": self.media,
            "CompositeGraphicUnit": self.composites,
        }
        of_kind[kind][number] = meant
        outer = self._outer.get((kind, number), meant)
        return outer is meant or _says(outer) == _says(meant)

    def parameters(self, number: str | None) -> tuple[_Element, ...]:
        """Return draw parameters and those they build on, the nearest first. Raise Undrawable for a circle of them."""
        if number is None:
            return ()
        found = self._chains.get(number)
        if found is None:
            try:
                found = self._chain(number)
            except Undrawable as error:
                found = error
            self._chains[number] = found
        if isinstance(found, Undrawable):
            raise Undrawable(found.lack, found.detail)
        return found

    def _chain(self, first: str) -> tuple[_Element, ...]:
        number: str | None = first
        found: list[_Element] = []
        while number is not None:
            element = self.draw_params.get(number)
            if element is None:
                raise Undrawable(Lack.STYLE, f"DrawParam {number}")
            if len(found) >= MAX_INHERITED:
                raise Undrawable(Lack.STYLE, f"DrawParam {number}")
            found.append(element)
            number = identifier(element, "Relative")
        return tuple(found)

    def copy(self) -> Resources:
        """Return the same definitions, to which a page adds its own."""
        return Resources(
            fonts=dict(self.fonts),
            colour_spaces=dict(self.colour_spaces),
            draw_params=dict(self.draw_params),
            media=dict(self.media),
            composites=dict(self.composites),
            default_colour_space=self.default_colour_space,
            _count=self._count,
            _outer=dict(self._own),
        )


def _definitions(root: _Element) -> Iterator[_Element]:
    groups = ("ColorSpaces", "DrawParams", "Fonts", "MultiMedias", "CompositeGraphicUnits")
    kinds = ("ColorSpace", "DrawParam", "Font", "MultiMedia", "CompositeGraphicUnit")
    for group in children(root, *groups):
        yield from children(group, *kinds)


def _says(definition: object) -> object:
    """Return what makes two definitions the same."""
    if isinstance(definition, FontResource | MediaResource):
        return definition
    return etree.tostring(cast("_Element", definition), method="c14n", with_tail=False)


def _font(element: _Element, locate: Callable[[str], str]) -> FontResource:
    file = text_of(child(element, "FontFile")).strip()
    is_bold, is_italic, is_serif, is_fixed = (flag(element, name, default=False) for name in _FLAGS)
    return FontResource(
        name=attribute(element, "FontName") or "",
        family=attribute(element, "FamilyName") or "",
        file=locate(file) if file else None,
        is_bold=is_bold,
        is_italic=is_italic,
        is_serif=is_serif,
        is_fixed=is_fixed,
    )
