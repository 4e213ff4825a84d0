"""Fixtures of what is done with wallets: a home that issues in both suites, a licence in force, a wallet, a token nothing is fetched with."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.support.credential_desk import CredentialDesk, issuing_home, opened_desk
from tests.support.wallet import ES256, SM2, MovedClock, Wallet, code_of, offer_of, token_of, wallet_of

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CredentialDesk]:
    home = issuing_home(tmp_path_factory.mktemp("wallet") / "home", suites=(SM2, ES256))
    with ExitStack() as stack:
        opened = opened_desk(home, stack)
        settings = opened.authority.settings
        opened.authority.settings = replace(settings, wallet=replace(settings.wallet, anonymous_per_minute=10**6))
        yield opened


@pytest.fixture(scope="module")
def licence(desk: CredentialDesk) -> str:
    return desk.licence()


@pytest.fixture(scope="module")
def wallet(desk: CredentialDesk) -> Wallet:
    return wallet_of(desk)


@pytest.fixture(scope="module")
def token(desk: CredentialDesk, wallet: Wallet, licence: str) -> str:
    """Give a token nothing is fetched with."""
    return token_of(wallet, code_of(offer_of(desk, licence)))


@pytest.fixture
def clock(desk: CredentialDesk) -> Iterator[MovedClock]:
    """Give a clock that the home reads and that can be moved; moved back at the end."""
    before, moved = desk.authority.clock, MovedClock()
    desk.authority.clock = moved
    yield moved
    desk.authority.clock = before
