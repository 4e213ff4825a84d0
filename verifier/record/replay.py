"""Reaching a verdict again from a record and the file it is of: no network, no home, no clock, no renderer.

verdict = replay(read_record(octets), submission, by="trustkit 1.0")      # raises unless it says what was said then
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustkit.errors import TrustError
from trustkit.record_codes import RecordCode
from trustkit.x509.trust_store import TrustStore
from verifier.judgement.context import Context
from verifier.opening import Unread, judge_opened, judge_unread, open_submission
from verifier.record.objects import sm3_name
from verifier.record.substance import report_digests, substance
from verifier.submission import Submission

if TYPE_CHECKING:
    from trustkit.verdict import Verdict
    from verifier.record.model import FileMark, ValidationRecord


def replay(record: ValidationRecord, submission: Submission, *, by: str) -> Verdict:
    """Return the verdict of the file by the record's evidence, policies, anchors and time, when its report is the one recorded.

    `by` names this program and its version.

    Raises:
        TrustError: RECORD_OTHER_FILE when the record is of another file, or of other content; when the report would not be the
            same, octet by octet, RECORD_OTHER_VERSION where another version made the record, RECORD_DIFFERS where this one did.
    """
    verdict = judge_again(record, submission)
    if substance(verdict) != record.verdict:
        raise _differs(record, by, f"the verdict is now {verdict.conclusion.indication.value}")
    if dict(record.reports) != report_digests(verdict):
        raise _differs(record, by, "the verdict is the same and its sentences are not")
    return verdict


def submission_in(record: ValidationRecord) -> Submission:
    """Return what was judged from the record's own copy, named by its digest. Raise RECORD_WITHOUT_FILE when it has none."""
    content = record.content
    if record.file.kept is None or (content is not None and content.kept is None):
        raise TrustError(RecordCode.RECORD_WITHOUT_FILE, "the record holds the file's digest alone")
    return Submission(
        name=f"sm3:{record.file.sm3}",
        data=record.file.kept,
        content=None if content is None else content.kept,
        demand=record.demand,
        copy_demand=record.copy_demand,
    )


def judge_again(record: ValidationRecord, submission: Submission) -> Verdict:
    """Return the verdict of the file under a record, whatever it was then. Raise RECORD_OTHER_FILE."""
    _require_same(record.file, submission.data, "file")
    if (record.content is None) != (submission.content is None):
        raise TrustError(RecordCode.RECORD_OTHER_FILE, "with or without content, as it was judged then", part="content")
    if record.content is not None and submission.content is not None:
        _require_same(record.content, submission.content, "content")
    opened = open_submission(submission)
    if isinstance(opened, Unread):
        return judge_unread(opened, record.policy, record.at)
    anchors = TrustStore(anchors=record.anchors) if record.anchors else TrustStore.none()
    context = Context(
        evidence=record.evidence,
        anchors=anchors,
        policy=record.policy,
        at=record.at,
        demand=record.demand,
        copy_demand=record.copy_demand,
    )
    return judge_opened(opened, submission.content, context)


def _require_same(mark: FileMark, octets: bytes, part: str) -> None:
    if mark.octets != len(octets) or mark.sm3 != sm3_name(octets):
        raise TrustError(RecordCode.RECORD_OTHER_FILE, f"the record is of another {part}", part=part)


def _differs(record: ValidationRecord, by: str, told: str) -> TrustError:
    if record.made_by == by:
        return TrustError(RecordCode.RECORD_DIFFERS, told, made_by=record.made_by)
    return TrustError(RecordCode.RECORD_OTHER_VERSION, told, made_by=record.made_by, this=by)
