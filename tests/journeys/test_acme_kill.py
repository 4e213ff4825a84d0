"""kill -9 in the middle of finalizing an ACME order: it is gone on with, and issues once, wherever the process ended."""

from __future__ import annotations

import multiprocessing
import os
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest

from ca.acme.caa import Caa
from tests.support.acme_world import Network, acme_world, make_request
from tests.support.authority import make_home, passphrase
from tests.support.killing import READY, run_and_kill
from trustkit.app.acme import acme_service
from trustkit.app.ca_desk import HomeDesk
from trustkit.app.wiring import open_authority
from trustkit.store import acme_orders, certificates
from trustkit.store.acme_orders import OrderState
from trustkit.store.certificates import CertificateState

if TYPE_CHECKING:
    from pathlib import Path

    from ca.enrolment_port import Issues, Together, Wish
    from ca.order import CertificateOrder
    from trustkit.identity import Principal
    from trustkit.store.unit_of_work import UnitOfWork
    from trustkit.x509.certificate import Certificate

# Where the process stops to be killed: once the order is claimed; with the certificate signed, in the transaction that registers it;
# once all is committed and before anybody is told.
POINTS = ("claimed", "signed", "committed")
NAME = "a.example.test"


@dataclass(frozen=True, kw_only=True)
class _Stops:
    """Issues, and waits at a point to be killed there."""

    inner: Issues
    point: str
    write_end: int

    @property
    def ca(self) -> str:
        return self.inner.ca

    def order(self, wish: Wish) -> CertificateOrder:
        return self.inner.order(wish)

    def issue(self, order: CertificateOrder, *, actor: Principal, together: Together) -> Certificate:
        if self.point == "claimed":
            self._wait()

        def stopping(uow: UnitOfWork, serial: str) -> None:
            together(uow, serial)
            if self.point == "signed":
                self._wait()

        made = self.inner.issue(order, actor=actor, together=stopping)
        self._wait()
        return made

    def _wait(self) -> None:
        os.write(self.write_end, READY)
        time.sleep(60)


def _finalize(home: Path, order: str, account: str, point: str, write_end: int) -> None:
    """Run in a child: finalize, and be killed."""
    with open_authority(home) as authority:
        keys = authority.unlock(passphrase())
        service = acme_service(authority, keys, HomeDesk(home=authority, keys=keys), network=Network())
        stops = _Stops(inner=service.orders.issues, point=point, write_end=write_end)
        orders = replace(service.orders, issues=stops)
        row = service.accounts.find(account)
        orders.finalize(row, orders.find(row, order), make_request(NAME))


def _ready(home: Path) -> tuple[str, str]:
    """Return the identifiers of a ready order and of its account."""
    with open_authority(home) as authority:
        world = acme_world(authority, authority.unlock(passphrase()))
        return world.ready(NAME).rsplit("/", 1)[1], world.client.kid.rsplit("/", 1)[1]


def _kill(home: Path, point: str) -> str:
    """Run in a process of its own, which has no threads to fork beside; return the order's identifier."""
    order, account = _ready(home)
    run_and_kill(partial(_finalize, home, order, account, point), 0.0)
    return order


@pytest.mark.slow
@pytest.mark.parametrize("point", POINTS)
def test_a_killed_finalization_is_gone_on_with_and_issues_once(
    tmp_path: Path, point: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = make_home(tmp_path / "home", keys="ecdsa-p256")
    with (home / "settings.toml").open("a", encoding="utf-8") as file:
        file.write("\n[acme]\nenabled = true\n")
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as fresh:
        identifier = fresh.submit(_kill, home, point).result()
    with open_authority(home) as authority:
        keys = authority.unlock(passphrase())
        service = acme_service(authority, keys, HomeDesk(home=authority, keys=keys), network=Network())
        assert isinstance(service.orders.caa, Caa)

        def state() -> OrderState | None:
            with authority.database.reading() as unit:
                row = acme_orders.find(unit, identifier)
            return row.state if row is not None else None

        assert state() is (OrderState.VALID if point == "committed" else OrderState.PROCESSING)
        assert service.orders.resume() == 0  # whoever claimed it may still be at it
        monkeypatch.setattr("ca.acme.orders.STUCK", timedelta(0))
        assert service.orders.resume() == (0 if point == "committed" else 1)
        assert state() is OrderState.VALID
        authority.recover(older_than=timedelta(0))
        with authority.database.reading() as unit:
            rows = certificates.search(unit, profile="tls-server", limit=100)
            order = acme_orders.find(unit, identifier)
        issued = [row for row in rows if row.state is CertificateState.ISSUED]
        assert order is not None
        assert [row.serial for row in issued] == [order.serial]
        abandoned = [row for row in rows if row.state is CertificateState.ABANDONED]
        assert len(abandoned) == (1 if point == "signed" else 0)
        assert len(rows) == len(issued) + len(abandoned)
