"""Note which files of licence types were ever shipped, so that a home's own can be told from those of an earlier version.

    python -m tools.shipped_types          # adds the digests of what lies under policies/licences now; run it when a type changes

One line a file and version: its SM3, and TYPE/FILE. Lines are only ever added (`trustkit.app.type_adoption` reads them).
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from esign.licence.type_digest import files_of

TYPES: Final = Path(__file__).resolve().parents[1] / "policies" / "licences"
SHIPPED: Final = TYPES / "shipped.txt"


def lines_of(folder: Path) -> set[str]:
    """Return the line of each file of the types under a folder."""
    return {
        f"{sm3}  {each.name}/{name}"
        for each in sorted(folder.iterdir())
        if each.is_dir()
        for name, sm3 in files_of(each).items()
    }


def main() -> None:
    """Add what is not noted yet."""
    noted = set(SHIPPED.read_text("ascii").splitlines()) if SHIPPED.exists() else set()
    SHIPPED.write_text("".join(f"{line}\n" for line in sorted(noted | lines_of(TYPES), key=_by_name)), "ascii")


def _by_name(line: str) -> tuple[str, str]:
    sm3, _, name = line.partition("  ")
    return name, sm3


if __name__ == "__main__":
    main()
