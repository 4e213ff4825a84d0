"""Time pairs of acts in one run and print ``name ours peer ratio`` lines. Other benchmarks import this.

A ratio is the median of many short rounds. In a round each act runs for some milliseconds, one after the other, so a
machine that grows slower in between slows all of them. Time is that of the processor, not of the wall, so that what else the machine
does does not count.
"""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ROUNDS = 75


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What is timed: a name, a call, and how many operations one call stands for."""

    name: str
    call: Callable[[], object]
    operations: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One line of a report: our act beside a peer's, or beside another act of ours."""

    name: str
    ours: Act
    peer: Act
    least: float | None = None  # the ratio to reach, where one is asked for


def rates(acts: Sequence[Act], *, seconds: float = 0.02, rounds: int = ROUNDS) -> dict[str, list[float]]:
    """Return operations per processor second of each act, one figure a round; the first call of each is not counted."""
    for act in acts:
        act.call()
    found: dict[str, list[float]] = {act.name: [] for act in acts}
    for _ in range(rounds):
        for act in acts:
            found[act.name].append(_rate(act, seconds))
    return found


def report(pairs: Sequence[Pair], *, seconds: float = 0.02, rounds: int = ROUNDS) -> dict[str, list[float]]:
    """Measure every act once, in common rounds, print one line a pair, and return the rates of each act."""
    acts = {act.name: act for pair in pairs for act in (pair.ours, pair.peer)}
    found = rates(tuple(acts.values()), seconds=seconds, rounds=rounds)
    for pair in pairs:
        ours, peer = found[pair.ours.name], found[pair.peer.name]
        ratio = statistics.median(a / b for a, b in zip(ours, peer, strict=True))
        asked = "" if pair.least is None else f"  (asked: {pair.least:g}{'' if ratio >= pair.least else ', MISSED'})"
        figures = f"{statistics.median(ours):>12,.0f}/s {statistics.median(peer):>12,.0f}/s"
        print(f"{pair.name:<64} {figures} {ratio:>8.2f}{asked}", flush=True)
    return found


def _rate(act: Act, seconds: float) -> float:
    started, done = time.process_time(), 0
    while (spent := time.process_time() - started) < seconds:
        act.call()
        done += act.operations
    return done / spent
