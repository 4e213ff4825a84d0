"""Runs of text on typst's pages: which glyphs, which characters, how far from one to the next (ISO 32000-1 9.4)."""

from __future__ import annotations

import re
from math import hypot
from typing import TYPE_CHECKING, Final

from esign.ofd.content_scan import unreadable
from esign.ofd.layout import GlyphRun
from esign.ofd.typeset_state import times
from esign.pdf.operators import read_operations

if TYPE_CHECKING:
    from collections.abc import Iterator

    from esign.ofd.content_scan import Step
    from esign.ofd.embedded_font import EmbeddedFont
    from esign.ofd.layout import Matrix
    from esign.ofd.typeset_resources import Resources
    from esign.ofd.typeset_state import State

_ONE: Final[Matrix] = (1, 0, 0, 1, 0, 0)
_UPRIGHT: Final[Matrix] = (1, 0, 0, -1, 0, 0)  # typst measures downwards
_PLAIN: Final = re.compile(rb"\(((?:\\(?:[0-7]{3}|[nrtbf()\\])|[^\\()\r\n])*)\)|([-+]?[0-9.]+)|[ \n\[\]]+")
_ESCAPED: Final = re.compile(rb"\\([0-7]{3}|.)")
_OCTETS: Final = {  # by what stands behind the backslash (7.3.4.2)
    **{b"%03o" % value: bytes((value,)) for value in range(256)},
    **{each: each for each in (b"(", b")", b"\\")},
    b"n": b"\n",
    b"r": b"\r",
    b"t": b"\t",
    b"b": b"\b",
    b"f": b"\f",
}
_MATRIX: Final = 6
_FILLED, _LINED, _BOTH, _UNSEEN = range(4)  # rendering modes (table 106)
_BLANK: Final = frozenset(" \u00a0\u3000\u200b")  # nothing is drawn of them
_NEAR: Final = 1e-6
_Glyph = tuple[int, str, float]  # number, characters, step to the next in sizes of the font


class TextPen:
    """The text state between BT and ET; font, size and mode outlast it."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources
        self._font: tuple[int, EmbeddedFont] | None = None
        self._size = 1.0
        self._mode = _FILLED
        self._rise = 0.0
        self._line: Matrix = _ONE

    def act(self, step: Step, state: State) -> Iterator[GlyphRun]:
        """Do what a text operator says; yield what it shows. Raise RENDERING_FAILED."""
        match step.name:
            case b"BT":
                self._line = _ONE
            case b"Tf":
                name, size = step.operands.split()
                self._font = self._resources.font(name.decode("ascii"))
                self._size = float(size)
            case b"Tm":
                self._line = step.numbers(_MATRIX)  # type: ignore[assignment] # six, as asked
            case b"Td":
                x, y = step.numbers(2)
                self._line = times((1, 0, 0, 1, x, y), self._line)
            case b"Tr":
                self._mode = int(step.numbers(1)[0])
            case b"Ts":
                (self._rise,) = step.numbers(1)
            case b"Tj" | b"TJ":
                yield from self._show(step, state)
            case _:  # ET
                pass

    def show(self, step: Step, state: State, *, font: str, size: float, mode: int) -> Iterator[GlyphRun]:
        """Yield what one operator shows in a font, upright from the origin; nothing of it is kept. Raise RENDERING_FAILED."""
        alone = TextPen(self._resources)
        alone._font, alone._size, alone._mode = self._resources.font(font), size, mode
        alone._line = _UPRIGHT
        yield from alone._show(step, state)

    def _show(self, step: Step, state: State) -> Iterator[GlyphRun]:
        if self._font is None or self._mode > _UNSEEN:
            raise unreadable(step.name)
        if self._mode == _UNSEEN or not self._size:
            return
        number, font = self._font
        start, glyphs = _glyphs(_pieces(step), font)
        place = times((1, 0, 0, 1, 0, self._rise), times(self._line, state.place))
        paint = state.paint(fill=self._mode != _LINED, stroke=self._mode != _FILLED)
        for offset, run in _runs(start, glyphs):
            a, b, c, d, e, f = place
            x = offset * self._size
            unit = hypot(a, b)
            size = self._size * unit
            upright = abs(b) < _NEAR and abs(c) < _NEAR and a > 0 and abs(a + d) < _NEAR
            yield GlyphRun(
                font=number,
                size_mm=size,
                text="".join(text for _, text, _ in run),
                glyphs=tuple(glyph for glyph, _, _ in run),
                origin=(a * x + e, b * x + f),
                turn=None if upright else (a / unit, b / unit, -c / unit, -d / unit),
                steps=tuple(step * size for _, _, step in run[:-1]),
                advance=font.widths[run[-1][0]] * size,
                clip=state.clip,
                paint=paint,
            )


def _pieces(step: Step) -> tuple[float | bytes, ...]:
    """Return strings and numbers in their order: at once where all are plain, else by the reader of strangers' contents."""
    found: list[float | bytes] = []
    at, operands = 0, step.operands
    while at < len(operands):
        match = _PLAIN.match(operands, at)
        if match is None:
            (shown,) = read_operations(operands + b" " + step.name)
            return shown.pieces
        at = match.end()
        text, number = match.groups()
        if text is not None:
            found.append(_ESCAPED.sub(lambda escape: _OCTETS[escape[1]], text) if b"\\" in text else text)
        elif number is not None:
            found.append(float(number))
    return tuple(found)


def _glyphs(pieces: tuple[float | bytes, ...], font: EmbeddedFont) -> tuple[float, list[_Glyph]]:
    """Return how far the first glyph is moved, and the glyphs, each with the step to the next."""
    start = 0.0
    found: list[_Glyph] = []
    for piece in pieces:
        if isinstance(piece, float):
            if found:
                glyph, text, step = found[-1]
                found[-1] = glyph, text, step - piece / 1000
            else:
                start -= piece / 1000
            continue
        for at in range(0, len(piece), 2):
            glyph = int.from_bytes(piece[at : at + 2], "big")
            if glyph not in font.characters:
                raise unreadable(b"a glyph without its characters")
            found.append((glyph, font.characters[glyph], font.widths[glyph]))
    return start, found


def _runs(start: float, glyphs: list[_Glyph]) -> Iterator[tuple[float, list[_Glyph]]]:
    """Yield runs with where they begin: blanks at the ends left out, a glyph of several characters alone."""
    run: list[_Glyph] = []
    place = begin = start
    for each in glyphs:
        _, text, step = each
        alone = len(text) != 1
        if alone and run:
            yield begin, _trimmed(run)
            run = []
        if not run:
            begin = place
        if run or text not in _BLANK:
            run.append(each)
        place += step
        if alone and run:
            yield begin, run
            run = []
    if run:
        yield begin, _trimmed(run)


def _trimmed(run: list[_Glyph]) -> list[_Glyph]:
    """Return a run, which begins with ink, without the blanks at its end."""
    end = len(run)
    while run[end - 1][1] in _BLANK:
        end -= 1
    return run[:end]
