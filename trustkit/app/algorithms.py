"""Until when each algorithm serves, as the home says; a home too old to have the file gets the installation's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from trustkit.app.files import read_input
from trustkit.app.home import POLICIES, policies_source
from trustkit.crypto.algorithm_policy import MAX_ALGORITHM_POLICY, AlgorithmPolicy, parse_algorithm_policy

if TYPE_CHECKING:
    from pathlib import Path

_FILE: Final = "algorithms.toml"


def algorithm_policy(home: Path | None) -> AlgorithmPolicy:
    """Return the rules of a home, or of the installation. Raise ALGORITHM_POLICY, INPUT_UNREADABLE, HOME_INCOMPLETE."""
    own = home / POLICIES / _FILE if home is not None else None
    path = own if own is not None and own.exists() else policies_source() / _FILE
    return parse_algorithm_policy(read_input(path, limit=MAX_ALGORITHM_POLICY))
