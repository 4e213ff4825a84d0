"""Outside test data: files nobody in this project wrote, kept beside the checkout and never copied into it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BESIDE = ROOT.parent / "shared" / "testdata"


def folder() -> Path:
    """Return where outside files are looked for: ``TRUSTKIT_TESTDATA``, else ``../shared/testdata`` beside the checkout."""
    told = os.environ.get("TRUSTKIT_TESTDATA", "")  # noqa: TID251 - a test setting, not one of the program
    return Path(told) if told else BESIDE


def outside(relative: str) -> Path:
    """Return the path of an outside file such as ``cms/x.der``; skip the test, saying why, when it is absent."""
    path = folder() / relative
    if not path.exists():
        pytest.skip(f"outside test data absent: {relative} (set TRUSTKIT_TESTDATA to the folder that holds it)")
    return path
