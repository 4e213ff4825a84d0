"""One world and one signed page for every test of this folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.pki import PkiWorld
from tests.support.signed_pdf import sample_page, sign_sample

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def world() -> PkiWorld:
    return PkiWorld()


@pytest.fixture(scope="session")
def page(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder: Path = tmp_path_factory.mktemp("page")
    return sample_page(folder)


@pytest.fixture(scope="session")
def signed(world: PkiWorld, page: bytes) -> bytes:
    return sign_sample(world, page)


@pytest.fixture(scope="session")
def approved(world: PkiWorld, page: bytes) -> bytes:
    """An approval signature: nothing is certified, so later signatures and form filling are allowed."""
    return sign_sample(world, page, certification=None)
