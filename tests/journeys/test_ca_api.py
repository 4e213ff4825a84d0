"""The authority's API as a program meets it: what each role may, what is issued once, and each refusal by name."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

from ca.client_grant import Action, ClientGrant
from ca.clients import ACTIONS, PERMISSIONS, ClientRegistry, Role
from esign.credential.suites import CredentialSuite
from tests.support.authority import copy_home, passphrase
from tests.support.web import Visitor
from trustkit.app.ca_asgi import ca_application
from trustkit.app.certificate_renewal import CertificateRenewal
from trustkit.app.credential_setup import CredentialSetup
from trustkit.app.keys import KeyName, Keys
from trustkit.app.wiring import open_authority
from trustkit.audit import trail
from trustkit.custody.pkcs8 import MIN_ITERATIONS
from trustkit.errors import ErrorCode
from trustkit.store.ocsp_answers import find_standing

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

    from trustkit.app.authority import Authority
    from trustkit.error_family import Code


ANYTHING = ClientGrant(profiles=("*",), authorities=("*",), names=("*",))
ACTS = {role: frozenset(ACTIONS[each] for each in PERMISSIONS[role] if each in ACTIONS) for role in Role}


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Authority, Visitor]]:
    home = copy_home(tmp_path_factory.mktemp("api") / "home")
    policy = home / "policies" / "registration.toml"
    text = (
        policy.read_text("utf-8")
        .replace("seal = 2\n", "seal = 2\ndevice = 0\n")
        .replace("revocation = 1", "revocation = 0")
    )
    policy.write_text(text, "utf-8")
    with open_authority(home) as authority:
        yield authority, Visitor(ca_application(authority, authority.unlock(passphrase())))


@pytest.fixture(scope="module")
def visitor(opened: tuple[Authority, Visitor]) -> Visitor:
    return opened[1]


@pytest.fixture(scope="module")
def bearers(opened: tuple[Authority, Visitor]) -> dict[str, dict[str, str]]:
    """Return a header for each role, and for a second requester."""
    home = opened[0]
    registry = ClientRegistry(database=home.database, clock=home.clock)
    made = {}
    for name, role in (*((role.value, role) for role in Role), ("other", Role.REQUESTER)):
        _, credential = registry.add(
            name, role, lifetime=timedelta(days=1), actor=home.operator, grant=replace(ANYTHING, actions=ACTS[role])
        )
        made[name] = {"authorization": f"Bearer {credential}"}
    return made


def _pem(name: str = "sensor-1") -> str:
    parts = [(NameOID.COUNTRY_NAME, "CN"), (NameOID.ORGANIZATION_NAME, "示例单位"), (NameOID.COMMON_NAME, name)]
    subject = x509.Name([x509.NameAttribute(oid, value) for oid, value in parts])
    builder = x509.CertificateSigningRequestBuilder(subject)
    return builder.sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256()).public_bytes(Encoding.PEM).decode()


def _submit(visitor: Visitor, headers: dict[str, str], **body: Any) -> httpx.Response:
    return visitor.post("/v1/ca/requests", json={"profile": "device", "request": _pem(), **body}, headers=headers)


def _require(answer: httpx.Response, status: int, code: Code) -> None:
    assert (answer.status_code, answer.json()["code"]) == (status, code.value), answer.text
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_program_asks_fetches_and_a_registrar_revokes(visitor: Visitor, bearers: dict[str, dict[str, str]]) -> None:
    mine = bearers["requester"]
    profiles = visitor.get("/v1/ca/profiles", headers=mine).json()["profiles"]
    assert "device" in {each["name"] for each in profiles}
    assert "seal" not in {each["name"] for each in profiles}  # registrars must agree
    submitted = _submit(visitor, mine)
    assert submitted.status_code == 201, submitted.text
    state = visitor.get(submitted.headers["location"], headers=mine).json()
    assert state == submitted.json()
    place = state["certificate"]
    assert visitor.get(place, headers=mine).json()["state"] == "issued"
    chain = x509.load_pem_x509_certificates(visitor.get(f"{place}/chain", headers=mine).content)
    assert len(chain) == 2
    found = visitor.post("/v1/ca/certificates/search", json={"subject": "sensor"}, headers=bearers["auditor"]).json()
    assert state["serial"] in {each["serial"] for each in found["certificates"]}
    revoked = visitor.post(f"{place}/revocation", json={"reason": "superseded"}, headers=bearers["registrar"])
    assert revoked.json()["state"] == "revoked", revoked.text
    again = visitor.post(f"{place}/revocation", json={"reason": "superseded"}, headers=bearers["registrar"])
    _require(again, 409, ErrorCode.CA_SERIAL_REVOKED)


def test_a_registrar_suspends_and_resumes_and_answers_say_so(
    opened: tuple[Authority, Visitor], bearers: dict[str, dict[str, str]]
) -> None:
    home, visitor = opened
    place = _submit(visitor, bearers["requester"]).json()["certificate"]
    serial = place.rpartition("/")[2]
    for reason, state, said in (
        ("certificateHold", "suspended", "certificateHold"),
        ("removeFromCRL", "issued", None),
        ("keyCompromise", "revoked", "keyCompromise"),
    ):
        answer = visitor.post(f"{place}/revocation", json={"reason": reason}, headers=bearers["registrar"])
        assert answer.json()["state"] == state, answer.text
        with home.database.reading() as unit:
            standing = find_standing(unit, serial)
        assert standing is not None
        assert standing.answer is not None  # made anew at once, for processes without keys
        assert standing.word.reason == said
    ended = visitor.post(f"{place}/revocation", json={"reason": "removeFromCRL"}, headers=bearers["registrar"])
    _require(ended, 409, ErrorCode.CA_SERIAL_REVOKED)
    with home.database.reading() as unit:
        events = trail.list_events(unit, limit=500)
    assert {each.actor.partition(":")[0] for each in events if each.object_id == serial} >= {"client"}


def test_a_compromise_ends_all_certificates_of_the_key(
    opened: tuple[Authority, Visitor], bearers: dict[str, dict[str, str]]
) -> None:
    visitor, body = opened[1], _pem()
    first, second = (
        _submit(visitor, bearers["requester"], request=body).json()["certificate"].rpartition("/")[2] for _ in range(2)
    )
    place = f"/v1/ca/certificates/{first}/revocation"
    answer = visitor.post(place, json={"reason": "keyCompromise"}, headers=bearers["registrar"])
    assert (answer.json()["state"], answer.json()["revoked_with_it"]) == ("revoked", [second]), answer.text
    other = visitor.get(f"/v1/ca/certificates/{second}", headers=bearers["auditor"]).json()
    assert (other["state"], other["reason"]) == ("revoked", "keyCompromise")
    _require(_submit(visitor, bearers["requester"], request=body), 403, ErrorCode.CA_KEY_REPEATED)


def test_no_program_ends_the_authority_s_own(
    opened: tuple[Authority, Visitor], bearers: dict[str, dict[str, str]]
) -> None:
    home, visitor = opened
    renewal = CertificateRenewal(home=home)
    renewal.renew(renewal.plan(KeyName.SEAL_MAKER), home.unlock(passphrase()))
    setup = CredentialSetup(home=home)
    plan = setup.plan(CredentialSuite.SM2)
    assert plan is not None
    setup.make(plan, Keys(home.settings.home, passphrase(), iterations=MIN_ITERATIONS))
    for name in KeyName:
        place = f"/v1/ca/certificates/{home.certificate(name).serial:x}/revocation"
        for reason in ("superseded", "certificateHold"):
            answer = visitor.post(place, json={"reason": reason}, headers=bearers["registrar"])
            _require(answer, 404, ErrorCode.CA_SERIAL_MISSING)


def test_certificates_for_programs_are_as_the_house_makes_them(
    opened: tuple[Authority, Visitor], bearers: dict[str, dict[str, str]]
) -> None:
    """Links to list and answers as every certificate of the CA, and the home's own rules on algorithms."""
    home, visitor = opened
    place = _submit(visitor, bearers["requester"]).json()["certificate"]
    made = x509.load_pem_x509_certificate(visitor.get(place, headers=bearers["requester"]).json()["pem"].encode())
    access = made.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    assert {each.access_method for each in access} == {
        AuthorityInformationAccessOID.OCSP,
        AuthorityInformationAccessOID.CA_ISSUERS,
    }
    file = home.settings.home / "policies" / "algorithms.toml"
    text = file.read_text("utf-8")
    try:
        file.write_text(
            text
            + '[[suite]]\nnames = ["sm2-sm3"]\nuses = ["certificate"]\nmake_until = 2020-01-01\nbelieve_until = 2035-12-31\n',
            "utf-8",
        )
        refused = _submit(visitor, bearers["requester"])
        assert refused.status_code >= 400, refused.text
    finally:
        file.write_text(text, "utf-8")


def test_a_repetition_issues_once(visitor: Visitor, bearers: dict[str, dict[str, str]]) -> None:
    headers = bearers["requester"] | {"idempotency-key": "order 7"}
    pem = _pem("sensor-7")
    first, second = (_submit(visitor, headers, request=pem) for _ in range(2))
    assert first.json() == second.json()
    _require(_submit(visitor, headers), 409, ErrorCode.CA_REQUEST_REPEATED)
    other = _submit(visitor, bearers["other"] | {"idempotency-key": "order 7"}, request=_pem("sensor-8"))
    assert other.json()["identifier"] != first.json()["identifier"]  # a key is its requester's own


def test_what_is_anothers_is_not_seen(visitor: Visitor, bearers: dict[str, dict[str, str]]) -> None:
    state = _submit(visitor, bearers["requester"]).json()
    place = f"/v1/ca/requests/{state['identifier']}"
    _require(visitor.get(place, headers=bearers["other"]), 404, ErrorCode.CA_REQUEST_MISSING)
    _require(visitor.get(state["certificate"], headers=bearers["other"]), 404, ErrorCode.CA_SERIAL_MISSING)
    assert visitor.get(place, headers=bearers["auditor"]).status_code == 200


def test_roles_are_kept(visitor: Visitor, bearers: dict[str, dict[str, str]]) -> None:
    search = "/v1/ca/certificates/search"
    _require(visitor.post(search, json={}, headers=bearers["requester"]), 403, ErrorCode.CA_CLIENT_ROLE)
    _require(_submit(visitor, bearers["auditor"]), 403, ErrorCode.CA_CLIENT_ROLE)
    place = "/v1/ca/certificates/1/revocation"
    _require(
        visitor.post(place, json={"reason": "superseded"}, headers=bearers["requester"]), 403, ErrorCode.CA_CLIENT_ROLE
    )


GRANTS = {
    "nothing": (ClientGrant(), "action"),
    "another act": (replace(ANYTHING, actions=frozenset({Action.SEARCH})), "action"),
    "another authority": (replace(ANYTHING, actions=ACTS[Role.REQUESTER], authorities=("root",)), "authority"),
    "another profile": (replace(ANYTHING, actions=ACTS[Role.REQUESTER], profiles=("tls-server",)), "profile"),
    "no name": (replace(ANYTHING, actions=ACTS[Role.REQUESTER], names=()), "names"),
    "another name": (replace(ANYTHING, actions=ACTS[Role.REQUESTER], names=("O=示例单位", "CN=pump-*")), "names"),
    "another holder": (replace(ANYTHING, actions=ACTS[Role.REQUESTER], names=("O=别的单位", "CN=sensor-*")), "names"),
}


@pytest.mark.parametrize(("grant", "part"), GRANTS.values(), ids=GRANTS.keys())
def test_refuses_what_a_client_was_not_granted(
    opened: tuple[Authority, Visitor], grant: ClientGrant, part: str
) -> None:
    home, visitor = opened
    registry = ClientRegistry(database=home.database, clock=home.clock)
    role = Role.REGISTRAR  # which has every act: what is refused is refused by the grant
    name = f"narrow-{len(registry.list_clients())}"
    row, credential = registry.add(name, role, lifetime=timedelta(days=1), actor=home.operator, grant=grant)
    headers = {"authorization": f"Bearer {credential}"}
    answer = _submit(visitor, headers)
    _require(answer, 403, ErrorCode.CA_CLIENT_GRANT)
    with home.database.reading() as unit:
        entry = [each for each in trail.list_events(unit, limit=1000) if each.object_id == row.identifier][-1]
    assert entry.outcome == "denied"
    assert entry.reason == ("grant" if part == "action" else part)
    registry.grant(name, replace(ANYTHING, actions=ACTS[Role.REQUESTER]), actor=home.operator)
    assert _submit(visitor, headers).status_code == 201  # in force with the next call


def test_a_grant_bounds_revocation_and_sight(
    opened: tuple[Authority, Visitor], bearers: dict[str, dict[str, str]]
) -> None:
    home, visitor = opened
    place = _submit(visitor, bearers["requester"]).json()["certificate"]
    registry = ClientRegistry(database=home.database, clock=home.clock)
    grant = ClientGrant(
        actions=ACTS[Role.REGISTRAR], profiles=("device",), authorities=("issuing",), names=("CN=pump-*",)
    )
    _, credential = registry.add("pumps", Role.REGISTRAR, lifetime=timedelta(days=1), actor=home.operator, grant=grant)
    headers = {"authorization": f"Bearer {credential}"}
    assert visitor.get(place, headers=headers).status_code == 200
    refused = visitor.post(f"{place}/revocation", json={"reason": "superseded"}, headers=headers)
    _require(refused, 403, ErrorCode.CA_CLIENT_GRANT)
    registry.grant("pumps", replace(grant, profiles=("tls-server",)), actor=home.operator)
    _require(visitor.get(place, headers=headers), 404, ErrorCode.CA_SERIAL_MISSING)
    assert visitor.post("/v1/ca/certificates/search", json={}, headers=headers).json()["certificates"] == []
    registry.grant("pumps", replace(grant, names=("CN=sensor-*", "O=示例单位")), actor=home.operator)
    assert (
        visitor.post(f"{place}/revocation", json={"reason": "superseded"}, headers=headers).json()["state"] == "revoked"
    )


CREDENTIALS = {
    "none": {},
    "another scheme": {"authorization": "Digest x"},
    "no secret": {"authorization": "Bearer abc"},
    "unknown": {"authorization": f"Bearer {'0' * 32}.{'a' * 43}"},
    "Basic of nothing": {"authorization": "Basic "},
    "Basic that is no base64": {"authorization": "Basic ??"},
    "huge": {"authorization": "Bearer a." + "b" * 2000},
}


@pytest.mark.parametrize("headers", CREDENTIALS.values(), ids=CREDENTIALS.keys())
def test_refuses_a_credential(visitor: Visitor, headers: dict[str, str]) -> None:
    answer = visitor.get("/v1/ca/profiles", headers=headers)
    _require(answer, 401, ErrorCode.CA_CLIENT_REFUSED)
    assert answer.headers["www-authenticate"].startswith("Bearer")


BODIES: dict[str, tuple[dict[str, Any], int, Code]] = {
    "no request": ({"request": ""}, 400, ErrorCode.REQUEST_MALFORMED),
    "another member": ({"colour": "red"}, 400, ErrorCode.REQUEST_MALFORMED),
    "a number": ({"request": 7}, 400, ErrorCode.REQUEST_MALFORMED),
    "no PKCS#10": ({"request": "hello"}, 422, ErrorCode.REQUEST_INVALID),
    "a profile that is a path": ({"profile": "../../root-ca"}, 404, ErrorCode.REQUEST_MISSING),
    "a profile nobody has": ({"profile": "nothing"}, 404, ErrorCode.REQUEST_MISSING),
    "a CA": ({"profile": "root-ca"}, 404, ErrorCode.REQUEST_MISSING),
    "one registrars decide on": ({"profile": "tls-client"}, 403, ErrorCode.REGISTRATION_APPROVALS),
}


@pytest.mark.parametrize(("body", "status", "code"), BODIES.values(), ids=BODIES.keys())
def test_refuses_a_submission(
    visitor: Visitor, bearers: dict[str, dict[str, str]], body: dict[str, Any], status: int, code: Code
) -> None:
    _require(_submit(visitor, bearers["requester"], **body), status, code)


def test_a_request_signed_by_another_key_is_refused(visitor: Visitor, bearers: dict[str, dict[str, str]]) -> None:
    der = bytearray(x509.load_pem_x509_csr(_pem().encode()).public_bytes(Encoding.DER))
    der[-1] ^= 1
    pem = f"-----BEGIN CERTIFICATE REQUEST-----\n{base64.b64encode(der).decode()}\n-----END CERTIFICATE REQUEST-----\n"
    answer = _submit(visitor, bearers["requester"], request=pem)
    assert answer.json()["code"] in {ErrorCode.SIGNATURE_WRONG.value, ErrorCode.SIGNATURE_MALFORMED.value}


def test_forms_and_limits(visitor: Visitor, bearers: dict[str, dict[str, str]]) -> None:
    mine, all_seeing = bearers["requester"], bearers["auditor"]
    plain = visitor.post("/v1/ca/requests", content=b"x", headers=mine | {"content-type": "text/plain"})
    _require(plain, 415, ErrorCode.REQUEST_TYPE)
    _require(_submit(visitor, mine | {"idempotency-key": "x" * 101}), 400, ErrorCode.REQUEST_MALFORMED)
    for body in ({"limit": 0}, {"limit": 501}, {"limit": True}, {"state": "lost"}, {"subject": 1}, {"colour": "red"}):
        answer = visitor.post("/v1/ca/certificates/search", json=body, headers=all_seeing)
        _require(answer, 400, ErrorCode.REQUEST_MALFORMED)
    _require(visitor.get("/v1/ca/requests/xyz", headers=mine), 400, ErrorCode.REQUEST_MALFORMED)


def test_the_description_names_every_route_and_its_refusals(visitor: Visitor) -> None:
    document = visitor.get("/openapi.json").json()
    submit = document["paths"]["/v1/ca/requests"]["post"]
    assert submit["requestBody"]["content"]["application/json"]["schema"]["required"] == ["profile", "request"]
    assert {"401", "403", "409", "429"} <= set(submit["responses"])
    assert {each["name"] for each in submit["parameters"]} == {"Idempotency-Key"}
