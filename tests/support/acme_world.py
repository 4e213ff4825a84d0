"""An authority with ACME open, in this process: its network is the test's, its worker works when told."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from ca.acme.api import acme_router
from tests.support.acme import AcmeClient
from tests.support.authority import copy_home, passphrase
from tests.support.web import Visitor
from trustkit.app.acme import acme_service
from trustkit.app.ca_desk import HomeDesk
from trustkit.app.described import described
from trustkit.app.frame import framed
from trustkit.app.wiring import open_authority
from trustkit.encoding.text64 import encode_base64url
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

    from ca.acme.accounts import AcmeAccounts
    from ca.acme.caa import CaaRecord
    from ca.acme.service import AcmeService
    from trustkit.app.authority import Authority
    from trustkit.app.keys import Keys


@dataclass
class Network:
    """The web and the zones, as a test says they are."""

    pages: dict[str, bytes] = field(default_factory=dict)
    records: dict[str, tuple[bytes, ...]] = field(default_factory=dict)
    zones: dict[str, tuple[CaaRecord, ...]] = field(default_factory=dict)
    silent: bool = False

    def fetch(self, name: str, path: str) -> bytes:
        if name not in self.pages:
            raise TrustError(ErrorCode.ACME_CONNECTION, "nobody there")
        assert path.startswith("/.well-known/acme-challenge/")
        return self.pages[name]

    def texts(self, name: str) -> tuple[bytes, ...]:
        return self.records.get(name, ())

    def caa(self, name: str) -> tuple[CaaRecord, ...]:
        if self.silent:
            raise TrustError(ErrorCode.ACME_DNS, "no answer")
        return self.zones.get(name, ())


@dataclass
class World:
    home: Authority
    service: AcmeService
    network: Network
    client: AcmeClient
    accounts: AcmeAccounts

    def newcomer(self) -> AcmeClient:
        made = AcmeClient(self.client.visitor, self.client.base)
        row, key = self.accounts.add_external("x", lifetime=timedelta(days=1), actor=self.home.operator)
        assert made.register(row.identifier, key).status_code == 201
        return made

    def ready(self, *names: str) -> str:
        """Return the URL of an order whose names are proved."""
        answer = self.client.order(*names)
        assert answer.status_code == 201, answer.text
        for url in answer.json()["authorizations"]:
            self.prove(url)
        return answer.headers["location"]

    def prove(self, url: str) -> None:
        authorization = self.client.post(url).json()
        name = authorization["identifier"]["value"]
        challenge = authorization["challenges"][-1]  # http-01 where there is one
        text = f"{challenge['token']}.{self.client.key.thumbprint}".encode()
        if challenge["type"] == "http-01":
            self.network.pages[name] = text + b"\n"
        else:
            value = encode_base64url(hashlib.sha256(text).digest()).encode()
            self.network.records[f"_acme-challenge.{name}"] = (b"other", value)
        assert self.client.post(challenge["url"], {}).json()["status"] == "processing"
        assert self.service.worker.work() == 1


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Authority, Keys]]:
    home = copy_home(tmp_path_factory.mktemp("acme") / "home", keys="ecdsa-p256")
    with (home / "settings.toml").open("a", encoding="utf-8") as file:
        file.write('\n[acme]\nenabled = true\ndomains = ["example.test"]\ncaa_identities = ["ca.example.test"]\n')
    with open_authority(home) as authority:
        yield authority, authority.unlock(passphrase())


@pytest.fixture
def world(opened: tuple[Authority, Keys]) -> World:
    return acme_world(*opened)


def acme_world(home: Authority, keys: Keys) -> World:
    """Return ACME of an opened home with one account."""
    network = Network()
    service = acme_service(home, keys, HomeDesk(home=home, keys=keys), network=network)
    app = framed(
        home,
        lambda lifespan: described((acme_router(service),), version="0", title="t", summary="s", lifespan=lifespan),
        name="acme",
        max_body=256 * 1024,
        bodies=64,
        per_minute=1_000_000,
    )
    client = AcmeClient(Visitor(app), service.base)
    made = World(home, service, network, client, service.accounts)
    row, key = service.accounts.add_external("first", lifetime=timedelta(days=1), actor=home.operator)
    assert client.register(row.identifier, key, contact=["mailto:a@example.test"]).status_code == 201
    return made


def make_request(
    *names: str, key: ec.EllipticCurvePrivateKey | None = None, cn: str | None = None, organisation: str = ""
) -> bytes:
    parts = [x509.NameAttribute(NameOID.COMMON_NAME, cn)] if cn else []
    if organisation:
        parts.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation))
    builder = x509.CertificateSigningRequestBuilder(x509.Name(parts))
    if names:
        alternative = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
        builder = builder.add_extension(alternative, critical=False)
    return builder.sign(key or ec.generate_private_key(ec.SECP256R1()), hashes.SHA256()).public_bytes(Encoding.DER)


def csr(der: bytes) -> dict[str, str]:
    return {"csr": encode_base64url(der)}


def require_problem(answer: httpx.Response, kind: str, status: int) -> dict[str, Any]:
    body: dict[str, Any] = answer.json()
    assert (body["type"], answer.status_code) == (f"urn:ietf:params:acme:error:{kind}", status), answer.text
    assert body["status"] == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["replay-nonce"]
    return body
