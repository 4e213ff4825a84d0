"""What a row of the attack corpus is: how it is made, from which genuine file, and what a verifier must say of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from trustkit.error_family import Code
from trustkit.errors import ErrorCode
from trustkit.verdict import CheckId, CheckStatus, Indication, SubIndication, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.attacks.library import Library

CodeOrCheck = Code | CheckId


@dataclass(frozen=True, slots=True)
class Told:
    """A verdict in three words. `code` is the refusal behind the deciding check, or the check's id where there is none."""

    indication: Indication
    sub: SubIndication | None = None
    code: CodeOrCheck | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One attack, or one honest change: `genuine` names the file of the library it is made from."""

    name: str
    genuine: str
    build: Callable[[Library], bytes]
    told: Told
    alone: bool = False  # judged without the lists everybody has


def told_of(verdict: Verdict) -> Told:
    """Return a verdict in three words: the deciding check is the one its conclusion was drawn from."""
    sub = verdict.conclusion.sub_indication
    if verdict.conclusion.indication is Indication.TOTAL_PASSED:
        return Told(Indication.TOTAL_PASSED)
    status = CheckStatus.FAILED if verdict.conclusion.indication is Indication.TOTAL_FAILED else CheckStatus.UNKNOWN
    checks = [*(each for signature in verdict.signatures for each in signature.checks), *verdict.checks]
    decisive = next((each for each in checks if each.status is status and each.sub_indication is sub), None)
    return Told(verdict.conclusion.indication, sub, None if decisive is None else decisive.code or decisive.id)


PASSED = Told(Indication.TOTAL_PASSED)


def failed(sub: SubIndication, code: CodeOrCheck) -> Told:
    return Told(Indication.TOTAL_FAILED, sub, code)


def doubtful(sub: SubIndication, code: CodeOrCheck) -> Told:
    return Told(Indication.INDETERMINATE, sub, code)


CHANGED = failed(SubIndication.CONTENT_CHANGED_AFTER_SIGNING, ErrorCode.PDF_CHANGED)
BYTE_RANGE = failed(SubIndication.FORMAT_FAILURE, ErrorCode.PDF_BYTE_RANGE)
MALFORMED = failed(SubIndication.FORMAT_FAILURE, ErrorCode.PDF_MALFORMED)
DIGEST = failed(SubIndication.HASH_FAILURE, ErrorCode.CMS_DIGEST_MISMATCH)
FORM = doubtful(SubIndication.FORMAT_NOT_SUPPORTED, ErrorCode.PDF_SIGNATURE_FORM)
NOT_SIGNED = doubtful(SubIndication.NOT_SIGNED, CheckId.SIGNATURE_FORM)
UNREACHED = doubtful(SubIndication.FORMAT_NOT_SUPPORTED, CheckId.COVERAGE)
HIDDEN = doubtful(SubIndication.SIG_CONSTRAINTS_FAILURE, ErrorCode.PDF_COVERED)
NOT_COMPARED = doubtful(SubIndication.SIG_CONSTRAINTS_FAILURE, ErrorCode.PDF_LOOK_SIZE)
