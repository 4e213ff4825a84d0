"""Every row of a file looked at before the first licence of it is issued.

faults = check_rows(kind, rows, issuer=issuer, fonts=find_fonts(), today=today)

What only drawing the page can find, a text too long for its place, is told when the row's licence is made.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from esign.licence.data import read_licence_data
from esign.licence.face import require_drawable
from trustkit.errors import TrustError
from trustkit.licence_codes import LicenceCode

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from esign.licence.bulk_rows import BulkRow
    from esign.licence.types import LicenceType
    from esign.rendering.fonts import FontChain
    from trustkit.error_family import Code
    from trustkit.identity import Organisation


@dataclass(frozen=True, slots=True, kw_only=True)
class RowFault:
    """What is wrong with a row. `field` is the first that is, empty for the row as a whole; nothing tells a value."""

    row: int
    field: str
    code: Code
    detail: str


def check_rows(
    kind: LicenceType, rows: Iterable[BulkRow], *, issuer: Organisation, fonts: FontChain, today: date
) -> tuple[RowFault, ...]:
    """Return what is wrong with the rows, in their order; empty when each can be a licence of the type.

    Two rows that say the same, however it is typed, are one licence asked for twice: ROWS_TWICE. Other codes are those of `read_licence_data`,
    GLYPH_MISSING, and what a row brought along.
    """
    faults: list[RowFault] = []
    seen: dict[str, int] = {}
    for row in rows:
        try:
            _check(kind, row, issuer, fonts, today, seen)
        except TrustError as error:
            place = error.facts.get("field", error.facts.get("where", ""))
            faults.append(RowFault(row=row.number, field=str(place), code=error.code, detail=error.detail))
    return tuple(faults)


def _check(  # noqa: PLR0917 - what one row is looked at with
    kind: LicenceType, row: BulkRow, issuer: Organisation, fonts: FontChain, today: date, seen: dict[str, int]
) -> None:
    if row.fault is not None:
        raise row.fault
    data = read_licence_data(kind, row.data, today=today)
    require_drawable(kind, data, issuer, fonts)
    first = seen.setdefault(data.sm3, row.number)
    if first != row.number:
        raise TrustError(LicenceCode.ROWS_TWICE, f"the same as row {first}")
