"""One content stream in the making: operators, and the resources they name (ISO 32000-1 7.8.2, 8.4).

    with canvas.kept():
        canvas.concat(matrix)
        canvas.path(steps)
        canvas.paint(fill=True, stroke=False, even_odd=False)

Coordinates are OFD's: millimetres, y downwards. The first matrix turns them into PDF's.
"""

from __future__ import annotations

from contextlib import contextmanager
from math import ceil, log10
from typing import TYPE_CHECKING, Final

from esign.ofd.draw.geometry import IDENTITY
from esign.ofd.draw.pdf_file import numbers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from esign.ofd.draw.budget import Budget
    from esign.ofd.draw.colour import Rgb
    from esign.ofd.draw.geometry import Box, Matrix
    from esign.ofd.draw.path_data import Step

_PAINT: Final = {
    (True, False, False): "f",
    (True, False, True): "f*",
    (False, True, False): "S",
    (False, True, True): "S",
    (True, True, False): "B",
    (True, True, True): "B*",
}
_EXACT: Final = 9  # places of what is in a matrix: what it multiplies may be large
_KINDS: Final = ("Font", "XObject", "ExtGState", "Pattern", "Shading")


class Canvas:
    """Collects operators. `matrix` is what turns the coordinates in use into those of the stream's own space."""

    def __init__(self, budget: Budget) -> None:
        self.matrix: Matrix = IDENTITY
        self._budget = budget
        self._lines: list[str] = []
        self._used: dict[str, dict[str, int]] = {kind: {} for kind in _KINDS}

    @property
    def content(self) -> tuple[str, bytes]:
        """The resource dictionary and the content stream."""
        parts = [
            f"/{kind} << {' '.join(f'/{name} {place} 0 R' for name, place in names.items())} >>"
            for kind, names in self._used.items()
            if names
        ]
        return f"<< {' '.join(parts)} >>", "\n".join(self._lines).encode("ascii")

    def write(self, line: str) -> None:
        """Add operators."""
        self._budget.take("octets", len(line) + 1)
        self._lines.append(line)

    def use(self, kind: str, place: int) -> str:
        """Return the name by which operators call an object of the file."""
        name = f"{kind[0]}{place}"
        self._used[kind][name] = place
        return name

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Put back the graphics state at the end."""
        matrix = self.matrix
        self.write("q")
        try:
            yield
        finally:
            self._lines.append("Q")  # past the budget too: what was begun is ended
            self.matrix = matrix

    def concat(self, matrix: Matrix) -> None:
        """Transform what follows."""
        if matrix != IDENTITY:
            self.write(f"{numbers(*matrix, places=_EXACT)} cm")
            self.matrix = matrix.then(self.matrix)

    def path(self, steps: Iterable[Step]) -> None:
        """Begin a path of these steps."""
        places = self._places
        self.write(
            "\n".join([f"{numbers(*values, places=places)} {name}" if values else name for name, values in steps])
        )

    @property
    def _places(self) -> int:
        """As many places of a coordinate as can be seen once it is drawn: a thousandth of a point, and some."""
        return min(_EXACT, max(2, ceil(log10(max(self.matrix.stretch, 1e-9))) + 3))

    def cut(self, box: Box) -> None:
        """Show only what follows within a rectangle."""
        self.write(f"{numbers(*box)} re W n")

    def paint(self, *, fill: bool, stroke: bool, even_odd: bool) -> None:
        """Fill and stroke the path."""
        self.write(_PAINT.get((fill, stroke, even_odd), "n"))

    def clip(self, *, even_odd: bool = False) -> None:
        """Show only what follows within the path."""
        self.write("W* n" if even_odd else "W n")

    def colours(self, *, fill: Rgb | None = None, stroke: Rgb | None = None) -> None:
        """Set the colours of areas and lines."""
        if fill is not None:
            self.write(f"{numbers(*fill)} rg")
        if stroke is not None:
            self.write(f"{numbers(*stroke)} RG")

    @contextmanager
    def text(self) -> Iterator[Callable[[int, int, Matrix], None]]:
        """Give what shows one glyph: its font's object, its code, and the matrix from its em."""
        chosen = ""

        def show(font: int, code: int, matrix: Matrix) -> None:
            nonlocal chosen
            name = self.use("Font", font)
            change = "" if name == chosen else f"/{name} 1 Tf "
            chosen = name
            self.write(f"{change}{numbers(*matrix, places=_EXACT)} Tm <{code:02X}> Tj")

        self.write("BT")
        try:
            yield show
        finally:
            self._lines.append("ET")  # past the budget too

    def do(self, kind: str, place: int, operator: str) -> None:
        """Name an object of the file in an operator: Do, gs, sh."""
        self.write(f"/{self.use(kind, place)} {operator}")
