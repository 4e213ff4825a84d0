"""What every test shares: hypothesis profiles, cheap keys, how garbage is collected. Fixtures of one room live in its folder."""

from __future__ import annotations

import gc
import os

from hypothesis import HealthCheck, settings

from trustkit.custody import pbes2

# Several test processes share few cores, so single examples are slow now and then: no deadline, no complaint.
SLOW_MACHINE = [HealthCheck.too_slow]

settings.register_profile("quick", max_examples=100, deadline=None, suppress_health_check=SLOW_MACHINE)
settings.register_profile(
    "ci", max_examples=100, deadline=None, derandomize=True, print_blob=True, suppress_health_check=SLOW_MACHINE
)
settings.register_profile("long", max_examples=20_000, deadline=None, suppress_health_check=SLOW_MACHINE)


def _profile() -> str:
    told = os.environ.get("HYPOTHESIS_PROFILE", "")  # noqa: TID251 - a test setting, not one of the program
    in_ci = bool(os.environ.get("CI", ""))  # noqa: TID251 - set by every CI service
    return told or ("ci" if in_ci else "quick")


settings.load_profile(_profile())
# A passphrase's derivation costs half a second on purpose, and took about a fifth of the tests' time. Set before anything takes it for a
# default; programs that tests start have the true one, which tests/unit/custody/test_software.py holds.
vars(pbes2)["DEFAULT_ITERATIONS"] = pbes2.MIN_ITERATIONS
gc.disable()  # while tests are collected, which throws next to nothing away


def pytest_collection_finish() -> None:
    """Leave what collecting made, which stays, out of all later rounds: walking it anew took a sixth of the tests' time."""
    gc.collect()
    gc.freeze()
    gc.enable()
