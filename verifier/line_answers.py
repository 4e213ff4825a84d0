"""What is answered to the lines of a batch: to each a verdict, or why there is none; one that cannot be read stops no other.

    for octets in answer_lines(service, portion, setting):      # as many as lines, in their order
        ...

Pure but for what the service does, so that it runs in threads of the server and in processes of their own alike.
"""

from __future__ import annotations

import logging
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final, Protocol

from trustkit.encoding.canonical_json import canonical_json
from trustkit.errors import ErrorCode, TrustError
from trustkit.web.problem import problem_body
from verifier.asked import asked_of_line
from verifier.report import verdict_to_json

if TYPE_CHECKING:
    from datetime import datetime

    from trustkit.encoding.canonical_json import JsonValue
    from trustkit.texts.catalogue import Language
    from trustkit.verdict import Verdict
    from verifier.lines import Portion
    from verifier.submission import Submission


class Judge(Protocol):
    """Who gives one verdict."""

    def verify(self, submission: Submission, at: datetime | None = None, /) -> Verdict:
        """Return the verdict; hostile input gives one too."""
        ...


class SitsToJudge(Protocol):
    """Who judges portions: `verifier.service.VerificationService`."""

    def sitting(self) -> Judge:
        """Return who judges the files of one portion (`verifier.sitting`)."""
        ...


class Meter(Protocol):
    """Who counts lines for the client they are judged for."""

    def grant(self, lines: int, /) -> int:
        """Return how many of so many more lines may be judged, and count them."""
        ...

    def refusal(self) -> TrustError:
        """Return what the others are told."""
        ...


class Bulk(Protocol):
    """Who judges portions of one call, several at once."""

    def submit(self, portion: Portion, /) -> Future[tuple[bytes, ...]]:
        """Take a portion; the answers are `answer_lines`'s."""
        ...


_log = logging.getLogger("trustkit.verifier")
NEAR: Final = 4  # portions at once in this process: they wait for the network more than they compute


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """How the lines of one call are judged: `at` where a line says no time of its own (None: now), in whose language, up to which size."""

    at: datetime | None
    language: Language
    max_octets: int


@dataclass(frozen=True, slots=True)
class NearBulk:
    """Judges portions in threads of this process: `Bulk` for calls of a few lines."""

    service: SitsToJudge
    setting: Setting
    meter: Meter | None = None

    def submit(self, portion: Portion, /) -> Future[tuple[bytes, ...]]:
        """See `Bulk.submit`."""
        return _threads().submit(answer_lines, self.service, portion, self.setting, self.meter)


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=NEAR, thread_name_prefix="verify")


def answer_lines(
    service: SitsToJudge, portion: Portion, setting: Setting, meter: Meter | None = None
) -> tuple[bytes, ...]:
    """Return an answer for each line, JSON without the end of a line. A fault of ours is told for its line, and in the log.

    They are judged in one sitting: as of the moment the portion is begun, where neither the line nor the call says another.

    `meter` says how many of them may be judged; the others have its refusal.
    """
    granted = len(portion.lines) if meter is None else meter.grant(len(portion.lines))
    sitting = service.sitting()
    judged = tuple(
        _answer(sitting, line, portion.first + place, setting) for place, line in enumerate(portion.lines[:granted])
    )
    return judged if meter is None else (*judged, *refused_lines(meter, portion, granted, setting.language))


def refused_lines(meter: Meter, portion: Portion, granted: int, language: Language) -> tuple[bytes, ...]:
    """Return the answers to the lines behind those that were granted: the meter's refusal."""
    left = range(portion.first + granted, portion.first + len(portion.lines))
    refusal = meter.refusal() if left else None
    return () if refusal is None else tuple(error_line(refusal, number, language) for number in left)


def error_line(error: TrustError, line: int, language: Language, *, ended: bool = False) -> bytes:
    """Return the answer to a line without verdict: `error` is the problem document, with `ended` no line after it was read."""
    told: dict[str, JsonValue] = {"line": line, "error": problem_body(error, language)}
    return canonical_json({**told, "ended": True} if ended else told)


def lost_lines(portion: Portion, language: Language) -> tuple[bytes, ...]:
    """Return the answers to lines whose worker ended."""
    error = TrustError(ErrorCode.BATCH_WORKER, "no answer came")
    return tuple(error_line(error, portion.first + place, language) for place in range(len(portion.lines)))


def _answer(service: Judge, line: bytes, number: int, setting: Setting) -> bytes:
    try:
        asked = asked_of_line(line, setting.max_octets)
        verdict = service.verify(asked.submissions[0], asked.at or setting.at)
    except TrustError as error:
        return error_line(error, number, setting.language)
    except Exception as error:  # noqa: BLE001 - one line stops no other
        _log.error("line.bug")
        _log.debug("bug", exc_info=error)
        return error_line(TrustError(ErrorCode.BUG), number, setting.language)
    return canonical_json(verdict_to_json(verdict, file=asked.submissions[0].name, language=setting.language))
