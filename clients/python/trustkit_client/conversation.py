"""What is said to a service to have one call answered: tokens, attempts, waiting. Pure; the clients do what each step says.

    talk = conversation.answer(call)
    step = next(talk)               # a Send or a Wait
    step = talk.send(outcome)       # an Answer or a Lost, None after a Wait; StopIteration has the result

So that waiting for an answer and awaiting one are one piece of code.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, Generic, TypeAlias, TypeVar

from trustkit_client.errors import AnswerError, ClientError, Problem, RefusedError, UnreachableError
from trustkit_client.patience import Left, limits_left, retry_after
from trustkit_client.reading import read_object
from trustkit_client.results import problem_of
from trustkit_client.tokens import Token, token_of, token_problem

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from trustkit_client.calls import Call, Part
    from trustkit_client.clock import Clock
    from trustkit_client.patience import Patience
    from trustkit_client.tokens import TokenRequest

Opened = TypeVar("Opened")
Answered = TypeVar("Answered")
_CHANCES: Final = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """A request to send. With `streamed` the body of a good answer is left to be read: `Answer.opened`."""

    method: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    parts: tuple[Part, ...] = field(default=(), repr=False)
    fields: Mapping[str, str] = field(default_factory=dict, repr=False)
    value: object = field(default=None, repr=False)
    content: bytes | None = field(default=None, repr=False)
    query: Mapping[str, str] = field(default_factory=dict)
    streamed: bool = False


@dataclass(frozen=True, slots=True)
class Wait:
    """Seconds to wait."""

    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer(Generic[Opened]):
    """What came back; header names are in small letters."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(default=b"", repr=False)
    opened: Opened | None = None


@dataclass(frozen=True, slots=True)
class Lost:
    """There was no answer, and why, as far as the connection knows."""

    reason: str


Step: TypeAlias = Send | Wait
if TYPE_CHECKING:
    Outcome: TypeAlias = Answer[Opened] | Lost | None
    Talk: TypeAlias = Generator[Step, Outcome[Opened], Answered]


@dataclass(slots=True, kw_only=True)
class Conversation(Generic[Opened]):
    """All that calls to one service have in common.

    Attributes:
        base: the service's address, without a slash at the end.
        tokens: where tokens come from; None for a service that asks for none.
        keyed: whether calls that may be repeated carry an Idempotency-Key: the service then keeps their answers for a day.
        left: what the last answer said of limits.
    """

    base: str
    language: str
    patience: Patience
    clock: Clock
    tokens: TokenRequest | None = None
    keyed: bool = True
    left: tuple[Left, ...] = ()
    _token: Token | None = field(default=None, repr=False)

    def answer(self, call: Call[Answered]) -> Talk[Opened, Answered]:
        """Have a call answered. Raise RefusedError, UnreachableError, AnswerError."""
        guarded = call.guarded and self.tokens is not None
        headers = {"accept": "application/json, */*;q=0.1"}
        if call.keyed and guarded and self.keyed:
            headers["idempotency-key"] = f'"{secrets.token_hex(16)}"'
        send = Send(
            method=call.method,
            url=self.base + call.path,
            headers=headers,
            parts=call.parts,
            fields=call.fields,
            value=call.value,
            query=call.query,
        )
        answer = yield from self._asked(send, guarded=guarded)
        return call.read(answer.body)

    def open_batch(self, lines: bytes) -> Talk[Opened, Opened]:
        """Have lines taken, and return what their answers are read from. Raise as `answer`."""
        send = Send(
            method="POST",
            url=self.base + "/v1/verify/batch",
            headers={"content-type": "application/x-ndjson", "accept": "application/x-ndjson, */*;q=0.1"},
            content=lines,
            streamed=True,
        )
        answer = yield from self._asked(send, guarded=self.tokens is not None)
        if answer.opened is None:
            raise AnswerError(f"status {answer.status} without answers")
        return answer.opened

    def _asked(self, send: Send, *, guarded: bool) -> Talk[Opened, Answer[Opened]]:
        """Send until there is a good answer, or patience ends."""
        renewed = False
        attempt = 0
        while True:
            headers = dict(send.headers) | {"accept-language": self.language}
            if guarded:
                token = yield from self._valid_token()
                headers["authorization"] = f"Bearer {token.text}"
            answer = yield replace(send, headers=headers)
            if isinstance(answer, Answer):
                self.left = limits_left(answer.headers) or self.left
                if answer.status == HTTPStatus.OK:
                    return answer
                if answer.status == HTTPStatus.UNAUTHORIZED and guarded and not renewed:
                    self._token, renewed = None, True  # it may have been withdrawn; a new one is asked for once
                    continue
            attempt += 1
            problem = _problem(answer) if isinstance(answer, Answer) else None
            yield from self._patiently(attempt, answer, problem)

    def _valid_token(self) -> Talk[Opened, Token]:
        if self._token is not None and self.clock.monotonic() < self._token.until:
            return self._token
        if self.tokens is None:
            raise AnswerError("no provider of tokens is named")
        attempt = 0
        while True:
            headers, fields = self.tokens.form(self.clock.now())
            headers |= {"accept": "application/json"}
            answer = yield Send(method="POST", url=self.tokens.url, headers=headers, fields=fields)
            if isinstance(answer, Answer) and answer.status == HTTPStatus.OK:
                self._token = token_of(answer.body, self.clock.monotonic())
                return self._token
            attempt += 1
            problem = token_problem(answer.status, answer.body) if isinstance(answer, Answer) else None
            yield from self._patiently(attempt, answer, problem)

    def _patiently(self, attempt: int, outcome: Outcome[Opened], problem: Problem | None) -> Talk[Opened, None]:
        """Wait for the next attempt. Raise what there is to tell where there is none."""
        answer = outcome if isinstance(outcome, Answer) else None
        wait = self.patience.wait_after(
            attempt,
            status=None if answer is None else answer.status,
            code=problem.code if problem is not None else "",
            headers={} if answer is None else answer.headers,
            chance=secrets.randbelow(_CHANCES) / _CHANCES,
        )
        if wait is not None:
            yield Wait(wait)
            return
        if answer is None or problem is None:
            raise UnreachableError(f"there was no answer: {outcome.reason if isinstance(outcome, Lost) else 'unknown'}")
        raise RefusedError(problem, retry_after=retry_after(answer.headers))


def _problem(answer: Answer[Opened]) -> Problem:
    """Return why there is no good answer: the problem document, or for one by whoever stands between, that there is none."""
    try:
        return problem_of(read_object(answer.body), status=answer.status)
    except ClientError:
        title = "The answer is not one of the service's"
        return Problem(status=answer.status, code=f"http:status:{answer.status}", title=title)
