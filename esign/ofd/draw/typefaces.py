"""Glyphs by character or by number, from the fonts a document brings and from those of this house.

typeface = EmbeddedTypeface.read(octets, key)
typeface.of_character("营"); typeface.of_number(4711)
"""

from __future__ import annotations

import struct
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

from fontTools.misc.psCharStrings import T2OutlineExtractor
from fontTools.ttLib import TTFont

from esign.ofd.draw.budget import Exhausted
from esign.ofd.draw.font_bounds import count_points, require_modest
from esign.ofd.draw.limits import (
    MAX_FONT_OCTETS,
    MAX_FONT_TABLES,
    MAX_OUTLINE_PARTS,
    MAX_OUTLINE_POINTS,
    MAX_OUTLINE_TOKENS,
)
from esign.ofd.draw.notes import Lack, Undrawable
from esign.rendering.fonts import FontRole
from esign.rendering.outlines import ContourPen, Outline, box_of, outline_of
from trustkit.errors import TrustError

if TYPE_CHECKING:
    from collections.abc import Hashable

    from fontTools.misc.psCharStrings import T2CharString

    from esign.ofd.draw.budget import Budget
    from esign.ofd.draw.resources import FontResource
    from esign.rendering.fonts import FontChain
    from esign.rendering.outlines import Point

_OUTLINES: Final = frozenset((b"\0\1\0\0", b"OTTO", b"true"))  # not WOFF, which unpacks, nor collections
_SERIF: Final = ("宋", "song", "simsun", "ming", "明", "times", "serif", "roman", "cambria", "georgia", "courier")
_SANS: Final = ("黑", "hei", "yahei", "雅黑", "arial", "helvetica", "sans", "等线", "dengxian", "gothic", "calibri")
_SCRIPT: Final = ("楷", "kai", "仿宋", "fang")
_FIXED: Final = ("courier", "mono", "consolas", "ocr")
_MAX_UNITS: Final = 16_384  # of an em (OpenType, head)
_MAX_COORDINATE: Final = 200_000.0


class HouseTypeface:
    """The fonts of this house, in the order that suits a text of this role; each glyph is looked for once."""

    def __init__(self, chain: FontChain, role: FontRole, budget: Budget) -> None:
        self._chain = chain
        self.role = role
        self._budget = budget
        self._kept: dict[str, tuple[Hashable, Outline] | None] = {}

    @property
    def family(self) -> str:
        """The name of the first font."""
        return self._chain.families(self.role)[0]

    def of_character(self, character: str) -> tuple[Hashable, Outline] | None:
        """Return the glyph of a character; None when no font has it. Raise Exhausted."""
        if character not in self._kept:
            self._budget.take("borrowed")
            self._kept[character] = self._found(character)
        return self._kept[character]

    def _found(self, character: str) -> tuple[Hashable, Outline] | None:
        try:
            face = self._chain.face_for(character, self.role)
            return (face.path, face.number, character), outline_of(face, character)
        except TrustError:
            return None


class EmbeddedTypeface:
    """A font out of the document, parsed by fontTools and believed in nothing: a glyph too rich or damaged is none."""

    def __init__(self, font: TTFont, key: Hashable, budget: Budget) -> None:
        require_modest(font, budget)
        self.key = key
        self._budget = budget
        self._glyphs = font.getGlyphSet()
        self._order: list[str] = font.getGlyphOrder()
        self._units = int(font["head"].unitsPerEm)
        self._characters: dict[int, str] = (font.getBestCmap() if "cmap" in font else None) or {}
        self._kept: dict[str, Outline | None] = {}
        self._privates: set[int] = set()

    @classmethod
    def read(cls, data: bytes, key: Hashable, budget: Budget) -> EmbeddedTypeface:
        """Return the typeface in the octets of a font file. Raise Undrawable, Exhausted."""
        if len(data) > MAX_FONT_OCTETS:
            raise Undrawable(Lack.FONT_DAMAGED, f"{len(data)} octets")
        if data[:4] not in _OUTLINES or len(data) < 12 or struct.unpack_from(">H", data, 4)[0] > MAX_FONT_TABLES:  # noqa: PLR2004
            raise Undrawable(Lack.FONT_DAMAGED, "no TrueType or OpenType font")
        try:
            typeface = cls(TTFont(BytesIO(data), lazy=True, checkChecksums=0), key, budget)
        except (Undrawable, Exhausted):
            raise
        except Exception as error:  # fontTools fails in every way a parser can
            raise Undrawable(Lack.FONT_DAMAGED, type(error).__name__) from error
        if not 0 < typeface._units <= _MAX_UNITS:
            raise Undrawable(Lack.FONT_DAMAGED, "units of the em")
        return typeface

    def of_character(self, character: str) -> tuple[Hashable, Outline] | None:
        """Return the glyph the font's own map has for a character."""
        name = self._characters.get(ord(character))
        return None if name is None else self._outline(name)

    def of_number(self, number: int) -> tuple[Hashable, Outline] | None:
        """Return the glyph of a number, as a CGTransform names glyphs."""
        if not 0 <= number < len(self._order):
            return None
        return self._outline(self._order[number])

    def _outline(self, name: str) -> tuple[Hashable, Outline] | None:
        if name not in self._kept:
            self._kept[name] = self._drawn(name)
        outline = self._kept[name]
        return None if outline is None else ((self.key, name), outline)

    def _drawn(self, name: str) -> Outline | None:
        pen = _BoundedPen(self._glyphs, self._budget, self._privates)
        try:
            pen.draw(name)
            advance = float(self._glyphs[name].width)
        except Exhausted:
            raise
        except Exception:  # noqa: BLE001 - as above
            return None
        contours = tuple(pen.contours)
        box = box_of(contours)
        if not all(abs(each) <= _MAX_COORDINATE for each in (*box, advance)):  # also of NaN
            return None
        return Outline(contours=contours, advance=advance, units=self._units, box=box)


class _TooRich(Exception):  # noqa: N818 - the glyph is left out
    pass


class _BoundedExtractor(T2OutlineExtractor):  # type: ignore[misc] # fontTools carries no types
    """Runs a glyph's program, subroutines and all, for so long and no longer: ten of them that call one another are a bomb."""

    def execute(self, charString: T2CharString, **options: object) -> None:  # noqa: N803 - fontTools' name
        self.pen.run(1 + len(charString.bytecode or charString.program or ()))
        super().execute(charString, **options)


class _BoundedPen(ContourPen):
    """Collects contours, so many segments and components and no more; what they cost is charged before it is done."""

    def __init__(self, glyphs: object, budget: Budget, privates: set[int]) -> None:
        super().__init__(glyphs)
        self._glyphs: Any = glyphs
        self._budget = budget
        self._privates = privates  # of a font in CFF, the subroutines of which are charged
        self._left, self._parts, self._tokens = MAX_OUTLINE_POINTS, MAX_OUTLINE_PARTS, MAX_OUTLINE_TOKENS

    def draw(self, name: str) -> None:
        """Draw a glyph of the font. Raise Exhausted, or as fontTools does."""
        self._charge(name)
        self._glyphs[name].draw(self)

    def run(self, tokens: int) -> None:
        """Take so much of what a program may run."""
        self._tokens -= tokens
        if self._tokens < 0:
            raise _TooRich
        self._budget.take("tokens", tokens)

    def _charge(self, name: str) -> None:
        programs = getattr(self._glyphs, "charStrings", None)
        if programs is not None:
            program = programs[name]
            program.outlineExtractor = _BoundedExtractor
            if id(program.private) not in self._privates:
                self._privates.add(id(program.private))
                self._budget.take("codes", len(getattr(program.private, "Subrs", ())))
            return
        points = count_points(getattr(self._glyphs.glyfTable.glyphs[name], "data", b""))
        if points is None:
            raise _TooRich
        self._budget.take("points", points)

    def addComponent(self, glyphName: str, transformation: object) -> None:  # noqa: N802, N803 - fontTools' names
        self._parts -= 1
        if self._parts < 0:
            raise _TooRich
        self._charge(glyphName)
        super().addComponent(glyphName, transformation)

    def _count(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise _TooRich
        self._budget.take("segments")

    def _moveTo(self, pt: Point) -> None:  # noqa: N802 - fontTools' name
        self._count()
        super()._moveTo(pt)

    def _lineTo(self, pt: Point) -> None:  # noqa: N802 - fontTools' name
        self._count()
        super()._lineTo(pt)

    def _curveToOne(self, pt1: Point, pt2: Point, pt3: Point) -> None:  # noqa: N802 - fontTools' name
        self._count()
        super()._curveToOne(pt1, pt2, pt3)


def role_of(font: FontResource) -> FontRole:
    """Return which of the house's fonts stands in best for one that is not embedded, by its name and marks."""
    name = f"{font.name} {font.family}".lower()
    for words, role in ((_SCRIPT, FontRole.SCRIPT), (_SANS, FontRole.SANS), (_SERIF, FontRole.SERIF)):
        if any(word in name for word in words):
            return role
    return FontRole.SERIF if font.is_serif or not name.strip() else FontRole.SANS if name.isascii() else FontRole.SERIF


def is_fixed(font: FontResource) -> bool:
    """Tell whether all letters of a font are of one width, by its name or mark."""
    name = f"{font.name} {font.family}".lower()
    return font.is_fixed or any(word in name for word in _FIXED)
