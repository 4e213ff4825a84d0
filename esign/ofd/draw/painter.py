"""What clips and fills ask of whoever draws the objects they belong to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.etree import _Element

    from esign.ofd.draw.canvas import Canvas
    from esign.ofd.draw.layout import PlacedGlyph
    from esign.ofd.draw.material import Material
    from esign.ofd.draw.notes import Notes
    from esign.ofd.draw.path_data import Step
    from esign.ofd.draw.resources import Resources


class Painter(Protocol):
    """The drawer of one page's objects, as far as it is needed by what stands within them."""

    material: Material
    resources: Resources
    notes: Notes

    def block(self, canvas: Canvas, element: _Element, outer: tuple[_Element, ...]) -> None:
        """Draw all objects of a block."""

    def steps(self, element: _Element) -> tuple[Step, ...]:
        """Return the path of a path object."""

    def glyphs(self, element: _Element) -> Iterator[PlacedGlyph]:
        """Yield the glyphs of a text object."""
