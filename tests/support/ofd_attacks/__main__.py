"""The OFD attack corpus as files, for other verifiers: packages, what they are trusted by, and the verdicts.

    python -m tests.support.ofd_attacks FOLDER

FOLDER gets ``genuine/`` and ``attacks/`` with the packages, ``trust/root.cer``, ``evidence/`` (certificate and lists), and
``verdicts.json``: an object a line with file, genuine twin, indication, sub-indication and code. All is judged as of 2026-12-01T01:00:00Z;
keys are made anew at each run, so that no two runs give the same octets.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.ofd_attacks.corpus import GENUINE, rows
from tests.support.ofd_attacks.library import Library

if TYPE_CHECKING:
    from tests.support.attacks.model import Told


def main(words: list[str]) -> int:
    """See the module's docstring."""
    if len(words) != 1:
        sys.stderr.write(f"{__doc__}\n")
        return 2
    write(Library(), Path(words[0]))
    return 0


def write(library: Library, folder: Path) -> None:
    """Write everything below a folder that is not there yet."""
    world = library.world
    for name in ("genuine", "attacks", "trust", "evidence"):
        (folder / name).mkdir(parents=True)
    (folder / "trust" / "root.cer").write_bytes(world.root.der)
    (folder / "evidence" / "issuing.cer").write_bytes(library.issuer)
    (folder / "evidence" / "issuing.crl").write_bytes(world.crl().der)
    (folder / "evidence" / "root.crl").write_bytes(world.crl(issuer=world.root).der)
    lines = []
    for name, told in GENUINE.items():
        (folder / "genuine" / f"{name}.ofd").write_bytes(getattr(library, name))
        lines.append(_line(f"genuine/{name}.ofd", told))
    for row in rows():
        (folder / "attacks" / f"{row.name}.ofd").write_bytes(row.build(library))
        lines.append(
            _line(f"attacks/{row.name}.ofd", row.told, genuine=f"genuine/{row.genuine}.ofd", lists=not row.alone)
        )
    (folder / "verdicts.json").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _line(file: str, told: Told, *, genuine: str | None = None, lists: bool = True) -> str:
    words: dict[str, object] = {"file": file, "genuine": genuine, "indication": told.indication.value}
    words |= {"sub_indication": told.sub.value if told.sub else None, "code": told.code.value if told.code else None}
    return json.dumps(words | {"lists": lists}, ensure_ascii=False)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
