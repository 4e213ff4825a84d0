"""Runs of text on typst's pages: which glyphs, which characters, how far from one to the next (ISO 32000-1 9.4)."""

from __future__ import annotations

import codecs
import re
import struct
from functools import lru_cache
from math import hypot
from typing import TYPE_CHECKING, Final

from esign.ofd.content_scan import unreadable
from esign.ofd.layout import GlyphRun
from esign.ofd.typeset_state import times
from esign.pdf.operators import read_operations

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from esign.ofd.content_scan import Step
    from esign.ofd.embedded_font import EmbeddedFont
    from esign.ofd.layout import Box, Matrix, Paint
    from esign.ofd.typeset_resources import Resources
    from esign.ofd.typeset_state import State

_ONE: Final[Matrix] = (1, 0, 0, 1, 0, 0)
UPRIGHT: Final[Matrix] = (1, 0, 0, -1, 0, 0)  # typst measures downwards
_ESCAPED: Final = re.compile(rb"\\(.)", re.DOTALL)
_PIECE: Final = re.compile(  # of a text block's strings
    rb"([-0-9.]++)|\(((?:[^\\()]++|\\.|\((?:[^\\()]++|\\.)*+\))++)\)|<([0-9A-Fa-f]++)>"
)
_MATRIX: Final = 6
_FILLED, _LINED, _BOTH, _UNSEEN = range(4)  # rendering modes (table 106)
_BLANK: Final = frozenset(" \u00a0\u3000\u200b")  # nothing is drawn of them
_NEAR: Final = 1e-6
_THOUSAND: Final = 1000
_KEPT: Final = 8192  # codes of strings: most hold one glyph, and licences have the same ones


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

    def _show(self, step: Step, state: State) -> Iterator[GlyphRun]:
        if self._font is None or self._mode > _UNSEEN:
            raise unreadable(step.name)
        if self._mode == _UNSEEN:
            return
        place = times((1, 0, 0, 1, 0, self._rise), times(self._line, state.place))
        pieces = _pieces(step)
        yield from shown_runs(
            pieces, font=self._font, size=self._size, place=place, clip=state.clip, paint=text_paint(state, self._mode)
        )


def text_paint(state: State, mode: int) -> Paint:
    """Return what glyphs are painted with in a rendering mode below 3."""
    return state.paint(fill=mode != _LINED, stroke=mode != _FILLED)


def shown_runs(
    pieces: Iterable[float | tuple[int, ...]],
    *,
    font: tuple[int, EmbeddedFont],
    size: float,
    place: Matrix,
    clip: Box,
    paint: Paint,
) -> Iterator[GlyphRun]:
    """Yield what one operator shows in a font, of which `pieces` are the codes and the moves back between them, in thousandths.

    `place` takes units of text space to the page. Raise RENDERING_FAILED.
    """
    if not size:
        return
    number, embedded = font
    start, glyphs, texts, steps = _glyphs(pieces, embedded)
    a, b, c, d, e, f = place
    unit = hypot(a, b)
    size_mm = size * unit
    upright = abs(b) < _NEAR and abs(c) < _NEAR and a > 0 and abs(a + d) < _NEAR
    turn = None if upright else (a / unit, b / unit, -c / unit, -d / unit)
    for offset, first, end in _runs(start, texts, steps):
        x = offset * size
        yield GlyphRun(
            font=number,
            size_mm=size_mm,
            text="".join(texts[first:end]),
            glyphs=tuple(glyphs[first:end]),
            origin=(a * x + e, b * x + f),
            turn=turn,
            steps=tuple([step * size_mm for step in steps[first : end - 1]]),
            advance=embedded.widths[glyphs[end - 1]] * size_mm,
            clip=clip,
            paint=paint,
        )


def plain_pieces(shown: bytes) -> list[float | tuple[int, ...]]:
    """Return the pieces of a text block. Raise RENDERING_FAILED for half a code."""
    return [
        float(moved) if moved else _codes(text) if text else _split(bytes.fromhex(digits.decode("ascii")))
        for moved, text, digits in _PIECE.findall(shown)
    ]


def _pieces(step: Step) -> list[float | tuple[int, ...]]:
    """Return the pieces of any text, by the reader of strangers' contents."""
    (shown,) = read_operations(step.operands + b" " + step.name)
    return [_split(piece) if isinstance(piece, bytes) else piece for piece in shown.pieces]


@lru_cache(maxsize=_KEPT)
def _codes(text: bytes) -> tuple[int, ...]:
    """Return the codes of a plain string, whose escapes (7.3.4.2) are Python's but for the parentheses."""
    return _split(codecs.escape_decode(_ESCAPED.sub(_as_python, text))[0])


def _as_python(escape: re.Match[bytes]) -> bytes:
    return b"\\%03o" % ord(escape[1]) if escape[1] in b"()" else escape[0]


def _split(octets: bytes) -> tuple[int, ...]:
    if len(octets) % 2:
        raise unreadable(b"half a code")
    return struct.unpack(f">{len(octets) // 2}H", octets)


def _glyphs(
    pieces: Iterable[float | tuple[int, ...]], font: EmbeddedFont
) -> tuple[float, list[int], list[str], list[float]]:
    """Return how far the first glyph is moved; then the glyphs, the characters of each, and the step from each to the next in sizes."""
    start = 0.0
    glyphs: list[int] = []
    moves: list[tuple[int, float]] = []
    for piece in pieces:
        if isinstance(piece, tuple):
            glyphs += piece
        elif glyphs:
            moves.append((len(glyphs) - 1, piece))
        else:
            start -= piece / _THOUSAND
    try:
        texts = [font.characters[glyph] for glyph in glyphs]
        steps = [font.widths[glyph] for glyph in glyphs]
    except KeyError:
        raise unreadable(b"a glyph without its characters") from None
    for at, moved in moves:
        steps[at] -= moved / _THOUSAND
    return start, glyphs, texts, steps


def _runs(start: float, texts: list[str], steps: list[float]) -> Iterator[tuple[float, int, int]]:
    """Yield where each run begins, on the line and among the glyphs, and ends: no blanks at its ends, a glyph of several characters alone."""
    count = len(texts)
    if count and len("".join(texts)) == count and not (texts[0] in _BLANK or texts[-1] in _BLANK):
        yield start, 0, count
        return
    place = start
    begun: tuple[float, int] | None = None
    end = 0  # behind the last ink
    for at, text in enumerate(texts):
        alone = len(text) != 1
        if alone and begun is not None:
            yield (*begun, end)
            begun = None
        if alone:
            yield place, at, at + 1
        elif text not in _BLANK:
            begun = begun or (place, at)
            end = at + 1
        place += steps[at]
    if begun is not None:
        yield (*begun, end)
