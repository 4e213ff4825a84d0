"""A holder signs in at the home's provider, and his wallet fetches the licence of the organisation he acts for; and what is refused."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

import httpx
import pytest

from esign.wallet.sign_in import MATTER
from idp.op.grants import grant_of_token
from idp.subject.mandates import Mandates
from tests.support.databases import tell
from tests.support.served_provider import PASSWORD
from tests.support.wallet import code_of, offer_of, offered, refused, wallet_of
from tests.support.wallet_sign_in import COMPANY, SignedInWallet, signed_in_wallet, wallet_client
from trustkit.jose.claims import read_claims
from trustkit.jose.jwt import parse_token
from trustkit.store import op_clients, op_grants, people

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from trustkit.store.op_grants import GrantRow
    from trustkit.store.unit_of_work import UnitOfWork

NAME, SM2_NAME = "business-licence.es256", "business-licence.sm2"
OTHER = "91350100M000100Y43"


@pytest.fixture(scope="module")
def holder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SignedInWallet]:
    """Give a wallet at a home where the company holds one licence."""
    place = tmp_path_factory.mktemp("signed-in")
    secret = place / "passphrase"
    secret.touch(mode=0o600)
    secret.write_bytes(b"correct horse battery")
    with ExitStack() as stack, signed_in_wallet(place, secret, stack) as found:
        found.desk.licence()
        yield found


def test_who_acts_for_the_holder_fetches_its_licence(holder: SignedInWallet) -> None:
    wallet = holder.wallet
    issuer = wallet.get("/.well-known/openid-credential-issuer")
    assert issuer["authorization_servers"] == [wallet.issuer, holder.provider.issuer]
    assert issuer["credential_configurations_supported"][NAME]["scope"] == "esign:credential:fetch"
    holder.sign_in()
    token = holder.token(bound=True)
    for name in (NAME, SM2_NAME):
        answer = wallet.credential(token, name, bound=True)
        assert answer.status_code == 200, answer.text
        text = answer.json()["credentials"][0]["credential"]
        assert holder.desk.verdict(text).conclusion.indication.value == "TOTAL-PASSED"
    notice = {"notification_id": answer.json()["notification_id"], "event": "credential_accepted"}
    headers = wallet.authorized(token, "/notification", bound=True)
    assert wallet.send("POST", "/notification", json=notice, headers=headers).status_code == 204
    for again in (token, holder.token(bound=True)):  # once on one sign-in, however many tokens come of it
        refused(wallet.credential(again, NAME, bound=True), 400, "credential_request_denied")
    holder.sign_in()
    assert wallet.credential(holder.token()).status_code == 200


def test_a_mandate_for_the_matter_is_enough_and_one_for_others_is_not(holder: SignedInWallet) -> None:
    for matters, status in (((MATTER,), 200), (("tax",), 400)):
        holder.sign_in(COMPANY, *matters)
        assert holder.wallet.credential(holder.token()).status_code == status


@pytest.mark.parametrize("uscc", ["", OTHER])
def test_who_acts_for_nobody_or_another_gets_nothing(holder: SignedInWallet, uscc: str) -> None:
    holder.sign_in(uscc)
    refused(holder.wallet.credential(holder.token()), 400, "credential_request_denied")


def test_tokens_that_are_not_for_this(holder: SignedInWallet) -> None:
    wallet = holder.wallet
    holder.sign_in()
    refused(wallet.credential(holder.token(scope="other")), 403, "insufficient_scope")
    refused(wallet.credential(holder.token(resource="https://other.test")), 401, "invalid_token")
    bound = holder.token(bound=True)
    refused(wallet.credential(bound), 401, "invalid_token")
    refused(wallet.credential("e30.e30.e30"), 401, "invalid_token")
    token = holder.token()
    refused(wallet.credential(token, "x", proof="a.b.c"), 400, "unknown_credential_configuration")
    body = {"credential_identifier": "x", "proofs": {"jwt": ["a.b.c"]}}
    answer = wallet.send("POST", "/credential", json=body, headers={"authorization": f"Bearer {token}"})
    refused(answer, 400, "unknown_credential_identifier")
    holder.sign_in(kinds=PASSWORD)
    refused(wallet.credential(holder.token()), 401, "insufficient_user_authentication")


def test_a_mandate_that_ends_takes_the_token_along(holder: SignedInWallet) -> None:
    mandate = holder.sign_in()
    token, home = holder.token(), holder.desk.authority
    with home.database.unit_of_work() as uow:
        Mandates().end(uow, mandate, reason="left", now=home.clock.now(), actor=home.operator)
    refused(holder.wallet.credential(token), 401, "invalid_token")


def test_a_grant_that_is_revoked_and_a_person_who_is_locked_out(holder: SignedInWallet) -> None:
    home = holder.desk.authority
    for end in (_revoke, _lock):
        holder.sign_in()
        token = holder.token()
        grant = grant_of_token(read_claims(parse_token(token).payload).token_id)
        with home.database.unit_of_work() as uow:
            found = op_grants.find(uow, grant)
            assert found is not None
            end(uow, found, home.clock.now())
            tell(uow)
        refused(holder.wallet.credential(token), 401, "invalid_token")


def test_a_token_that_was_taken_back_and_a_client_that_was(holder: SignedInWallet) -> None:
    holder.sign_in()
    token = holder.token()
    form = {"token": token, "client_id": holder.client}
    assert httpx.post(f"{holder.provider.issuer}/revoke", data=form, trust_env=False).status_code == 200
    refused(holder.wallet.credential(token), 401, "invalid_token")
    assert holder.wallet.credential(holder.token()).status_code == 200

    other = replace(holder, client=wallet_client(holder.provider, holder.wallet, "older-wallet"))
    token = other.token()
    with holder.desk.authority.database.unit_of_work() as uow:
        op_clients.revoke(uow, other.client, at=holder.desk.authority.clock.now())
        tell(uow)
    refused(other.wallet.credential(token), 401, "invalid_token")


def test_a_token_has_to_be_bound_where_the_settings_ask_for_it(
    holder: SignedInWallet, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = holder.desk.authority
    asked = replace(home.settings, wallet=replace(home.settings.wallet, bound_tokens=True))
    monkeypatch.setattr(home, "settings", asked)
    wallet = wallet_of(holder.desk)
    holder.sign_in()
    answer = wallet.credential(holder.token())
    refused(answer, 401, "invalid_dpop_proof")
    assert answer.headers["www-authenticate"].startswith("DPoP ")


def _revoke(uow: UnitOfWork, grant: GrantRow, now: datetime) -> None:
    assert op_grants.revoke(uow, grant.identifier, at=now, reason="test")


def _lock(uow: UnitOfWork, grant: GrantRow, now: datetime) -> None:
    assert people.lock(uow, grant.person, at=now, reason="test")


def test_offers_go_on_beside_it_and_name_their_server(holder: SignedInWallet) -> None:
    offer = offer_of(holder.desk, holder.desk.licence("permit"))
    (grant,) = offered(offer.link)["grants"].values()
    assert grant["authorization_server"] == holder.wallet.issuer
    token = holder.wallet.token(code_of(offer)).json()["access_token"]
    assert holder.wallet.credential(token, "permit.es256").status_code == 200


def test_which_of_several_is_not_guessed(holder: SignedInWallet) -> None:
    company = {"holder_type": "001", "holder": "示例公司", "holder_code": OTHER}
    holder.desk.licence("permit", **company)
    holder.sign_in(OTHER)
    assert holder.wallet.credential(holder.token(), "permit.es256").status_code == 200
    holder.desk.licence("permit", number="示许准字〔2026〕第00043号", **company)
    refused(holder.wallet.credential(holder.token(), "permit.es256"), 400, "credential_request_denied")
