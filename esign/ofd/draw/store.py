"""What pages share in the file that is made of them: glyphs, pictures, states; each written once.

Glyphs become Type 3 fonts (ISO 32000-1 9.6.5): outlines of our own drawing, with the characters they stand for beside them. So text
can be found and copied, and no font program of somebody else's reaches whoever opens the file.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from esign.ofd.draw.pdf_file import numbers

if TYPE_CHECKING:
    from collections.abc import Hashable

    from esign.ofd.draw.budget import Budget
    from esign.ofd.draw.geometry import Box
    from esign.ofd.draw.notes import Undrawable
    from esign.ofd.draw.pdf_file import PdfFile
    from esign.ofd.draw.pictures import Picture
    from esign.rendering.outlines import Outline

_CODES: Final = 255  # glyphs of one font: codes 1 to 255
_EM: Final = 1000.0  # of our glyphs, whatever their font counts in
# Two places: at the size of a page's letters they are a millionth of a millimetre.
_MOVE, _LINE, _CURVE = "%.2f %.2f m\n", "%.2f %.2f l\n", "%.2f %.2f %.2f %.2f %.2f %.2f c\n"
_BOLDER: Final = 30.0  # thousandths of an em around the strokes of a bold glyph made of a regular one


@dataclass(slots=True)
class _Type3:
    place: int
    procedures: list[int] = field(default_factory=list)
    widths: list[float] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Form:
    """The object of a seal's picture, the box it fills, and whether most of it lets nothing through."""

    place: int
    box: Box
    is_opaque: bool


class Store:
    """Objects of one file that several pages use."""

    def __init__(self, file: PdfFile, budget: Budget) -> None:
        self.file = file
        self._budget = budget
        self._fonts: list[_Type3] = []
        self._glyphs: dict[Hashable, tuple[int, int]] = {}
        self._states: dict[tuple[float, float, str], int] = {}
        self._pictures: dict[Hashable, int] = {}
        self._named: dict[str, int] = {}
        self.seals: dict[Hashable, Form | Undrawable] = {}  # by their pictures, as `sheet` keeps them

    def glyph(self, key: Hashable, outline: Outline, text: str, *, bold: bool) -> tuple[int, int]:
        """Return the font's object and the code of a glyph; `key` tells glyphs apart, `text` is what it stands for."""
        found = self._glyphs.get((key, text, bold))
        if found is not None:
            return found
        if not self._fonts or len(self._fonts[-1].procedures) >= _CODES:
            self._fonts.append(_Type3(self.file.reserve()))
        self._budget.take("outlines")
        self._budget.take("segments", sum(len(contour.segments) for contour in outline.contours))
        font = self._fonts[-1]
        procedure, width = _procedure(outline, bold=bold)
        self._budget.take("octets", len(procedure))
        font.procedures.append(self.file.add_stream("", procedure))
        font.widths.append(width)
        font.texts.append(text)
        found = font.place, len(font.procedures)
        self._glyphs[key, text, bold] = found
        return found

    def state(self, *, fill: float = 1.0, stroke: float = 1.0, blend: str = "Normal") -> int:
        """Return the object of a graphics state: how opaque, and how mixed with what lies below."""
        key = (round(fill, 4), round(stroke, 4), blend)
        if key not in self._states:
            body = f"<< /Type /ExtGState /ca {numbers(key[0])} /CA {numbers(key[1])} /BM /{blend} >>"
            self._states[key] = self.file.add(body)
        return self._states[key]

    def picture(self, key: Hashable, picture: Picture) -> int:
        """Return the object of a picture."""
        if key not in self._pictures:
            self._pictures[key] = _image(self.file, picture)
        return self._pictures[key]

    def once(self, name: str, entries: str, octets: bytes) -> int:
        """Return the object of a stream that is written once under a name of ours."""
        if name not in self._named:
            self._named[name] = self.file.add_stream(entries, octets)
        return self._named[name]

    def finish(self) -> None:
        """Write the fonts, which are whole only at the end."""
        for font in self._fonts:
            last = len(font.procedures)
            names = " ".join(f"/g{code}" for code in range(1, last + 1))
            procedures = " ".join(f"/g{code} {place} 0 R" for code, place in enumerate(font.procedures, start=1))
            text = self.file.add_stream("", _to_unicode(font.texts))
            self.file.put(
                font.place,
                f"<< /Type /Font /Subtype /Type3 /FontBBox [0 0 0 0] /FontMatrix [0.001 0 0 0.001 0 0]"
                f" /FirstChar 1 /LastChar {last} /Widths [{numbers(*font.widths)}] /Resources << >>"
                f" /Encoding << /Type /Encoding /Differences [1 {names}] >> /CharProcs << {procedures} >>"
                f" /ToUnicode {text} 0 R >>",
            )


def _procedure(outline: Outline, *, bold: bool) -> tuple[bytes, float]:
    """Return the content of a glyph, in the colour of the text that shows it (operator d1), and its width."""
    scale = _EM / outline.units
    width = outline.advance * scale
    margin = _BOLDER if bold else 0.0
    left, bottom, right, top = (edge * scale for edge in outline.box)
    lines = [f"{numbers(width, 0, left - margin, bottom - margin, right + margin, top + margin)} d1"]
    for contour in outline.contours:
        points = (contour.start, *(point for segment in contour.segments for point in segment))
        steps = _MOVE + "".join([_LINE if len(segment) == 1 else _CURVE for segment in contour.segments])
        written = steps % tuple(
            [edge * scale for point in points for edge in point]
        )  # at once: a page has ten thousands
        lines.append(f"{written.replace('.00 ', ' ')}h")
    if outline.contours:
        lines.append(f"{numbers(_BOLDER)} w 1 j B" if bold else "f")
    return "\n".join(lines).encode("ascii"), width


def _to_unicode(texts: list[str]) -> bytes:
    """Return the CMap that says which text each code stands for (ISO 32000-1 9.10.3)."""
    lines = [
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap",
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def",
        "/CMapName /Text def /CMapType 2 def 1 begincodespacerange <00> <FF> endcodespacerange",
    ]
    known = [(code, text) for code, text in enumerate(texts, start=1) if text]
    for at in range(0, len(known), 100):
        part = known[at : at + 100]
        pairs = "\n".join(f"<{code:02X}> <{text.encode('utf-16-be', 'replace').hex()}>" for code, text in part)
        lines.append(f"{len(part)} beginbfchar\n{pairs}\nendbfchar")
    lines.append("endcmap CMapName currentdict /CMap defineresource pop end end")
    return "\n".join(lines).encode("ascii")


def _image(file: PdfFile, picture: Picture) -> int:
    """Add a picture, and its transparency (ISO 32000-1 8.9.5, 11.6.5.3)."""
    size = f"/Type /XObject /Subtype /Image /Width {picture.width} /Height {picture.height}"
    mask = ""
    if picture.alpha is not None:
        alpha = file.add_stream(f"{size} /ColorSpace /DeviceGray /BitsPerComponent 8", picture.alpha)
        mask = f" /SMask {alpha} 0 R"
    entries = f"{size} /ColorSpace /{picture.space} /BitsPerComponent {picture.bits}{mask}"
    if picture.is_jpeg:
        return file.add_stream(f"{entries} /Filter /DCTDecode", picture.samples, packed=True)
    return file.add_stream(entries, picture.samples)
