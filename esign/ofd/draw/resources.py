"""What resource files define and pages refer to by number: fonts, colour spaces, draw parameters, pictures, composite units.

resources.add(root, locate)
resources.fonts["7"].family
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from esign.ofd.draw.elements import attribute, child, children, flag, text_of
from esign.ofd.draw.limits import MAX_INHERITED, MAX_RESOURCES
from esign.ofd.draw.notes import Lack, Undrawable

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

    def add(self, root: _Element, locate: Callable[[str], str]) -> None:
        """Take in the definitions of one file; `locate` makes a package's name of a location in it.

        Raise Undrawable for more than any document defines.
        """
        for element in _definitions(root):
            self._count += 1
            if self._count > MAX_RESOURCES:
                raise Undrawable(Lack.LIMIT, "resources")
            number = attribute(element, "ID")
            if number is None:
                continue
            self._add(number, element, locate)

    def _add(self, number: str, element: _Element, locate: Callable[[str], str]) -> None:
        match element.tag.rpartition("}")[2]:
            case "Font":
                self.fonts[number] = _font(element, locate)
            case "ColorSpace":
                self.colour_spaces[number] = element
            case "DrawParam":
                self.draw_params[number] = element
            case "MultiMedia":
                file = text_of(child(element, "MediaFile")).strip()
                self.media[number] = MediaResource(
                    type=attribute(element, "Type") or "Image",
                    file=locate(file) if file else "",
                )
            case _:
                self.composites[number] = element

    def parameters(self, number: str | None) -> tuple[_Element, ...]:
        """Return draw parameters and those they build on, the nearest first. Raise Undrawable for a circle of them."""
        found: list[_Element] = []
        while number is not None:
            element = self.draw_params.get(number)
            if element is None:
                raise Undrawable(Lack.STYLE, f"DrawParam {number}")
            if len(found) >= MAX_INHERITED:
                raise Undrawable(Lack.STYLE, f"DrawParam {number}")
            found.append(element)
            number = attribute(element, "Relative")
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
        )


def _definitions(root: _Element) -> Iterator[_Element]:
    groups = ("ColorSpaces", "DrawParams", "Fonts", "MultiMedias", "CompositeGraphicUnits")
    kinds = ("ColorSpace", "DrawParam", "Font", "MultiMedia", "CompositeGraphicUnit")
    for group in children(root, *groups):
        yield from children(group, *kinds)


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
