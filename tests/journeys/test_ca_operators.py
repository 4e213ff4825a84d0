"""Operators and keys in escrow over the API: through the real application, each act in the trail, each refusal by name."""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from ca.clients import Role
from ca.operators import ActingOperator, Enrolment, enrolment_fields, key_digest, removal_fields
from ca.response import install_response, parse_response
from ca.statements import sign_statement
from tests.support.api_people import enrolled, events, instance, require, signing
from tests.support.authority import passphrase
from tests.support.machine_doors import Doors, make_pem
from tests.support.registration import csr
from trustkit.app.ceremony import RECOVERY, Ceremony, Shares
from trustkit.app.operator_statements import (
    read_body,
    read_shown,
    signed_decision,
    signed_enrolment,
    signed_removal,
    signed_second,
)
from trustkit.app.sittings import RECOVER, Sittings, contribute_to
from trustkit.audit.events import EventType
from trustkit.crypto.contexts import Context
from trustkit.crypto.public_key import KeyKind
from trustkit.custody.enveloped_key import unwrap_key
from trustkit.custody.private_key import PrivateKey, generate_key
from trustkit.encoding.pem import encode_pem
from trustkit.errors import ErrorCode
from trustkit.store.operators import Role as OperatorRole
from trustkit.store.registrations import Decision

if TYPE_CHECKING:
    from pathlib import Path

    import httpx


PEOPLE, QUEUE = "/v1/ca/operators", "/v1/ca/registrations"


def enrol(doors: Doors, headers: dict[str, str], body: dict[str, object]) -> httpx.Response:
    return doors.visitor.post(PEOPLE, json=body, headers=headers)


def test_an_operator_is_enrolled_listed_and_removed(
    doors: Doors, registrar: ActingOperator, second: ActingOperator, admin: dict[str, str]
) -> None:
    key = generate_key(KeyKind.SM2)
    enrolment = Enrolment(label="窗口 3", role=OperatorRole.REQUESTER, key=key.public_key)
    home = doors.visitor.get(PEOPLE, headers=admin).json()["instance"]
    assert re.fullmatch(r"[0-9a-f]{16}", home)
    body = signed_enrolment(enrolment, signing(registrar), instance=home, at=doors.clock.now())
    made = enrol(doors, admin, body)
    assert made.status_code == 201
    name = made.json()["operator"]
    assert (made.json()["role"], made.json()["sponsor"], made.json()["state"]) == (
        "requester",
        registrar.row.id,
        "active",
    )
    assert doors.desk.operators.acting(key.signer()).row.id == name
    (told,) = events(doors, EventType.OPERATOR_ENROLLED, name)
    assert told.actor.startswith("client:")
    assert told.facts["sponsor"] == registrar.row.id
    require(enrol(doors, admin, body), ErrorCode.OPERATOR_EXISTS, 409)  # shown again
    listed = doors.visitor.get(PEOPLE, headers=admin).json()["operators"]
    assert {each["operator"] for each in listed} >= {name, registrar.row.id}
    removal = signed_removal(name, signing(second), instance=home, at=doors.clock.now())
    removed = doors.visitor.post(f"{PEOPLE}/{name}/removal", json=removal, headers=admin)
    assert removed.json()["state"] == "revoked"
    (told,) = events(doors, EventType.OPERATOR_REVOKED, name)
    assert (told.actor.partition(":")[0], told.facts["sponsor"]) == ("client", second.row.id)
    require(doors.visitor.post(f"{PEOPLE}/{name}/removal", json=removal, headers=admin), ErrorCode.OPERATOR_REVOKED)


def test_who_becomes_a_registrar_or_ends_being_one_is_signed_by_two(
    doors: Doors, registrar: ActingOperator, second: ActingOperator, admin: dict[str, str]
) -> None:
    key, now, home = generate_key(KeyKind.SM2), doors.clock.now(), instance(doors)
    enrolment = Enrolment(label="窗口 9", role=OperatorRole.REGISTRAR, key=key.public_key)
    alone = signed_enrolment(enrolment, signing(registrar), instance=home, at=now)
    require(enrol(doors, admin, alone), ErrorCode.OPERATOR_SECOND, 403)
    shown = read_body(json.dumps(alone).encode())
    assert dict(shown.rows).items() >= {"label": "窗口 9", "role": "registrar", "instance": home}.items()
    both = signed_second(shown, signing(second), at=now)
    other = signed_enrolment(enrolment, signing(second), instance=home, at=now)  # the same key under another pseudonym
    differing = {**alone, "second": {name: other[name] for name in ("statement", "signature")}}
    require(enrol(doors, admin, differing), ErrorCode.STATEMENT_WRONG)
    require(enrol(doors, admin, signed_second(shown, signing(registrar), at=now)), ErrorCode.OPERATOR_SECOND)
    maker = enrolled(doors, registrar, OperatorRole.REQUESTER)
    require(enrol(doors, admin, signed_second(shown, signing(maker), at=now)), ErrorCode.OPERATOR_ROLE)
    late = signed_second(shown, signing(second), at=now - timedelta(hours=1))
    require(enrol(doors, admin, late), ErrorCode.STATEMENT_TIME)
    bent: list[object] = [{}, [], 7, {"statement": alone["statement"]}, {**alone}]
    for malformed in bent:
        require(enrol(doors, admin, {**alone, "second": malformed}), ErrorCode.REQUEST_MALFORMED)
    made = enrol(doors, admin, both)
    assert made.status_code == 201, made.text
    name = made.json()["operator"]
    (told,) = events(doors, EventType.OPERATOR_ENROLLED, name)
    assert (told.facts["sponsor"], told.facts["second_sponsor"]) == (registrar.row.id, second.row.id)
    assert told.facts["statement_sm3"] != told.facts["second_statement_sm3"]

    def remove(body: dict[str, object]) -> httpx.Response:
        return doors.visitor.post(f"{PEOPLE}/{name}/removal", json=body, headers=admin)

    alone = signed_removal(name, signing(second), instance=home, at=now)
    require(remove(alone), ErrorCode.OPERATOR_SECOND, 403)
    assert doors.desk.operators.acting(key.signer()).row.revoked_at is None
    himself = signing(ActingOperator(row=doors.desk.operators.acting(key.signer()).row, signer=key.signer()))
    removed = remove(signed_second(read_body(json.dumps(alone).encode()), himself, at=now))
    assert removed.json()["state"] == "revoked", removed.text
    (told,) = events(doors, EventType.OPERATOR_REVOKED, name)
    assert (told.facts["sponsor"], told.facts["second_sponsor"]) == (second.row.id, name)


def statement(by: ActingOperator, context: Context, fields: dict[str, Any]) -> dict[str, object]:
    made = sign_statement(context, {"operator": by.row.id, **fields}, by.signer)
    return {"statement": b64encode(made.body).decode(), "signature": b64encode(made.signature).decode()}


def test_refuses_an_enrolment_by_name(doors: Doors, registrar: ActingOperator, admin: dict[str, str]) -> None:
    key, now = generate_key(KeyKind.SM2).public_key, doors.clock.now()
    sm3, spki, name = key_digest(key), b64encode(key.spki).decode(), "op-zzzzzzzzzzzzz"
    enrolment = Enrolment(label="某", role=OperatorRole.REQUESTER, key=key)
    good = enrolment_fields(name, enrolment, instance=instance(doors), at=now)
    assert good["key"] == sm3
    old = enrolment_fields(name, enrolment, instance=instance(doors), at=now - timedelta(hours=1))
    unnamed = {name: value for name, value in good.items() if name != "label"}
    maker = enrolled(doors, registrar, OperatorRole.REQUESTER)
    other = generate_key(KeyKind.EC_P256).public_key
    for fields, by, change, code in (
        ({**good, "key": "0" * 64}, registrar, {}, ErrorCode.STATEMENT_WRONG),
        ({**good, "role": "king"}, registrar, {}, ErrorCode.STATEMENT_WRONG),
        ({**good, "enrolled": "root"}, registrar, {}, ErrorCode.STATEMENT_WRONG),
        ({**good, "colour": "red"}, registrar, {}, ErrorCode.STATEMENT_WRONG),
        ({**good, "instance": "0" * 16}, registrar, {}, ErrorCode.STATEMENT_WRONG),  # signed for another home
        ({**good, "label": "another"}, registrar, {}, ErrorCode.STATEMENT_WRONG),
        (good, registrar, {"label": "another"}, ErrorCode.STATEMENT_WRONG),
        (unnamed, registrar, {}, ErrorCode.STATEMENT_WRONG),
        ({**good, "enrolled": registrar.row.id}, registrar, {}, ErrorCode.OPERATOR_EXISTS),
        (old, registrar, {}, ErrorCode.STATEMENT_TIME),
        (good, maker, {}, ErrorCode.OPERATOR_ROLE),
        (good, ActingOperator(row=registrar.row, signer=maker.signer), {}, ErrorCode.STATEMENT_WRONG),
        ({**good, "label": "a\nb"}, registrar, {"label": "a\nb"}, ErrorCode.USAGE),
        (good, registrar, {"label": 7}, ErrorCode.REQUEST_MALFORMED),
        (good, registrar, {"public_key": "AAAA"}, ErrorCode.KEY_MALFORMED),
        (
            {**good, "key": key_digest(other)},
            registrar,
            {"public_key": b64encode(other.spki).decode()},
            ErrorCode.ALGORITHM_MISMATCH,
        ),
    ):
        body = {"label": "某", "public_key": spki, **statement(by, Context.ENROLMENT, fields), **change}
        answer = enrol(doors, admin, body)
        assert answer.json().get("code") == code.value, (fields, change, answer.text)
    as_decision = {"label": "某", "public_key": spki, **statement(registrar, Context.DECISION, good)}
    require(enrol(doors, admin, as_decision), ErrorCode.STATEMENT_WRONG)
    for headers in (doors.client("enrolling"), doors.client("enrolling-checker", Role.CHECKER)):
        require(enrol(doors, headers, as_decision), ErrorCode.CA_CLIENT_ROLE)
    require(doors.visitor.get(PEOPLE, headers=doors.client("listing")), ErrorCode.CA_CLIENT_ROLE)
    assert name not in {row.id for row in doors.desk.operators.listed()}


def test_refuses_a_removal_by_name(
    doors: Doors, registrar: ActingOperator, second: ActingOperator, admin: dict[str, str]
) -> None:
    maker, now = enrolled(doors, registrar, OperatorRole.REQUESTER), doors.clock.now()
    name = maker.row.id
    home = instance(doors)
    good = removal_fields(name, instance=home, at=now)
    for fields, by, code in (
        (removal_fields(second.row.id, instance=home, at=now), registrar, ErrorCode.STATEMENT_WRONG),
        ({**good, "colour": "red"}, registrar, ErrorCode.STATEMENT_WRONG),
        ({**good, "instance": "0" * 16}, registrar, ErrorCode.STATEMENT_WRONG),
        (removal_fields(name, instance=home, at=now + timedelta(hours=1)), registrar, ErrorCode.STATEMENT_TIME),
        (good, maker, ErrorCode.OPERATOR_ROLE),
    ):
        body = statement(by, Context.REMOVAL, fields)
        require(doors.visitor.post(f"{PEOPLE}/{name}/removal", json=body, headers=admin), code)
    nobody = statement(registrar, Context.REMOVAL, removal_fields("op-aaaaaaaaaaaaa", instance=home, at=now))
    require(
        doors.visitor.post(f"{PEOPLE}/op-aaaaaaaaaaaaa/removal", json=nobody, headers=admin), ErrorCode.OPERATOR_MISSING
    )
    require(doors.visitor.post(f"{PEOPLE}/somebody/removal", json=nobody, headers=admin), ErrorCode.REQUEST_MALFORMED)
    assert doors.desk.operators.acting(maker.signer).row.revoked_at is None


# -- escrow


@pytest.fixture(scope="module")
def escrowed(
    doors: Doors, registrar: ActingOperator, second: ActingOperator, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, PrivateKey, PrivateKey, dict[str, tuple[PrivateKey, Path]]]:
    """Return the serial of an escrowed key, the holder's key, the escrowed key itself, and the custodians with their files."""
    people = {}
    for _ in range(2):
        custodian = generate_key(KeyKind.SM2)
        enrolment = Enrolment(label="custodian", role=OperatorRole.CUSTODIAN, key=custodian.public_key)
        row = doors.desk.operators.enrol(enrolment, actor=doors.home.operator, sponsor=registrar)
        people[row.id] = custodian
    folder = tmp_path_factory.mktemp("escrow") / "shares"
    Ceremony(home=doors.home).make_recovery_key(Shares(custodians=tuple(people), threshold=2, folder=folder))
    holder, mine = generate_key(KeyKind.SM2), doors.client("holder")
    pem = encode_pem("CERTIFICATE REQUEST", csr(holder)).decode()
    place = doors.submit(mine, pem, "person", twin="encryption").headers["location"]
    doors.decide(second, doors.waiting()[0])
    state = doors.visitor.get(place, headers=mine).json()
    installed = install_response(parse_response(state["response"].encode()), holder)
    assert installed.encryption_key is not None
    files = {name: (key, next(folder.glob(f"*{name}*"))) for name, key in people.items()}
    return state["encryption_serial"], holder, installed.encryption_key, files


def public_pem(key: PrivateKey) -> str:
    return encode_pem("PUBLIC KEY", key.public_key.spki).decode()


def test_a_recovery_is_asked_for_approved_and_left_to_its_custodians(
    doors: Doors,
    registrar: ActingOperator,
    second: ActingOperator,
    escrowed: tuple[str, PrivateKey, PrivateKey, dict[str, tuple[PrivateKey, Path]]],
) -> None:
    serial, holder, original, files = escrowed
    asker, checker = doors.client("asker", Role.RECOVERY_AGENT), doors.client("carrier", Role.CHECKER)
    body = {"serial": serial, "reason": "key-lost", "basis": "档案 2026-17", "recipient": public_pem(holder)}
    asked = doors.visitor.post("/v1/ca/recoveries", json=body, headers=asker)
    assert (asked.status_code, asked.json()["state"]) == (202, "pending")
    place, number = asked.headers["location"], asked.json()["identifier"]
    assert doors.visitor.post("/v1/ca/recoveries", json=body, headers=asker).headers["location"] == place
    for by in (registrar, second):
        shown = doors.visitor.get(f"{QUEUE}/{number}", headers=checker)
        assert shown.json()["recipient_sm3"] == key_digest(holder.public_key)
        decision = signed_decision(read_shown(shown.content), Decision.APPROVE, signing(by), at=doors.clock.now())
        assert doors.visitor.post(f"{QUEUE}/{number}/decisions", json=decision, headers=checker).status_code == 201
    for _ in range(2):
        waiting = doors.visitor.get(place, headers=asker)
        assert (waiting.json()["state"], waiting.json()["enveloped_key"]) == ("approved", None)
        assert waiting.headers["retry-after"]
    require(
        doors.visitor.get(place, headers=doors.client("other-agent", Role.RECOVERY_AGENT)), ErrorCode.CA_REQUEST_MISSING
    )
    open_with_custodians(doors, number, files)
    done = doors.visitor.get(place, headers=asker).json()
    assert (done["state"], done["response"]) == ("done", None)
    recovered = unwrap_key(b64decode(done["enveloped_key"]), holder.decryptor())
    assert recovered.private_key_info() == original.private_key_info()
    seen = doors.visitor.get(place, headers=doors.client("recovery-auditor", Role.AUDITOR)).json()
    assert (seen["state"], seen["enveloped_key"]) == ("done", None)


def open_with_custodians(doors: Doors, number: str, files: dict[str, tuple[PrivateKey, Path]]) -> None:
    """Do at the terminal what `ca ceremony begin`, `contribute` and `ca recover open` do."""
    sittings, now = Sittings(doors.home), doors.clock.now()
    sitting = sittings.begin(RECOVERY, RECOVER, passphrase())
    given = [contribute_to(sitting, file.read_bytes(), key.decryptor(), now) for key, file in files.values()]
    with sittings.opened(given, passphrase(), purpose=RECOVER) as (_, key):
        doors.desk.recovery.recover(number, key.decryptor(), doors.home.operator)


def test_who_sees_what_is_in_escrow_is_told_in_the_trail(
    doors: Doors, escrowed: tuple[str, PrivateKey, PrivateKey, dict[str, tuple[PrivateKey, Path]]]
) -> None:
    auditor = doors.client("escrow-auditor", Role.AUDITOR)
    listed = doors.visitor.get("/v1/ca/escrow", headers=auditor).json()["escrowed"]
    assert escrowed[0] in {each["serial"] for each in listed}
    assert "envelope" not in str(listed)
    assert events(doors, EventType.ESCROW_LISTED, "all")[-1].actor.startswith("client:")
    blind = doors.client("escrow-blind", Role.AUDITOR, actions=frozenset())
    require(doors.visitor.get("/v1/ca/escrow", headers=blind), ErrorCode.CA_CLIENT_GRANT)
    with doors.later(timedelta(hours=2)):
        answers = [doors.visitor.get("/v1/ca/escrow", headers=auditor) for _ in range(21)]
    assert {each.status_code for each in answers[:20]} == {200}
    require(answers[20], ErrorCode.REQUEST_RATE, 429)
    assert 0 < int(answers[20].headers["retry-after"]) <= 3600
    with doors.later(timedelta(hours=2)):  # each under a rate of its own, and what it was granted
        for name, grant, sees in (
            ("issuing", {"authorities": ("issuing",)}, True),
            ("root", {"authorities": ("root",)}, False),
            ("device", {"profiles": ("device",)}, False),
            ("nothing", {"authorities": (), "profiles": ()}, False),
        ):
            other = doors.client(f"escrow-{name}", Role.AUDITOR, **grant)
            found = doors.visitor.get("/v1/ca/escrow", headers=other).json()["escrowed"]
            assert (escrowed[0] in {each["serial"] for each in found}, bool(found)) == (sees, sees), name


def test_refuses_recovery_and_destruction_by_name(
    doors: Doors, escrowed: tuple[str, PrivateKey, PrivateKey, dict[str, tuple[PrivateKey, Path]]]
) -> None:
    serial, holder, _, _ = escrowed
    asker = doors.client("refused-agent", Role.RECOVERY_AGENT)
    device = doors.submit(doors.client("device-owner"), make_pem("x-1"), "device").json()["serial"]
    good = {"serial": serial, "reason": "key-lost", "basis": "档案", "recipient": public_pem(holder)}
    classical = encode_pem("PUBLIC KEY", generate_key(KeyKind.EC_P256).public_key.spki).decode()
    for change, code in (
        ({"serial": "abcdef"}, ErrorCode.CA_SERIAL_MISSING),
        ({"serial": device}, ErrorCode.ESCROW_MISSING),
        ({"reason": "He lost it"}, ErrorCode.USAGE),
        ({"basis": "   "}, ErrorCode.USAGE),
        ({"basis": "x" * 501}, ErrorCode.USAGE),
        ({"recipient": "key"}, ErrorCode.KEY_MALFORMED),
        ({"recipient": encode_pem("X509 CRL", b"0").decode()}, ErrorCode.KEY_MALFORMED),
        ({"recipient": classical}, ErrorCode.ALGORITHM_MISMATCH),
        ({"recipient": 7}, ErrorCode.REQUEST_MALFORMED),
        ({"shares": "x"}, ErrorCode.REQUEST_MALFORMED),
    ):
        answer = doors.visitor.post("/v1/ca/recoveries", json={**good, **change}, headers=asker)
        assert answer.json().get("code") == code.value, (change, answer.text)
    end = {"serial": serial, "reason": "ended", "basis": "办法"}
    require(doors.visitor.post("/v1/ca/destructions", json=end, headers=asker), ErrorCode.ESCROW_RETENTION)
    narrow = doors.client("narrow-agent", Role.RECOVERY_AGENT, profiles=("person",))
    require(doors.visitor.post("/v1/ca/recoveries", json=good, headers=narrow), ErrorCode.CA_CLIENT_GRANT)
    for headers in (doors.client("no-agent"), doors.client("no-agent-2", Role.ADMINISTRATOR)):
        require(doors.visitor.post("/v1/ca/recoveries", json=good, headers=headers), ErrorCode.CA_CLIENT_ROLE)
        require(doors.visitor.post("/v1/ca/destructions", json=end, headers=headers), ErrorCode.CA_CLIENT_ROLE)
