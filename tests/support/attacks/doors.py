"""What is verified at each door: some rows of every family, and files signed once to ten times in both orders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.support.attacks.corpus import rows
from tests.support.attacks.model import PASSED

if TYPE_CHECKING:
    from tests.support.attacks.library import Library
    from tests.support.attacks.model import Told

EVERY: Final = 9  # rows between two that are taken
TIMES: Final = (1, 2, 5, 10)


def shown_at_doors(library: Library, *, every: int = EVERY) -> dict[str, tuple[bytes, Told]]:
    """Return octets and verdict by name."""
    chosen = [row for row in rows() if not row.alone][::every]
    found = {row.name: (row.build(library), row.told) for row in chosen}
    for count in TIMES:
        for backwards in (False, True):
            name = f"signed-{count}-{'backwards' if backwards else 'in-order'}"
            found[name] = library.signed_times(count, backwards=backwards), PASSED
    return found
