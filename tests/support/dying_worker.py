"""The worker of a batch, killed by any file that is called poison.pdf: ``python -m tests.support.dying_worker``."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from trustkit.app import batch_worker
from trustkit.app.batch_signing import FileResult, Task, sign_some

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trustkit.app.batch_desk import BatchDesk


def _sign_or_die(desk: BatchDesk, tasks: Sequence[Task]) -> tuple[FileResult, ...]:
    if any(task.file.name == "poison.pdf" for task in tasks):
        os._exit(9)
    return sign_some(desk, tasks)


if __name__ == "__main__":
    batch_worker.sign_some = _sign_or_die  # type: ignore[attr-defined]
    batch_worker.main()
