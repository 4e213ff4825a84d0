"""Organisations ask for copies over HTTP: what a holder allowed them and nothing more, each call in the trail, never the issuer's own document."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from esign.licence.lifecycle import ActOrder, LicenceAct
from tests.support.authority import copy_home
from tests.support.copy_desk import BANK, HOLDER, OTHER, PURPOSE, CopyDesk
from tests.support.sharing_world import World, sharing_world
from tests.support.token_issuer import NOW
from trustkit.app.client_calls import ClientCalls
from trustkit.app.keys import LICENCE_KEYS, KeyName
from trustkit.app.sharing_scopes import AUTHORISE, FETCH, QUERY
from trustkit.app.sharing_server import sharing_application
from trustkit.app.trail import TrailWish, read_trail
from trustkit.app.wiring import open_authority
from trustkit.clock import format_rfc3339
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.errors import ErrorCode, TrustError
from trustkit.store import copy_authorisations
from trustkit.verdict import Indication

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.requests import Request


COMPANY = {"uscc": HOLDER, "name": "示例市云杉信息技术有限公司"}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with sharing_world(tmp_path_factory.mktemp("sharing")) as world:
        yield world


def test_a_bank_finds_fetches_and_verifies_what_it_was_allowed(world: World) -> None:
    identifier = world.desk.licence()
    allowed = world.desk.authorise(identifier, copies=2)
    found = world.post("query", {"holder_code": HOLDER, "reason": PURPOSE}).json()["licences"]
    mine = next(each for each in found if each["authorisation"] == allowed.number)
    assert (mine["identifier"], mine["purpose"], mine["copies_left"]) == (identifier, PURPOSE, 2)
    order = {"authorisation": allowed.number, "days": 7, "key": "case-1"}
    answer = world.post("copies", order)
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    made = answer.json()
    (document,) = made["documents"]
    octets = base64.b64decode(document["data"])
    verdict = world.desk.judged(octets)
    assert verdict.conclusion.indication is Indication.TOTAL_PASSED
    assert dict(verdict.subject)["licence.copy"] == made["number"]
    own = world.desk.authority.register.licence_document(identifier)
    assert document["sm3"] != own.sm3
    again = world.post("copies", order).json()
    assert (again["number"], again["repeated"]) == (made["number"], True)
    assert world.post("copies", {**order, "days": 8}).json()["code"] == "esign:licence-order:repeated-otherwise"


@pytest.mark.parametrize(
    ("end", "status", "code"),
    [
        ("copy", 409, "copy:state:ended"),
        ("authorisation", 403, "copy:authorisation:ended"),
        ("licence", 409, "esign:licence:state"),
    ],
)
def test_what_does_not_stand_any_more_is_not_given_out_again(world: World, end: str, status: int, code: str) -> None:
    desk, by = world.desk, world.desk.authority.operator
    identifier = desk.licence()
    allowed = desk.authorise(identifier)
    order = {"authorisation": allowed.number, "key": f"again-{end}"}
    made = world.post("copies", order).json()
    if end == "copy":
        desk.copy_changes.revoke(made["number"], reason="leaked", actor=by)
    elif end == "authorisation":
        desk.authorisations.withdraw(allowed.number, reason="other", actor=by)
    else:
        desk.licences.act(identifier, ActOrder(act=LicenceAct.REVOKE, reason="unlawful"), actor=by)
    answer = world.post("copies", order)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert "documents" not in answer.json()


def test_others_learn_nothing(world: World) -> None:
    allowed = world.desk.authorise(world.desk.licence())
    told = world.post("query", {"holder_code": HOLDER, "reason": PURPOSE}, of=OTHER).json()
    assert told == {"licences": []}
    nobody = world.post("query", {"holder_code": BANK.uscc, "reason": PURPOSE}).json()
    assert nobody == {"licences": []}
    answer = world.post("copies", {"authorisation": allowed.number}, of=OTHER)
    missing = world.post("copies", {"authorisation": "A" * 16}, of=OTHER)
    assert (answer.status_code, answer.json()["code"]) == (404, "copy:authorisation:missing")
    assert answer.json()["title"] == missing.json()["title"]


LATE = int((NOW - timedelta(minutes=16)).timestamp())


@pytest.mark.parametrize(
    ("token", "status", "code"),
    [
        ({"acr": "urn:trustkit:ial:0:aal:1", "amr": ["pwd"]}, 401, "web:token:level"),
        ({"auth_time": LATE}, 401, "web:token:level"),
        ({"matters": ["tax"]}, 403, "copy:sharing:matter"),
        ({"matters": []}, 403, "copy:sharing:matter"),
        ({"matters": "licence-use"}, 403, "copy:sharing:matter"),
        ({"matters": None}, 403, "copy:sharing:matter"),
        ({"matters": ["*", *map(str, range(64))]}, 403, "copy:sharing:matter"),
    ],
)
def test_who_may_not_let_a_licence_be_used(world: World, token: dict[str, Any], status: int, code: str) -> None:
    identifier = world.desk.licence()
    number = world.desk.authorise(identifier).number
    named = {**COMPANY, "role": "handler", "mandate": "md-abc", "matters": token.pop("matters", ["licence-use"])}
    headers = {"authorization": f"Bearer {world.issuer.token(scope=AUTHORISE, org=named, **token)}"}
    for path, body in (
        ("authorisations", _own_order(identifier)),
        ("authorisations/withdraw", {"authorisation": number, "reason": "holder-request"}),
    ):
        answer = world.send(path, json=body, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    with world.desk.authority.database.reading() as unit:
        (only,) = copy_authorisations.list_of_licence(unit, identifier)
    assert (only.number, only.withdrawn_at) == (number, None)


def test_the_trail_says_by_which_mandate_and_how_surely(world: World) -> None:
    number = world.post("authorisations", _own_order(world.desk.licence()), of={**COMPANY}).json()["number"]
    withdrawal = {"authorisation": number, "reason": "holder-request"}
    assert world.post("authorisations/withdraw", withdrawal, of=COMPANY).status_code == 200
    told = [line.to_json() for line in read_trail(world.desk.authority, TrailWish(limit=10_000))]
    acts: list[Any] = [each["facts"] for each in told if each["object_id"] == number]
    assert [(each["mandate"], each["identity"], each["authentication"]) for each in acts] == [("md-abc", 2, 2)] * 2


def test_authorising_and_withdrawing_are_counted(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    before = ClientCalls.answered

    async def answered(calls: ClientCalls, request: Request, call: Any, files: int, make: Any) -> Any:
        asked.append(files)
        return await before(calls, request, call, files, make)

    monkeypatch.setattr(ClientCalls, "answered", answered)
    number = world.post("authorisations", _own_order(world.desk.licence()), of=COMPANY).json()["number"]
    world.post("authorisations/withdraw", {"authorisation": number, "reason": "other"}, of=COMPANY)
    assert asked == [1, 1]


def _own_order(identifier: str) -> dict[str, object]:
    return {
        "identifier": identifier,
        "purpose": PURPOSE,
        "recipient": {"uscc": BANK.uscc, "name": BANK.name},
        "valid_until": format_rfc3339(NOW + timedelta(days=30)),
    }


def test_a_holder_who_signed_in_authorises_and_withdraws(world: World) -> None:
    identifier = world.desk.licence()
    order = _own_order(identifier)
    answer = world.post("authorisations", order, of=COMPANY)
    assert (answer.status_code, answer.json()["source"]) == (200, "sign-in")
    number = answer.json()["number"]
    assert world.post("authorisations", order, of=BANK).json()["code"] == "copy:authorisation:holder"
    assert world.post("copies", {"authorisation": number}).status_code == 200
    assert world.post("copies", {"authorisation": number}).json()["code"] == "copy:authorisation:ended"
    withdrawal = {"authorisation": number, "reason": "holder-request"}
    assert world.post("authorisations/withdraw", withdrawal, of=BANK).status_code == 404
    assert world.post("authorisations/withdraw", withdrawal, of=COMPANY).json()["standing"] == "withdrawn"
    assert world.post("authorisations/withdraw", withdrawal, of=COMPANY).status_code == 403


@pytest.mark.parametrize(
    ("path", "body", "more", "status", "code"),
    [
        ("query", {"holder_code": HOLDER, "reason": PURPOSE}, {"of": None}, 403, "copy:sharing:organisation"),
        ("query", {"holder_code": HOLDER, "reason": PURPOSE}, {"scope": FETCH}, 403, "web:token:scope"),
        ("query", {"holder_code": HOLDER}, {}, 400, "web:request:malformed"),
        ("query", {"holder_code": HOLDER, "reason": "x"}, {}, 400, "copy:purpose:unfit"),
        ("query", {"holder_code": "9 1", "reason": PURPOSE}, {}, 422, "esign:holder:code"),
        ("query", {"holder_code": HOLDER, "reason": PURPOSE, "more": 1}, {}, 400, "web:request:malformed"),
        ("query", [], {}, 400, "web:request:malformed"),
        ("copies", {"authorisation": "A" * 16, "days": 0}, {}, 400, "web:request:malformed"),
        ("copies", {"authorisation": "A" * 16, "days": True}, {}, 400, "web:request:malformed"),
        ("copies", {"authorisation": "A" * 16, "format": "doc"}, {}, 400, "web:request:malformed"),
        ("copies", {"authorisation": "A" * 16}, {"scope": QUERY}, 403, "web:token:scope"),
        ("copies", {"authorisation": 7}, {}, 400, "web:request:malformed"),
        ("authorisations", {"identifier": "x", "recipient": "y"}, {}, 400, "web:request:malformed"),
        (
            "authorisations/withdraw",
            {"authorisation": "A" * 16, "reason": "other"},
            {},
            404,
            "copy:authorisation:missing",
        ),
    ],
)
def test_what_is_refused(  # noqa: PLR0917 - a row of the table
    world: World, path: str, body: object, more: dict[str, Any], status: int, code: str
) -> None:
    answer = world.post(path, body, **more)
    assert (answer.json()["code"], answer.status_code) == (code, status)


def test_without_a_token_or_in_another_form_nothing_is_told(world: World) -> None:
    assert world.send("query", json={}).status_code == 401
    token = {"authorization": f"Bearer {world.token(BANK, QUERY)}"}
    assert world.send("query", content=b"{}", headers={**token, "content-type": "text/plain"}).status_code == 415


def test_the_trail_says_who_asked_and_not_after_whom(world: World) -> None:
    answer = world.post("query", {"holder_code": HOLDER, "reason": "核验投标资格"})
    assert answer.status_code == 200, answer.text
    told = [line.to_json() for line in read_trail(world.desk.authority, TrailWish(limit=10_000))]
    asked = [line for line in told if line["type"] == "esign:copy:queried"]
    assert asked
    text = json.dumps(told, ensure_ascii=False)
    assert "核验投标资格" not in text
    assert HOLDER not in text


def test_what_could_be_guessed_is_keyed_and_strangers_do_nothing_of_others(world: World) -> None:
    allowed = world.desk.authorise(world.desk.licence())
    before = len(read_trail(world.desk.authority, TrailWish(limit=10_000)))
    world.post("query", {"holder_code": HOLDER, "reason": PURPOSE})
    assert world.post("copies", {"authorisation": allowed.number}).status_code == 200
    told = [line.to_json() for line in read_trail(world.desk.authority, TrailWish(limit=10_000))]
    guesses = {digest(DigestAlgorithm.SM3, each.encode()).hex() for each in (PURPOSE, BANK.uscc, BANK.name)}
    assert not [each for each in told for fact in dict(each["facts"]).values() if fact in guesses]  # type: ignore[call-overload]
    own = {each["actor"] for each in told[before:] if each["type"] == "esign:copy:issued"}
    lists = {each["actor"] for each in told[before:] if each["type"] == "esign:status-list:published"}
    assert own
    assert not own & lists


def test_no_copy_is_sealed_with_a_certificate_that_is_none_any_more(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    allowed = world.desk.authorise(world.desk.licence())
    authority, asked = world.desk.authority, set[str]()

    def unfit(_: object, *names: KeyName) -> None:
        asked.update(names)
        raise TrustError(ErrorCode.OWN_CERTIFICATE, "it is revoked")

    monkeypatch.setattr(type(authority), "require_fit_to_sign", unfit)
    answer = world.post("copies", {"authorisation": allowed.number})
    assert answer.json()["code"] == ErrorCode.OWN_CERTIFICATE.value
    assert asked == set(LICENCE_KEYS)
    with authority.database.reading() as unit:
        assert copy_authorisations.get(unit, allowed.number).copies == 0


def test_without_an_issuer_it_does_not_start(tmp_path_factory: pytest.TempPathFactory) -> None:
    home = copy_home(tmp_path_factory.mktemp("no-issuer") / "home")
    with open_authority(home) as authority:
        desk = CopyDesk(authority)
        with pytest.raises(TrustError) as refusal:
            sharing_application(authority, desk.keys)
    assert refusal.value.code is ErrorCode.SETTINGS_MALFORMED


def _told(text: str) -> list[tuple[str, dict[str, Any]]]:
    """Return (event, data) of a stream, in order."""
    blocks = [
        dict(line.split(": ", 1) for line in block.splitlines() if line[:1] != ":") for block in text.split("\n\n")
    ]
    return [(each["event"], json.loads(each["data"])) for each in blocks if "data" in each]


def _last(text: str) -> str:
    return [line.removeprefix("id: ") for line in text.splitlines() if line.startswith("id: ")][-1]


def test_whoever_has_copies_is_told_what_becomes_of_them_and_misses_nothing(world: World) -> None:
    answer = world.changes(None)
    assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (200, "text/event-stream")
    assert _told(answer.text) == []
    begun = _last(answer.text)
    desk, by = world.desk, world.desk.authority.operator
    identifier = desk.licence()
    allowed = desk.authorise(identifier)
    one, other = (desk.copy(identifier, allowed.number).row.number for _ in range(2))
    desk.copy_changes.revoke(one, reason="leaked", actor=by)
    for what, reason in (
        (LicenceAct.SUSPEND, "penalty"),
        (LicenceAct.RESUME, "cleared"),
        (LicenceAct.REVOKE, "unlawful"),
    ):
        desk.licences.act(identifier, ActOrder(act=what, reason=reason), actor=by)
    desk.authorisations.withdraw(allowed.number, reason="other", actor=by)
    text = world.changes(begun).text
    told = _told(text)
    assert [(change, data["copies"]) for change, data in told] == [
        ("authorised", []),
        ("copy-made", [one]),
        ("copy-made", [other]),
        ("copy-revoked", [one]),
        ("licence-suspended", [other]),
        ("licence-resumed", [other]),
        ("licence-revoked", [other]),
        ("authorisation-withdrawn", []),
    ]
    assert all(data["licence"] == identifier for _, data in told)
    assert PURPOSE not in text
    middle = next(line for line in text.splitlines() if line.startswith("id: ") and line != f"id: {begun}")
    assert _told(world.changes(middle.removeprefix("id: ")).text) == told[1:]
    assert _told(world.changes(_last(text)).text) == []
    assert _told(world.changes(begun, of=OTHER).text) == []


@pytest.mark.parametrize(
    ("after", "status", "code"),
    [
        ("x", 400, "web:request:malformed"),
        ("-1", 400, "web:request:malformed"),
        ("9" * 11, 400, "web:request:malformed"),
        ("9" * 10, 409, "copy:sharing:stream-lost"),
    ],
)
def test_a_place_that_is_none_is_refused(world: World, after: str, status: int, code: str) -> None:
    answer = world.changes(after)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_who_is_too_far_behind_begins_anew(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("esign.copies.notices.MOST_BEHIND", 2)
    assert world.changes("1").json()["code"] == "copy:sharing:stream-lost"
