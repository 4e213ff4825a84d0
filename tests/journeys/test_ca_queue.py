"""What registrars must agree to, asked for by machines: queued, decided on by people, issued once, by the API and by EST."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from sqlalchemy import update

from ca.client_grant import NOTHING, Action
from ca.clients import ClientRegistry, Role
from ca.machine_enrolment import REPEATABLE
from tests.support.machine_doors import ANYTHING, Doors, bag_of, make_pem, open_doors
from trustkit.audit import trail
from trustkit.audit.events import EventType
from trustkit.errors import ErrorCode
from trustkit.store import certificates, registrations
from trustkit.store.registrations import Decision, State
from trustkit.store.schema import registrations as registrations_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

    from ca.operators import ActingOperator


@pytest.fixture(scope="module")
def doors(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doors]:
    yield from open_doors(tmp_path_factory.mktemp("queue"))


@pytest.fixture(scope="module")
def closed(doors: Doors) -> dict[str, int]:
    """What was answered before the service was enrolled to speak for machines."""
    mine, registrar = doors.client("early"), doors.client("early-registrar", Role.REGISTRAR)
    place = doors.submit(mine, make_pem(), "device").json()["certificate"]
    revocation = doors.visitor.post(f"{place}/revocation", json={"reason": "superseded"}, headers=registrar)
    names = {each["name"] for each in doors.visitor.get("/v1/ca/profiles", headers=mine).json()["profiles"]}
    assert "device" in names
    assert "tls-client" not in names
    answers = {"api": doors.submit(mine, make_pem()), "est": doors.enrol(mine, make_pem()), "revocation": revocation}
    assert {each.json()["code"] for each in answers.values()} == {ErrorCode.REGISTRATION_APPROVALS.value}
    return {name: each.status_code for name, each in answers.items()}


@pytest.fixture(scope="module")
def checker(doors: Doors, closed: dict[str, int]) -> ActingOperator:
    assert set(closed.values()) == {403}
    found = doors.registrar()
    doors.speak_for_machines(found)
    return found


@pytest.fixture(scope="module")
def mine(doors: Doors, checker: ActingOperator) -> dict[str, str]:
    del checker
    return doors.client("mine")


def _issued(doors: Doors) -> int:
    with doors.home.database.reading() as unit:
        return len(certificates.search(unit, profile="tls-client", limit=1000))


def _place(answer: httpx.Response) -> str:
    assert answer.status_code == 202, answer.text
    assert answer.json()["state"] == "pending"
    assert answer.headers["retry-after"] == "3600"
    return answer.headers["location"]


def test_a_request_is_queued_decided_on_and_issued_once(
    doors: Doors, checker: ActingOperator, mine: dict[str, str]
) -> None:
    before, pem = _issued(doors), make_pem("queued-1")
    place = _place(doors.submit(mine, pem))
    assert _place(doors.submit(mine, pem)) == place  # the same octets find the same request
    (number,) = doors.waiting()
    details = doors.desk.book.details(number)
    assert details.said.text("client").startswith("client:")
    assert ("subject", "C=CN, O=示例单位, CN=queued-1") in details.about
    assert doors.visitor.get(place, headers=mine).json()["state"] == "pending"
    assert _issued(doors) == before
    doors.decide(checker, number)
    with ThreadPoolExecutor(4) as together:  # all at once
        answers = list(together.map(lambda _: doors.visitor.get(place, headers=mine).json(), range(4)))
    assert {each["state"] for each in answers} <= {"pending", "issued"}
    done = doors.visitor.get(place, headers=mine).json()
    assert done["state"] == "issued"
    assert _issued(doors) == before + 1
    assert {each["serial"] for each in answers} <= {None, done["serial"]}
    pem_text = doors.visitor.get(done["certificate"], headers=mine).json()["pem"]  # whose it is
    made = x509.load_pem_x509_certificate(pem_text.encode())
    assert made.public_key() == x509.load_pem_x509_csr(pem.encode()).public_key()
    assert doors.submit(mine, pem).status_code == 201
    with doors.home.database.reading() as unit:
        events = trail.list_about(unit, EventType.REGISTRATION_SUBMITTED, number)
        assert registrations.get(unit, number).state is State.DONE
    assert events[0].actor.startswith("client:")


@pytest.mark.parametrize("end", ["rejected", "expired"])
def test_a_request_that_was_refused_answers_so(
    doors: Doors, checker: ActingOperator, mine: dict[str, str], end: str
) -> None:
    pem, other = make_pem(f"{end}-1"), make_pem(f"{end}-2")
    place = _place(doors.submit(mine, pem))
    assert doors.enrol(mine, other).status_code == 202
    if end == "rejected":
        for number in doors.waiting():
            doors.decide(checker, number, Decision.REJECT)
    code = ErrorCode.REGISTRATION_REFUSED if end == "rejected" else ErrorCode.REGISTRATION_EXPIRED
    with doors.later(timedelta(days=8) if end == "expired" else timedelta(0)):
        for _ in range(2):
            state = doors.visitor.get(place, headers=mine).json()
            assert (state["state"], state["reason"], state["serial"]) == ("refused", code.value, None)
        again = doors.submit(mine, pem)
        assert (again.status_code, again.json()["state"]) == (200, "refused")
        refused = doors.enrol(mine, other)
        assert (refused.status_code, refused.json()["code"]) == (403, code.value)


def test_est_is_told_to_come_again_and_gets_the_certificate(
    doors: Doors, checker: ActingOperator, mine: dict[str, str]
) -> None:
    """RFC 7030 4.2.3: the client sends the same request again."""
    pem = make_pem("est-1")
    for _ in range(2):
        answer = doors.enrol(mine, pem)
        assert (answer.status_code, answer.headers["retry-after"], answer.content) == (202, "3600", b"")
    (number,) = doors.waiting()
    other = doors.client("somebody-else")
    assert doors.enrol(other, pem).status_code == 202  # a request of his own
    assert len(doors.waiting()) == 2
    doors.decide(checker, number)
    before = _issued(doors)
    with ThreadPoolExecutor(3) as together:
        answers = list(together.map(lambda _: doors.enrol(mine, pem), range(3)))
    assert {each.status_code for each in answers} <= {200, 202}
    (made,) = bag_of(doors.enrol(mine, pem))
    assert made.public_key() == x509.load_pem_x509_csr(pem.encode()).public_key()
    assert _issued(doors) == before + 1
    for waiting in doors.waiting():
        doors.decide(checker, waiting, Decision.REJECT)


def test_the_same_octets_are_a_new_request_once_their_certificate_is_not_good(
    doors: Doors, checker: ActingOperator, mine: dict[str, str]
) -> None:
    pem = make_pem("again-1")
    first = _place(doors.submit(mine, pem))
    doors.decide(checker, doors.waiting()[0])
    serial = doors.visitor.get(first, headers=mine).json()["serial"]
    doors.home.revoke_certificate(doors.keys, serial, reason="superseded")
    second = _place(doors.submit(mine, pem))
    assert second != first
    assert timedelta(days=30) == REPEATABLE
    doors.decide(checker, doors.waiting()[0], Decision.REJECT)


def test_a_revocation_waits_for_registrars_too(doors: Doors, checker: ActingOperator, mine: dict[str, str]) -> None:
    registrar = doors.client("revoker", Role.REGISTRAR)
    place = doors.submit(mine, make_pem("gone-1"), "device").json()["certificate"]
    for reason, state in (("certificateHold", "suspended"), ("removeFromCRL", "issued"), ("keyCompromise", "revoked")):
        answers = [
            doors.visitor.post(f"{place}/revocation", json={"reason": reason}, headers=registrar) for _ in range(2)
        ]
        where = _place(answers[0])
        assert _place(answers[1]) == where  # one request, however often it is asked for
        hidden = doors.visitor.get(where, headers=mine)
        assert (hidden.status_code, hidden.json()["code"]) == (404, ErrorCode.CA_REQUEST_MISSING.value)
        (number,) = doors.waiting()
        assert where.endswith(number)
        doors.decide(checker, number)
        with ThreadPoolExecutor(2) as together:
            list(together.map(lambda _, where=where: doors.visitor.get(where, headers=registrar), range(2)))
        assert doors.visitor.get(where, headers=registrar).json()["state"] == "done"
        assert doors.visitor.get(place, headers=registrar).json()["state"] == state
    ended = doors.visitor.post(f"{place}/revocation", json={"reason": "superseded"}, headers=registrar)
    assert ended.json()["code"] == ErrorCode.CA_SERIAL_REVOKED.value


def test_registrars_see_what_a_compromise_ends_too(doors: Doors, checker: ActingOperator, mine: dict[str, str]) -> None:
    registrar, request = doors.client("third-revoker", Role.REGISTRAR), make_pem("lost-1")
    first, second = (doors.submit(mine, request, "device").json()["serial"] for _ in range(2))
    place = f"/v1/ca/certificates/{first}/revocation"
    where = _place(doors.visitor.post(place, json={"reason": "keyCompromise"}, headers=registrar))
    (number,) = doors.waiting()
    assert ("revoked with it", second) in doors.desk.book.details(number).rows()
    doors.decide(checker, number)
    assert doors.visitor.get(where, headers=registrar).json()["state"] == "done"
    with doors.home.database.reading() as unit:
        assert {certificates.get(unit, each).reason for each in (first, second)} == {"keyCompromise"}


def test_a_request_that_was_written_to_stops_no_other(
    doors: Doors, checker: ActingOperator, mine: dict[str, str]
) -> None:
    registrar, other = (doors.client(name, Role.REGISTRAR) for name in ("one-revoker", "other-revoker"))
    place = doors.submit(mine, make_pem("bent-1"), "device").json()["certificate"]
    first = _place(doors.visitor.post(f"{place}/revocation", json={"reason": "superseded"}, headers=registrar))
    (number,) = doors.waiting()
    with doors.home.database.unit_of_work() as uow:
        uow.write(update(registrations_table).where(registrations_table.c.id == number).values(needed=0))
    second = _place(doors.visitor.post(f"{place}/revocation", json={"reason": "superseded"}, headers=other))
    again = _place(doors.visitor.post(f"{place}/revocation", json={"reason": "superseded"}, headers=registrar))
    assert len({first, second, again}) == 3
    with doors.home.database.reading() as unit:
        told = trail.last_event(unit, EventType.REGISTRATION_ALTERED, number)
    assert told is not None
    assert (told.outcome, told.reason) == ("denied", ErrorCode.STATEMENT_WRONG.value)
    assert doors.visitor.get(first, headers=registrar).json()["code"] == ErrorCode.STATEMENT_WRONG.value
    with doors.home.database.unit_of_work() as uow:
        uow.write(update(registrations_table).where(registrations_table.c.id == number).values(needed=1))
    for each in doors.waiting():
        doors.decide(checker, each, Decision.REJECT)


def test_an_operator_may_carry_out_what_a_machine_asked_for(
    doors: Doors, checker: ActingOperator, mine: dict[str, str]
) -> None:
    place = _place(doors.submit(mine, make_pem("by-hand")))
    (number,) = doors.waiting()
    doors.decide(checker, number)
    assert doors.desk.carry_out(number, doors.keys)
    assert doors.visitor.get(place, headers=mine).json()["state"] == "issued"


def test_nobody_carries_out_another_s_request_by_looking(
    doors: Doors, checker: ActingOperator, mine: dict[str, str]
) -> None:
    auditor = doors.client("auditor", Role.AUDITOR)
    place = _place(doors.submit(mine, make_pem("looked-at")))
    doors.decide(checker, doors.waiting()[0])
    assert doors.visitor.get(place, headers=auditor).json()["state"] == "pending"
    assert doors.visitor.get(place, headers=mine).json()["state"] == "issued"
    missing = doors.visitor.get("/v1/ca/requests/rq-aaaaaaaaaaaaa", headers=mine)
    assert missing.json()["code"] == ErrorCode.CA_REQUEST_MISSING.value


EVERYTHING = replace(ANYTHING, actions=frozenset({Action.REQUEST, Action.REVOKE, Action.SEARCH}))
NARROWED = {
    "nothing": NOTHING,
    "another-act": replace(EVERYTHING, actions=frozenset({Action.SEARCH})),
    "another-profile": replace(EVERYTHING, profiles=("official",)),
    "another-authority": replace(EVERYTHING, authorities=("root",)),
    "another-name": replace(EVERYTHING, names=("CN=other",)),
}


@pytest.mark.parametrize("left", NARROWED)
def test_what_a_client_may_no_longer_have_is_not_carried_out_for_it(
    doors: Doors, checker: ActingOperator, left: str
) -> None:
    """Its grant changes while registrars decide: it asks in vain, until it may have it again."""
    narrowed = doors.client(left, Role.REGISTRAR)
    device = doors.submit(narrowed, make_pem(), "device").json()["certificate"]
    revocation = doors.visitor.post(f"{device}/revocation", json={"reason": "superseded"}, headers=narrowed)
    places = [_place(doors.submit(narrowed, make_pem(left))), _place(revocation)]
    for number in doors.waiting():
        doors.decide(checker, number)
    registry = ClientRegistry(database=doors.home.database, clock=doors.home.clock)
    states = []
    for grant in (NARROWED[left], EVERYTHING):
        registry.grant(left, grant, actor=doors.home.operator)
        states.append([doors.visitor.get(place, headers=narrowed).json()["state"] for place in places])
    assert states == [["pending", "pending"], ["issued", "done"]]


def test_a_poll_tells_where_a_request_is_though_it_could_not_be_issued(
    doors: Doors, checker: ActingOperator, mine: dict[str, str]
) -> None:
    """Its profile is gone: until it is approved nothing asks for it, and a rejection is told as one."""
    waits, refused = (_place(doors.submit(mine, make_pem(name))) for name in ("profile-gone-1", "profile-gone-2"))
    last, first = doors.waiting()
    profile = doors.home.settings.home / "policies" / "certificates" / "tls-client.toml"
    kept = profile.read_bytes()
    profile.write_bytes(b"not a profile")
    try:
        assert doors.visitor.get(waits, headers=mine).json()["state"] == "pending"
        doors.decide(checker, last, Decision.REJECT)
        state = doors.visitor.get(refused, headers=mine).json()
        assert (state["state"], state["reason"]) == ("refused", ErrorCode.REGISTRATION_REFUSED.value)
        doors.decide(checker, first)
        assert doors.visitor.get(waits, headers=mine).json()["code"] == ErrorCode.CA_PROFILE.value
    finally:
        profile.write_bytes(kept)
    assert doors.visitor.get(waits, headers=mine).json()["state"] == "issued"


def test_a_request_whose_approver_was_removed_waits_for_another(
    doors: Doors, checker: ActingOperator, mine: dict[str, str]
) -> None:
    leaving = doors.registrar(checker)
    place = _place(doors.submit(mine, make_pem("left-behind")))
    (number,) = doors.waiting()
    doors.decide(leaving, number)
    doors.desk.operators.revoke(leaving.row.id, actor=doors.home.operator)
    assert doors.visitor.get(place, headers=mine).json()["state"] == "pending"
    doors.decide(checker, number)
    assert doors.visitor.get(place, headers=mine).json()["state"] == "issued"


def test_who_looks_at_others_requests_sees_those_of_its_authorities_and_profiles(
    doors: Doors, checker: ActingOperator, mine: dict[str, str]
) -> None:
    revoker = doors.client("seen-revoker", Role.REGISTRAR)
    device = doors.submit(mine, make_pem("seen-1"), "device")
    revocation = doors.visitor.post(
        f"{device.json()['certificate']}/revocation", json={"reason": "superseded"}, headers=revoker
    )
    places = [device.headers["location"], _place(revocation), _place(doors.submit(mine, make_pem("seen-2")))]
    for name, grant, seen in (
        ("everything", {}, [200, 200, 200]),
        ("its-authority", {"authorities": ("issuing",)}, [200, 200, 200]),
        ("another-authority", {"authorities": ("root",)}, [404, 404, 404]),
        ("one-profile", {"profiles": ("device",)}, [200, 200, 404]),
    ):
        auditor = doors.client(f"auditor-of-{name}", Role.AUDITOR, **grant)
        assert [doors.visitor.get(place, headers=auditor).status_code for place in places] == seen, name
    for number in doors.waiting():
        doors.decide(checker, number, Decision.REJECT)


def test_profiles_say_how_many_must_agree(doors: Doors, mine: dict[str, str]) -> None:
    found = doors.visitor.get("/v1/ca/profiles", headers=mine).json()["profiles"]
    needed = {each["name"]: each["approvals"] for each in found}
    assert (needed["device"], needed["tls-client"], needed["official"]) == (0, 1, 2)


def test_without_its_operator_nothing_is_queued_or_carried_out(
    doors: Doors, checker: ActingOperator, mine: dict[str, str]
) -> None:
    place = _place(doors.submit(mine, make_pem("last")))
    (number,) = doors.waiting()
    operator = doors.desk.book.details(number).line.request.requester
    doors.desk.operators.revoke(operator, actor=doors.home.operator)
    refused = doors.submit(mine, make_pem("later"))
    assert refused.json()["code"] == ErrorCode.REGISTRATION_APPROVALS.value
    doors.decide(checker, number)
    stopped = doors.visitor.get(place, headers=mine)
    assert stopped.json()["code"] == ErrorCode.OPERATOR_REVOKED.value
    doors.speak_for_machines(checker)
    assert doors.visitor.get(place, headers=mine).json()["code"] == ErrorCode.OPERATOR_REVOKED.value
