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

ONCE = ("keycloak", "peer")  # what takes long to start: who asks for it runs in one process, one test after another


@pytest.hookimpl(tryfirst=True)  # before the marks are read
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tell `--dist loadgroup` what belongs together: tests of one peer, else those of one file."""
    for item in items:
        asked = getattr(item, "fixturenames", ())
        item.add_marker(pytest.mark.xdist_group(next((name for name in ONCE if name in asked), item.path.stem)))


@pytest.fixture(scope="session")
def keycloak(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KeycloakServer]:
    """It takes a minute to start; each file of tests has realms of its own."""
    server = pytest.importorskip("tests.support.keycloak_server", reason="python-keycloak is not installed")
    yield from server.running(tmp_path_factory.mktemp("keycloak"))
