"""Many licences of one type in one file: CSV with the type's field names on top, or a JSON object a line.

    for row in parse_bulk_rows(octets):
        row.number, row.data                       # as `esign.licence.data` reads them

Rows are counted as a spreadsheet shows them: in CSV the heading is row 1. What is wrong with one row is kept with it; what makes the
file unreadable is raised. An empty cell is a field that is not given. No value is ever told.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from esign.licence.data import COMMENT, MAX_DATA_DEPTH, MAX_DATA_SIZE
from trustkit.encoding.canonical_json import canonical_json, parse_json
from trustkit.errors import ErrorCode, TrustError
from trustkit.licence_codes import LicenceCode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trustkit.encoding.canonical_json import JsonValue

MAX_ROWS: Final = 100_000
MAX_ROWS_SIZE: Final = 128 * 1024 * 1024
MAX_COLUMNS: Final = 64  # twice the fields of the richest type
_MARK: Final = b"\xef\xbb\xbf"  # spreadsheets begin UTF-8 with it


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkRow:
    """One licence: its fields as canonical JSON (RFC 8785), or why there are none."""

    number: int
    data: bytes = field(default=b"", repr=False)
    fault: TrustError | None = None


def parse_bulk_rows(octets: bytes) -> tuple[BulkRow, ...]:
    """Return the rows of a file that begins with ``{`` as lines of JSON, of any other as CSV (RFC 4180, UTF-8).

    Raises:
        TrustError: INPUT_TOO_LARGE for too many octets or rows; ROWS_MALFORMED, naming the row, when it is no such file or has no row.
    """
    if len(octets) > MAX_ROWS_SIZE:
        raise TrustError(ErrorCode.INPUT_TOO_LARGE, "the file of rows is too long", limit=MAX_ROWS_SIZE)
    content = octets.removeprefix(_MARK)
    rows: list[BulkRow] = []
    for row in _lines(content) if content.lstrip().startswith(b"{") else _cells(content):
        if len(rows) == MAX_ROWS:
            raise TrustError(ErrorCode.INPUT_TOO_LARGE, "too many rows in one file", limit=MAX_ROWS)
        rows.append(row)
    if not rows:
        raise _malformed("there is no row in it", 1)
    return tuple(rows)


def _lines(content: bytes) -> Iterator[BulkRow]:
    for number, line in enumerate(io.BytesIO(content), 1):
        if not line.strip():
            continue
        try:
            yield BulkRow(number=number, data=_canonical(_object(line.strip())))
        except TrustError as error:
            yield BulkRow(number=number, fault=error)


def _object(line: bytes) -> dict[str, JsonValue]:
    tree = parse_json(line, max_size=MAX_DATA_SIZE, max_depth=MAX_DATA_DEPTH)
    if not isinstance(tree, dict):
        raise TrustError(ErrorCode.LICENCE_DATA, "a JSON object of the type's fields is wanted")
    return tree


def _cells(content: bytes) -> Iterator[BulkRow]:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _malformed("it is not in UTF-8", content[: error.start].count(b"\n") + 1) from error
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    heading: list[str] | None = None
    number = 0
    try:
        for number, cells in enumerate(reader, 1):
            if heading is None:
                heading = _heading(cells)
            elif cells:
                yield _row(number, heading, cells)
    except csv.Error as error:
        raise _malformed("quotation marks or line ends do not fit", number + 1) from error


def _heading(cells: list[str]) -> list[str]:
    names = [cell.strip() for cell in cells]
    if not names or len(names) > MAX_COLUMNS or not all(names) or len(set(names)) != len(names):
        raise _malformed(f"the heading names each field once, at most {MAX_COLUMNS} of them", 1)
    return names


def _row(number: int, heading: list[str], cells: list[str]) -> BulkRow:
    if len(cells) != len(heading):
        told = f"{len(cells)} cells where the heading has {len(heading)}"
        return BulkRow(number=number, fault=TrustError(ErrorCode.LICENCE_DATA, told))
    try:
        return BulkRow(
            number=number,
            data=_canonical({name: cell for name, cell in zip(heading, cells, strict=True) if cell.strip()}),
        )
    except TrustError as error:
        return BulkRow(number=number, fault=error)


def _canonical(tree: dict[str, JsonValue]) -> bytes:
    """Return the fields in the one form they have; a note for whoever reads the file makes no other licence."""
    found = canonical_json({key: value for key, value in tree.items() if key != COMMENT})
    if len(found) > MAX_DATA_SIZE:
        raise TrustError(ErrorCode.INPUT_TOO_LARGE, "the row is too long", limit=MAX_DATA_SIZE)
    return found


def _malformed(detail: str, row: int) -> TrustError:
    return TrustError(LicenceCode.ROWS_MALFORMED, detail, row=row)
