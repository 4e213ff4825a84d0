"""Fixtures of the command line's tests: an authority's home, and a terminal in this process to type at."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.authority import authority, home, issued, passphrase_file, pristine_home
from tests.support.office import office, official
from tests.support.terminal import terminal

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "authority",
    "home",
    "issued",
    "office",
    "official",
    "passphrase_file",
    "pristine_home",
    "secret",
    "terminal",
]


@pytest.fixture
def secret(passphrase_file: Path) -> tuple[str, str]:
    """Return the options that open the authority's keys."""
    return ("--passphrase-file", str(passphrase_file))
