"""``trustkit`` whose judging processes die of some files: ``python -m tests.support.dying_bulk_run verify …``."""

from __future__ import annotations

from tests.support import dying_bulk_worker
from trustkit.app import bulk_process
from trustkit.app.cli.main import main

if __name__ == "__main__":
    vars(bulk_process)["MODULE"] = dying_bulk_worker.MODULE
    main()
