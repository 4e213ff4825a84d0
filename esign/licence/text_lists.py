"""Lists written in one text, so that a cell of a table can hold them: rows end with ``;``, cells with ``|``.

    张示例 | 111 | 11010519491231002X | 1/2; 李示例 | 111 | … | 1/2      # holders: name, type of code, code, share
    许可事项 | 临时占道; 地点 | 示例路                                      # pairs: label, value

Spaces around a cell do not count. What is kept is written with one on either side of ``|`` and one behind ``;``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from trustkit.encoding.holder_codes import parse_citizen_id, parse_uscc
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from datetime import date

MAX_ROWS: Final = 24
LEGAL, NATURAL = "001", "111"  # GB/T 36903 annex A: unified social credit code, citizen identity number
_SHARE: Final = re.compile(r"([1-9][0-9]{0,3})/([1-9][0-9]{0,3})|([1-9][0-9]?(?:\.[0-9]{1,2})?|0\.[0-9]{1,2})%")
_WITHOUT, _WITH = 3, 4  # cells of a row of holders, its share left out or given
_PAIR: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedHolder:
    """One of several who hold a licence together; `share` is empty where they hold it jointly."""

    name: str = field(repr=False)
    type_code: str
    code: str = field(repr=False)
    share: str = ""

    @property
    def shown(self) -> str:
        """The holder as a page shows it, without its code."""
        return f"{self.name} {self.share}" if self.share else self.name

    def __str__(self) -> str:
        return " | ".join(cell for cell in (self.name, self.type_code, self.code, self.share) if cell)


def parse_holder_list(text: str, *, today: date) -> tuple[ListedHolder, ...]:
    """Return the holders; either none of them has a share, or all have and the shares are the whole.

    Raises:
        TrustError: LICENCE_DATA naming the row and the rule; HOLDER_CODE for the code of one.
    """
    holders = tuple(_holder(cells, row, today) for row, cells in enumerate(_rows(text), start=1))
    if len({each.code for each in holders}) != len(holders):
        raise _refused("one holder stands there twice")
    shares = [_fraction(each.share) for each in holders if each.share]
    if shares and (len(shares) != len(holders) or sum(shares) != 1):
        raise _refused("either no holder has a share, or each has and together they are the whole")
    return holders


def parse_pairs(text: str) -> tuple[tuple[str, str], ...]:
    """Return labels with their values. Raise LICENCE_DATA naming the row and the rule."""
    pairs: list[tuple[str, str]] = []
    for row, cells in enumerate(_rows(text), start=1):
        if len(cells) != _PAIR:
            raise _refused(f"row {row}: a label and a value, with | between them")
        pairs.append((cells[0], cells[1]))
    if len({label for label, _ in pairs}) != len(pairs):
        raise _refused("two rows have the same label")
    return tuple(pairs)


def _rows(text: str) -> list[tuple[str, ...]]:
    rows = [tuple(cell.strip(" ") for cell in row.split("|")) for row in text.split(";")]
    if len(rows) > MAX_ROWS:
        raise _refused(f"more than {MAX_ROWS} rows")
    for row, cells in enumerate(rows, start=1):
        if not all(cell and cell == cell.strip() for cell in cells):
            raise _refused(f"row {row}: an empty cell, or a space at an end that is none")
    return rows


def _holder(cells: tuple[str, ...], row: int, today: date) -> ListedHolder:
    if not _WITHOUT <= len(cells) <= _WITH or cells[1] not in {LEGAL, NATURAL}:
        raise _refused(f"row {row}: NAME | {LEGAL} or {NATURAL} | CODE, and | SHARE where there are shares")
    name, type_code, code, *share = cells
    if type_code == LEGAL:
        parse_uscc(code)
    else:
        parse_citizen_id(code, today=today)
    if share and _fraction(share[0]) >= 1:
        raise _refused(f"row {row}: a share is less than the whole")
    return ListedHolder(name=name, type_code=type_code, code=code, share="".join(share))


def _fraction(share: str) -> Fraction:
    found = _SHARE.fullmatch(share)
    if found is None:
        raise _refused("a share is written like 1/2 or 33.33%")
    return Fraction(found[3]) / 100 if found[3] else Fraction(int(found[1]), int(found[2]))


def _refused(detail: str) -> TrustError:
    return TrustError(ErrorCode.LICENCE_DATA, detail)
