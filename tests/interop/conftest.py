"""Fixtures: a real authority whose outputs other implementations read, and one Keycloak and one BouncyCastle for all who ask for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.authority import authority, home, passphrase_file, pristine_home
from tests.support.bouncycastle import peer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.keycloak_server import KeycloakServer

__all__ = ["authority", "home", "keycloak", "passphrase_file", "peer", "pristine_home"]


@pytest.fixture(scope="session")
def keycloak(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KeycloakServer]:
    """It takes a minute to start; each file of tests has realms of its own."""
    server = pytest.importorskip("tests.support.keycloak_server", reason="python-keycloak is not installed")
    yield from server.running(tmp_path_factory.mktemp("keycloak"))
