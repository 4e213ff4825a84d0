"""Many documents: calls of bounded size, and answers that are as many as what was asked."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.client.test_conversation import VERDICT
from trustkit_client import batch
from trustkit_client.batch import AnswerLines, portions
from trustkit_client.errors import AnswerError, ClientError, RefusedError
from trustkit_client.results import LineRefusal, Verdict, verdict_of

if TYPE_CHECKING:
    from collections.abc import Iterator

PROBLEM = {"code": "encoding:json:malformed", "title": "No JSON.", "status": 422, "remedy": "Send JSON."}
GOOD = json.dumps(VERDICT).encode() + b"\n"
BAD = json.dumps({"line": 2, "error": PROBLEM}).encode() + b"\n"
ENDED = json.dumps({"line": 2, "error": PROBLEM, "ended": True}).encode() + b"\n"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=8), inside, max_size=4),
    max_leaves=8,
)


def read(octets: bytes, due: int, size: int = 0, before: int = 0) -> list[Verdict | LineRefusal]:
    answers = AnswerLines(before=before, due=due)
    step = size or max(len(octets), 1)
    found = [each for at in range(0, len(octets), step) for each in answers.feed(octets[at : at + step])]
    answers.end()
    return found


@pytest.mark.parametrize("size", [0, 1, 7, 4096])
def test_answers_are_read_in_pieces_of_any_size(size: int) -> None:
    first, second = read(GOOD + b"\n" + BAD, 2, size, before=1000)
    assert isinstance(first, Verdict)
    assert isinstance(second, LineRefusal)
    assert (second.line, second.problem.code, second.problem.status) == (1002, "encoding:json:malformed", 422)


@pytest.mark.parametrize(
    ("octets", "due"),
    [
        (GOOD, 2),  # one is missing
        (GOOD[:-1], 1),  # it was cut off, perhaps
        (GOOD + GOOD, 1),
        (b"{}\n", 1),
        (b'{"error": {}, "line": 1}\n', 1),
        (BAD.replace(b"2", b"true", 1), 1),
        (b"\xff\n", 1),
    ],
)
def test_what_is_not_an_answer_to_each_is_not_believed(octets: bytes, due: int) -> None:
    with pytest.raises(AnswerError):
        read(octets, due)


def test_a_service_that_reads_no_further_says_why() -> None:
    answers = AnswerLines(before=0, due=3)
    assert len(list(answers.feed(GOOD))) == 1
    with pytest.raises(RefusedError, match="encoding:json:malformed"):
        list(answers.feed(ENDED))


def test_an_answer_without_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "MAX_ANSWER", 10)
    with pytest.raises(AnswerError):
        read(b"x" * 11, 1)


def test_calls_are_bounded_and_nothing_is_read_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "CALL_LINES", 3)
    taken: list[int] = []

    def sources() -> Iterator[bytes]:
        for number in range(10):
            taken.append(number)
            yield b"x"

    calls = portions(sources())
    lines, count = next(calls)
    assert (lines.count(b"\n"), count, len(taken)) == (3, 3, 4)
    assert [count for _, count in calls] == [3, 3, 1]
    monkeypatch.setattr(batch, "CALL_OCTETS", 200)
    counts = [(len(lines), count) for lines, count in portions([b"x" * 20, b"y" * 20, b"z" * 900, b"w"])]
    assert [count for _, count in counts] == [2, 1, 1]
    assert list(portions([])) == []


@given(JSON | st.dictionaries(st.sampled_from([*VERDICT, "error", "line"]), JSON | st.sampled_from(["x"]), max_size=9))
def test_any_json_is_an_answer_or_refused(value: Any) -> None:
    try:
        found = read(json.dumps(value).encode() + b"\n", 1)
    except ClientError:
        return
    assert len(found) == 1


@given(st.sampled_from(sorted(VERDICT)), JSON)
def test_a_verdict_with_one_member_changed_is_read_or_refused(name: str, value: Any) -> None:
    try:
        found = verdict_of(VERDICT | {name: value})
    except ClientError:
        return
    assert found.raw[name] == value
