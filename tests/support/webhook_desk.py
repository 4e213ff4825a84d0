"""A courier over a database of a test's own, with an authorisation of the bank's for things to happen to.

Run as ``python -m tests.support.webhook_desk URL`` with the key in hexadecimal on its standard input, it tells what is due and waits to be killed.
"""

from __future__ import annotations

import ssl
import sys
import time
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from tests.support.databases import NOON, tell
from trustkit.app.webhook_courier import Courier
from trustkit.app.webhook_network import WebhookNetwork
from trustkit.app.webhook_sending import WebhookSender
from trustkit.audit import trail
from trustkit.audit.events import AuditEvent, EventType
from trustkit.clock import SystemClock
from trustkit.crypto.public_key import KeyKind
from trustkit.custody.private_key import PrivateKey, generate_key, load_private_key
from trustkit.custody.private_key_info import parse_private_key_info
from trustkit.identity import SYSTEM
from trustkit.jose.jwk import jwk_of
from trustkit.store import copy_authorisations, licences, status_lists, webhooks
from trustkit.store.copy_authorisations import AuthorisationSource, NewAuthorisation
from trustkit.store.database import open_database
from trustkit.store.webhooks import WebhookRow

if TYPE_CHECKING:
    from datetime import datetime

    from trustkit.app.webhook_network import Reply
    from trustkit.custody.port import Signer
    from trustkit.jose.model import JwsAlgorithm
    from trustkit.store.database import Database

BANK, OTHER, ISSUER = "92990100MA7TRYQ1X6", "91990100MA7TRYQ01H", "https://share.example"
AUTHORISED = "AUTHORISED"
KEY = generate_key(KeyKind.EC_P256)
DIGEST = "ab" * 32
ROW = WebhookRow(
    identifier="wh-a",
    organisation=BANK,
    client="platform",
    url="",
    algorithm="ES256",
    place=0,
    due_at=NOON,
    created_at=NOON,
    valid_until=NOON + timedelta(days=30),
)


@dataclass(frozen=True)
class Keys:
    key: PrivateKey = KEY

    def signing(self, algorithm: JwsAlgorithm, /) -> tuple[Signer, str]:
        assert algorithm == "ES256"
        return self.key.signer(), "k1"


@dataclass
class Clock:
    at: datetime = NOON

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return time.monotonic()


def jwks() -> dict[str, object]:
    return {"keys": [{**jwk_of(KEY.public_key).members, "kid": "k1", "alg": "ES256"}]}


def fill(database: Database) -> None:
    """Record a licence, and an authorisation of the bank's, of which nothing is told yet."""
    with database.unit_of_work() as uow:
        status_lists.open_list(uow, uri="https://trust.example/1", at=NOON, capacity=8)
        licences.reserve(
            uow, identifier="a", type_code="permit", version=1, status_list="https://trust.example/1", at=NOON
        )
        licences.complete(uow, "a", document=b"pdf", document_sm3=DIGEST, at=NOON)
        tell(uow)
        tell(uow)
    allow(database, AUTHORISED, BANK)


def allow(database: Database, number: str, organisation: str) -> None:
    """Record an authorisation of an organisation's for the licence."""
    allowed = NewAuthorisation(
        number=number,
        identifier="a",
        holder="cd" * 32,
        purpose="办理开户",
        recipient=organisation,
        recipient_name="示例银行",
        source=AuthorisationSource.STATEMENT,
        evidence_sm3=DIGEST,
        valid_until=NOON + timedelta(days=1),
        most_copies=2,
    )
    with database.unit_of_work() as uow:
        copy_authorisations.record(uow, allowed, at=NOON, actor="clerk")
        tell(uow)


def courier_of(database: Database, clock: Clock, key: PrivateKey = KEY, *, seconds: float = 5) -> Courier:
    network = WebhookNetwork(
        clock=SystemClock(), tls=ssl.create_default_context(), bases=("http://127.0.0.1/",), plain=True, seconds=seconds
    )
    return Courier(
        database=database,
        clock=clock,
        sender=WebhookSender(issuer=ISSUER, keys=Keys(key), network=_Anywhere(network), clock=clock),  # type: ignore[arg-type]  # as a network
        jitter=lambda: 0.0,
    )


@dataclass
class _Anywhere:
    """The network, which may ask whatever port of this machine a receiver has."""

    inner: WebhookNetwork

    def post(self, url: str, body: bytes, *, media_type: str) -> Reply:
        return replace(self.inner, bases=(url.rpartition("/")[0],)).post(url, body, media_type=media_type)


def happens(database: Database, times: int = 1, *, number: str = AUTHORISED) -> None:
    for _ in range(times):
        event = AuditEvent(
            type=EventType.COPY_AUTHORISED,
            at=NOON,
            actor=SYSTEM,
            object_type="copy-authorisation",
            object_id=number,
        )
        with database.unit_of_work() as uow:
            trail.record(uow, event)


def add(courier: Courier, url: str, **values: object) -> None:
    with courier.database.unit_of_work() as uow:
        webhooks.add(uow, replace(ROW, url=url, **values))  # type: ignore[arg-type]  # fields of the row
        tell(uow)


def row_of(courier: Courier, identifier: str = "wh-a") -> WebhookRow:
    with courier.database.reading() as unit:
        found = webhooks.find(unit, identifier)
    assert found is not None
    return found


if __name__ == "__main__":
    key = load_private_key(parse_private_key_info(bytes.fromhex(sys.stdin.read())))
    with open_database(sys.argv[1]) as opened:
        courier_of(opened, Clock(), key).once()
        time.sleep(60)
