"""Everything the doors for wallets refuse, in the words of the standard (OpenID4VCI 1.0)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support.wallet import JSON, SM2, Wallet, code_of, offer_of, refused, token_of

if TYPE_CHECKING:
    from tests.support.credential_desk import CredentialDesk

NAME, SM2_NAME = "business-licence.es256", "business-licence.sm2"


PROOFS: dict[str, tuple[dict[str, Any], str]] = {
    "another issuer's": ({"issuer": "https://other.test"}, "invalid_proof"),
    "a nonce of nobody": ({"nonce": "n-1"}, "invalid_nonce"),
    "a nonce that is bent": ({"nonce": "A" * 75}, "invalid_nonce"),
    "no nonce": ({"bent": {"nonce": None}}, "invalid_proof"),
    "another type": ({"header": {"typ": "JWT"}}, "invalid_proof"),
    "no algorithm": ({"algorithm": "none"}, "invalid_proof"),
    "a symmetric algorithm": ({"algorithm": "HS256"}, "invalid_proof"),
    "another algorithm than the key's": ({"algorithm": "ES384"}, "invalid_proof"),
    "a symmetric key": ({"header": {"jwk": {"kty": "oct", "k": "AAAA"}}}, "invalid_proof"),
    "a key by name": ({"header": {"kid": "did:example:1"}}, "invalid_proof"),
    "made long ago": ({"seconds": 1}, "invalid_proof"),
    "a key of the other suite": ({"suite": SM2}, "invalid_proof"),
}


@pytest.mark.parametrize("case", PROOFS)
def test_proofs_that_are_refused(wallet: Wallet, token: str, case: str) -> None:
    bent, error = PROOFS[case]
    refused(wallet.credential(token, proof=wallet.proof(**bent)), 400, error)


def test_a_private_key_in_a_proof_is_refused(wallet: Wallet, token: str) -> None:
    proof = wallet.proof(header={"jwk": {"kty": "EC", "crv": "P-256", "x": "A" * 43, "y": "A" * 43, "d": "A" * 43}})
    refused(wallet.credential(token, proof=proof), 400, "invalid_proof")


P = {"jwt": ["a.b.c"]}
BODIES: dict[str, tuple[dict[str, Any], int, str]] = {
    "nothing named": ({"proofs": P}, 400, "invalid_credential_request"),
    "both named": (
        {"credential_configuration_id": NAME, "credential_identifier": "x", "proofs": P},
        400,
        "invalid_credential_request",
    ),
    "a number": ({"credential_configuration_id": 1, "proofs": P}, 400, "invalid_credential_request"),
    "unknown": ({"credential_configuration_id": "x", "proofs": P}, 400, "unknown_credential_configuration"),
    "not offered": ({"credential_configuration_id": SM2_NAME, "proofs": P}, 403, "insufficient_scope"),
    "no proof": ({"credential_configuration_id": NAME}, 400, "invalid_proof"),
    "no proofs": ({"credential_configuration_id": NAME, "proofs": {"jwt": []}}, 400, "invalid_proof"),
    "two proofs": ({"credential_configuration_id": NAME, "proofs": {"jwt": ["a", "b"]}}, 400, "invalid_proof"),
    "two kinds": ({"credential_configuration_id": NAME, "proofs": {**P, "di_vp": [{}]}}, 400, "invalid_proof"),
    "attestation": ({"credential_configuration_id": NAME, "proofs": {"attestation": ["x"]}}, 400, "invalid_proof"),
    "no JWS": ({"credential_configuration_id": NAME, "proofs": P}, 400, "invalid_proof"),
    "encrypted": (
        {"credential_configuration_id": NAME, "proofs": P, "credential_response_encryption": {"enc": "A128GCM"}},
        400,
        "invalid_encryption_parameters",
    ),
    "too large": ({"credential_configuration_id": NAME, "proofs": {"jwt": ["a" * 60_000]}}, 413, "invalid_request"),
}


@pytest.mark.parametrize("case", BODIES)
def test_requests_that_are_refused(wallet: Wallet, token: str, case: str) -> None:
    body, status, error = BODIES[case]
    headers = {"authorization": f"Bearer {token}"}
    refused(wallet.send("POST", "/credential", json=body, headers=headers), status, error)


@pytest.mark.parametrize("octets", [b"", b"[]", b"{", b'{"a":1,"a":2}'])
def test_bodies_that_are_no_object(wallet: Wallet, token: str, octets: bytes) -> None:
    headers = {"authorization": f"Bearer {token}", "content-type": JSON}
    answer = wallet.send("POST", "/credential", content=octets, headers=headers)
    refused(answer, 400, "invalid_credential_request")
    refused(wallet.send("POST", "/notification", content=octets, headers=headers), 400, "invalid_notification_request")
    refused(
        wallet.send("POST", "/credential", content=octets, headers={**headers, "content-type": "text/plain"}),
        415,
        "invalid_request",
    )


@pytest.mark.parametrize(
    ("header", "status", "error"),
    [
        ([], 401, "invalid_token"),
        ([("authorization", "Basic YTpi")], 401, "invalid_token"),
        ([("authorization", "Bearer x")], 401, "invalid_token"),
        ([("authorization", f"Bearer {'A' * 43}")], 401, "invalid_token"),
        ([("authorization", f"Bearer {'A' * 600}")], 400, "invalid_request"),
        ([("authorization", f"Bearer {'A' * 43}"), ("authorization", f"Bearer {'A' * 43}")], 400, "invalid_request"),
        ([("authorization", "Bearer eyJhbGciOiJub25lIn0.e30.")], 401, "invalid_token"),
    ],
)
def test_tokens_that_are_refused(wallet: Wallet, header: list[tuple[str, str]], status: int, error: str) -> None:
    for path in ("/credential", "/notification"):
        refused(wallet.send("POST", path, json={}, headers=header), status, error)


G = "urn:ietf:params:oauth:grant-type:pre-authorized_code"
FORMS: dict[str, tuple[str, int, str]] = {
    "nothing": ("", 400, "unsupported_grant_type"),
    "another grant": ("grant_type=authorization_code&code=x", 400, "unsupported_grant_type"),
    "no code": (f"grant_type={G}", 400, "invalid_request"),
    "a code twice": (f"grant_type={G}&pre-authorized_code=a&pre-authorized_code=b", 400, "invalid_request"),
    "a long code": (f"grant_type={G}&pre-authorized_code={'a' * 257}", 400, "invalid_request"),
    "a code of nobody": (f"grant_type={G}&pre-authorized_code={'a' * 43}", 400, "invalid_grant"),
    "no handle": (f"grant_type={G}&pre-authorized_code=%27", 400, "invalid_grant"),
    "no form": ("=&&=%ff", 400, "invalid_request"),
    "details that are none": (
        f"grant_type={G}&pre-authorized_code=a&authorization_details=%5B%5D",
        400,
        "invalid_authorization_details",
    ),
    "details of another type": (
        f"grant_type={G}&pre-authorized_code=a&authorization_details=%5B%7B%22type%22%3A%22x%22%7D%5D",
        400,
        "invalid_authorization_details",
    ),
    "too large": (f"grant_type={G}&pre-authorized_code={'a' * 60_000}", 413, "invalid_request"),
}


@pytest.mark.parametrize("case", FORMS)
def test_forms_that_are_refused(wallet: Wallet, case: str) -> None:
    body, status, error = FORMS[case]
    kind = {"content-type": "application/x-www-form-urlencoded"}
    refused(wallet.send("POST", "/token", content=body.encode(), headers=kind), status, error)
    refused(
        wallet.send("POST", "/token", content=body.encode(), headers={"content-type": JSON}), 415, "invalid_request"
    )


def test_notifications_that_are_refused(desk: CredentialDesk, wallet: Wallet, licence: str, token: str) -> None:
    own = token_of(wallet, code_of(offer_of(desk, licence)))
    fetched = wallet.credential(own).json()["notification_id"]
    for sent, with_token, error in (
        ("A" * 43, own, "invalid_notification_id"),
        ("x", own, "invalid_notification_id"),
        (fetched, token, "invalid_notification_id"),
    ):
        refused(wallet.notify(with_token, sent), 400, error)
    refused(wallet.notify(own, fetched, "credential_eaten"), 400, "invalid_notification_request")
    refused(wallet.notify(own, ""), 400, "invalid_notification_request")
    assert wallet.notify(own, fetched, "credential_failure").status_code == 204
