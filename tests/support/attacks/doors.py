"""What is verified at each door: some rows of every family, and files signed once to ten times in both orders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tests.support.attacks.corpus import rows
from tests.support.attacks.model import PASSED

if TYPE_CHECKING:
    from tests.support.attacks.library import Library
    from tests.support.attacks.model import Told

EVERY: Final = 9  # rows between two that are taken
TIMES: Final = (1, 2, 5, 10)
ALL_TIMES: Final = range(1, 11)


@dataclass(frozen=True, slots=True)
class Shown:
    """A file, what must be said of it, and whether it is judged without the lists everybody has."""

    octets: bytes
    told: Told
    alone: bool = False

    @property
    def words(self) -> tuple[str, str | None]:
        """The indication and sub-indication as both doors write them."""
        return self.told.indication.value, self.told.sub.value if self.told.sub else None


def shown_at_doors(library: Library, *, every: int = EVERY) -> dict[str, Shown]:
    """Return what is shown by name: with `every` 1 each row, those that are judged alone too, and every count of signatures."""
    chosen = rows()[::every]
    found = {row.name: Shown(row.build(library), row.told, row.alone) for row in chosen}
    for count in ALL_TIMES if every == 1 else TIMES:
        for backwards in (False, True):
            name = f"signed-{count}-{'backwards' if backwards else 'in-order'}"
            found[name] = Shown(library.signed_times(count, backwards=backwards), PASSED)
    return found
