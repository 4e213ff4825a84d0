"""What is verified at each door: some rows of every family, and the genuine packages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tests.support.ofd_attacks.corpus import GENUINE, rows

if TYPE_CHECKING:
    from tests.support.attacks.model import Told
    from tests.support.ofd_attacks.library import Library

EVERY: Final = 6  # rows between two that are taken


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
    """Return what is shown by name: with `every` 1 each row, those that are judged alone too."""
    chosen = rows()[::every]
    found = {row.name: Shown(row.build(library), row.told, row.alone) for row in chosen}
    return found | {name: Shown(getattr(library, name), told) for name, told in GENUINE.items()}
