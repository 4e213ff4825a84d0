"""Authorities and lists over the API: through the real application, each act in the trail, each refusal by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ca.clients import Role
from ca.list_scope import ALL
from tests.support.api_people import enrolled, events, require
from tests.support.authority import passphrase
from trustkit.app.ceremony import Ceremony, Shares
from trustkit.app.keys import Keys
from trustkit.audit import trail
from trustkit.audit.events import EventType
from trustkit.encoding.pem import parse_pem
from trustkit.errors import ErrorCode
from trustkit.store import crls
from trustkit.store.operators import Role as OperatorRole
from trustkit.x509.certificate import parse_certificate
from trustkit.x509.certificate_signature import verify_certificate_signature

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

    from ca.operators import ActingOperator
    from tests.support.machine_doors import Doors
    from trustkit.error_family import Code


AUTHORITIES, TOP = "/v1/ca/authorities", "root"
ORDER: dict[str, Any] = {
    "name": "web",
    "profile": "root",
    "keys": "ecdsa-p256",
    "subject": {"O": "示范局", "CN": "示范 Web 根"},
}


@pytest.fixture(scope="module")
def web(doors: Doors, admin: dict[str, str]) -> dict[str, Any]:
    made: dict[str, Any] = doors.visitor.post(AUTHORITIES, json=ORDER, headers=admin).json()
    return made


def test_the_tree_is_read_with_certificates_chain_and_lists(doors: Doors, admin: dict[str, str]) -> None:
    tree = doors.visitor.get(AUTHORITIES, headers=admin).json()["authorities"]
    assert [(each["name"], each["parent"]) for each in tree][:2] == [("root", None), ("issuing", "root")]
    found = doors.visitor.get(f"{AUTHORITIES}/issuing", headers=admin).json()
    assert (found["state"], found["waits_for_custodians"], found["tells_all"]) == ("valid", False, True)
    assert [each["serial"] for each in found["certificates"]] == [found["serial"]]
    (own,) = parse_pem(found["chain"].encode())
    assert f"{parse_certificate(own.der).serial:x}" == found["serial"]
    assert {each["kind"] for each in found["lists"]} == {"full"}
    narrow = doors.client("narrow-admin", Role.ADMINISTRATOR, authorities=("root",))
    assert [each["name"] for each in doors.visitor.get(AUTHORITIES, headers=narrow).json()["authorities"]] == ["root"]
    require(doors.visitor.get(f"{AUTHORITIES}/issuing", headers=narrow), ErrorCode.CA_AUTHORITY_MISSING, 404)
    require(doors.visitor.get(f"{AUTHORITIES}/nothing", headers=admin), ErrorCode.CA_AUTHORITY_MISSING, 404)
    require(doors.visitor.get(f"{AUTHORITIES}/..%2Froot", headers=admin), ErrorCode.REQUEST_MISSING, 404)
    require(doors.visitor.get(AUTHORITIES, headers=doors.client("no-admin")), ErrorCode.CA_CLIENT_ROLE, 403)


def test_an_authority_is_planned_made_renewed_and_cross_certified(
    doors: Doors, admin: dict[str, str], web: dict[str, Any]
) -> None:
    root = parse_certificate(parse_pem(web["pem"].encode())[0].der)
    assert events(doors, EventType.AUTHORITY_CREATED, "web")[0].actor.startswith("client:")
    again = doors.visitor.post(AUTHORITIES, json=ORDER, headers=admin)
    require(again, ErrorCode.CA_AUTHORITY_EXISTS, 409)
    below = {
        **ORDER,
        "name": "tls",
        "under": "web",
        "profile": "subordinate-ca",
        "subject": {"O": "示范局", "CN": "示范 TLS"},
    }
    planned = doors.visitor.post(AUTHORITIES, json={**below, "plan": True}, headers=admin)
    assert (planned.status_code, planned.json()["about_to_be_signed"]["under"]) == (200, "web")
    assert doors.home.authorities.find("tls") is None
    made = doors.visitor.post(AUTHORITIES, json=below, headers=admin)
    assert made.status_code == 201
    tls = parse_certificate(parse_pem(made.json()["pem"].encode())[0].der)
    verify_certificate_signature(tls, root)
    assert (
        doors.visitor.get(f"/v1/ca/certificates/{made.json()['serial']}", headers=admin).json()["code"]
        == ErrorCode.CA_CLIENT_ROLE
    )
    renewal = f"{AUTHORITIES}/tls/renewal"
    planned = doors.visitor.post(renewal, json={"same_key": True, "plan": True}, headers=admin)
    assert planned.json()["about_to_be_signed"]["key"] == "the same as before"
    same = doors.visitor.post(renewal, json={"same_key": True}, headers=admin).json()
    assert parse_certificate(parse_pem(same["pem"].encode())[0].der).spki == tls.spki
    renewed = doors.visitor.post(f"{AUTHORITIES}/web/renewal", json={}, headers=admin)
    assert (renewed.status_code, len(renewed.json()["links"])) == (201, 2)
    next_root = parse_certificate(parse_pem(renewed.json()["pem"].encode())[0].der)
    assert next_root.spki != root.spki
    crossing = f"{AUTHORITIES}/web/cross-certificates"
    planned = doors.visitor.post(crossing, json={"by": "root", "plan": True}, headers=admin)
    assert planned.json()["about_to_be_signed"]["by"] == "root"
    crossed = doors.visitor.post(crossing, json={"by": "root"}, headers=admin)
    cross = parse_certificate(parse_pem(crossed.json()["pem"].encode())[0].der)
    verify_certificate_signature(cross, doors.home.authorities.certificate("root"))
    roles = [each["role"] for each in doors.visitor.get(f"{AUTHORITIES}/web", headers=admin).json()["certificates"]]
    assert roles[0] == "cross"
    assert sorted(roles) == ["ca", "ca", "cross", "link", "link"]
    issued = events(doors, EventType.CERTIFICATE_ISSUED, crossed.json()["serial"])
    assert issued[0].actor.startswith("client:")


def test_a_key_that_is_shared_while_the_service_runs_is_left_to_its_custodians(
    doors: Doors, registrar: ActingOperator, admin: dict[str, str], tmp_path: Path
) -> None:
    """What M of N must agree to at the terminal, no secret of one client does over the API."""
    order = {**ORDER, "name": "guarded", "subject": {"O": "示范局", "CN": "示范 共管"}}
    assert doors.visitor.post(AUTHORITIES, json=order, headers=admin).status_code == 201
    custodians = tuple(enrolled(doors, registrar, OperatorRole.CUSTODIAN).row.id for _ in range(2))
    shares = Shares(custodians=custodians, threshold=2, folder=tmp_path / "shares")
    Ceremony(home=doors.home).share("guarded", Keys(doors.home.settings.home, passphrase()), shares)
    place = f"{AUTHORITIES}/guarded"
    assert doors.visitor.get(place, headers=admin).json()["waits_for_custodians"] is True
    crossing = doors.visitor.post(f"{AUTHORITIES}/{TOP}/cross-certificates", json={"by": "guarded"}, headers=admin)
    require(crossing, ErrorCode.KEY_SHARED, 409)
    require(doors.visitor.post(f"{place}/renewal", json={}, headers=admin), ErrorCode.KEY_SHARED, 409)
    below = {**ORDER, "name": "below", "under": "guarded", "profile": "subordinate-ca"}
    require(doors.visitor.post(AUTHORITIES, json=below, headers=admin), ErrorCode.KEY_SHARED, 409)
    assert doors.home.authorities.find("below") is None
    waiting = [each["name"] for each in publish(doors, admin).json()["published"] if each["kind"] == "waiting"]
    assert waiting == ["guarded"]


REFUSED_ORDERS: dict[str, tuple[dict[str, Any], Code]] = {
    "a name that is a path": ({"name": "../x"}, ErrorCode.USAGE),
    "no name": ({"name": ""}, ErrorCode.REQUEST_MALFORMED),
    "no subject": ({"subject": {}}, ErrorCode.REQUEST_MALFORMED),
    "a subject that is text": ({"subject": "CN=x"}, ErrorCode.REQUEST_MALFORMED),
    "a subject of numbers": ({"subject": {"CN": 7}}, ErrorCode.REQUEST_MALFORMED),
    "a label nobody knows": ({"subject": {"CN": "x", "O": "y", "colour": "red"}}, ErrorCode.CA_SUBJECT),
    "keys there are not": ({"keys": "rsa-512"}, ErrorCode.USAGE),
    "a profile of holders": ({"profile": "device"}, ErrorCode.USAGE),
    "a parent there is not": ({"under": "nobody", "profile": "subordinate-ca"}, ErrorCode.CA_AUTHORITY_MISSING),
    "a parent that allows none below": ({"under": "issuing", "profile": "subordinate-ca"}, ErrorCode.CA_LINT),
    "a plan that is text": ({"plan": "yes"}, ErrorCode.REQUEST_MALFORMED),
    "another member": ({"passphrase": "secret"}, ErrorCode.REQUEST_MALFORMED),
}


@pytest.mark.parametrize(("change", "code"), REFUSED_ORDERS.values(), ids=REFUSED_ORDERS.keys())
def test_refuses_an_authority_by_name(doors: Doors, admin: dict[str, str], change: dict[str, Any], code: Code) -> None:
    require(doors.visitor.post(AUTHORITIES, json={**ORDER, "name": "other", **change}, headers=admin), code)
    assert doors.home.authorities.find("other") is None


NARROW: dict[str, dict[str, Any]] = {
    "act": {"actions": frozenset()},
    "authority": {"authorities": ("issuing",)},
    "profile": {"profiles": ("device",)},
    "names": {"names": ("O=示范局", "CN=别的*")},
}


@pytest.mark.parametrize("part", NARROW)
def test_refuses_what_an_administrator_was_not_granted(doors: Doors, part: str) -> None:
    narrow = doors.client(f"admin-{part}", Role.ADMINISTRATOR, **NARROW[part])
    denied = doors.visitor.post(AUTHORITIES, json={**ORDER, "name": "denied"}, headers=narrow)
    require(denied, ErrorCode.CA_CLIENT_GRANT, 403)
    assert doors.home.authorities.find("denied") is None
    if part in {"act", "authority"}:
        for place, body in (("root/renewal", {}), ("root/cross-certificates", {"by": "issuing"})):
            refused = doors.visitor.post(f"{AUTHORITIES}/{place}", json=body, headers=narrow)
            require(refused, ErrorCode.CA_CLIENT_GRANT, 403)
    if part == "act":
        require(doors.visitor.post("/v1/ca/publications", json={}, headers=narrow), ErrorCode.CA_CLIENT_GRANT, 403)


def test_refuses_changes_by_name(doors: Doors, admin: dict[str, str]) -> None:
    for place, body, code in (
        ("nothing/renewal", {}, ErrorCode.CA_AUTHORITY_MISSING),
        ("root/renewal", {"same_key": "no"}, ErrorCode.REQUEST_MALFORMED),
        ("root/cross-certificates", {}, ErrorCode.REQUEST_MALFORMED),
        ("root/cross-certificates", {"by": "root"}, ErrorCode.USAGE),
        ("root/cross-certificates", {"by": "root", "plan": True}, ErrorCode.USAGE),
        ("root/cross-certificates", {"by": "nothing"}, ErrorCode.CA_AUTHORITY_MISSING),
    ):
        require(doors.visitor.post(f"{AUTHORITIES}/{place}", json=body, headers=admin), code)
    require(
        doors.visitor.post(f"{AUTHORITIES}/{TOP}/renewal", json={}, headers=doors.client("x1")),
        ErrorCode.CA_CLIENT_ROLE,
    )


def test_lists_are_published_and_say_by_whom(doors: Doors, admin: dict[str, str]) -> None:
    before = doors.visitor.get(f"{AUTHORITIES}/issuing", headers=admin).json()["lists"][0]["number"]
    published = doors.visitor.post("/v1/ca/publications", json={}, headers=admin).json()["published"]
    assert {"crl", "status-list"} <= {each["kind"] for each in published}
    assert doors.visitor.get(f"{AUTHORITIES}/issuing", headers=admin).json()["lists"][0]["number"] > before
    due = {each["kind"] for each in publish(doors, admin, only_due=True).json()["published"]}
    assert due <= {"ocsp", "waiting"}  # lists just published are not due
    with doors.home.database.reading() as unit:
        told = trail.list_events(unit, limit=1000, type=EventType.CRL_PUBLISHED)
    assert told[-1].actor.startswith("client:")
    require(publish(doors, admin, delta=True), ErrorCode.USAGE)  # the settings offer none
    require(publish(doors, admin, delta=True, only_due=True), ErrorCode.REQUEST_MALFORMED)
    require(publish(doors, admin, delta=1), ErrorCode.REQUEST_MALFORMED)


def test_lists_are_published_of_the_authorities_a_client_was_granted_alone(doors: Doors) -> None:
    narrow = doors.client("root-publisher", Role.ADMINISTRATOR, authorities=("root",))
    numbers = list_numbers(doors)
    for body in ({}, {"only_due": True}):
        published = publish(doors, narrow, **body).json()["published"]
        assert {each["kind"] for each in published} <= {"crl"}
    after = list_numbers(doors)
    assert {name for name, number in after.items() if number != numbers[name]} == {"root"}
    nowhere = doors.client("no-publisher", Role.ADMINISTRATOR, authorities=("nowhere",))
    for body in ({}, {"delta": True}):
        require(publish(doors, nowhere, **body), ErrorCode.CA_CLIENT_GRANT, 403)


def list_numbers(doors: Doors) -> dict[str, int]:
    with doors.home.database.reading() as unit:
        heads = {name: crls.find_head(unit, name, scope=ALL.text) for name in doors.home.publications().names()}
    return {name: head.number for name, head in heads.items() if head is not None}


def publish(doors: Doors, headers: dict[str, str], **body: Any) -> httpx.Response:
    return doors.visitor.post("/v1/ca/publications", json=body, headers=headers)


def test_every_call_is_described_with_answers_examples_and_refusals(doors: Doors) -> None:
    document = doors.visitor.get("/openapi.json").json()
    calls = {
        (method, path): call
        for path, item in document["paths"].items()
        for method, call in item.items()
        if path.startswith("/v1/ca/")
    }
    assert len(calls) >= 20
    for call, told in calls.items():
        assert told["summary"], call
        assert told["description"], call
        assert {"400", "401", "403", "404", "409", "422", "429"} <= set(told["responses"]), call
        for status, answer in told["responses"].items():
            ((kind, content),) = answer["content"].items()
            assert content.get("schema"), (call, status)
            assert "example" in content or kind == "application/pem-certificate-chain", (call, status)
            if int(status) >= 400:
                assert kind == "application/problem+json", (call, status)
        if call[0] == "post":
            (body,) = told["requestBody"]["content"].values()
            assert set(body["schema"]["required"]) <= set(body["example"]) <= set(body["schema"]["properties"]), call
