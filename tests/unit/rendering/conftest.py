from __future__ import annotations

import pytest

from esign.rendering.fonts import FontChain, find_fonts


@pytest.fixture(scope="session")
def fonts() -> FontChain:
    return find_fonts()
