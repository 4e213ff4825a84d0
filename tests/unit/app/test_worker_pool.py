"""Work handed to several workers: each task has its answer, whatever becomes of who does it."""

from __future__ import annotations

import pytest

from trustkit.app.worker_pool import over_processes


class Worker:
    """Answers a task by its double, and misbehaves at some."""

    def __init__(self, fault: type[Exception] | None = None, *, short: bool = False) -> None:
        self._fault, self._short = fault, short

    def ask(self, tasks: tuple[int, ...]) -> list[int]:
        if 3 in tasks and self._fault is not None:
            raise self._fault
        answers = [2 * each for each in tasks]
        return answers[:-1] if self._short and 3 in tasks else answers

    def close(self) -> None:
        """Nothing to end."""


def done_by(worker: Worker, count: int = 2) -> list[int]:
    portions = [(0, 1, 2), (3, 4, 5), (6, 7)]
    found = over_processes(portions, lambda: worker, count, lost=lambda task: -task)
    return sorted(each for some in found for each in some)


def test_every_task_is_answered() -> None:
    assert done_by(Worker()) == [0, 2, 4, 6, 8, 10, 12, 14]


@pytest.mark.parametrize("fault", [KeyError, TypeError, ValueError, OSError])
def test_only_what_ends_a_worker_is_lost(fault: type[Exception]) -> None:
    assert done_by(Worker(fault)) == [-3, 0, 2, 4, 8, 10, 12, 14]


def test_a_worker_that_answers_too_little_has_answered_nothing() -> None:
    assert done_by(Worker(short=True)) == [-3, 0, 2, 4, 8, 10, 12, 14]
