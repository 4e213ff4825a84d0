"""``trustkit verify --replay``: a verdict reached again from its record, and what this home's trail knows of that record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from trustkit.app.code_reader import PictureCodes
from trustkit.app.engine import settle_engine
from trustkit.app.files import read_input
from trustkit.app.opening import program_name
from trustkit.audit import trail
from trustkit.audit.events import EventType
from trustkit.errors import ErrorCode, TrustError
from trustkit.verdict import Indication
from verifier.record.model import MAX_RECORD
from verifier.record.objects import sm3_name
from verifier.record.read import read_record
from verifier.record.replay import replay, submission_in
from verifier.scanning import scanned
from verifier.submission import MAX_SUBMISSION, Submission

if TYPE_CHECKING:
    from pathlib import Path

    from trustkit.app.opened import OpenedHome
    from trustkit.verdict import Verdict

MOST_LOOKED_AT: Final = 1000  # verifications of one file in the trail


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """A verdict reached again: its file's name, who made the record, and whether the trail at hand vouches for it (None without a home)."""

    name: str
    verdict: Verdict
    record_sm3: str
    made_by: str
    in_trail: bool | None

    @property
    def indication(self) -> Indication:
        """What may be relied on: what passes by the evidence of a record that nobody vouches for is not decided.

        A record says whom its maker trusted and what registers told him. Whoever writes one whole, digests and all, writes what he likes.
        """
        found = self.verdict.conclusion.indication
        vouched = self.in_trail is True or found is not Indication.TOTAL_PASSED
        return found if vouched else Indication.INDETERMINATE


def replay_file(record: Path, file: Path | None, content: Path | None, home: OpenedHome | None) -> Replayed:
    """Return the verdict of a file by the evidence of a record, the same as it was. Without `file` the record's own copy is judged.

    Raises:
        TrustError: RECORD_*; INPUT_* and JSON_*; what the readers of evidence raise.
    """
    if home is None:
        settle_engine("auto", production=False)
    octets = read_input(record, limit=MAX_RECORD)
    read = read_record(octets)
    if file is None:
        submission = submission_in(read)
    else:
        told = read_input(content) if content is not None else None
        submission = scanned(Submission(name=str(file), data=_octets(file), content=told), PictureCodes())
    verdict = replay(read, submission, by=program_name())
    name = sm3_name(octets)
    known = None if home is None else _is_told(home, read.file.sm3, name)
    return Replayed(name=submission.name, verdict=verdict, record_sm3=name, made_by=read.made_by, in_trail=known)


def _octets(file: Path) -> bytes:
    try:
        return read_input(file, limit=MAX_SUBMISSION)
    except TrustError as error:
        if error.code is ErrorCode.INPUT_EMPTY:
            return b""
        raise


def _is_told(home: OpenedHome, file_sm3: str, record_sm3: str) -> bool:
    """Tell whether the trail says that this record was kept, by the newest `MOST_LOOKED_AT` verifications of the file."""
    with home.database.reading() as unit:
        entries = trail.list_about(unit, EventType.FILE_VERIFIED, f"sm3:{file_sm3}", limit=MOST_LOOKED_AT)
    return any(entry.facts.get("record_sm3") == record_sm3 for entry in entries)
