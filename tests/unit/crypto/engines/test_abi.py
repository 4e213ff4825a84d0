"""What cffi keeps of the headers is what it makes of them now."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tools.bindings import FOLDER, NAMES, binding


@pytest.mark.parametrize("name", NAMES)
def test_a_binding_is_made_of_its_header(name: str) -> None:
    assert (FOLDER / f"{name}.py").read_text("ascii") == binding(name)


def test_every_header_has_its_binding() -> None:
    assert {path.stem for path in FOLDER.glob("*.h")} == set(NAMES)


def test_an_engine_reads_no_c() -> None:
    program = (
        "import sys; from trustkit.crypto.engines.selection import current_engine; current_engine();"
        "from trustkit.crypto.engines.scalar import FreshScalar;"
        "sys.exit('pycparser' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
