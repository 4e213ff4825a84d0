"""Write requirements/*.txt anew: every package the project may install, with version and digests.

    .venv/bin/python -m tools.lock [--upgrade]

run.txt is what an installation needs (with all extras), dev.txt adds what building and testing need. The resolver
`uv` is put into an environment of its own that is thrown away afterwards. Without --upgrade versions stay as they are
wherever pyproject.toml still allows them. Which index is asked is left to pip's and uv's own settings.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Final

from tools.programs import StepError, run

ROOT: Final = Path(__file__).resolve().parents[1]
SETS: Final = {
    "run.txt": ("accel", "bulk", "gmssl", "keycloak", "mcp", "postgres"),
    "dev.txt": ("accel", "bulk", "gmssl", "keycloak", "mcp", "postgres", "dev"),
}
OLDEST: Final = "3.11"


def compile_command(uv: str, name: str, extras: tuple[str, ...], *, upgrade: bool) -> list[str]:
    """Return the resolver's command line for one requirements file."""
    words = [
        uv,
        "pip",
        "compile",
        "--quiet",
        "--system-certs",
        "--universal",
        "--generate-hashes",
        "--no-header",
        "--no-emit-index-url",
    ]
    words += ["--python-version", OLDEST, "--output-file", f"requirements/{name}"]
    words += [word for extra in extras for word in ("--extra", extra)]
    return [*words, *(["--upgrade"] if upgrade else []), "pyproject.toml"]


def main(*, upgrade: bool) -> int:
    """Lock both sets; return the exit status."""
    try:
        with tempfile.TemporaryDirectory(prefix="trustkit-lock-") as folder:
            run([sys.executable, "-m", "venv", folder])
            run([f"{folder}/bin/pip", "--disable-pip-version-check", "install", "--quiet", "uv"])
            for name, extras in SETS.items():
                print(f"lock: requirements/{name}", flush=True)
                run(compile_command(f"{folder}/bin/uv", name, extras, upgrade=upgrade))
    except StepError as error:
        print(f"lock: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(upgrade="--upgrade" in sys.argv[1:]))
