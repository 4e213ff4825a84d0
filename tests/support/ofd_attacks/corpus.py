"""Every row of the OFD attack corpus by name, and what each genuine package must be told to be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.support.ofd_attacks import (
    beneath_orders,
    beneath_readings,
    beneath_seals,
    containers,
    contents,
    entries,
    lists,
    markup,
    names,
    protection,
    readers,
    renamed,
    seals,
    shown_seals,
    unlike_seals,
    work,
)
from tests.support.ofd_attacks.verdicts import PASSED, UNCOVERED

if TYPE_CHECKING:
    from tests.support.ofd_attacks.model import Row

_FAMILIES = (
    containers,
    names,
    markup,
    entries,
    contents,
    lists,
    seals,
    shown_seals,
    unlike_seals,
    beneath_orders,
    beneath_readings,
    beneath_seals,
    protection,
    readers,
    renamed,
    work,
)


def rows() -> tuple[Row, ...]:
    """Return all rows in the order of the families; names are unique."""
    found = tuple(row for family in _FAMILIES for row in family.ROWS)
    assert len({row.name for row in found}) == len(found)
    return found


GENUINE: Final = {
    **dict.fromkeys(sorted({row.genuine for row in rows()} | {"old", "new", "unstamped"}), PASSED),
    "open_entry": UNCOVERED,  # as real licences are; what an attacker could do with it is said
}
