"""Credentials and codes of several requests, judged in one sitting and told to the trail in one transaction.

    joint = JointSittings(home, lambda: home.verification)
    verdict = await joint.verify(submission, at, asker)

Who comes while a sitting is held is judged in the next, so nobody waits for company, and under load what a verdict costs besides itself,
registers read and a trail committed, is shared. A sitting begins after all its requests have come: none is judged as of a time before it was
made, and what was revoked before is seen. Nobody has his verdict before the trail has it.

Only what is short joins. A file that needs the network is set aside and judged by itself, so that no publisher's slowness is another's.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, NoReturn

from starlette.concurrency import run_in_threadpool

from trustkit.app.verification import tell_each, verification_as
from trustkit.errors import ErrorCode, TrustError
from verifier.format import Format
from verifier.service import NOTHING_KEPT
from verifier.submission import identify

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from trustkit.app.opened import OpenedHome
    from trustkit.app.verification import Asker
    from trustkit.verdict import Verdict
    from verifier.service import VerificationService
    from verifier.submission import Submission

MOST: Final = 16  # of one sitting: the first waits for the last
LARGEST: Final = 64 * 1024  # octets of one with its evidence; a status list among them may unpack to much more
_SHORT: Final = frozenset({Format.SD_JWT, Format.CAPSULE})


class _NetworkWantedError(Exception):
    """A file set aside; seen by nobody but this module."""


class _NoNetwork:
    """The network in a sitting: `verifier.fetch.Fetcher`."""

    def fetch(self, _uri: str) -> NoReturn:
        """Set the file aside."""
        raise _NetworkWantedError

    def post(self, _uri: str, _body: bytes, *, media_type: str) -> NoReturn:  # noqa: ARG002 - as the port has it
        """Set the file aside."""
        raise _NetworkWantedError

    def nonce(self, _question: str) -> NoReturn:
        """Set the file aside."""
        raise _NetworkWantedError


@dataclass(frozen=True, slots=True)
class _Waiting:
    submission: Submission
    at: datetime | None
    asker: Asker
    answer: asyncio.Future[Verdict]


class JointSittings:
    """The sittings of one process; used in the server's one thread."""

    def __init__(self, home: OpenedHome, service: Callable[[], VerificationService]) -> None:
        self._home = home
        self._service = service
        self._waiting: deque[_Waiting] = deque()
        self._held: asyncio.Task[None] | None = None

    async def verify(self, submission: Submission, at: datetime | None, asker: Asker) -> Verdict:
        """Return the verdict as `VerificationService.verify` does, told to the trail as the asker's. Raise as that."""
        if not joins(submission):
            return await self._alone(submission, at, asker)
        mine = _Waiting(submission, at, asker, asyncio.get_running_loop().create_future())
        self._waiting.append(mine)
        if self._held is None:
            self._held = asyncio.create_task(self._hold())
        try:
            return await mine.answer
        except _NetworkWantedError:
            return await self._alone(submission, at, asker)

    async def _alone(self, submission: Submission, at: datetime | None, asker: Asker) -> Verdict:
        service = verification_as(self._home, self._service(), asker)
        return await run_in_threadpool(service.verify, submission, at)

    async def _hold(self) -> None:
        """Hold sittings until nobody waits."""
        try:
            while self._waiting:
                taken = [self._waiting.popleft() for _ in range(min(MOST, len(self._waiting)))]
                found: Sequence[Verdict | Exception]
                try:
                    found = await run_in_threadpool(self._judged, taken)
                except Exception as error:  # noqa: BLE001 - each of them is answered for by his own request
                    found = [error] * len(taken)
                for each, verdict in zip(taken, found, strict=True):
                    if each.answer.done():  # whoever asked has left
                        continue
                    if isinstance(verdict, Exception):
                        each.answer.set_exception(verdict)
                    else:
                        each.answer.set_result(verdict)
        finally:
            self._held = None

    def _judged(self, taken: Sequence[_Waiting]) -> list[Verdict | Exception]:
        service = self._service()
        sitting = replace(service, fetcher=None if service.fetcher is None else _NoNetwork()).sitting()
        found = [_judge(sitting, each) for each in taken]
        told = [
            (each.asker, each.submission, verdict, NOTHING_KEPT)
            for each, verdict in zip(taken, found, strict=True)
            if not isinstance(verdict, Exception)
        ]
        try:
            tell_each(self._home, told)
        except TrustError as error:
            if error.code is not ErrorCode.AUDIT_PERSONAL_DATA:
                raise
            return [self._told_alone(each, verdict) for each, verdict in zip(taken, found, strict=True)]
        return found

    def _told_alone(self, one: _Waiting, verdict: Verdict | Exception) -> Verdict | Exception:
        """Return the verdict of which the trail was told by itself: what it does not take of one stands in no other's way."""
        if isinstance(verdict, Exception):
            return verdict
        try:
            tell_each(self._home, [(one.asker, one.submission, verdict, NOTHING_KEPT)])
        except TrustError as error:
            return error
        return verdict


def joins(submission: Submission) -> bool:
    """Tell whether a submission is judged together with others."""
    octets = len(submission.data) + len(submission.content or b"") + sum(map(len, submission.evidence))
    return octets <= LARGEST and identify(submission.data) in _SHORT


def _judge(sitting: VerificationService, one: _Waiting) -> Verdict | Exception:
    try:
        return sitting.judge(one.submission, one.at)
    except Exception as error:  # noqa: BLE001 - one file stops no other; raised where it was asked for
        return error
