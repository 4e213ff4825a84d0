"""A platform asks a wallet: the question, the answer once, the verdict to who has the key, and nothing left behind."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from esign.credential.sign import KeyBinding, present
from esign.credential.suites import CredentialSuite
from tests.support.asking_platform import asking_platform
from tests.support.credential_desk import WALLET, CredentialDesk, issuing_home, wallet_key
from tests.support.holding_wallet import WalletRequest, encrypt
from tests.support.web import Visitor
from trustkit.app import presentation_desk
from trustkit.app.forgetting import forget_by_pages
from trustkit.audit import trail
from trustkit.audit.events import EventType
from trustkit.custody.sec1 import encode_sec1
from trustkit.encoding.text64 import encode_base64url
from trustkit.store import presentations
from trustkit.store.presentation_schema import presentations as table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from esign.credential.issuance import IssuedCredential
    from trustkit.app.authority import Authority

PATH = "/v1/presentations"
ES256, SM2 = CredentialSuite.ES256, CredentialSuite.SM2
NAME = "示例市云杉信息技术有限公司"


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[CredentialDesk, Visitor]]:
    home = issuing_home(tmp_path_factory.mktemp("presentations") / "home", suites=(SM2, ES256))
    with ExitStack() as stack:
        yield asking_platform(home, stack)


@pytest.fixture(scope="module")
def desk(platform: tuple[CredentialDesk, Visitor]) -> CredentialDesk:
    return platform[0]


@pytest.fixture(scope="module")
def visitor(platform: tuple[CredentialDesk, Visitor]) -> Visitor:
    """Return who asks, with a token."""
    return platform[1]


@pytest.fixture(scope="module")
def issued(desk: CredentialDesk) -> dict[CredentialSuite, IssuedCredential]:
    return {each.suite: each for each in desk.issue(desk.licence())}


def query(**more: Any) -> dict[str, Any]:
    one = {"id": "licence", "format": "dc+sd-jwt", "meta": {}, "claims": [{"path": ["CZZT"]}]}
    return {"credentials": [one | more]}


def ask(visitor: Visitor, **more: Any) -> tuple[dict[str, Any], WalletRequest]:
    answer = visitor.post(PATH, json={"dcql_query": query()} | more)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    assert answer.headers["location"] == f"{PATH}/{made['id']}"
    return made, WalletRequest.of(made["request"])


def show(
    desk: CredentialDesk, credential: IssuedCredential, asked: WalletRequest, *paths: tuple[str], **other: str
) -> str:
    binding = KeyBinding(
        signer=WALLET[credential.suite].signer(),
        audience=other.get("audience", asked.parameters["client_id"]),
        nonce=other.get("nonce", asked.parameters["nonce"]),
        at=desk.authority.clock.now(),
    )
    return present(credential.text, paths=paths or (("CZZT",),), binding=binding)


def post(visitor: Visitor, asked: WalletRequest, **form: str) -> Any:
    """Send what a wallet answers, which brings no token."""
    return Visitor(visitor.app).post(asked.path, data=form)


def result(visitor: Visitor, made: dict[str, Any], **more: str) -> Any:
    return visitor.post(f"{PATH}/{made['id']}/result", json={"key": made["key"]} | more)


@pytest.mark.parametrize("suite", [ES256, SM2])
def test_a_wallet_is_asked_and_answers(
    desk: CredentialDesk, visitor: Visitor, issued: dict[CredentialSuite, IssuedCredential], suite: CredentialSuite
) -> None:
    made, asked = ask(visitor, suite=suite.value, same_holder=True)
    assert asked.parameters["client_id"] == f"redirect_uri:{asked.parameters['response_uri']}"
    assert asked.parameters["response_mode"] == "direct_post.jwt"
    place = f"{PATH}/{made['id']}"
    waiting = visitor.get(place)
    assert waiting.json()["status"] == "waiting"
    assert visitor.get(place, headers={"if-none-match": waiting.headers["etag"]}).status_code == 304
    assert result(visitor, made).json()["code"] == "presentation:request:waiting"

    answer = asked.answer({"licence": [show(desk, issued[suite], asked)]})
    posted = post(visitor, asked, response=answer)
    assert (posted.status_code, posted.json()) == (200, {})
    again = post(visitor, asked, response=answer)
    assert (again.status_code, again.json()["code"]) == (409, "presentation:request:answered")
    changed = visitor.get(place, headers={"if-none-match": waiting.headers["etag"]})
    assert (changed.status_code, changed.json()["status"]) == (200, "answered")

    for _ in range(2):  # who lost the answer on its way asks again
        found = result(visitor, made)
        assert found.headers["cache-control"] == "no-store"
        told = found.json()
        assert (told["indication"], told["sub_indication"]) == ("TOTAL-PASSED", None), told
        assert told["credentials"][0]["claims"] == [{"path": ["CZZT"], "values": [NAME]}]
    assert visitor.send("DELETE", place).status_code == 204
    assert visitor.get(place).status_code == result(visitor, made).status_code == 404


def test_what_is_kept_nobody_can_read(
    desk: CredentialDesk, visitor: Visitor, issued: dict[CredentialSuite, IssuedCredential]
) -> None:
    made, asked = ask(visitor)
    post(visitor, asked, response=asked.answer({"licence": [show(desk, issued[ES256], asked)]}))
    database = desk.authority.database
    with database.reading() as unit:
        row = presentations.find(unit, made["id"], now=desk.authority.clock.now())
        events = [
            each
            for kind in (EventType.PRESENTATION_ASKED, EventType.PRESENTATION_ANSWERED)
            for each in trail.list_events(unit, type=kind)
            if each.object_id == made["id"]
        ]
    assert row is not None
    assert row.answer is not None
    assert len(events) == 2
    for secret in (made["key"], NAME, asked.path.rpartition("/")[2], issued[ES256].text[:64]):
        assert secret not in repr(events)
        assert secret not in row.asked or secret == asked.path.rpartition("/")[2]
        assert secret.encode() not in row.answer
    forget_by_pages(database, partial(presentations.forget, before=row.expires_at + timedelta(seconds=1)))
    with database.reading() as unit:
        assert unit.fetch_all(table.select().where(table.c.presentation_id == made["id"])) == []


def test_the_way_back_is_the_persons_own(
    desk: CredentialDesk, visitor: Visitor, issued: dict[CredentialSuite, IssuedCredential]
) -> None:
    made, asked = ask(visitor, redirect_uri="https://platform.test/after?x=1")
    answer = asked.answer({"licence": [show(desk, issued[ES256], asked)]}, enc="A128GCM")
    back, _, code = post(visitor, asked, response=answer).json()["redirect_uri"].partition("#response_code=")
    assert back == "https://platform.test/after?x=1"
    assert result(visitor, made).json()["code"] == "presentation:return:wrong"
    assert result(visitor, made, response_code="x").json()["code"] == "presentation:return:wrong"
    assert result(visitor, made, response_code=code).json()["indication"] == "TOTAL-PASSED"


def test_a_wallet_that_refuses(visitor: Visitor) -> None:
    made, asked = ask(visitor)
    posted = post(visitor, asked, error="access_denied", error_description="no", state=asked.parameters["state"])
    assert (posted.status_code, posted.json()) == (200, {})
    told = visitor.get(f"{PATH}/{made['id']}").json()
    assert (told["status"], told["error"]) == ("refused", "access_denied")
    answer = result(visitor, made)
    assert (answer.status_code, answer.json()["code"], answer.json()["fact_error"]) == (
        409,
        "presentation:request:refused",
        "access_denied",
    )


def test_a_wallets_own_words_are_kept_nowhere(desk: CredentialDesk, visitor: Visitor) -> None:
    made, asked = ask(visitor)
    assert post(visitor, asked, error="zhang_san_sheng_ri_ba_yue").status_code == 200
    assert visitor.get(f"{PATH}/{made['id']}").json()["error"] == "other"
    assert result(visitor, made).json()["fact_error"] == "other"
    with desk.authority.database.reading() as unit:
        assert "zhang_san" not in repr(trail.list_events(unit, type=EventType.PRESENTATION_ANSWERED))


@pytest.mark.parametrize(("said", "told"), [("access_denied", "access_denied"), ("No!", "other"), ([], "other")])
def test_a_wallet_that_encrypts_its_refusal(visitor: Visitor, said: Any, told: str) -> None:
    made, asked = ask(visitor)
    assert post(visitor, asked, response=asked.answer(None, error=said)).status_code == 200
    answer = result(visitor, made).json()
    assert (answer["code"], answer["fact_error"]) == ("presentation:request:refused", told)


def test_who_has_no_token_asks_nobody(visitor: Visitor) -> None:
    made, _ = ask(visitor)
    anybody, place = Visitor(visitor.app), f"{PATH}/{made['id']}"
    for answer in (
        anybody.post(PATH, json={"dcql_query": query()}),
        anybody.get(place),
        anybody.post(f"{place}/result", json={"key": made["key"]}),
        anybody.send("DELETE", place),
    ):
        assert (answer.status_code, answer.json()["code"]) == (401, "web:token:missing")
        assert answer.headers["www-authenticate"].startswith("Bearer ")
    assert anybody.post("/v1/verify", files={"file": ("a.bin", b"x")}).status_code == 200
    assert visitor.get(place).status_code == 200


def test_a_home_that_asks_for_no_tokens_asks_no_wallets(authority: Authority) -> None:
    answer = Visitor.of(authority).post(PATH, json={"dcql_query": query()}, headers={"authorization": "Bearer x"})
    assert (answer.status_code, answer.json()["code"]) == (401, "web:token:missing")


def test_the_values_asked_for_are_not_in_the_trail(desk: CredentialDesk, visitor: Visitor) -> None:
    number = "110101199003074233"
    made, _ = ask(visitor, dcql_query=query(claims=[{"path": ["CZZTDM"], "values": [number]}]))
    with desk.authority.database.reading() as unit:
        events = trail.list_events(unit, type=EventType.PRESENTATION_ASKED)
    (event,) = (each for each in events if each.object_id == made["id"])
    assert sorted(event.facts) == ["client", "credentials", "expires_at", "suite"]  # and no digest of the query


def test_a_client_has_so_much_in_answers(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    _, first = ask(visitor)
    assert post(visitor, first, response=first.answer({})).status_code == 200
    _, asked = ask(visitor)
    monkeypatch.setattr(presentation_desk, "MAX_KEPT", 600)
    answer = post(visitor, asked, response=asked.answer({}))
    assert (answer.status_code, answer.json()["code"]) == (507, "presentation:request:limit")
    monkeypatch.undo()
    assert post(visitor, asked, response=asked.answer({})).status_code == 200


def test_answers_that_prove_nothing(
    desk: CredentialDesk, visitor: Visitor, issued: dict[CredentialSuite, IssuedCredential]
) -> None:
    shown = partial(show, desk, issued[ES256])
    rows: tuple[tuple[dict[str, Any], Any, str], ...] = (
        ({}, lambda asked: shown(asked, nonce="other"), "TOTAL-FAILED"),
        ({}, lambda asked: shown(asked, audience="redirect_uri:https://other.test"), "TOTAL-FAILED"),
        ({}, lambda asked: shown(asked, ("CZZTDM",)), "INDETERMINATE"),
        ({}, lambda _: present(issued[ES256].text, paths=(("CZZT",),)), "INDETERMINATE"),
        ({"suite": "sm2"}, shown, "TOTAL-FAILED"),
        ({"dcql_query": query(meta={"vct_values": ["https://other.test"]})}, shown, "INDETERMINATE"),
    )
    for more, made_by, expected in rows:
        made, asked = ask(visitor, **more)
        assert post(visitor, asked, response=asked.answer({"licence": [made_by(asked)]})).status_code == 200
        told = result(visitor, made).json()
        assert told["indication"] == expected, told
        assert NAME not in str(told) or expected == "TOTAL-FAILED"


def test_answers_nobody_can_use(visitor: Visitor) -> None:
    other, _ = ask(visitor)
    rows: tuple[tuple[Any, dict[str, Any], str], ...] = (
        (lambda asked: asked.answer({"licence": ["x~"]}, state="other"), {}, "presentation:state:wrong"),
        (lambda asked: asked.answer({"licence": ["x~"]}, state=None), {}, "presentation:state:wrong"),
        (lambda asked: asked.answer(["x"]), {}, "credential:vp-token:malformed"),
        (lambda asked: asked.answer({"other": ["x"]}), {}, "credential:vp-token:malformed"),
        (lambda asked: encrypt(b"no", asked.key), {}, "encoding:json:malformed"),
        (
            lambda asked: encrypt(b"{}", dict(wallet_key(ES256).members) | {"kid": asked.key["kid"]}),
            {},
            "crypto:decryption:failed",
        ),
        (lambda asked: asked.answer({}), {"key": other["key"]}, "presentation:key:wrong"),
        (lambda asked: asked.answer({}), {"key": "AAAA"}, "presentation:key:wrong"),
        (lambda asked: asked.answer({}), {"key": "A" * 513}, "presentation:key:wrong"),
        (lambda asked: asked.answer({}), {"key": encode_base64url(encode_sec1(WALLET[SM2]))}, "presentation:key:wrong"),
    )
    for encrypted, more, code in rows:
        made, asked = ask(visitor)
        assert post(visitor, asked, response=encrypted(asked)).status_code == 200
        assert result(visitor, made | more).json()["code"] == code


WALLETS_REFUSED: dict[str, tuple[dict[str, Any], int, str]] = {
    "no form": ({"json": {"response": "x"}}, 415, "web:request:media-type"),
    "nothing": ({"data": {"x": "y"}}, 400, "web:request:malformed"),
    "an answer and a refusal": ({"data": {"response": "x", "error": "y"}}, 400, "web:request:malformed"),
    "a refusal in words": ({"data": {"error": "No!"}}, 400, "web:request:malformed"),
    "an answer twice": ({"data": {"response": ["x", "y"]}}, 400, "web:request:malformed"),
    "an answer that is not encrypted": ({"data": {"vp_token": "{}"}}, 400, "web:request:malformed"),
    "no JWE": ({"data": {"response": "x"}}, 422, "jose:jwe:malformed"),
    "too many fields": ({"data": {str(each): "x" for each in range(17)}}, 400, "web:request:malformed"),
    "too long": ({"data": {"response": "x" * (256 * 1024 + 8192)}}, 413, "app:input:too-large"),
    "another question's": (
        {"data": {"response": encrypt(b"{}", wallet_key(ES256).members)}},
        422,
        "jose:jwe:malformed",
    ),
    "too much that is dear to read": ({"data": {"response": "é" * 1025}}, 400, "web:request:malformed"),
}


@pytest.mark.parametrize("case", WALLETS_REFUSED)
def test_what_is_refused_to_wallets(visitor: Visitor, case: str) -> None:
    request, status, code = WALLETS_REFUSED[case]
    _, asked = ask(visitor)
    answer = visitor.post(asked.path, **request)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert post(visitor, asked, error="access_denied").status_code == 200  # and the question still stands


ASKERS_REFUSED: dict[str, tuple[dict[str, Any], int, str]] = {
    "a form": ({"data": {"dcql_query": "{}"}}, 415, "web:request:media-type"),
    "a list": ({"json": []}, 400, "web:request:malformed"),
    "an unknown key": ({"json": {"dcql_query": query(), "scope": "x"}}, 400, "web:request:malformed"),
    "no query": ({"json": {}}, 422, "credential:query:malformed"),
    "another suite": ({"json": {"dcql_query": query(), "suite": "rs256"}}, 400, "web:request:malformed"),
    "a suite of lists": ({"json": {"dcql_query": query(), "suite": []}}, 400, "web:request:malformed"),
    "no time": ({"json": {"dcql_query": query(), "minutes": 0}}, 400, "web:request:malformed"),
    "too long": ({"json": {"dcql_query": query(), "minutes": 61}}, 400, "web:request:malformed"),
    "a way back without TLS": (
        {"json": {"dcql_query": query(), "redirect_uri": "http://platform.test"}},
        400,
        "web:request:malformed",
    ),
    "a way back with a fragment": (
        {"json": {"dcql_query": query(), "redirect_uri": "https://platform.test/#x"}},
        400,
        "web:request:malformed",
    ),
    "a way back to nowhere": (
        {"json": {"dcql_query": query(), "redirect_uri": "https://[x"}},
        400,
        "web:request:malformed",
    ),
    "a large query": (
        {"json": {"dcql_query": query(claims=[{"path": ["x" * 70_000]}])}},
        413,
        "app:input:too-large",
    ),
}


@pytest.mark.parametrize("case", ASKERS_REFUSED)
def test_what_is_refused_to_askers(visitor: Visitor, case: str) -> None:
    request, status, code = ASKERS_REFUSED[case]
    answer = visitor.post(PATH, **request)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_questions_nobody_asked(visitor: Visitor) -> None:
    nobody = f"{PATH}/{'0' * 32}"
    for answer in (
        visitor.get(nobody),
        visitor.send("DELETE", nobody),
        visitor.post(f"{nobody}/result", json={"key": "AAAA"}),
        visitor.post(f"{PATH}/answers/{'A' * 43}", data={"error": "access_denied"}),
        visitor.post(f"{PATH}/answers/{'A' * 43}", data={"error": "No!"}),  # the address first, what came there then
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "presentation:request:missing")
    assert visitor.get(f"{PATH}/x").status_code == 400
    made, _ = ask(visitor)
    bodies: tuple[dict[str, Any], ...] = ({}, {"key": 1}, {"key": "A", "x": ""})
    for body in bodies:
        assert visitor.post(f"{PATH}/{made['id']}/result", json=body).json()["code"] == "web:request:malformed"
