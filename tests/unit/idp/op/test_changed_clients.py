"""A client that is registered anew or gets a new secret: what it showed before is good no more, what it was given goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from idp.op.client_form import changed_registration
from idp.op.clients import ClientRegister
from tests.support.provider import API, basic, claims_of
from tests.support.signing_in import TERMINAL
from trustkit.errors import TrustError
from trustkit.identity_codes import IdentityCode

if TYPE_CHECKING:
    from tests.support.provider import World
    from trustkit.store.op_clients import OpClientRow
    from trustkit.store.unit_of_work import UnitOfWork

OWN = {"grant_type": "client_credentials"}


def test_a_secret_that_leaked_is_replaced_and_nobody_has_to_sign_in_anew(world: World) -> None:
    client, leaked = world.client()
    world.sign_in(world.person())
    tokens = world.redeem(client, leaked, world.code(client)).json()
    same, fresh = world.register.renew_secret(client.name, actor=TERMINAL)
    assert (same.identifier, fresh == leaked) == (client.identifier, False)
    assert world.post("/token", OWN, **basic(client, leaked)).json()["error"] == "invalid_client"
    assert world.post("/token", OWN, **basic(client, fresh)).status_code == 200
    assert world.refresh(client, leaked, tokens["refresh_token"]).json()["error"] == "invalid_client"
    assert world.refresh(client, fresh, tokens["refresh_token"]).status_code == 200


def test_what_is_taken_from_a_client_is_in_no_token_it_gets_from_then_on(world: World) -> None:
    client, secret = world.client(scope="openid read write")
    world.sign_in(world.person())
    tokens = world.redeem(client, secret, world.code(client, scope="openid read write", resource=API)).json()
    less = changed_registration(client.registration, {"scope": "openid read", "resources": []})
    assert world.register.change(client, less, actor=TERMINAL) is True
    asked = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"], "scope": "write"}
    assert world.post("/token", asked, **basic(client, secret)).json()["error"] == "invalid_scope"
    told = world.refresh(client, secret, tokens["refresh_token"]).json()
    assert told["scope"] == "openid read"
    assert API not in claims_of(told["access_token"])["aud"]


def test_two_operators_at_once_make_one_secret(sqlite_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world = sqlite_world
    client, _ = world.client()

    def outrun(uow: UnitOfWork, name: str) -> OpClientRow | None:
        from dataclasses import replace  # noqa: PLC0415 - of this test alone

        from trustkit.store.op_clients import find  # noqa: PLC0415 - before it is put aside

        row = find(uow, client.identifier)
        assert (row is not None, name) == (True, client.name)
        return None if row is None else replace(row, secret_sm3="0" * 64)

    monkeypatch.setattr("idp.op.clients.op_clients.find_by_name", outrun)
    with pytest.raises(TrustError) as refused:
        ClientRegister(database=world.database, clock=world.clock).renew_secret(client.name, actor=TERMINAL)
    assert refused.value.code is IdentityCode.OP_CLIENT_MISSING
