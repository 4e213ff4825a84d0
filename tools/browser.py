"""Bring in the browser that the tests of pages drive: Debian's Chromium, and fonts with Chinese characters for its pictures.

    .venv/bin/python -m tools.browser

Both are Debian packages. When one is absent it is installed if we are root; otherwise the line to run is printed.
"""

from __future__ import annotations

import sys
from typing import Final

from tools.programs import StepError, absent, install

PACKAGES: Final = ("chromium", "fonts-noto-cjk")


def main() -> int:
    """Install what is absent; return the exit status."""
    try:
        if wanted := absent(PACKAGES):
            print(f"browser: installing {' '.join(wanted)}", flush=True)
            install(wanted)
    except StepError as error:
        print(f"browser: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
