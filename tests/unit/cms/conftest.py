from __future__ import annotations

import pytest

from tests.support.message_forge import MessageForge
from tests.support.pki import PkiWorld


@pytest.fixture(scope="session")
def world() -> PkiWorld:
    return PkiWorld()


@pytest.fixture(scope="session")
def forge(world: PkiWorld) -> MessageForge:
    return MessageForge(world.signer)
