"""Registrars decide over the API, by statements signed elsewhere; and pairs that programs ask for. Through the real application."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.x509 import InvalidityDate, load_der_x509_crl

from ca.clients import PERMISSIONS, Permission, Role
from ca.decisions import decision_fields
from ca.operators import ActingOperator, Enrolment
from ca.presented import GOOD_FOR
from ca.response import install_response, parse_response
from ca.statements import SignedStatement, sign_statement
from tests.support.api_people import require, signing
from tests.support.machine_doors import Doors, make_pem, open_doors
from tests.support.registration import csr
from trustkit.app.ceremony import Ceremony, Shares
from trustkit.app.operator_statements import read_shown, signed_decision
from trustkit.audit import trail
from trustkit.audit.events import EventType
from trustkit.crypto.contexts import Context
from trustkit.crypto.public_key import KeyKind
from trustkit.custody.private_key import PrivateKey, generate_key
from trustkit.encoding.pem import encode_pem
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity import Principal
from trustkit.store import certificates
from trustkit.store.operators import Role as OperatorRole
from trustkit.store.registrations import Decision
from trustkit.x509.name_build import build_name

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx

    from trustkit.error_family import Code

QUEUE = "/v1/ca/registrations"
OFFICIAL = build_name(
    (("C", "CN"), ("O", "示范市大数据局"), ("OU", "91990100MA7TRYQ01H"), ("CN", "李示范"), ("serialNumber", "R-2026-7"))
)


@pytest.fixture(scope="module")
def doors(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doors]:
    yield from open_doors(tmp_path_factory.mktemp("decisions"))


@pytest.fixture(scope="module")
def people(doors: Doors) -> tuple[ActingOperator, ActingOperator]:
    first = doors.registrar()
    doors.speak_for_machines(first)
    return first, doors.registrar(first)


@pytest.fixture(scope="module")
def checker(doors: Doors, people: object) -> dict[str, str]:
    del people
    return doors.client("checker", Role.CHECKER)


@pytest.fixture(scope="module")
def mine(doors: Doors, people: object) -> dict[str, str]:
    del people
    return doors.client("mine")


def hand_in(doors: Doors, headers: dict[str, str], number: str, body: dict[str, Any]) -> httpx.Response:
    return doors.visitor.post(f"{QUEUE}/{number}/decisions", json=body, headers=headers)


def decide(
    doors: Doors, headers: dict[str, str], by: ActingOperator, number: str, word: Decision, *, reason: str = ""
) -> httpx.Response:
    """Do what a registrar does on his own machine: look at the answer, sign what it holds, hand it in."""
    shown = read_shown(doors.visitor.get(f"{QUEUE}/{number}", headers=headers).content)
    body = signed_decision(shown, word, signing(by), at=doors.clock.now(), reason=reason)
    return hand_in(doors, headers, number, body)


def queued(doors: Doors, headers: dict[str, str], name: str) -> tuple[str, str]:
    """Ask for a certificate registrars must agree to; return where it is, and its number."""
    place = doors.submit(headers, make_pem(name)).headers["location"]
    return place, doors.waiting()[0]


def test_a_request_is_seen_approved_over_the_api_and_issued(
    doors: Doors, people: tuple[ActingOperator, ActingOperator], checker: dict[str, str], mine: dict[str, str]
) -> None:
    place, number = queued(doors, mine, "seen-1")
    page = doors.visitor.get(f"{QUEUE}?state=submitted", headers=checker).json()
    line = next(each for each in page["registrations"] if each["request"] == number)
    assert (line["authority"], line["profile"], line["needed"]) == ("issuing", "tls-client", 1)
    shown = doors.visitor.get(f"{QUEUE}/{number}", headers=checker).json()
    assert shown["subject"] == "C=CN, O=示例单位, CN=seen-1"
    assert "clientAuth" in shown["extended_key_usage"]
    answer = decide(doors, checker, people[0], number, Decision.APPROVE)
    assert (answer.status_code, answer.json()["state"], answer.json()["approvals"]) == (201, "approved", 1)
    assert doors.visitor.get(place, headers=mine).json()["state"] == "issued"
    with doors.home.database.reading() as unit:
        (told,) = trail.list_about(unit, EventType.REGISTRATION_DECIDED, number)
    assert told.actor == people[0].row.id
    assert str(told.facts["client"]).startswith("client:")


def test_a_rejection_tells_its_reason_to_who_asked(
    doors: Doors, people: tuple[ActingOperator, ActingOperator], checker: dict[str, str], mine: dict[str, str]
) -> None:
    place, number = queued(doors, mine, "wrong-1")
    assert decide(doors, checker, people[1], number, Decision.REJECT, reason="wrong-organisation").status_code == 201
    for _ in range(2):
        state = doors.visitor.get(place, headers=mine).json()
        assert (state["state"], state["reason"]) == ("refused", ErrorCode.REGISTRATION_REFUSED.value)
        assert state["refusal"] == "wrong-organisation"
    (told,) = doors.visitor.get(f"{QUEUE}/{number}", headers=checker).json()["decisions"]
    assert (told["decision"], told["reason"]) == ("reject", "wrong-organisation")
    require(decide(doors, checker, people[0], number, Decision.APPROVE), ErrorCode.REGISTRATION_STATE)


def test_two_must_agree_where_the_policy_asks_for_two(
    doors: Doors, people: tuple[ActingOperator, ActingOperator], checker: dict[str, str], mine: dict[str, str]
) -> None:
    key = generate_key(KeyKind.SM2)
    pem = encode_pem("CERTIFICATE REQUEST", csr(key, subject=OFFICIAL)).decode()
    place = doors.submit(mine, pem, "official").headers["location"]
    number = doors.waiting()[0]
    assert decide(doors, checker, people[0], number, Decision.APPROVE).json()["state"] == "submitted"
    require(decide(doors, checker, people[0], number, Decision.APPROVE), ErrorCode.REGISTRATION_DECIDED)
    assert doors.visitor.get(place, headers=mine).json()["state"] == "pending"
    assert decide(doors, checker, people[1], number, Decision.APPROVE).json()["state"] == "approved"
    assert doors.visitor.get(place, headers=mine).json()["state"] == "issued"


def test_who_asks_for_certificates_decides_on_none(
    doors: Doors, people: tuple[ActingOperator, ActingOperator], checker: dict[str, str], mine: dict[str, str]
) -> None:
    """By role, by grant, and by whose request it is."""
    _, number = queued(doors, mine, "own-1")
    body = body_of(doors, people[0], number, checker)
    for headers in (mine, doors.client("all-seeing", Role.REGISTRAR), doors.client("audit", Role.AUDITOR)):
        require(hand_in(doors, headers, number, body), ErrorCode.CA_CLIENT_ROLE)
    idle = doors.client("idle", Role.CHECKER, actions=frozenset())
    require(hand_in(doors, idle, number, body), ErrorCode.CA_CLIENT_GRANT)
    require(doors.submit(checker, make_pem()), ErrorCode.CA_CLIENT_ROLE)
    assert all(not {Permission.REQUEST_SUBMIT, Permission.KEY_RECOVER} & PERMISSIONS[role] for role in deciding())
    details = doors.desk.book.details(number)
    client = details.said.text("client")
    statement = SignedStatement(body=b64decode(body["statement"]), signature=b64decode(body["signature"]))
    own = Principal(id=client)
    registration = doors.desk.registration
    with pytest.raises(TrustError) as caught, doors.desk.home.database.unit_of_work() as uow:
        registration.decide_presented_within(uow, statement, number, client=own)
    assert caught.value.code is ErrorCode.REGISTRATION_OWN
    for narrow in ({"profiles": ("device",)}, {"authorities": ("root",)}):
        blind = doors.client(f"blind-{next(iter(narrow))}", Role.CHECKER, **narrow)
        require(doors.visitor.get(f"{QUEUE}/{number}", headers=blind), ErrorCode.REGISTRATION_MISSING)
        require(hand_in(doors, blind, number, body), ErrorCode.REGISTRATION_MISSING)
        listed = doors.visitor.get(QUEUE, headers=blind).json()["registrations"]
        assert number not in {each["request"] for each in listed}
    assert hand_in(doors, checker, number, body).status_code == 201


def deciding() -> list[Role]:
    return [role for role in Role if Permission.REGISTRATION_DECIDE in PERMISSIONS[role]]


def body_of(doors: Doors, by: ActingOperator, number: str, headers: dict[str, str], **fields: object) -> dict[str, Any]:
    """Return a signed decision whose fields are as told."""
    seen = doors.visitor.get(f"{QUEUE}/{number}", headers=headers).json()["statement_sm3"]
    said = decision_fields(number, seen, Decision.APPROVE, at=doors.clock.now())
    made = sign_statement(Context.DECISION, {**said, "operator": by.row.id, **fields}, by.signer)  # type: ignore[dict-item]
    return {"statement": b64encode(made.body).decode(), "signature": b64encode(made.signature).decode()}


STATEMENTS: dict[str, tuple[dict[str, object], Code]] = {
    "another-request": ({"registration": "rq-aaaaaaaaaaaaa"}, ErrorCode.STATEMENT_WRONG),
    "another-statement": ({"submission_sm3": "0" * 64}, ErrorCode.REGISTRATION_CHANGED),
    "a-word-there-is-not": ({"decision": "perhaps"}, ErrorCode.STATEMENT_WRONG),
    "a-withdrawal": ({"decision": "withdraw"}, ErrorCode.USAGE),
    "a-reason-to-approve": ({"reason": "why-not"}, ErrorCode.USAGE),
    "a-reason-in-prose": ({"decision": "reject", "reason": "He is 张三"}, ErrorCode.USAGE),
    "a-field-nobody-knows": ({"colour": "red"}, ErrorCode.STATEMENT_WRONG),
    "a-number-for-text": ({"decision": 7}, ErrorCode.STATEMENT_WRONG),
    "no-time": ({"at": "yesterday"}, ErrorCode.STATEMENT_WRONG),
    "an-old-one": ({"at": "2026-01-01T00:00:00Z"}, ErrorCode.STATEMENT_TIME),
    "one-of-the-future": ({"at": "2099-01-01T00:00:00Z"}, ErrorCode.STATEMENT_TIME),
    "a-time-written-otherwise": ({"at": "2026-01-01T08:00:00+08:00"}, ErrorCode.STATEMENT_WRONG),
    "nobody": ({"operator": "op-aaaaaaaaaaaaa"}, ErrorCode.OPERATOR_MISSING),
    "no-operator": ({"operator": 7}, ErrorCode.STATEMENT_WRONG),
}


def test_refuses_a_decision_by_name(
    doors: Doors, people: tuple[ActingOperator, ActingOperator], checker: dict[str, str], mine: dict[str, str]
) -> None:
    _, number = queued(doors, mine, "table-1")
    first, other = people
    for name, (fields, code) in STATEMENTS.items():
        answer = hand_in(doors, checker, number, body_of(doors, first, number, checker, **fields))
        assert answer.json()["code"] == code.value, (name, answer.text)
    good = body_of(doors, first, number, checker)
    lent = ActingOperator(row=first.row, signer=other.signer)  # signed by another's key
    forged = body_of(doors, lent, number, checker)
    require(hand_in(doors, checker, number, forged), ErrorCode.STATEMENT_WRONG)
    loose = json.dumps(json.loads(b64decode(good["statement"])), indent=1).encode()
    for body, code in (
        ({**good, "statement": b64encode(loose).decode()}, ErrorCode.STATEMENT_WRONG),
        ({**good, "statement": b64encode(b"[]").decode()}, ErrorCode.STATEMENT_WRONG),
        ({**good, "statement": b64encode(b"\xff").decode()}, ErrorCode.STATEMENT_WRONG),
        ({**good, "signature": "AA=="}, ErrorCode.STATEMENT_WRONG),
        ({**good, "statement": "?"}, ErrorCode.REQUEST_MALFORMED),
        ({**good, "colour": "red"}, ErrorCode.REQUEST_MALFORMED),
        ({"statement": good["statement"]}, ErrorCode.REQUEST_MALFORMED),
    ):
        require(hand_in(doors, checker, number, body), code)
    require(hand_in(doors, checker, "rq-aaaaaaaaaaaaa", good), ErrorCode.REGISTRATION_MISSING)
    require(hand_in(doors, checker, "7", good), ErrorCode.REQUEST_MALFORMED)
    with doors.later(GOOD_FOR + timedelta(seconds=1)):
        require(hand_in(doors, checker, number, good), ErrorCode.STATEMENT_TIME)
    assert doors.desk.book.details(number).decisions == ()  # none of them left anything
    assert hand_in(doors, checker, number, good).status_code == 201
    require(hand_in(doors, checker, number, good), ErrorCode.REGISTRATION_STATE)  # shown again


def test_refuses_who_is_no_registrar_or_not_any_more(
    doors: Doors, people: tuple[ActingOperator, ActingOperator], checker: dict[str, str], mine: dict[str, str]
) -> None:
    _, number = queued(doors, mine, "powers-1")
    key = generate_key(KeyKind.SM2)
    enrolment = Enrolment(label="auditor", role=OperatorRole.AUDITOR, key=key.public_key)
    row = doors.desk.operators.enrol(enrolment, actor=doors.home.operator, sponsor=people[0])
    auditor = ActingOperator(row=row, signer=key.signer())
    require(decide(doors, checker, auditor, number, Decision.APPROVE), ErrorCode.OPERATOR_ROLE)
    gone = doors.registrar(people[0])
    body = body_of(doors, gone, number, checker)
    doors.desk.operators.revoke(gone.row.id, actor=doors.home.operator)
    require(hand_in(doors, checker, number, body), ErrorCode.OPERATOR_REVOKED)
    assert decide(doors, checker, people[0], number, Decision.REJECT).status_code == 201


def test_the_queue_is_read_by_pages(doors: Doors, checker: dict[str, str], mine: dict[str, str]) -> None:
    numbers = [queued(doors, mine, f"page-{n}")[1] for n in range(3)]
    seen: list[str] = []
    after = ""
    while True:
        page = doors.visitor.get(f"{QUEUE}?state=submitted&limit=2{after}", headers=checker).json()
        seen += [each["request"] for each in page["registrations"]]
        if page["after"] is None:
            break
        after = f"&after={page['after']}"
    assert [each for each in seen if each in numbers] == numbers[::-1]
    assert len(set(seen)) == len(seen)
    for query in ("state=lost", "limit=0", "limit=101", "after=x", "limit=x"):
        require(doors.visitor.get(f"{QUEUE}?{query}", headers=checker), ErrorCode.REQUEST_MALFORMED)
    require(doors.visitor.get(f"{QUEUE}?after=rq-aaaaaaaaaaaaa", headers=checker), ErrorCode.REGISTRATION_MISSING)
    require(doors.visitor.get(QUEUE, headers=mine), ErrorCode.CA_CLIENT_ROLE)


def test_a_page_may_be_empty_and_the_next_is_not(doors: Doors, mine: dict[str, str]) -> None:
    doors.submit(mine, sm2_pem(generate_key(KeyKind.SM2)), "person")
    number = doors.waiting()[0]
    assert len({queued(doors, mine, f"between-{n}") for n in range(12)}) == 12
    narrow = doors.client("narrow-checker", Role.CHECKER, profiles=("person",))
    pages: list[Any] = []
    after: Any = ""
    while after is not None:
        page = doors.visitor.get(f"{QUEUE}?state=submitted&limit=1{after and '&after='}{after}", headers=narrow).json()
        pages, after = [*pages, [each["request"] for each in page["registrations"]]], page["after"]
    assert (pages[0], [number] in pages, len(pages) < 40) == ([], True, True)


@pytest.fixture(scope="module")
def recovery_key(doors: Doors, people: tuple[ActingOperator, ActingOperator], tmp_path_factory: Any) -> None:
    pair = doors.client("early-pair")
    early = doors.submit(pair, sm2_pem(generate_key(KeyKind.SM2)), "person", twin="encryption")
    require(early, ErrorCode.KEY_MISSING)  # nothing is promised that cannot be kept
    names = []
    for n in range(3):
        key = generate_key(KeyKind.SM2)
        enrolment = Enrolment(label=f"custodian {n}", role=OperatorRole.CUSTODIAN, key=key.public_key)
        names.append(doors.desk.operators.enrol(enrolment, actor=doors.home.operator, sponsor=people[0]).id)
    folder: Path = tmp_path_factory.mktemp("shares") / "files"
    Ceremony(home=doors.home).make_recovery_key(Shares(custodians=tuple(names), threshold=2, folder=folder))


def sm2_pem(key: PrivateKey) -> str:
    return encode_pem("CERTIFICATE REQUEST", csr(key)).decode()


@pytest.mark.usefixtures("recovery_key")
def test_a_pair_is_asked_for_approved_and_answered_with_its_key(
    doors: Doors,
    people: tuple[ActingOperator, ActingOperator],
    checker: dict[str, str],
    mine: dict[str, str],
) -> None:
    """GB/T 20518, GM/T 0092 and GM/T 0009: both certificates, and the escrowed encryption key in its envelope."""
    with doors.home.database.reading() as unit:
        before = len(certificates.search(unit, profile="encryption", limit=10))
    key = generate_key(KeyKind.SM2)
    pem = sm2_pem(key)
    offered = doors.visitor.get("/v1/ca/profiles", headers=mine).json()["profiles"]
    assert {each["name"]: each["encryption_profile"] for each in offered}["person"] == "encryption"
    first = doors.submit(mine, pem, "person", twin="encryption")
    place = first.headers["location"]
    assert (first.status_code, first.json()["response"]) == (202, None)
    assert doors.submit(mine, pem, "person", twin="encryption").headers["location"] == place
    alone = doors.submit(mine, pem, "person", **{"idempotency-key": "k"})
    assert alone.headers["location"] != place  # without its twin it is another request
    require(
        doors.submit(mine, pem, "person", twin="encryption", **{"idempotency-key": "k"}), ErrorCode.CA_REQUEST_REPEATED
    )
    number = next(each for each in doors.waiting() if doors.desk.book.details(each).said.text("encryption_profile"))
    assert decide(doors, checker, people[0], number, Decision.APPROVE).status_code == 201
    state = doors.visitor.get(place, headers=mine).json()
    assert state["state"] == "issued"
    installed = install_response(parse_response(state["response"].encode()), key)
    assert installed.encryption_key is not None
    assert installed.encryption is not None
    assert b64decode(state["enveloped_key"]) in parse_response(state["response"].encode()).enveloped_key
    for place_of, made in (
        (state["certificate"], installed.signing),
        (state["encryption_certificate"], installed.encryption),
    ):
        row = doors.visitor.get(place_of, headers=mine).json()
        assert row["serial"] == f"{made.serial:x}"
        assert doors.visitor.get(f"{place_of}/chain", headers=mine).text.startswith(row["pem"])
    assert doors.submit(mine, pem, "person", twin="encryption").json() == state  # again, and as it was
    with doors.home.database.reading() as unit:
        assert trail.list_about(unit, EventType.ESCROW_KEPT, state["encryption_serial"])
        made_now = len(certificates.search(unit, profile="encryption", limit=10))
    assert made_now == before + 1
    auditor = doors.client("pair-auditor", Role.AUDITOR)
    seen = doors.visitor.get(place, headers=auditor).json()
    assert seen["encryption_serial"] == state["encryption_serial"]
    assert (seen["response"], seen["enveloped_key"]) == (None, None)
    stranger = doors.client("pair-stranger")
    require(doors.visitor.get(state["encryption_certificate"], headers=stranger), ErrorCode.CA_SERIAL_MISSING)


@pytest.mark.usefixtures("recovery_key")
def test_a_pair_nobody_must_agree_to_is_made_at_once(doors: Doors, mine: dict[str, str]) -> None:
    policy = doors.home.settings.home / "policies" / "registration.toml"
    text = policy.read_text("utf-8")
    policy.write_text(text.replace("certificate = 1", "certificate = 0"), "utf-8")
    try:
        key = generate_key(KeyKind.SM2)
        answer = doors.submit(mine, sm2_pem(key), "person", twin="encryption")
    finally:
        policy.write_text(text, "utf-8")
    assert (answer.status_code, answer.json()["state"]) == (201, "issued")
    assert install_response(parse_response(answer.json()["response"].encode()), key).encryption_key is not None


@pytest.mark.usefixtures("recovery_key")
def test_refuses_a_pair_by_name(doors: Doors, mine: dict[str, str]) -> None:
    key = generate_key(KeyKind.SM2)
    refused = partial(doors.submit, mine, sm2_pem(key))
    require(refused("person", twin="device"), ErrorCode.REGISTRATION_POLICY)
    require(refused("device", twin="encryption"), ErrorCode.CA_SUBJECT)
    require(refused("person", twin="../encryption"), ErrorCode.USAGE)
    narrow = doors.client("no-twin", profiles=("person",))
    require(doors.submit(narrow, sm2_pem(key), "person", twin="encryption"), ErrorCode.CA_CLIENT_GRANT)
    body = {"profile": "person", "request": sm2_pem(key), "encryption_profile": 7}
    require(doors.visitor.post("/v1/ca/requests", json=body, headers=mine), ErrorCode.REQUEST_MALFORMED)


def test_a_revocation_says_since_when(
    doors: Doors, people: tuple[ActingOperator, ActingOperator], checker: dict[str, str], mine: dict[str, str]
) -> None:
    revoker = doors.client("revoker", Role.REGISTRAR)
    place = doors.submit(mine, make_pem("since-1"), "device").json()["certificate"]

    def revoke(**body: object) -> httpx.Response:
        return doors.visitor.post(f"{place}/revocation", json=body, headers=revoker)

    for since in ("yesterday", "2026-01-01", 7, ""):
        require(revoke(reason="keyCompromise", invalid_since=since), ErrorCode.REQUEST_MALFORMED)
    require(revoke(reason="keyCompromise", invalid_since="2099-01-01T00:00:00Z"), ErrorCode.USAGE)
    require(revoke(reason="certificateHold", invalid_since="2026-01-01T00:00:00Z"), ErrorCode.USAGE)
    answer = revoke(reason="keyCompromise", invalid_since="2026-01-01T08:00:00+08:00")
    number = answer.json()["identifier"]
    shown = doors.visitor.get(f"{QUEUE}/{number}", headers=checker).json()
    assert shown["asked"]["invalid_since"] == "2026-01-01T00:00:00Z"
    assert decide(doors, checker, people[0], number, Decision.APPROVE).status_code == 201
    assert doors.visitor.get(answer.headers["location"], headers=revoker).json()["state"] == "done"
    with doors.home.database.reading() as unit:
        (told,) = trail.list_about(unit, EventType.CERTIFICATE_REVOKED, place.rpartition("/")[2])
    assert told.facts["invalid_since"] == "2026-01-01T00:00:00Z"
    crl = load_der_x509_crl(doors.home.publications().crl("issuing") or b"")
    (entry,) = [each for each in crl if f"{each.serial_number:x}" == place.rpartition("/")[2]]
    assert entry.extensions.get_extension_for_class(InvalidityDate).value.invalidity_date_utc.year == 2026
