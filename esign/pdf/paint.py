"""What letters and drawings are painted with, as far as that is told, and whether it is black (8.6, 10.3)."""

# pyHanko ships its types with gaps:
# mypy: untyped-calls-exclude="pyhanko"

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from pyhanko.pdf_utils.generic import ArrayObject, FloatObject, NameObject, NumberObject

from esign.pdf.reader import entry

if TYPE_CHECKING:
    from pyhanko.pdf_utils.generic import DictionaryObject

    from esign.pdf.operators import Operation

FILLING: Final = frozenset((b"g", b"rg", b"k", b"cs", b"sc", b"scn", b"Tr"))
_DARK: Final = 0.25  # a part of red, green and blue up to which a colour is as good as black
_SPACES: Final = {"/DeviceGray": b"g", "/DeviceRGB": b"rg", "/DeviceCMYK": b"k", "/CalGray": b"g", "/CalRGB": b"rg"}
_COMPONENTS: Final = {1: b"g", 3: b"rg", 4: b"k"}
_BLENDS: Final = frozenset({"/Normal", "/Compatible", "/Multiply", "/Darken"})  # under which black stays black
_WHOLE: Final = 0.8  # of an alpha that leaves black nearly black
_UNSEEN: Final = frozenset((3.0, 7.0))  # text that is not painted (table 106)


@dataclass(frozen=True, slots=True)
class Paint:
    """A colour by its parts of red, green and blue, None where it is not told; `is_veiled` where something makes it lighter."""

    colour: tuple[float, float, float] | None
    space: bytes = b"g"  # the operator that would set a colour of the space that is set
    is_veiled: bool = False
    mode: float = 0.0

    @property
    def is_black(self) -> bool:
        """Whether letters are black, or not painted at all."""
        if self.mode in _UNSEEN:
            return True
        return self.mode == 0 and not self.is_veiled and self.colour is not None and max(self.colour) <= _DARK

    def after(self, operation: Operation, space: object = None) -> Paint:
        """Return the paint that an operator of `FILLING` sets; `space` is what the resources say of a space it names."""
        if operation.name == b"Tr":
            return replace(self, mode=operation.numbers[0])
        if operation.name == b"cs":
            known = _space(operation, space)
            return replace(self, space=known, colour=(0.0, 0.0, 0.0) if known else None)
        if operation.name in {b"sc", b"scn"}:
            colour = None if operation.names else rgb(self.space, operation.numbers)
            return replace(self, colour=colour)
        return replace(self, space=operation.name, colour=rgb(operation.name, operation.numbers))

    def under(self, state: DictionaryObject) -> Paint:
        """Return the paint as a graphics state leaves it."""
        veiled = self.is_veiled
        alpha, blend = entry(state, "/ca"), entry(state, "/BM")
        if alpha is not None:
            veiled = not isinstance(alpha, NumberObject | FloatObject) or float(alpha) < _WHOLE
        if blend is not None and not (isinstance(blend, NameObject) and blend in _BLENDS):
            veiled = True
        return replace(self, is_veiled=veiled)


BLACK: Final = Paint((0.0, 0.0, 0.0))  # at the beginning of a page


def _space(operation: Operation, told: object) -> bytes:
    """Return the operator that sets colours of a space, or nothing where it is not one of those that have one."""
    name = "/" + operation.names[0].lstrip(b"/").decode("latin-1") if operation.names else ""
    if told is None or isinstance(told, NameObject):
        return _SPACES.get(name if told is None else str(told), b"")
    if not isinstance(told, ArrayObject) or not len(told):
        return b""
    kind = str(told[0])
    if kind == "/ICCBased" and len(told) > 1:
        count = entry(told[1], "/N")
        return _COMPONENTS.get(int(count), b"") if isinstance(count, NumberObject) else b""
    return _SPACES.get(kind, b"")


def rgb(operator: bytes, numbers: tuple[float, ...]) -> tuple[float, float, float] | None:
    """Return a colour set by g, rg or k (or G, RG, K) as red, green and blue; None for anything else."""
    match operator.lower(), numbers:
        case b"g", (grey,):
            return grey, grey, grey
        case b"rg", (red, green, blue):
            return red, green, blue
        case b"k", (cyan, magenta, yellow, black):
            red, green, blue = (max(0.0, 1 - part - black) for part in (cyan, magenta, yellow))
            return red, green, blue
        case _:
            return None
