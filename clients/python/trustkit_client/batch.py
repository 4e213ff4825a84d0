"""Many documents as calls of bounded size: portions of lines, and their answers as they come.

A service takes many thousands of lines a call; here a call has few, so that what is held is bounded on both sides and a call that was
refused can be made again as it was.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from trustkit_client.documents import document_of
from trustkit_client.errors import AnswerError, RefusedError
from trustkit_client.reading import read_object
from trustkit_client.results import LineRefusal, line_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from trustkit_client.documents import Source
    from trustkit_client.results import Verdict

CALL_LINES: Final = 1000
CALL_OCTETS: Final = 16 * 1024 * 1024  # beyond which a line begins a new call; one larger line is a call of its own
MAX_ANSWER: Final = 64 * 1024 * 1024  # of one line, and of one answer that is no batch's


def line_for(source: Source) -> bytes:
    """Return the line that asks for a verdict on a document. Raise UsageError."""
    return json.dumps(document_of(source).to_json(), separators=(",", ":")).encode() + b"\n"


def portions(sources: Iterable[Source]) -> Iterator[tuple[bytes, int]]:
    """Yield (lines, how many) for each call, reading no further ahead than one call holds. Raise UsageError."""
    held, octets = list[bytes](), 0
    for source in sources:
        line = line_for(source)
        if held and (len(held) >= CALL_LINES or octets + len(line) > CALL_OCTETS):
            yield b"".join(held), len(held)
            held, octets = [], 0
        held.append(line)
        octets += len(line)
    if held:
        yield b"".join(held), len(held)


class AnswerLines:
    """Cuts what comes of one call into its answers, and sees that there are as many as lines were sent."""

    def __init__(self, *, before: int, due: int) -> None:
        self._before = before
        self._due = due
        self._parts: list[bytes] = []
        self._begun = 0

    def feed(self, piece: bytes) -> Iterator[Verdict | LineRefusal]:
        """Yield the answers that are whole with this piece. Raise AnswerError; RefusedError where the service read no further."""
        *whole, rest = piece.split(b"\n")
        for part in whole:
            self._keep(part)
            line = b"".join(self._parts)
            self._parts, self._begun = [], 0
            if line.strip():
                yield self._answer(line)
        self._keep(rest)

    def end(self) -> None:
        """Raise AnswerError unless all is answered: a connection that ends early is no end of answers."""
        if self._due or self._begun:
            raise AnswerError(f"{self._due} answers are missing")

    def _keep(self, part: bytes) -> None:
        self._begun += len(part)
        if self._begun > MAX_ANSWER:
            raise AnswerError("a line is longer than any answer")
        if part:
            self._parts.append(part)

    def _answer(self, line: bytes) -> Verdict | LineRefusal:
        answer = line_of(read_object(line), self._before)
        if isinstance(answer, LineRefusal) and answer.ended:
            raise RefusedError(answer.problem)
        if not self._due:
            raise AnswerError("there are more answers than lines")
        self._due -= 1
        return answer
