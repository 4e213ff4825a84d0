"""PNG predictors of inflated streams, all five kinds (ISO 32000-1 7.4.4.4, RFC 2083 6).

pyHanko reads two of them and takes rows of the kind None for zeros, which gives a stream two faces: one for the verifier and
another for every reader.
"""

# pyHanko ships its types with gaps:
# mypy: untyped-calls-exclude="pyhanko"

from __future__ import annotations

from typing import Final

from pyhanko.pdf_utils.filters import FlateDecode
from pyhanko.pdf_utils.generic import DictionaryObject, NumberObject
from pyhanko.pdf_utils.misc import PdfStreamError

_NO_PREDICTOR: Final = 1
_PNG: Final = range(10, 16)
_NONE, _SUB, _UP, _AVERAGE, _PAETH = range(5)
_MAX_COLUMNS: Final = 100_000
_MAX_COLOURS: Final = 32
_WIDTHS: Final = frozenset({1, 2, 4, 8, 16})

_inflated: Final = FlateDecode.decode_bounded


def undo_png(data: bytes, *, columns: int, colours: int = 1, bits: int = 8) -> bytes:
    """Return rows of `columns` samples of `colours` components, `bits` each, as they were before prediction.

    Raises:
        ValueError: the data are no whole rows, or a row is of no kind that is known.
    """
    step = (colours * bits + 7) // 8  # what is less than an octet counts as one (RFC 2083 6.2)
    width = _octets_of_row(columns, colours, bits)
    if len(data) % (width + 1):
        raise ValueError("no whole rows")
    before, found = bytes(width), bytearray()
    for at in range(0, len(data), width + 1):
        before = _row(data[at], data[at + 1 : at + 1 + width], before, step)
        found += before
    return bytes(found)


def _row(kind: int, row: bytes, above: bytes, step: int) -> bytes:
    if kind == _NONE:
        return row
    if kind == _UP:
        return _added(row, above)
    if kind not in {_SUB, _AVERAGE, _PAETH}:
        raise ValueError("a row of an unknown kind")
    found = bytearray(row)
    for at, octet in enumerate(row):
        left = found[at - step] if at >= step else 0
        corner = above[at - step] if at >= step else 0
        guess = (
            left if kind == _SUB else (left + above[at]) // 2 if kind == _AVERAGE else _paeth(left, above[at], corner)
        )
        found[at] = (octet + guess) & 0xFF
    return bytes(found)


def _octets_of_row(columns: int, colours: int, bits: int) -> int:
    return (columns * colours * bits + 7) // 8


def _added(row: bytes, above: bytes) -> bytes:
    """Return the sums of two rows modulo 256, octet by octet: seven bits of each added at once, the eighth without its carry."""
    size = len(row)
    low = int.from_bytes(b"\x7f" * size, "big")
    x, y = int.from_bytes(row, "big"), int.from_bytes(above, "big")
    return (((x & low) + (y & low)) ^ ((x ^ y) & ~low)).to_bytes(size, "big")


def _paeth(left: int, above: int, corner: int) -> int:
    guess = left + above - corner
    return min((left, above, corner), key=lambda each: abs(guess - each))


def _decode_bounded(self: FlateDecode, data: bytes, decode_params: object, max_output_size: int | None) -> bytes:
    found: bytes = _inflated(self, data, None, max_output_size)
    if not isinstance(decode_params, DictionaryObject):
        return found
    predictor = _number(decode_params, "/Predictor", _NO_PREDICTOR)
    if predictor == _NO_PREDICTOR:
        return found
    columns = _number(decode_params, "/Columns", 1)
    colours, bits = _number(decode_params, "/Colors", 1), _number(decode_params, "/BitsPerComponent", 8)
    if (
        predictor not in _PNG
        or not 0 < columns <= _MAX_COLUMNS
        or not 0 < colours <= _MAX_COLOURS
        or bits not in _WIDTHS
    ):
        raise PdfStreamError("a predictor that is not known")
    _count_work(decode_params, found, _octets_of_row(columns, colours, bits))
    return undo_png(found, columns=columns, colours=colours, bits=bits)


def _count_work(parameters: DictionaryObject, data: bytes, width: int) -> None:
    """Count the rows, and the octets of those that are undone one by one, as content of the file. Raise PDF_LIMIT for too many."""
    kinds = data[:: width + 1]
    slow = len(kinds) - kinds.count(_NONE) - kinds.count(_UP)
    handler = None if parameters.container_ref is None else parameters.get_container_ref().get_pdf_handler()
    count = getattr(getattr(handler, "reader", handler), "count_content", None)
    if count is not None:
        count(len(kinds) + slow * width)


def _number(parameters: DictionaryObject, key: str, default: int) -> int:
    if key not in parameters:
        return default
    found = parameters[key]
    if not isinstance(found, NumberObject):
        raise PdfStreamError(f"{key} is no number")
    return int(found)


def install() -> None:
    """Make every inflated stream that pyHanko reads be read so; pyHanko offers no argument for its decoder."""
    FlateDecode.decode_bounded = _decode_bounded  # type: ignore[method-assign]
