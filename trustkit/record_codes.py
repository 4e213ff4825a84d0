"""What can go wrong with records of verdicts."""

from __future__ import annotations

from enum import unique

from trustkit.error_family import Code, Family


@unique
class RecordCode(Code):
    """Stable names of what can go wrong with a validation record, sorted by value."""

    RECORD_CHANGED = ("verifier:record:changed", Family.UNTRUSTED)
    RECORD_DIFFERS = ("verifier:record:differs", Family.UNTRUSTED)
    RECORD_MALFORMED = ("verifier:record:malformed", Family.MALFORMED)
    RECORD_OTHER_FILE = ("verifier:record:other-file", Family.CONFLICT)
    RECORD_OTHER_VERSION = ("verifier:record:other-version", Family.UNTRUSTED)
    RECORD_WITHOUT_FILE = ("verifier:record:without-file", Family.USAGE)
