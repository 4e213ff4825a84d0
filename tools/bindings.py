"""Write what the engines call of libraries in C as cffi keeps it: ``trustkit/crypto/engines/abi/NAME.py`` of ``NAME.h``.

    .venv/bin/python -m tools.bindings

Run it after a change of a header; a test compares. Nothing is compiled: the modules hold the prototypes in cffi's own form (ABI mode, out of line).
"""

from __future__ import annotations

import io
from contextlib import redirect_stdout
from pathlib import Path
from typing import Final

import cffi

FOLDER: Final = Path(__file__).resolve().parents[1] / "trustkit" / "crypto" / "engines" / "abi"
NAMES: Final = ("crypto_mb", "ippcp", "libcrypto", "scalar")
_BY_CFFI: Final = "# auto-generated file\n"


def binding(name: str) -> str:
    """Return the module of a header."""
    ffi = cffi.FFI()
    ffi.cdef((FOLDER / f"{name}.h").read_text("ascii"))
    ffi.set_source(f"trustkit.crypto.engines.abi.{name}", None)
    made = io.StringIO()
    with redirect_stdout(io.StringIO()):  # it says that it writes
        ffi.emit_python_code(made)
    return made.getvalue().replace(
        _BY_CFFI, f'"""Made of ``{name}.h`` by ``python -m tools.bindings``; not to be edited."""\n\n', 1
    )


def main() -> None:
    """Write them all."""
    for name in NAMES:
        (FOLDER / f"{name}.py").write_text(binding(name), "ascii")


if __name__ == "__main__":
    main()
