"""Letting a licence be used by a sign-in at the home's own provider: grant and mandate are looked up, whatever the token says."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from idp.op.grants import grant_of_token
from idp.subject.mandates import Mandates
from tests.support.copy_desk import BANK, PURPOSE
from tests.support.databases import tell
from tests.support.token_issuer import API
from tests.support.wallet_sign_in import COMPANY, SignedInWallet, signed_in_wallet
from trustkit.app.sharing_mandate import MATTER
from trustkit.app.sharing_scopes import AUTHORISE, WATCH
from trustkit.app.sharing_server import sharing_application
from trustkit.app.sharing_stream import Pace
from trustkit.clock import format_rfc3339
from trustkit.copy_codes import CopyCode
from trustkit.errors import ErrorCode
from trustkit.jose.claims import read_claims
from trustkit.jose.jwt import parse_token
from trustkit.store import op_grants

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from starlette.types import ASGIApp


OK, SECONDS = 200, 30
LONG = Pace(seconds=0.05, looks=2400)  # two minutes, were nothing to end it


@dataclass
class Office:
    """The sharing service of a home whose own provider signs people in."""

    holder: SignedInWallet
    app: ASGIApp
    licence: str

    def token(self, scope: str = AUTHORISE) -> str:
        return self.holder.token(scope=scope, resource=API)

    def watch(self, token: str, meanwhile: Callable[[], object] = lambda: None) -> httpx.Response:
        """Return a whole stream of changes; `meanwhile` is done once it has begun."""

        async def act() -> httpx.Response:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(app=self.app), base_url=API) as client:
                headers = {"authorization": f"Bearer {token}"}
                stream = asyncio.create_task(client.get("/v1/sharing/changes", headers=headers))
                await asyncio.sleep(1)
                assert not stream.done() or stream.result().status_code != OK
                await asyncio.to_thread(meanwhile)
                return await asyncio.wait_for(stream, SECONDS)

        return asyncio.run(act())

    def authorise(self, token: str) -> Any:
        until = self.holder.desk.authority.clock.now().replace(year=2027, month=1, day=1)
        body = {
            "identifier": self.licence,
            "purpose": PURPOSE,
            "recipient": {"uscc": BANK.uscc, "name": BANK.name},
            "valid_until": format_rfc3339(until),
        }

        async def act() -> httpx.Response:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(app=self.app), base_url=API) as client:
                headers = {"authorization": f"Bearer {token}"}
                return await client.post("/v1/sharing/authorisations", json=body, headers=headers)

        return asyncio.run(act())


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    place = tmp_path_factory.mktemp("mandates")
    secret = place / "passphrase"
    secret.touch(mode=0o600)
    secret.write_bytes(b"correct horse battery")
    with ExitStack() as stack:
        client: dict[str, Any] = {"scope": f"{AUTHORISE} {WATCH} other", "resources": [API]}
        holder = stack.enter_context(signed_in_wallet(place, secret, stack, **client))
        home = holder.desk.authority
        sharing = replace(home.settings.sharing, issuer=holder.provider.issuer, resource=API)
        home.settings = replace(home.settings, sharing=sharing)
        yield Office(holder, sharing_application(home, holder.desk.keys, pace=LONG), holder.desk.licence())


def test_a_mandate_for_the_matter_lets_it_be_used_and_one_for_others_does_not(office: Office) -> None:
    for matters, status in (((MATTER,), 200), ((), 200), (("tax",), 403)):
        office.holder.sign_in(COMPANY, *matters)
        token = office.token()
        organisation = read_claims(parse_token(token).payload).mapping("org")
        assert organisation["matters"] == list(matters or ("*",))
        answer = office.authorise(token)
        assert answer.status_code == status, answer.text
    assert answer.json()["code"] == CopyCode.SHARING_MATTER.value


def test_a_mandate_or_a_grant_that_ended_takes_the_token_along(office: Office) -> None:
    home = office.holder.desk.authority
    mandate = office.holder.sign_in(COMPANY, MATTER)
    token = office.token()
    with home.database.unit_of_work() as uow:
        Mandates().end(uow, mandate, reason="left", now=home.clock.now(), actor=home.operator)
    ended = office.authorise(token)
    office.holder.sign_in(COMPANY, MATTER)
    token = office.token()
    with home.database.unit_of_work() as uow:
        grant = grant_of_token(read_claims(parse_token(token).payload).token_id)
        assert op_grants.revoke(uow, grant, at=home.clock.now(), reason="test")
        tell(uow)
    for answer in (ended, office.authorise(token)):
        assert (answer.status_code, answer.json()["code"]) == (401, ErrorCode.TOKEN_REFUSED.value)


def test_a_stream_ends_with_what_its_token_stands_for(office: Office) -> None:
    home = office.holder.desk.authority
    office.holder.sign_in(COMPANY, MATTER)
    token = office.token(WATCH)

    def revoke() -> None:
        with home.database.unit_of_work() as uow:
            grant = grant_of_token(read_claims(parse_token(token).payload).token_id)
            assert op_grants.revoke(uow, grant, at=home.clock.now(), reason="test")
            tell(uow)

    cut_off = office.watch(token, revoke)
    assert (cut_off.status_code, cut_off.text.strip().splitlines()[-2]) == (OK, ": come back")
    again = office.watch(token)
    assert (again.status_code, again.json()["code"]) == (401, ErrorCode.TOKEN_REFUSED.value)
