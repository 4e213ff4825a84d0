"""What a client says, step by step, to scripted answers: attempts, waits, tokens, keys that repeat."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from trustkit_client import calls
from trustkit_client.conversation import Answer, Conversation, Lost, Send, Wait
from trustkit_client.errors import AnswerError, NotPassedError, RefusedError, UnreachableError
from trustkit_client.patience import Patience
from trustkit_client.proof import ClientSecret
from trustkit_client.tokens import TokenRequest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from trustkit_client.calls import Call
    from trustkit_client.conversation import Outcome, Step, Talk
    from trustkit_client.presentations import PresentationVerdict

BASE = "https://verify.example.cn"
TOKENS = TokenRequest(url="https://id.example.cn/token", proof=ClientSecret("me", "s3cret"), resource=BASE)
VERDICT: dict[str, Any] = {
    "file": "a",
    "format": "pdf",
    "indication": "TOTAL-PASSED",
    "sub_indication": None,
    "at": "2026-12-01T00:00:00Z",
    "policy": "default",
    "licence": None,
    "signatures": [],
    "checks": [],
    "uncovered": [],
    "of_a_later_version": 1,
}


@dataclass
class Clock:
    """Stands until it is moved."""

    time: float = 1000.0

    def now(self) -> float:
        return 1_800_000_000.0 + self.time

    def monotonic(self) -> float:
        return self.time


@dataclass
class Told:
    """Answers in turn, and keeps what was asked."""

    outcomes: list[Outcome[str]]
    steps: list[Step] = field(default_factory=list)

    @property
    def sent(self) -> list[Send]:
        return [each for each in self.steps if isinstance(each, Send)]

    @property
    def waited(self) -> list[float]:
        return [each.seconds for each in self.steps if isinstance(each, Wait)]

    def run(self, talk: Talk[str, Any]) -> Any:
        outcome: Outcome[str] = None
        try:
            step = next(talk)
            while True:
                self.steps.append(step)
                outcome = None if isinstance(step, Wait) else self.outcomes.pop(0)
                step = talk.send(outcome)
        except StopIteration as done:
            assert not self.outcomes
            return done.value


def conversation(**more: Any) -> Conversation[str]:
    return Conversation(base=BASE, language="zh", clock=more.pop("clock", Clock()), patience=Patience(), **more)


def answer(status: int, value: object, **headers: str) -> Answer[str]:
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Answer(status=status, headers=named, body=json.dumps(value).encode())


def refusal(status: int, code: str, **headers: str) -> Answer[str]:
    told = {"code": code, "title": "不可以", "status": status, "remedy": "请稍后", "fact_limit": 3}
    return answer(status, told, **headers)


def token(text: str = "t-1", lasts: object = 300) -> Answer[str]:
    return answer(200, {"access_token": text, "token_type": "Bearer", "expires_in": lasts})


GOOD = answer(200, VERDICT)


def test_a_call_is_answered_and_what_is_left_is_known() -> None:
    talk = conversation()
    told = Told([answer(200, VERDICT, ratelimit='"address";r=7;t=6, "day";r=2')])
    verdict = told.run(talk.answer(calls.verifying(b"x")))
    assert verdict.indication == "TOTAL-PASSED"
    assert verdict.raw["of_a_later_version"] == 1
    assert [(each.limit, each.remaining, each.seconds) for each in talk.left] == [("address", 7, 6), ("day", 2, None)]
    (sent,) = told.sent
    assert (sent.method, sent.url) == ("POST", f"{BASE}/v1/verify")
    assert sent.headers["accept-language"] == "zh"
    assert "idempotency-key" not in sent.headers
    assert "authorization" not in sent.headers


@pytest.mark.parametrize(
    ("first", "least", "most"),
    [
        (refusal(429, "web:request:rate", retry_after="7"), 7.0, 7.1),
        (refusal(503, "web:request:busy", ratelimit='"address";r=0;t=3'), 3.0, 3.1),
        (answer(502, "no document"), 0.2, 0.5),
        (refusal(409, "web:repeat:under-way"), 0.2, 0.5),
        (Lost("ConnectError"), 0.2, 0.5),
    ],
)
def test_what_may_pass_is_asked_again(first: Outcome[str], least: float, most: float) -> None:
    told = Told([first, GOOD])
    assert told.run(conversation().answer(calls.verifying(b"x"))).format == "pdf"
    assert len(told.waited) == 1
    assert least <= told.waited[0] <= most


@pytest.mark.parametrize(
    ("first", "code"),
    [
        (refusal(400, "web:request:malformed"), "web:request:malformed"),
        (refusal(409, "store:row:conflict"), "store:row:conflict"),
        (refusal(413, "app:input:too-large"), "app:input:too-large"),
        (refusal(429, "web:quota:spent", retry_after="28800"), "web:quota:spent"),  # longer than anybody waits
        (answer(404, {"told": "nothing"}), "http:status:404"),
        (Answer(status=302, headers={}, body=b"<html>"), "http:status:302"),
    ],
)
def test_what_does_not_pass_is_told_at_once(first: Answer[str], code: str) -> None:
    with pytest.raises(RefusedError) as refused:
        Told([first]).run(conversation().answer(calls.verifying(b"x")))
    assert (refused.value.code, refused.value.status) == (code, first.status)
    if code == "web:quota:spent":
        assert refused.value.retry_after == 28800
        assert refused.value.problem.facts == {"limit": 3}
        assert refused.value.remedy == "请稍后"


def test_patience_ends() -> None:
    told = Told([Lost("ConnectTimeout")] * 4)
    with pytest.raises(UnreachableError, match="ConnectTimeout"):
        told.run(conversation().answer(calls.licence_types()))
    assert len(told.waited) == 3
    assert told.waited == sorted(told.waited)


def test_a_token_is_asked_for_once_and_kept_until_shortly_before_its_end() -> None:
    clock = Clock()
    talk = conversation(tokens=TOKENS, clock=clock)
    told = Told([token(), GOOD])
    told.run(talk.answer(calls.verifying(b"x")))
    told.outcomes = [GOOD]
    told.run(talk.answer(calls.verifying(b"x")))
    asked, *verified = told.sent
    assert asked.url == TOKENS.url
    assert asked.fields == {"grant_type": "client_credentials", "resource": BASE}
    assert asked.headers["authorization"].startswith("Basic ")
    assert [each.headers["authorization"] for each in verified] == ["Bearer t-1"] * 2
    keys = [each.headers["idempotency-key"] for each in verified]
    assert len(set(keys)) == 2
    clock.time += 271
    later = Told([token("t-2"), GOOD])
    later.run(talk.answer(calls.verifying(b"x")))
    assert later.sent[-1].headers["authorization"] == "Bearer t-2"


@pytest.mark.parametrize("lasts", [float("inf"), 10**400, 86_401])
def test_a_token_that_never_ends_is_kept_for_a_day(lasts: float) -> None:
    clock = Clock()
    talk = conversation(tokens=TOKENS, clock=clock)
    Told([token(lasts=lasts), GOOD]).run(talk.answer(calls.verifying(b"x")))
    clock.time += 86_369
    Told([GOOD]).run(talk.answer(calls.verifying(b"x")))
    clock.time += 2
    Told([token("t-2"), GOOD]).run(talk.answer(calls.verifying(b"x")))


@pytest.mark.parametrize("lasts", [0, -1, -(10**400), float("-inf")])
def test_a_token_that_has_ended_is_used_once(lasts: float) -> None:
    talk = conversation(tokens=TOKENS)
    for _ in range(2):
        Told([token(lasts=lasts), GOOD]).run(talk.answer(calls.verifying(b"x")))


def test_a_repeated_call_has_the_same_key_and_none_where_none_is_wanted() -> None:
    told = Told([token(), Lost("ReadError"), GOOD])
    told.run(conversation(tokens=TOKENS).answer(calls.verifying(b"x")))
    first, second = (each.headers["idempotency-key"] for each in told.sent[1:])
    assert first == second
    told = Told([token(), GOOD])
    told.run(conversation(tokens=TOKENS, keyed=False).answer(calls.verifying(b"x")))
    assert "idempotency-key" not in told.sent[1].headers
    told = Told([token(), answer(200, {"told": 1})])
    told.run(conversation(tokens=TOKENS).answer(calls.reporting(b"x", "simple", "json")))
    assert told.sent[1].headers["idempotency-key"]


def test_a_token_that_is_refused_is_replaced_once() -> None:
    refused = refusal(401, "web:token:refused")
    told = Told([token(), refused, token("t-2"), GOOD])
    told.run(conversation(tokens=TOKENS).answer(calls.verifying(b"x")))
    assert told.sent[-1].headers["authorization"] == "Bearer t-2"
    with pytest.raises(RefusedError, match="web:token:refused"):
        Told([token(), refused, token("t-2"), refused]).run(conversation(tokens=TOKENS).answer(calls.verifying(b"x")))


def test_what_is_published_needs_no_token() -> None:
    told = Told([answer(200, {"types": []})])
    assert told.run(conversation(tokens=TOKENS).answer(calls.licence_types())) == ()


@pytest.mark.parametrize(
    ("told", "error", "code"),
    [
        (answer(401, {"error": "invalid_client", "error_description": "no"}), RefusedError, "oauth:invalid_client"),
        (answer(400, ["no"]), RefusedError, "oauth:status-400"),
        (answer(200, {"access_token": "t", "token_type": "DPoP"}), AnswerError, "client:answer:not-understood"),
        (answer(200, {"access_token": "a b", "token_type": "Bearer"}), AnswerError, "client:answer:not-understood"),
        (token(lasts="long"), AnswerError, "client:answer:not-understood"),
        (token(lasts=True), AnswerError, "client:answer:not-understood"),
        (token(lasts=float("nan")), AnswerError, "client:answer:not-understood"),
    ],
)
def test_a_provider_that_gives_no_token(told: Answer[str], error: type[RefusedError], code: str) -> None:
    with pytest.raises(error) as refused:
        Told([told]).run(conversation(tokens=TOKENS).answer(calls.verifying(b"x")))
    assert refused.value.code == code
    assert "s3cret" not in str(refused.value) + repr(refused.value)


def _bent() -> Iterable[Mapping[str, object]]:
    for key in ("file", "format", "indication", "at", "signatures", "checks", "uncovered"):
        yield {name: value for name, value in VERDICT.items() if name != key}
    yield VERDICT | {"indication": "TOTAL-PASSED-NEARLY"}
    yield VERDICT | {"at": "yesterday"}
    yield VERDICT | {"at": "2026-12-01T00:00:00"}
    yield VERDICT | {"uncovered": [1]}
    yield VERDICT | {"checks": ["x"]}
    yield VERDICT | {"licence": "x"}
    yield VERDICT | {"sub_indication": 1}
    yield VERDICT | {"signatures": [{"form": "x"}]}


@pytest.mark.parametrize("bent", [*_bent()])
def test_an_answer_that_is_none_is_not_believed(bent: Mapping[str, object]) -> None:
    with pytest.raises(AnswerError):
        Told([answer(200, bent)]).run(conversation().answer(calls.verifying(b"x")))


SHOWN: dict[str, Any] = {
    "query": "a",
    "type": None,
    "claims": [{"path": ["a", 0, None], "values": [{"b": 1}]}],
    "lacking": [],
    "verdict": VERDICT,
}
PRESENTED: dict[str, Any] = {
    "indication": "TOTAL-PASSED",
    "sub_indication": None,
    "at": "2026-12-01T00:00:00Z",
    "checks": [],
    "credentials": [SHOWN],
}


def _presenting() -> Call[PresentationVerdict]:
    return calls.verifying_presentation(
        {"a": ["x~"]}, query={}, audience="https://x", nonce="n", same_holder=False, evidence=()
    )


def test_a_presentation_is_read() -> None:
    told = Told([token(), answer(200, PRESENTED)])
    found = told.run(conversation(tokens=TOKENS).answer(_presenting()))
    (shown,) = found.require_passed().credentials
    assert (shown.claims[0].path, shown.claims[0].values) == (("a", 0, None), ({"b": 1},))
    assert shown.verdict.indication == "TOTAL-PASSED"
    assert told.sent[1].headers["idempotency-key"]
    assert "b" not in repr(shown.claims[0])
    open_one = PRESENTED | {"indication": "INDETERMINATE", "sub_indication": "DEMAND_UNMET"}
    with pytest.raises(NotPassedError, match="DEMAND_UNMET"):
        Told([answer(200, open_one)]).run(conversation().answer(_presenting())).require_passed()


def _bent_presentations() -> Iterable[Mapping[str, object]]:
    for key in PRESENTED.keys() - {"sub_indication"}:
        yield {name: value for name, value in PRESENTED.items() if name != key}
    for key in SHOWN.keys() - {"type"}:
        yield PRESENTED | {"credentials": [{name: value for name, value in SHOWN.items() if name != key}]}
    bent: list[object] = [{"path": ["a"]}, {"values": []}, {"path": [True], "values": []}, {"path": [{}], "values": []}]
    for claim in (*bent, "x"):
        yield PRESENTED | {"credentials": [SHOWN | {"claims": [claim]}]}
    yield PRESENTED | {"indication": "TOTAL-PASSED-NEARLY"}


@pytest.mark.parametrize("bent", [*_bent_presentations()])
def test_a_verdict_on_a_presentation_that_is_none_is_not_believed(bent: Mapping[str, object]) -> None:
    with pytest.raises(AnswerError):
        Told([answer(200, bent)]).run(conversation().answer(_presenting()))


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b"[" * 100_000])
def test_what_is_no_json_object_is_no_answer(body: bytes) -> None:
    with pytest.raises(AnswerError):
        Told([Answer(status=200, headers={}, body=body)]).run(conversation().answer(calls.verifying(b"x")))


def test_a_batch_without_answers_to_read_is_none() -> None:
    with pytest.raises(AnswerError):
        Told([Answer(status=200, headers={})]).run(conversation().open_batch(b"{}\n"))
