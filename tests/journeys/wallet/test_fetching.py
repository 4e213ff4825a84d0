"""A licence is offered to a wallet, which fetches it by the pre-authorised code (OpenID4VCI 1.0)."""

from __future__ import annotations

import json
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from esign.credential.issuance import CredentialService
from esign.licence.lifecycle import ActOrder, LicenceAct
from esign.wallet.access import WalletGuard
from esign.wallet.nonces import NONCE_AGE
from esign.wallet.offers import TRANSACTION_DIGITS
from esign.wallet.redeeming import MOST_TRIES, TOKEN_TIME
from tests.support.credential_desk import CredentialDesk, issuing_home, opened_desk
from tests.support.wallet import (
    ES256,
    SM2,
    MovedClock,
    Wallet,
    code_of,
    offer_of,
    offered,
    refused,
    token_of,
    wallet_of,
)
from trustkit.app.trail import TrailWish, read_trail
from trustkit.app.wallet_asgi import wallet_application
from trustkit.app.wallet_issuing import offer_desk
from trustkit.clock import FixedClock, SystemClock
from trustkit.credential_codes import CredentialCode
from trustkit.errors import TrustError
from trustkit.store import credential_offers, credentials
from trustkit.store.credential_offers import OfferState
from trustkit.store.credentials import CredentialState

if TYPE_CHECKING:
    import httpx

    from trustkit.store.credentials import CredentialRow

NAME, SM2_NAME = "business-licence.es256", "business-licence.sm2"


def test_a_licence_is_offered_fetched_accepted_and_passes(desk: CredentialDesk, wallet: Wallet, licence: str) -> None:
    offer = offer_of(desk, licence)
    told = offered(offer.link)
    assert offer.link.startswith("openid-credential-offer://?credential_offer=")
    assert told["credential_issuer"] == wallet.issuer
    issuer = wallet.get("/.well-known/openid-credential-issuer")
    assert set(told["credential_configuration_ids"]) <= set(issuer["credential_configurations_supported"])
    server = wallet.get("/.well-known/oauth-authorization-server")
    assert (issuer["credential_issuer"], server["issuer"]) == (wallet.issuer, wallet.issuer)
    answer = wallet.token(code_of(offer))
    assert (answer.json()["token_type"], answer.json()["expires_in"]) == ("Bearer", TOKEN_TIME.total_seconds())
    token = answer.json()["access_token"]
    fetched = wallet.credential(token).json()
    (credential,) = fetched["credentials"]
    assert desk.verdict(credential["credential"]).conclusion.indication.value == "TOTAL-PASSED"
    assert wallet.notify(token, fetched["notification_id"]).status_code == 204
    assert wallet.notify(token, fetched["notification_id"], "credential_deleted").status_code == 204
    kinds = _told_of(desk, offer.identifier, f"wallet:{offer.identifier}")
    assert [each for each in kinds if each.startswith("esign:credential")] == [  # the first of a list publishes it, too
        "esign:credential-offer:made",
        "esign:credential-offer:redeemed",
        "esign:credential:intended",
        "esign:credential:issued",
        "esign:credential:notified",
    ]


def _told_of(desk: CredentialDesk, number: str, actor: str) -> list[str]:
    lines = [line.to_json() for line in read_trail(desk.authority, TrailWish(limit=10_000))]
    return [str(each["type"]) for each in lines if each["object_id"] == number or each["actor"] == actor]


def test_what_is_published_is_in_both_languages_and_suites(desk: CredentialDesk, wallet: Wallet) -> None:
    found = wallet.get("/.well-known/openid-credential-issuer")["credential_configurations_supported"]
    for name, algorithm in ((NAME, "ES256"), (SM2_NAME, "SGD_SM3_SM2")):
        one = found[name]
        assert (one["format"], one["cryptographic_binding_methods_supported"]) == ("dc+sd-jwt", ["jwk"])
        assert one["proof_types_supported"] == {"jwt": {"proof_signing_alg_values_supported": [algorithm]}}
        assert one["credential_signing_alg_values_supported"] == [algorithm]
        assert one["vct"] == f"{desk.authority.settings.server.base_url}/v1/credential-types/business-licence"
        about = one["credential_metadata"]
        assert [each["locale"] for each in about["display"]] == ["zh-CN", "en"]
        assert ["ZZBS"] in [each["path"] for each in about["claims"]]
    assert wallet.send("GET", "/v1/health").json()["status"] == "ok"


def test_a_token_bound_to_a_key_needs_its_proof(desk: CredentialDesk, wallet: Wallet, licence: str) -> None:
    offer = offer_of(desk, licence)
    answer = wallet.token(code_of(offer), bound=True)
    assert answer.json()["token_type"] == "DPoP"
    token = answer.json()["access_token"]
    other = replace(wallet, key=wallet_of(desk).key)
    refused(wallet.credential(token), 401, "invalid_token")
    refused(other.credential(token, bound=True), 401, "invalid_token")
    body = {"credential_configuration_id": NAME, "proofs": {"jwt": [wallet.proof()]}}
    for proofs in (
        [],
        [("dpop", "no proof")],
        [("dpop", wallet.dpop("/token", token))],
        [("dpop", wallet.dpop("/credential", ""))],
        [("dpop", wallet.dpop("/credential", token)), ("dpop", wallet.dpop("/credential", token))],
        [("dpop", wallet.dpop("/credential", token, now=wallet.clock.now() - timedelta(hours=1)))],
    ):
        headers = [("authorization", f"DPoP {token}"), *proofs]
        refused(wallet.send("POST", "/credential", json=body, headers=headers), 401, "invalid_dpop_proof")
    used = {"authorization": f"DPoP {token}", "dpop": wallet.dpop("/credential", token)}
    assert wallet.send("POST", "/credential", json=body, headers=used).status_code == 200
    notice = {"notification_id": "A" * 43, "event": "credential_accepted"}
    repeated = {"authorization": f"DPoP {token}", "dpop": wallet.dpop("/notification", token)}
    refused(wallet.send("POST", "/notification", json=notice, headers=repeated), 400, "invalid_notification_id")
    again = {**body, "proofs": {"jwt": [wallet.proof()]}}
    refused(wallet.send("POST", "/credential", json=again, headers=used), 401, "invalid_dpop_proof")


def test_a_service_may_ask_for_bound_tokens(desk: CredentialDesk, licence: str) -> None:
    settings = desk.authority.settings
    desk.authority.settings = replace(settings, wallet=replace(settings.wallet, bound_tokens=True))
    try:
        wallet, offer = wallet_of(desk), offer_of(desk, licence)
        refused(wallet.token(code_of(offer)), 400, "invalid_dpop_proof")
        proof = wallet.dpop("/token")
        form = {"grant_type": "urn:ietf:params:oauth:grant-type:pre-authorized_code"}
        first = wallet.send(
            "POST", "/token", data={**form, "pre-authorized_code": code_of(offer)}, headers={"dpop": proof}
        )
        assert first.json()["token_type"] == "DPoP"
        second = {**form, "pre-authorized_code": code_of(offer_of(desk, licence))}
        refused(wallet.send("POST", "/token", data=second, headers={"dpop": proof}), 400, "invalid_dpop_proof")
    finally:
        desk.authority.settings = settings


def test_a_transaction_code_is_asked_for_and_tried_five_times(
    desk: CredentialDesk, wallet: Wallet, licence: str
) -> None:
    offer = offer_of(desk, licence, asks_transaction_code=True)
    code = code_of(offer)
    assert offered(offer.link)["grants"].popitem()[1]["tx_code"] == {"input_mode": "numeric", "length": 6}
    assert len(offer.transaction_code) == TRANSACTION_DIGITS
    assert offer.transaction_code not in repr(offer)
    wrong = f"{(int(offer.transaction_code) + 1) % 10**6:06d}"
    refused(wallet.token(code), 400, "invalid_request")
    refused(wallet.token(code, wrong), 400, "invalid_grant")
    assert wallet.credential(token_of(wallet, code, offer.transaction_code)).status_code == 200
    locked = offer_of(desk, licence, asks_transaction_code=True)
    for _ in range(MOST_TRIES):
        refused(wallet.token(code_of(locked), "none"), 400, "invalid_grant")
    refused(wallet.token(code_of(locked), locked.transaction_code), 400, "invalid_grant")
    with desk.authority.database.reading() as unit:
        row = credential_offers.find(unit, locked.identifier)
    assert row is not None
    assert (row.state, row.tries) == (OfferState.LOCKED, MOST_TRIES)
    told = _told_of(desk, locked.identifier, "")
    assert told == [
        "esign:credential-offer:made",
        *["esign:credential-offer:refused"] * 5,
        "esign:credential-offer:locked",
    ]
    plain = offer_of(desk, licence)
    refused(wallet.token(code_of(plain), "123456"), 400, "invalid_request")


def test_a_code_is_good_once_and_who_repeats_it_ends_what_it_became(
    desk: CredentialDesk, wallet: Wallet, licence: str
) -> None:
    code = code_of(offer_of(desk, licence))
    token = token_of(wallet, code)
    refused(wallet.token(code), 400, "invalid_grant")
    refused(wallet.credential(token), 401, "invalid_token")
    refused(wallet.token(code), 400, "invalid_grant")


def test_codes_and_tokens_end(desk: CredentialDesk, licence: str, clock: MovedClock) -> None:
    wallet = wallet_of(desk)
    early, late = offer_of(desk, licence, good_for=timedelta(minutes=30)), offer_of(desk, licence)
    token, nonce = token_of(wallet, code_of(early)), wallet.nonce()
    clock.ahead = NONCE_AGE + timedelta(seconds=1)
    refused(wallet.credential(token, proof=wallet.proof(nonce=nonce)), 400, "invalid_nonce")
    clock.ahead = TOKEN_TIME + timedelta(seconds=1)
    refused(wallet.credential(token), 401, "invalid_token")
    clock.ahead = timedelta(minutes=16)
    refused(wallet.token(code_of(late)), 400, "invalid_grant")


def test_an_offer_is_withdrawn(desk: CredentialDesk, wallet: Wallet, licence: str) -> None:
    offers, by = offer_desk(desk.authority), desk.authority.operator
    one, other = offer_of(desk, licence), offer_of(desk, licence)
    assert offers.revoke(one.identifier, actor=by).state is OfferState.REVOKED
    refused(wallet.token(code_of(one)), 400, "invalid_grant")
    token = token_of(wallet, code_of(other))
    assert offers.revoke(other.identifier, actor=by).state is OfferState.REVOKED
    refused(wallet.credential(token), 401, "invalid_token")
    for number, code in (
        (one.identifier, CredentialCode.OFFER_ENDED),
        (other.identifier, CredentialCode.OFFER_ENDED),
        ("0" * 32, CredentialCode.OFFER_MISSING),
    ):
        with pytest.raises(TrustError) as refusal:
            offers.revoke(number, actor=by)
        assert refusal.value.code is code


def test_an_offer_is_withdrawn_while_the_credential_is_signed(
    desk: CredentialDesk, wallet: Wallet, licence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer = offer_of(desk, licence)
    token, made = token_of(wallet, code_of(offer)), CredentialService._made
    numbers = []

    def slowly(service: CredentialService, row: CredentialRow, *rest: Any) -> Any:
        numbers.append(row.number)
        offer_desk(desk.authority).revoke(offer.identifier, actor=desk.authority.operator)
        return made(service, row, *rest)

    monkeypatch.setattr(CredentialService, "_made", slowly)
    refused(wallet.credential(token), 401, "invalid_token")
    (number,) = numbers
    with desk.authority.database.reading() as unit:
        row, left = credentials.find(unit, number), credential_offers.find(unit, offer.identifier)
    assert row is not None
    assert row.state is CredentialState.ABANDONED
    assert left is not None
    assert left.state is OfferState.REVOKED


def test_both_suites_are_fetched_each_once(desk: CredentialDesk, wallet: Wallet, licence: str) -> None:
    token = token_of(wallet, code_of(offer_of(desk, licence, ES256, SM2)))
    for name in (NAME, SM2_NAME):
        answer = wallet.credential(token, name)
        assert answer.status_code == 200
        text = answer.json()["credentials"][0]["credential"]
        assert desk.verdict(text).conclusion.indication.value == "TOTAL-PASSED"
    refused(wallet.credential(token, NAME), 400, "credential_request_denied")


def test_details_name_what_is_wanted(desk: CredentialDesk, wallet: Wallet, licence: str) -> None:
    def details(*names: str) -> str:
        return json.dumps([{"type": "openid_credential", "credential_configuration_id": each} for each in names])

    code = code_of(offer_of(desk, licence))
    refused(wallet.token(code, authorization_details=details(SM2_NAME)), 400, "invalid_authorization_details")
    answer = wallet.token(code, authorization_details=details(NAME)).json()
    (granted,) = answer["authorization_details"]
    assert granted["credential_configuration_id"] == NAME
    (identifier,) = granted["credential_identifiers"]
    headers = {"authorization": f"Bearer {answer['access_token']}"}

    def ask(dataset: str) -> httpx.Response:
        body = {"credential_identifier": dataset, "proofs": {"jwt": [wallet.proof()]}}
        return wallet.send("POST", "/credential", json=body, headers=headers)

    refused(ask("another"), 400, "unknown_credential_identifier")
    assert ask(identifier).status_code == 200


def test_a_proof_is_good_once(desk: CredentialDesk, wallet: Wallet, licence: str) -> None:
    proof = wallet.proof()
    one, other = (token_of(wallet, code_of(offer_of(desk, licence))) for _ in range(2))
    assert wallet.credential(one, proof=proof).status_code == 200
    refused(wallet.credential(other, proof=proof), 400, "invalid_nonce")
    assert wallet.credential(other).status_code == 200


def test_a_licence_that_is_not_in_force_is_not_handed_out(desk: CredentialDesk, wallet: Wallet) -> None:
    licence = desk.licence("permit")
    early, late = offer_of(desk, licence), offer_of(desk, licence)
    token = token_of(wallet, code_of(early))
    desk.licences.act(licence, ActOrder(act=LicenceAct.SUSPEND, reason="other"), actor=desk.authority.operator)
    refused(wallet.credential(token, "permit.es256"), 400, "credential_request_denied")
    refused(wallet.token(code_of(late)), 400, "invalid_grant")
    with pytest.raises(TrustError) as refusal:
        offer_of(desk, licence)
    assert refusal.value.code.value == "esign:licence:state"
    desk.licences.act(licence, ActOrder(act=LicenceAct.RESUME, reason="other"), actor=desk.authority.operator)
    assert wallet.credential(token, "permit.es256").status_code == 200
    assert token_of(wallet, code_of(late))


def test_what_fails_meanwhile_leaves_nothing_handed_out(
    desk: CredentialDesk, wallet: Wallet, licence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two at once with one token: the second's intent is abandoned, and so is that of a token taken back in between."""
    token = token_of(wallet, code_of(offer_of(desk, licence)))
    with desk.authority.database.reading() as unit:
        before = len(credentials.list_of_licence(unit, licence))
    admit = WalletGuard.admit

    def admitted_and_used(self: WalletGuard, *given: Any) -> Any:
        access = admit(self, *given)
        monkeypatch.setattr(WalletGuard, "admit", admit)
        assert wallet.credential(token).status_code == 200
        return access

    monkeypatch.setattr(WalletGuard, "admit", admitted_and_used)
    refused(wallet.credential(token), 400, "credential_request_denied")
    with desk.authority.database.reading() as unit:
        rows = credentials.list_of_licence(unit, licence)
    assert len(rows) - before == 1
    assert rows[0].state is CredentialState.ISSUED


def test_nothing_of_codes_stands_in_store_or_trail(desk: CredentialDesk, licence: str) -> None:
    offer = offer_of(desk, licence, asks_transaction_code=True)
    code = code_of(offer)
    assert code not in repr(offer)
    with desk.authority.database.reading() as unit:
        row = credential_offers.find(unit, offer.identifier)
    assert row is not None
    trail = json.dumps([line.to_json() for line in read_trail(desk.authority, TrailWish(limit=10_000))])
    for text in (str(vars_of(row)), trail):
        assert code not in text
        assert f'"{offer.transaction_code}"' not in text
    assert offer.transaction_code not in str(row.transaction_mac)


def vars_of(row: object) -> dict[str, object]:
    return {name: getattr(row, name) for name in row.__slots__}  # type: ignore[attr-defined]


def test_without_keys_there_is_no_service(tmp_path_factory: pytest.TempPathFactory) -> None:
    home = issuing_home(tmp_path_factory.mktemp("bare") / "home", suites=())
    with ExitStack() as stack:
        bare = opened_desk(home, stack, FixedClock(SystemClock().now()))
        with pytest.raises(TrustError) as refusal:
            wallet_application(bare.authority, bare.keys)
    assert refusal.value.code is CredentialCode.CREDENTIAL_KEYS
