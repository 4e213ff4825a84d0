"""When a call is made again, and after how long: pure, the waiting is the client's."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_AGAIN: Final = frozenset({429, 502, 503, 504})
_UNDER_WAY: Final = "web:repeat:under-way"  # the first attempt's answer was lost, and it is still worked on
_SECONDS: Final = re.compile(r"[0-9]{1,9}", re.ASCII)
_LEFT: Final = re.compile(r'"([^"]{1,64})";r=([0-9]{1,15})(?:;t=([0-9]{1,9}))?', re.ASCII)
_MOST_POLICIES: Final = 16
FIRST_WAIT: Final = 0.5  # seconds, doubled each time


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """How much is left of one limit (draft-ietf-httpapi-ratelimit-headers), and in how many seconds there is more."""

    limit: str
    remaining: int
    seconds: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How often a call is made at most, and how long is waited for the next time. A service that asks for more has its refusal told at once."""

    attempts: int = 4
    longest_wait: float = 30.0

    def wait_after(
        self, attempt: int, *, status: int | None, code: str, headers: Mapping[str, str], chance: float
    ) -> float | None:
        """Return how long to wait for the next attempt, None for not at all.

        Args:
            attempt: the number of the attempt that failed, from 1.
            status: its answer's, None where there was none.
            code: of its problem document.
            headers: its answer's, by names in small letters.
            chance: from 0 to 1; clients that were refused together do not come again together.
        """
        under_way = status == 409 and code == _UNDER_WAY  # noqa: PLR2004 - RFC 9110
        if attempt >= self.attempts or not (status is None or status in _AGAIN or under_way):
            return None
        told = retry_after(headers)
        usual = FIRST_WAIT * 2.0 ** (attempt - 1) * (0.5 + chance / 2)
        wait = usual if told is None else told + usual * 0.1
        return wait if wait <= self.longest_wait else None


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds an answer asks to wait: Retry-After in seconds, else of the limits that are used up the one that lasts longest."""
    told = headers.get("retry-after", "")
    if _SECONDS.fullmatch(told):
        return float(told)
    spent = [each.seconds for each in limits_left(headers) if each.remaining == 0 and each.seconds is not None]
    return float(max(spent)) if spent else None


def limits_left(headers: Mapping[str, str]) -> tuple[Left, ...]:
    """Return what an answer says is left; nothing where it says nothing that can be read."""
    found = list(_LEFT.finditer(headers.get("ratelimit", "")[:4096]))[:_MOST_POLICIES]
    return tuple(
        Left(limit=each[1], remaining=int(each[2]), seconds=int(each[3]) if each[3] else None) for each in found
    )
