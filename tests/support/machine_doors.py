"""A home with the machine doors open, registrars, and a service enrolled to speak for machines: in this process."""

from __future__ import annotations

import base64
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs7 import load_der_pkcs7_certificates
from cryptography.x509.oid import NameOID

from ca.client_grant import Action, ClientGrant
from ca.clients import ACTIONS, PERMISSIONS, ClientRegistry, Role
from ca.operators import ActingOperator, Enrolment
from tests.support.authority import copy_home, passphrase
from tests.support.web import Visitor
from trustkit.app.ca_asgi import ca_application
from trustkit.app.keys import MACHINES
from trustkit.app.registration import RegistrationDesk
from trustkit.app.wiring import open_authority
from trustkit.clock import SystemClock
from trustkit.crypto.public_key import KeyKind
from trustkit.custody.private_key import generate_key
from trustkit.store.operators import Role as OperatorRole
from trustkit.store.registrations import Decision

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    import httpx
    from starlette.types import ASGIApp, Receive, Scope, Send

    from trustkit.app.authority import Authority
    from trustkit.app.keys import Keys

ANYTHING = ClientGrant(profiles=("*",), authorities=("*",), names=("*",))
EST = "/.well-known/est"
# One client makes the calls of whole tables at once: the rate is raised here, and tested where it is meant.
SETTINGS = """
[ca_server]
base_url = "https://ca.example.test"
client_per_minute = 60000

[est]
enabled = true
profiles = ["device", "tls-client"]
"""


@dataclass
class Shown:
    """Puts the certificate a client would have proved in TLS beside each request, as the connection does."""

    app: ASGIApp
    certificate: x509.Certificate | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and self.certificate is not None:
            chain = [self.certificate.public_bytes(Encoding.PEM).decode()]
            scope = {**scope, "extensions": {"tls": {"client_cert_chain": chain}}}
        await self.app(scope, receive, send)


@dataclass
class Skewed:
    """The system's clock, a while ahead."""

    by: timedelta = timedelta(0)
    clock: SystemClock = field(default_factory=SystemClock)

    def now(self) -> datetime:
        return self.clock.now() + self.by

    def monotonic(self) -> float:
        return self.clock.monotonic()


@dataclass
class Doors:
    """The doors, and who stands on both sides of them."""

    home: Authority
    keys: Keys
    shown: Shown
    clock: Skewed

    @contextmanager
    def later(self, by: timedelta) -> Iterator[None]:
        """Let the time be later for as long as the block lasts."""
        self.clock.by = by
        try:
            yield
        finally:
            self.clock.by = timedelta(0)

    @property
    def visitor(self) -> Visitor:
        return Visitor(self.shown)

    @property
    def desk(self) -> RegistrationDesk:
        return RegistrationDesk(home=self.home)

    def client(self, name: str, role: Role = Role.REQUESTER, **grant: Any) -> dict[str, str]:
        """Register a client and return its header; granted anything its role may do unless told."""
        acts = frozenset(ACTIONS[each] for each in PERMISSIONS[role] if each in ACTIONS)
        given = replace(ANYTHING, **{"actions": acts, **grant})
        registry = ClientRegistry(database=self.home.database, clock=self.home.clock)
        _, credential = registry.add(name, role, lifetime=timedelta(days=90), actor=self.home.operator, grant=given)
        identifier, _, secret = credential.partition(".")
        return {"authorization": "Basic " + base64.b64encode(f"{identifier}:{secret}".encode()).decode()}

    def registrar(self, sponsor: ActingOperator | None = None) -> ActingOperator:
        key = generate_key(KeyKind.SM2)
        enrolment = Enrolment(label="registrar", role=OperatorRole.REGISTRAR, key=key.public_key)
        row = self.desk.operators.enrol(enrolment, actor=self.home.operator, sponsor=sponsor)
        return ActingOperator(row=row, signer=key.signer())

    def speak_for_machines(self, sponsor: ActingOperator) -> str:
        """Enrol the service as `ca operator add --machines` does; return the operator."""
        key = generate_key(KeyKind.SM2)
        self.keys.add(MACHINES, key)
        enrolment = Enrolment(label="machines", role=OperatorRole.REQUESTER, key=key.public_key)
        return self.desk.operators.enrol(enrolment, actor=self.home.operator, sponsor=sponsor).id

    def decide(self, registrar: ActingOperator, number: str, decision: Decision = Decision.APPROVE) -> None:
        self.desk.registration.decide(registrar, number, decision)

    def waiting(self) -> list[str]:
        """Return the numbers of the requests registrars see, the newest first."""
        return [line.request.id for line in self.desk.book.listed(state="submitted", after=None, limit=100)]

    def submit(
        self, headers: dict[str, str], pem: str, profile: str = "tls-client", twin: str = "", **more: str
    ) -> httpx.Response:
        body = {"profile": profile, "request": pem, **({"encryption_profile": twin} if twin else {})}
        return self.visitor.post("/v1/ca/requests", json=body, headers=headers | more)

    def enrol(self, headers: dict[str, str], pem: str, act: str = "tls-client/simpleenroll") -> httpx.Response:
        der = x509.load_pem_x509_csr(pem.encode()).public_bytes(Encoding.DER)
        typed = {"content-type": "application/pkcs10", **headers}
        return self.visitor.post(f"{EST}/{act}", content=base64.encodebytes(der), headers=typed)


def make_pem(name: str = "sensor-1", key: ec.EllipticCurvePrivateKey | None = None) -> str:
    parts = [(NameOID.COUNTRY_NAME, "CN"), (NameOID.ORGANIZATION_NAME, "示例单位"), (NameOID.COMMON_NAME, name)]
    subject = x509.Name([x509.NameAttribute(oid, value) for oid, value in parts])
    builder = x509.CertificateSigningRequestBuilder(subject)
    signed = builder.sign(key or ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())
    return signed.public_bytes(Encoding.PEM).decode()


def bag_of(answer: httpx.Response) -> list[x509.Certificate]:
    """Return the certificates of an EST answer."""
    assert answer.status_code == 200, answer.text
    return load_der_pkcs7_certificates(base64.b64decode(answer.content))


def open_doors(place: Path) -> Iterator[Doors]:
    home = copy_home(place / "home")
    policy = home / "policies" / "registration.toml"
    policy.write_text(policy.read_text("utf-8").replace("seal = 2\n", "seal = 2\ndevice = 0\n"), "utf-8")
    with (home / "settings.toml").open("a", encoding="utf-8") as file:
        file.write(SETTINGS)
    with open_authority(home) as authority:
        authority.clock = clock = Skewed()
        keys = authority.unlock(passphrase())
        yield Doors(authority, keys, Shown(ca_application(authority, keys)), clock)


__all__ = ["ANYTHING", "EST", "Action", "Doors", "bag_of", "make_pem", "open_doors"]
