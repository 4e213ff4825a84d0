"""Devices of GM/T 0018 for tests: the small library of tests/interop/sdf, compiled with the variation a test asks for."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "interop" / "sdf" / "device.c"
ACCESS_CODE = b"trustkit1"


def compile_device(folder: Path, *variations: str, element: int = 64) -> Path:
    """Return the path of a library with the variations (names the source knows); skip where no compiler is."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        pytest.skip("no C compiler (make interop installs one)")
    library = folder / f"device-{element}-{'-'.join(variations) or 'whole'}.so"
    command = [compiler, "-O1", "-Wall", "-Werror", "-shared", "-fPIC", f"-DELEMENT={element}"]
    command += [*(f"-D{name}" for name in variations), str(SOURCE), "-o", str(library), "-l:libcrypto.so.3"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert ran.returncode == 0, ran.stderr
    library.chmod(0o755)
    return library
