"""Fonts, pictures and colour spaces that the contents of typst's pages name."""

# pyHanko ships its types with gaps:
# mypy: untyped-calls-exclude="pyhanko"

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pyhanko.pdf_utils.generic import DictionaryObject, StreamObject

from esign.ofd.colour_space import colour_parts
from esign.ofd.content_scan import unreadable
from esign.ofd.embedded_font import read_font
from esign.ofd.embedded_image import read_image
from esign.pdf.reader import entry

if TYPE_CHECKING:
    from collections.abc import Mapping

    from esign.ofd.embedded_font import EmbeddedFont
    from esign.ofd.layout import LaidFont, LaidImage
    from esign.rendering.measuring import MeasuredFont


@dataclass(slots=True)
class Collected:
    """Fonts and pictures of all pages, each once; they are counted from behind those of what lies under the pages.

    `drawn` has the outlines of the fonts that pages were only measured with.
    """

    fonts_below: int = 0
    images_below: int = 0
    drawn: Mapping[str, MeasuredFont] = field(default_factory=dict)
    fonts: dict[object, tuple[int, EmbeddedFont]] = field(default_factory=dict)  # by where it stands in the file
    images: dict[object, int] = field(default_factory=dict)
    files: list[LaidImage] = field(default_factory=list)

    def font(self, found: DictionaryObject) -> tuple[int, EmbeddedFont]:
        """Return a font and its place among the fonts. Raise as `read_font`."""
        key = found.get_container_ref()
        if key not in self.fonts:
            self.fonts[key] = self.fonts_below + len(self.fonts), read_font(found, self.drawn)
        return self.fonts[key]

    def image(self, found: StreamObject) -> int:
        """Return the place of a picture among the pictures. Raise as `read_image`."""
        key = found.get_container_ref()
        if key not in self.images:
            self.images[key] = self.images_below + len(self.files)
            self.files.append(read_image(found))
        return self.images[key]

    def laid_fonts(self) -> tuple[LaidFont, ...]:
        """Return the fonts' files in order."""
        return tuple(font.file for _, font in self.fonts.values())


class Resources:
    """What the names of a content stand for."""

    def __init__(
        self, found: DictionaryObject | None, collected: Collected | None, spaces: dict[str, int] | None = None
    ) -> None:
        self._found = DictionaryObject() if found is None else found
        self._collected = collected
        self._spaces = spaces
        self._fonts: dict[str, tuple[int, EmbeddedFont]] = {}

    def spaces(self) -> tuple[tuple[str, int], ...]:
        """Return how many parts a colour has, for each colour space by its name. Raise RENDERING_FAILED for other spaces."""
        if self._spaces is None:
            named = entry(self._found, "/ColorSpace")
            keys = named if isinstance(named, DictionaryObject) else {}
            self._spaces = {str(key): colour_parts(entry(named, key)) for key in keys}
        return tuple(sorted(self._spaces.items()))

    def parts(self, name: str) -> int:
        """Return how many parts a colour of the named space has. Raise RENDERING_FAILED for other spaces."""
        return dict(self.spaces()).get(name) or colour_parts(name)

    def look(self, kind: str, name: str) -> DictionaryObject:
        """Return what a name of a kind stands for. Raise RENDERING_FAILED."""
        listed = entry(self._found, kind)
        found = entry(listed, name) if isinstance(listed, DictionaryObject) else None
        if not isinstance(found, DictionaryObject):
            raise unreadable(name.encode())
        return found

    def font(self, name: str) -> tuple[int, EmbeddedFont]:
        """Return the font of a name and its place among the fonts. Raise RENDERING_FAILED."""
        found = self._fonts.get(name)
        if found is None:
            if self._collected is None:
                raise unreadable(b"Tf")
            found = self._fonts[name] = self._collected.font(self.look("/Font", name))
        return found

    def image(self, found: StreamObject) -> int:
        """Return the place of a picture among the pictures. Raise RENDERING_FAILED."""
        if self._collected is None:
            raise unreadable(b"Do")
        return self._collected.image(found)

    def inside(self, form: StreamObject) -> Resources:
        """Return the resources of a form: its own, or these."""
        own = entry(form, "/Resources")
        return Resources(own, self._collected) if isinstance(own, DictionaryObject) else self
