"""``trustkit verify --query``: a wallet's answer in a file, judged as the API judges it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.pki import PkiWorld
from tests.unit.verifier.licences import NOW, status_token
from tests.unit.verifier.test_presentation import AUDIENCE, NAME, NONCE, judged, query, shown
from trustkit.clock import format_rfc3339
from trustkit.encoding.pem import encode_pem
from trustkit.texts.catalogue import Language
from verifier.presentation_report import presentation_to_json

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.terminal import Ran, Terminal

PASSED, FAILED, OPEN, USAGE = 0, 1, 2, 64


@pytest.fixture(scope="module")
def world() -> PkiWorld:
    return PkiWorld()


class Window:
    """A folder with what a window has: the question, anchors, evidence; and the command that judges an answer."""

    def __init__(self, folder: Path, world: PkiWorld, terminal: Terminal) -> None:
        self.folder, self.terminal = folder, terminal
        (folder / "root.pem").write_bytes(encode_pem("CERTIFICATE", world.root.der))
        own = (world.crl().der, world.crl(issuer=world.root).der, status_token(world))
        self.evidence = [folder / f"evidence-{number}" for number in range(len(own))]
        for path, octets in zip(self.evidence, own, strict=True):
            path.write_bytes(octets)
        self.ask({"dcql_query": query()})

    def ask(self, asked: object) -> None:
        (self.folder / "query.json").write_text(json.dumps(asked), "utf-8")

    def judge(self, answer: object, *more: str, nonce: str = NONCE, form: str = "json") -> Ran:
        text = answer if isinstance(answer, str) else json.dumps(answer)
        (self.folder / "answer").write_text(text, "utf-8")
        evidence = [word for path in self.evidence for word in ("--evidence", str(path))]
        trust = ("--trust", str(self.folder / "root.pem"), *evidence, "--offline", "--at", format_rfc3339(NOW))
        asked = ("--query", str(self.folder / "query.json"), "--audience", AUDIENCE, "--nonce", nonce)
        return self.terminal.run("verify", *asked, *trust, "--format", form, *more, str(self.folder / "answer"))


@pytest.fixture
def window(tmp_path: Path, world: PkiWorld, terminal: Terminal) -> Window:
    return Window(tmp_path, world, terminal)


def test_the_answer_of_the_command_line_is_that_of_the_api(window: Window, world: PkiWorld) -> None:
    text = shown(world, NAME)
    ran = window.judge({"vp_token": {"licence": [text]}})
    (told,) = ran.objects()
    assert ran.status == PASSED
    api: dict[str, Any] = presentation_to_json(judged(world, query(), {"licence": [text]}), Language.EN)
    for report in (told, api):  # the shipped policy of algorithms, and none
        report["credentials"][0]["verdict"].pop("policy", None)
    assert told == api
    assert told["credentials"][0]["claims"] == [{"path": ["CZZT"], "values": ["甲公司"]}]


def test_a_token_or_a_presentation_may_stand_by_itself(window: Window, world: PkiWorld) -> None:
    text = shown(world, NAME)
    assert window.judge({"licence": [text]}).status == PASSED
    window.ask(query())
    assert window.judge(f"{text[:70]}\n{text[70:]}\n").status == PASSED


def test_people_read_what_was_asked_and_nothing_else(window: Window, world: PkiWorld) -> None:
    ran = window.judge(shown(world, NAME, ("CZZTDM",)), form="text")
    assert ran.status == PASSED
    assert "CZZT: 甲公司" in ran.out
    assert "91990100MA7TRYQ01H" not in ran.out
    assert ran.out.splitlines()[0].endswith("[TOTAL-PASSED]")
    ran = window.judge(shown(world), form="text")
    assert ran.status == OPEN
    assert "Asked for and not shown" in ran.out


def test_who_signed_for_another_question_fails(window: Window, world: PkiWorld) -> None:
    assert window.judge(shown(world, NAME), nonce="n-2").status == FAILED
    assert window.judge(shown(world, NAME, audience="x509_san_dns:elsewhere.test")).status == FAILED


def test_one_holder_may_be_asked_for(window: Window, world: PkiWorld) -> None:
    two = [{**query()["credentials"][0], "id": name} for name in ("one", "two")]  # type: ignore[dict-item, index]
    window.ask({"credentials": two})
    same = {"one": [shown(world, NAME)], "two": [shown(world, NAME, ZZBS="1")]}
    others = {"one": [shown(world, NAME)], "two": [shown(world, NAME, holder=world.signer.signer, ZZBS="1")]}
    checks = {each["id"]: each["status"] for each in window.judge(same, "--same-holder").objects()[0]["checks"]}
    assert checks["presentation:holder:same"] == "PASSED"
    checks = {each["id"]: each["status"] for each in window.judge(others, "--same-holder").objects()[0]["checks"]}
    assert checks["presentation:holder:same"] == "FAILED"


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ({"vp_token": {"other": ["a~"]}}, "credential:vp-token:malformed"),
        ({"vp_token": []}, "credential:vp-token:malformed"),
        ("{", "json"),
        ('{"licence": ["a~"], "licence": ["b~"]}', "json"),
    ],
)
def test_answers_of_another_form(window: Window, answer: object, code: str) -> None:
    ran = window.judge(answer)
    assert ran.status not in {PASSED, FAILED, OPEN}
    assert code in ran.code
    ran.require_refusal(ran.code, ran.status)


@pytest.mark.parametrize("asked", [1, {}, {"credentials": []}, {"credentials": [{"id": "x", "format": "mso_mdoc"}]}])
def test_questions_of_another_form(window: Window, world: PkiWorld, asked: object) -> None:
    window.ask(asked)
    ran = window.judge(shown(world, NAME))
    assert ran.code.startswith("credential:query")
    ran.require_refusal(ran.code, ran.status)


def test_several_credentials_take_a_token(window: Window, world: PkiWorld) -> None:
    window.ask({"credentials": [{**query()["credentials"][0], "id": name} for name in ("one", "two")]})  # type: ignore[dict-item, index]
    window.judge(shown(world, NAME)).require_refusal("app:call:usage", USAGE)


@pytest.mark.parametrize(
    "words",
    [
        ("--record", "r"),
        ("--report", "simple", "--out", "r"),
        ("--out", "r.parquet"),
        ("--resume",),
        ("--engine", "ray"),
        ("--content", "c"),
        ("--recipient", "91990100MA7TRYQ01H"),
    ],
)
def test_what_does_not_stand_beside_a_query(window: Window, world: PkiWorld, words: tuple[str, ...]) -> None:
    window.judge(shown(world, NAME), *words).require_refusal("app:call:usage", USAGE)


def test_a_query_needs_whom_it_was_for_and_one_answer(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "q").write_text(json.dumps(query()), "utf-8")
    asked = ("--query", str(tmp_path / "q"))
    for words in ((*asked, "a"), (*asked, "--audience", "a", "--nonce", "n", "a", "b"), ("--same-holder", "a")):
        terminal.run("verify", *words).require_refusal("app:call:usage", USAGE)
