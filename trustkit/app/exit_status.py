"""Exit statuses of the command line: the contract of ``trustkit verify``, what waits for a second person, and sysexits for everything else."""

from __future__ import annotations

from typing import Final

from trustkit.error_family import Code, Family
from trustkit.errors import ErrorCode
from trustkit.verdict import Indication

PASSED, FAILED, INDETERMINATE = 0, 1, 2
PROPOSED = 3  # nothing is done yet: it waits for a second person
USAGE, UNREADABLE, BUG = 64, 66, 70

_OF_FAMILY: Final = {
    Family.MALFORMED: 65,  # EX_DATAERR
    Family.UNTRUSTED: 65,
    Family.FORBIDDEN: 77,  # EX_NOPERM
    Family.MISSING: UNREADABLE,  # EX_NOINPUT
    Family.CONFLICT: 73,  # EX_CANTCREAT
    Family.UNREACHABLE: 75,  # EX_TEMPFAIL
    Family.RESOURCE: 74,  # EX_IOERR
    Family.CONFIG: 78,  # EX_CONFIG
    Family.USAGE: USAGE,
    Family.BUG: BUG,
}
_OF_CODE: Final[dict[Code, int]] = {
    ErrorCode.INPUT_EMPTY: UNREADABLE,
    ErrorCode.INPUT_TOO_LARGE: UNREADABLE,
    ErrorCode.INPUT_UNREADABLE: UNREADABLE,
}


def of_error(code: Code) -> int:
    """Return the exit status an error ends a command with."""
    return _OF_CODE.get(code, _OF_FAMILY[code.family])


def of_verdicts(indications: tuple[Indication, ...]) -> int:
    """Return 0 when all passed, 1 when any failed, 2 otherwise (DESIGN's contract)."""
    if Indication.TOTAL_FAILED in indications:
        return FAILED
    if all(indication is Indication.TOTAL_PASSED for indication in indications):
        return PASSED
    return INDETERMINATE
