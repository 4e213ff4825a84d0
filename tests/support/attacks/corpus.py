"""Every row of the attack corpus, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.attacks import (
    additions,
    certification,
    covers,
    drawn_values,
    equal_values,
    evidence,
    faces,
    forgery,
    generations,
    honest,
    incremental,
    leaning,
    linearized,
    looks,
    mending,
    messages,
    overwriting,
    packed,
    ranges,
    reading,
    scans,
    section_streams,
    shadow,
    spelling,
    stamps,
    structure,
    transplants,
    two_faces,
    unread_values,
    wrapping,
)

if TYPE_CHECKING:
    from tests.support.attacks.model import Row

_FAMILIES = (
    incremental,
    wrapping,
    forgery,
    shadow,
    certification,
    ranges,
    transplants,
    two_faces,
    spelling,
    structure,
    evidence,
    faces,
    additions,
    covers,
    drawn_values,
    leaning,
    generations,
    equal_values,
    linearized,
    mending,
    section_streams,
    overwriting,
    unread_values,
    scans,
    honest,
    stamps,
    reading,
    messages,
    packed,
    looks,
)


def rows() -> tuple[Row, ...]:
    """Return all rows in the order of the families; names are unique."""
    found = tuple(row for family in _FAMILIES for row in family.ROWS)
    assert len({row.name for row in found}) == len(found)
    return found
