"""One world for every test of this folder."""

from __future__ import annotations

import pytest

from tests.support.pki import PkiWorld


@pytest.fixture(scope="session")
def world() -> PkiWorld:
    return PkiWorld()
