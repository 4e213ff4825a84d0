"""The content of a page that typst wrote for us, in steps: operators, and whole paths at once.

A licence's page is ten thousand numbers of paths and some hundred runs of text. A path is taken as one piece of text and put into
OFD's words by one substitution. This reads our own pages only, plainly written, and refuses all else; what strangers write is read by
`esign.pdf.operators`, which says of every operator whether readers agree on it, at several times the cost.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple, Self

from esign.ofd.xml_text import number
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from esign.ofd.layout import Box, Matrix

MAX_STEPS: Final = 100_000  # of one page
_N: Final = rb"[-+]?[0-9.]++[ \n]++"
_TEXT: Final = rb"\((?:[^()\\]|\\.|%s)*\)"  # parentheses that balance need no escape
_HEX: Final = rb"<[0-9A-Fa-f]*>"
_STRING: Final = _HEX + rb"|" + (_TEXT.replace(b"%s", _TEXT)).replace(b"%s", _TEXT).replace(b"|%s", b"")
_VALUE: Final = (
    rb"[-+0-9.]++|/[^ \n()<>\[\]{}/%]++|[ \n]++|"
    + _STRING  # numbers, names, space between, strings
    + rb"|\[(?:[^\[\]()<>]|"
    + _STRING
    + rb")*\]|<<(?:[^<>()]|"
    + _STRING
    + rb")*>>"
)
_STEP: Final = re.compile(
    rb"[ \n]*(?:"
    rb"(" + _N * 2 + rb"m[ \n]+(?:" + _N * 2 + rb"[ml][ \n]+|" + _N * 6 + rb"c[ \n]+|h[ \n]+)*)"
    rb"|((?:" + _VALUE + rb")*+)([A-Za-z][A-Za-z0-9]*\*?|['\"])(?![^ \n()<>\[\]{}/%])"
    rb")",
    re.DOTALL,
)
_PLAIN: Final = rb"[^\\()\r\n]++|\\(?:[0-3][0-7]{2}|[nrtbf()\\])"
_GLYPHS: Final = rb"(?:\((?:%s|\((?:%s)*+\))++\)|<(?:[0-9A-Fa-f]{4})++>)" % (_PLAIN, _PLAIN)  # as typst writes them
_BLOCK: Final = re.compile(  # a run of text as typst nearly always writes one, which is a third of the steps of a page
    rb"[ \n]*q ([-0-9. ]+) cm(/\w+ cs [0-9. ]+ scn(?:/\w+ CS [0-9. ]+ SCN [0-9.]++ w [0-9.]++ M)?+)"
    rb"\nBT ([0-2]) Tr/(\w+) ([0-9.]++) Tf 1 0 0 -1 0 0 Tm"
    rb"(\[(?:[-0-9.]++)?+(?:" + _GLYPHS + rb"(?:[-0-9.]++)?+)++\](?=TJ)|" + _GLYPHS + rb"(?=Tj))T[Jj]\nET\nQ(?![^ \n])"
)
_OPERATOR: Final = re.compile(rb"([mlch])[ \n]*")
_NUMBERS: Final = b"0123456789.+- \n"  # and what stands between them
_POLYGONS: Final = re.compile(rb"(?:ml+h)+")
_WORDS: Final = bytes.maketrans(b"mlch\n", b"MLBC ")  # GB/T 33190 table of 9.1: move, line, cubic curve, close
_FINE: Final = 3  # places of a millimetre in paths: ornaments are thousands of points, and nobody sees a micrometre
_PAIR: Final = re.compile(r"(-?[0-9.]+) +(-?[0-9.]+)")
_CORNERS: Final = re.compile(r"M ([-0-9.]+) +([-0-9.]+) +" + r"L ([-0-9.]+) +([-0-9.]+) +" * 3 + r"C")


@dataclass(frozen=True, slots=True)
class PathData:
    """A path in the words of OFD, in the units it was written in."""

    data: str

    @classmethod
    def read(cls, path: bytes) -> Self:
        """Return a path as a content has it, each operator before its operands now: PDF writes them behind."""
        plain = path.strip().replace(b"\n", b" ")
        if _POLYGONS.fullmatch(path.translate(None, _NUMBERS)) and b"  " not in plain:
            # what stands behind a point is the word before the next one: a QR code is hundreds of boxes
            told = plain.replace(b" l h", b" C M").replace(b" m ", b" L ").replace(b" l ", b" L ")
            return cls(f"M {told.decode('ascii')}".removesuffix(" M"))
        parts = _OPERATOR.split(path)  # operands, operator, …, and nothing behind the last
        turned = [b""] * (len(parts) - 1)
        turned[0::2], turned[1::2] = parts[1::2], parts[0:-1:2]
        return cls(b" ".join(turned).translate(_WORDS).decode("ascii"))

    def moved(self, matrix: Matrix) -> str:
        """Return the path with every point taken through a matrix."""
        a, b, c, d, e, f = matrix

        def move(pair: re.Match[str]) -> str:
            x, y = float(pair[1]), float(pair[2])
            return f"{number(a * x + c * y + e, _FINE)} {number(b * x + d * y + f, _FINE)}"

        return _PAIR.sub(move, self.data)

    def rectangle(self, matrix: Matrix) -> Box | None:
        """Return the box on the page of a path that is an upright rectangle and nothing else, None for any other."""
        match = _CORNERS.fullmatch(self.data.strip())
        if match is None:
            return None
        values = [float(each) for each in match.groups()]
        a, b, c, d, e, f = matrix
        points = [(a * x + c * y + e, b * x + d * y + f) for x, y in zip(values[0::2], values[1::2], strict=True)]
        xs, ys = ([round(point[axis], 3) for point in points] for axis in (0, 1))
        if not ((xs[0] == xs[1] and xs[2] == xs[3]) or (xs[0] == xs[3] and xs[1] == xs[2])):
            return None
        if {ys[0], ys[2]} != set(ys) or {xs[0], xs[2]} != set(xs):
            return None
        return min(xs), min(ys), max(xs), max(ys)


@dataclass(frozen=True, slots=True)
class Step:
    """An operator and what stands before it."""

    name: bytes
    operands: bytes

    def numbers(self, count: int) -> tuple[float, ...]:
        """Return so many numbers. Raise RENDERING_FAILED when there are others."""
        try:
            found = tuple(map(float, self.operands.split()))
        except ValueError:
            found = ()
        if len(found) != count:
            raise unreadable(self.name)
        return found


class TextBlock(NamedTuple):
    """A run of text between q and Q, as written, with all that is set for it alone.

    `paint` are the operators of colours and lines; `shown` is a string, or strings in brackets with at most a number before and behind each.
    """

    place: bytes
    paint: bytes
    mode: bytes
    font: bytes
    size: bytes
    shown: bytes


def unreadable(what: bytes) -> TrustError:
    """Return the refusal of something in a page's content that has no place here."""
    told = what[:48].decode("latin-1")
    return TrustError(ErrorCode.RENDERING_FAILED, f"the page has something that OFD pages of ours have not: {told}")


def scan(content: bytes) -> Iterator[Step | PathData | TextBlock]:
    """Yield what a content does, in order. Raise RENDERING_FAILED for what is not plainly written, or endless."""
    end = count = 0
    while (match := _STEP.match(content, end)) is not None and count < MAX_STEPS:
        count += 1
        path, operands, name = match.groups()
        if name == b"q" and (block := _BLOCK.match(content, end)) is not None:
            end = block.end()
            yield TextBlock(*block.groups())
            continue
        end = match.end()
        if path is None:
            yield Step(name, operands)
        else:
            yield PathData.read(path)
    if content[end:].strip():
        raise unreadable(content[end : end + 16])
