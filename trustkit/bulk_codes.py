"""What can go wrong with runs over many files."""

from __future__ import annotations

from enum import unique

from trustkit.error_family import Code, Family


@unique
class BulkCode(Code):
    """Stable names of what can go wrong with a run of verdicts, sorted by value."""

    BULK_ARCHIVE = ("verifier:bulk:archive", Family.MALFORMED)
    BULK_CLUSTER = ("verifier:bulk:cluster", Family.UNREACHABLE)
    BULK_EXTRA = ("verifier:bulk:extra", Family.CONFIG)
    BULK_LOST = ("verifier:bulk:lost", Family.RESOURCE)
    BULK_OTHER_RUN = ("verifier:bulk:other-run", Family.CONFLICT)
    BULK_RUN = ("verifier:bulk:run", Family.CONFIG)
    BULK_RUNNING = ("verifier:bulk:running", Family.CONFLICT)
    BULK_UNFINISHED = ("verifier:bulk:unfinished", Family.CONFLICT)
    BULK_VERSION = ("verifier:bulk:version", Family.CONFLICT)
    BULK_WORKER = ("verifier:bulk:worker", Family.RESOURCE)
