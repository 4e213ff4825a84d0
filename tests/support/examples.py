"""How many examples a property is tried with: its own number, as often as the profile in force asks for more."""

from __future__ import annotations

from typing import Final

from hypothesis import settings

_USUAL: Final = 100  # of the profiles `quick` and `ci`, see tests/conftest.py


def scaled(count: int) -> int:
    """Return the number to hand to `settings`, which would else hold under `HYPOTHESIS_PROFILE=long` as well."""
    return max(1, count * settings().max_examples // _USUAL)
