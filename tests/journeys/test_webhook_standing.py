"""A webhook asked for by a token of this home's own: it ends with what the token stood for, and not with the token's short time."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from idp.op.clients import ClientRegister, live_client
from idp.op.grants import grant_of_token
from idp.subject.mandates import Mandates
from tests.support.databases import tell
from tests.support.token_issuer import API
from tests.support.wallet_sign_in import COMPANY, SignedInWallet, signed_in_wallet
from tests.support.webhook_receiver import Receiver, receiving
from trustkit.app.event_keys import EventKeys, published_keys
from trustkit.app.live_grant import token_id_of
from trustkit.app.sharing_scopes import WATCH
from trustkit.app.sharing_server import sharing_application
from trustkit.app.webhook_courier import Courier
from trustkit.app.webhook_sending import webhook_sender
from trustkit.clock import FixedClock
from trustkit.store import op_clients, op_grants, op_once, people, webhooks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from starlette.types import ASGIApp

    from trustkit.store.unit_of_work import UnitOfWork
    from trustkit.store.webhooks import WebhookRow


@dataclass
class Office:
    """The sharing service of a home whose own provider signs people in, and a platform's endpoint."""

    holder: SignedInWallet
    app: ASGIApp
    receiver: Receiver

    def add(self, token: str) -> Any:
        async def act() -> httpx.Response:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(app=self.app), base_url=API) as client:
                headers = {"authorization": f"Bearer {token}"}
                return await client.post("/v1/sharing/webhooks", json={"url": self.receiver.url}, headers=headers)

        return asyncio.run(act())

    def reason(self, identifier: str, *, later: timedelta = timedelta(0)) -> str:
        """Return why a webhook has ended once the courier looked at it; empty for one that has not."""
        home = self.holder.desk.authority
        sender = webhook_sender(home, EventKeys(home, self.holder.desk.keys))
        Courier(database=home.database, clock=FixedClock(home.clock.now() + later), sender=sender).tend()
        return self.row(identifier).reason

    def row(self, identifier: str) -> WebhookRow:
        with self.holder.desk.authority.database.reading() as unit:
            found = webhooks.find(unit, identifier)
        assert found is not None
        return found


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """Give an office of its own to each test: most of them take away for good what it works by."""
    place = tmp_path
    secret = place / "passphrase"
    secret.touch(mode=0o600)
    secret.write_bytes(b"correct horse battery")
    with ExitStack() as stack:
        receiver = stack.enter_context(receiving(Receiver(API, dict)))
        client: dict[str, Any] = {"scope": f"{WATCH} other", "resources": [API]}
        holder = stack.enter_context(signed_in_wallet(place, secret, stack, **client))
        home = holder.desk.authority
        sharing = replace(
            home.settings.sharing,
            issuer=holder.provider.issuer,
            resource=API,
            base_url=API,
            webhook_bases=(receiver.url.rpartition("/")[0],),
        )
        home.settings = replace(home.settings, sharing=sharing)
        receiver.keys = lambda: published_keys(home, sm2=False)
        yield Office(holder, sharing_application(home, holder.desk.keys), receiver)


def _mandate(uow: UnitOfWork, row: WebhookRow, office: Office) -> None:
    home = office.holder.desk.authority
    Mandates().end(uow, row.mandate, reason="left", now=home.clock.now(), actor=home.operator)


def _grant(uow: UnitOfWork, row: WebhookRow, office: Office) -> None:
    now = office.holder.desk.authority.clock.now()
    assert op_grants.revoke(uow, grant_of_token(row.token_id), at=now, reason="test")
    tell(uow)


def _token(uow: UnitOfWork, row: WebhookRow, office: Office) -> None:
    until = office.holder.desk.authority.clock.now() + timedelta(minutes=10)
    op_once.revoke_token(uow, row.token_id, expires_at=until)
    tell(uow)


def _person(uow: UnitOfWork, row: WebhookRow, office: Office) -> None:
    assert people.lock(uow, row.person, at=office.holder.desk.authority.clock.now(), reason="test")
    tell(uow)


@pytest.mark.parametrize("end", [_mandate, _grant, _token, _person])
def test_it_ends_with_what_it_rests_on(office: Office, end: Callable[[UnitOfWork, WebhookRow, Office], None]) -> None:
    office.holder.sign_in(COMPANY)
    answer = office.add(office.holder.token(scope=WATCH, resource=API))
    assert answer.status_code == 201, answer.text
    made = answer.json()["id"]
    assert office.reason(made) == ""
    with office.holder.desk.authority.database.unit_of_work() as uow:
        end(uow, office.row(made), office)
    assert office.reason(made) == "unauthorised"


def test_it_lasts_longer_than_token_and_grant(office: Office) -> None:
    office.holder.sign_in(COMPANY)
    token = office.holder.token(scope=WATCH, resource=API)
    made = office.add(token).json()["id"]
    home = office.holder.desk.authority
    with home.database.unit_of_work() as uow:
        op_grants.forget(uow, before=home.clock.now() + timedelta(days=2))
    with home.database.reading() as unit:
        assert op_grants.find(unit, grant_of_token(token_id_of(token))) is None
    assert office.reason(made, later=timedelta(minutes=50)) == ""


def test_it_ends_with_the_scope(office: Office) -> None:
    """What a client may ask for no more it is not told either, though its mandate goes on."""
    office.holder.sign_in(COMPANY)
    made = office.add(office.holder.token(scope=WATCH, resource=API)).json()["id"]
    home = office.holder.desk.authority
    with home.database.reading() as unit:
        client = live_client(unit, office.row(made).client)
    assert client is not None
    register = ClientRegister(database=home.database, clock=home.clock)
    assert register.change(client, replace(client.registration, scopes=("other",)), actor=home.operator)
    assert office.reason(made) == "unauthorised"


def test_it_ends_with_the_client(office: Office) -> None:
    office.holder.sign_in(COMPANY)
    made = office.add(office.holder.token(scope=WATCH, resource=API)).json()["id"]
    home = office.holder.desk.authority
    with home.database.unit_of_work() as uow:
        op_clients.revoke(uow, office.row(made).client, at=home.clock.now())
        tell(uow)
    assert office.reason(made) == "unauthorised"
