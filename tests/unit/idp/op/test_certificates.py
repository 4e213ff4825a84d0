"""Clients that show certificates: of this home or registered themselves, and tokens bound to what was shown."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.support.provider import claims_of, client_jwks, digest64
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from tests.support.provider import World
    from trustkit.store.unit_of_work import ReadUnit

CLIENT = {"grant_type": "client_credentials"}


@cache
def certificate(name: str) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    at = datetime(2026, 11, 1, tzinfo=UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(at)
        .not_valid_after(at + timedelta(days=365))
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.DER)


class Believing:
    """Believes what it was told to."""

    def __init__(self, subjects: dict[bytes, str]) -> None:
        self.subjects = subjects

    def subject_of(self, unit: ReadUnit, der: bytes, *, issuer: str, now: datetime) -> str:
        del unit, issuer, now
        if der not in self.subjects:
            raise TrustError(ErrorCode.CERTIFICATE_REVOKED, "revoked")
        return self.subjects[der]


def _members(**others: Any) -> dict[str, Any]:
    preset = {"token_endpoint_auth_method": "tls_client_auth", "tls_client_auth_subject_dn": "CN=one"}
    return {**preset, "tls_client_certificate_bound_access_tokens": True, **others}


def _ask(world: World, identifier: str) -> Any:
    return world.post("/token", {**CLIENT, "client_id": identifier})


def test_a_certificate_of_the_home_lets_its_subject_in_and_binds_its_tokens(sqlite_world: World) -> None:
    world = sqlite_world
    client, _ = world.client(**_members())
    one, other, revoked = (certificate(name) for name in ("one", "other", "revoked"))
    world.judge = Believing({one: "CN=one", other: "CN=other"})
    for shown in (None, other, revoked):
        world.certificate = shown
        assert _ask(world, client.identifier).json()["error"] == "invalid_client"
    world.certificate = one
    token = _ask(world, client.identifier).json()
    assert token["token_type"] == "Bearer"
    assert claims_of(token["access_token"])["cnf"] == {"x5t#S256": digest64(one)}


def test_a_certificate_the_client_registered_lets_it_in(sqlite_world: World) -> None:
    world = sqlite_world
    mine = certificate("mine")
    keys = client_jwks()
    keys["keys"][0]["x5c"] = [base64.b64encode(mine).decode()]
    members = _members(
        token_endpoint_auth_method="self_signed_tls_client_auth", jwks=keys, tls_client_auth_subject_dn=""
    )
    client, _ = world.client(**members)
    world.certificate = certificate("one")
    assert _ask(world, client.identifier).json()["error"] == "invalid_client"
    world.certificate = mine
    assert _ask(world, client.identifier).status_code == 200


def test_what_is_bound_to_a_certificate_is_good_over_its_connections_alone(sqlite_world: World) -> None:
    world = sqlite_world
    one, other = certificate("one"), certificate("other")
    world.judge = Believing({one: "CN=one", other: "CN=one"})  # renewed: the same subject, another key
    client, _ = world.client(**_members())
    world.sign_in(world.person())
    world.certificate = one
    code = world.code(client)
    tokens = world.redeem(client, "", code, data={"client_id": client.identifier}).json()
    shown = {"authorization": f"Bearer {tokens['access_token']}"}
    assert world.send("GET", "/userinfo", headers=shown).status_code == 200
    world.certificate = other
    assert world.send("GET", "/userinfo", headers=shown).json()["error"] == "invalid_token"
    data = {"client_id": client.identifier}
    assert world.refresh(client, "", tokens["refresh_token"], data=data).json()["error"] == "invalid_grant"
    world.certificate = None
    assert world.refresh(client, "", tokens["refresh_token"], data=data).json()["error"] == "invalid_client"
    world.certificate = one
    assert world.refresh(client, "", tokens["refresh_token"], data=data).status_code == 200
