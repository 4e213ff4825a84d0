"""What a service concluded, typed. Members a newer service adds stand in `raw` and disturb nothing.

An indication that is none of the three is an `AnswerError`: it is never taken for one of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003 - a field type of a public dataclass
from enum import StrEnum, unique
from typing import TYPE_CHECKING

from trustkit_client.errors import AnswerError, NotPassedError, Problem
from trustkit_client.reading import (
    Object,
    flag_in,
    number_in,
    object_of,
    objects_in,
    optional_text_in,
    optional_time_in,
    text_in,
    texts_in,
    time_in,
)

if TYPE_CHECKING:
    from collections.abc import Iterable


@unique
class Indication(StrEnum):
    """EN 319 102-1 table 5. Only the first can be relied on; the second says that something is missing, not that it is wrong."""

    TOTAL_PASSED = "TOTAL-PASSED"
    INDETERMINATE = "INDETERMINATE"
    TOTAL_FAILED = "TOTAL-FAILED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was looked at: `message` for a citizen, `remedy` and `detail` for an operator, `code` for a machine.

    `status` is PASSED, FAILED, UNKNOWN, WARNING or INFORMATION.
    """

    id: str
    status: str
    sub_indication: str | None
    clause: str
    message: str
    remedy: str
    code: str | None
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureVerdict:
    """One signature, seal or token: by whom, when (`time_proved`: by somebody else's word), over what, and its own conclusion."""

    form: str
    signer: str | None
    signed_at: datetime | None
    time_proved: bool
    indication: Indication
    sub_indication: str | None
    covers: str
    checks: tuple[Check, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What is concluded of one file.

    `licence` has what the licence says, `uncovered` what no signature covers, `raw` the object as it was answered. All three may hold personal data,
    and so are left out of the repr.
    """

    file: str = field(repr=False)
    format: str
    indication: Indication
    sub_indication: str | None
    at: datetime
    policy: str
    licence: Object | None = field(repr=False)
    signatures: tuple[SignatureVerdict, ...] = field(repr=False)
    checks: tuple[Check, ...] = field(repr=False)
    uncovered: tuple[str, ...] = field(repr=False)
    raw: Object = field(repr=False, compare=False)

    def require_passed(self) -> Verdict:
        """Return this verdict. Raise NotPassedError, with the remedy of the first check that failed or is open, unless it is TOTAL-PASSED."""
        every = (*self.checks, *(check for each in self.signatures for check in each.checks))
        require_passed(self.indication, self.sub_indication, every)
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleVerdict:
    """What is concluded of the licences of one matter together: the worst of them, and of what was demanded (`checks`)."""

    indication: Indication
    sub_indication: str | None
    at: datetime
    checks: tuple[Check, ...] = field(repr=False)
    licences: tuple[Verdict, ...] = field(repr=False)
    raw: Object = field(repr=False, compare=False)

    def require_passed(self) -> BundleVerdict:
        """Return this verdict. Raise NotPassedError unless it is TOTAL-PASSED."""
        every = (*self.checks, *(check for each in self.licences for check in each.checks))
        require_passed(self.indication, self.sub_indication, every)
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class LineRefusal:
    """Why there is no verdict on one of many: `line` counts all that were asked for, from 1."""

    line: int
    problem: Problem
    ended: bool = False


def verdict_of(found: Object) -> Verdict:
    """Return the verdict an object tells. Raise AnswerError."""
    licence = found.get("licence")
    return Verdict(
        file=text_in(found, "file"),
        format=text_in(found, "format"),
        indication=indication_in(found),
        sub_indication=optional_text_in(found, "sub_indication"),
        at=time_in(found, "at"),
        policy=optional_text_in(found, "policy") or "",
        licence=None if licence is None else object_of(licence),
        signatures=tuple(map(_signature, objects_in(found, "signatures"))),
        checks=checks_in(found),
        uncovered=texts_in(found, "uncovered"),
        raw=found,
    )


def bundle_of(found: Object) -> BundleVerdict:
    """Return the verdict on several licences an object tells. Raise AnswerError."""
    return BundleVerdict(
        indication=indication_in(found),
        sub_indication=optional_text_in(found, "sub_indication"),
        at=time_in(found, "at"),
        checks=checks_in(found),
        licences=tuple(map(verdict_of, objects_in(found, "licences"))),
        raw=found,
    )


def line_of(found: Object, before: int) -> Verdict | LineRefusal:
    """Return the answer to one line of a batch; `before` lines of earlier calls are counted too. Raise AnswerError."""
    if "error" not in found:
        return verdict_of(found)
    problem = problem_of(object_of(found["error"]), status=0)
    return LineRefusal(line=before + number_in(found, "line"), problem=problem, ended=found.get("ended") is True)


def problem_of(found: Object, *, status: int) -> Problem:
    """Return the problem a document tells (RFC 9457); `status` is the answer's, for one that does not say. Raise AnswerError."""
    told = found.get("status", status)
    return Problem(
        status=told if isinstance(told, int) else status,
        code=text_in(found, "code"),
        title=text_in(found, "title"),
        remedy=optional_text_in(found, "remedy") or "",
        detail=optional_text_in(found, "detail") or "",
        instance=optional_text_in(found, "instance") or "",
        facts={key.removeprefix("fact_"): value for key, value in found.items() if key.startswith("fact_")},
    )


def indication_in(found: Object) -> Indication:
    """Return the indication of an object. Raise AnswerError for any but the three."""
    try:
        return Indication(text_in(found, "indication"))
    except ValueError as error:
        raise AnswerError("indication is none of the three") from error


def checks_in(found: Object) -> tuple[Check, ...]:
    """Return the checks of an object. Raise AnswerError."""
    return tuple(
        Check(
            id=text_in(each, "id"),
            status=text_in(each, "status"),
            sub_indication=optional_text_in(each, "sub_indication"),
            clause=optional_text_in(each, "clause") or "",
            message=text_in(each, "message"),
            remedy=optional_text_in(each, "remedy") or "",
            code=optional_text_in(each, "code"),
            detail=optional_text_in(each, "detail") or "",
        )
        for each in objects_in(found, "checks")
    )


def _signature(found: Object) -> SignatureVerdict:
    return SignatureVerdict(
        form=text_in(found, "form"),
        signer=optional_text_in(found, "signer"),
        signed_at=optional_time_in(found, "signed_at"),
        time_proved=flag_in(found, "time_proved"),
        indication=indication_in(found),
        sub_indication=optional_text_in(found, "sub_indication"),
        covers=text_in(found, "covers"),
        checks=checks_in(found),
    )


def require_passed(indication: Indication, sub_indication: str | None, checks: Iterable[Check]) -> None:
    """Raise NotPassedError, with the first remedy there is, unless the indication is TOTAL-PASSED."""
    if indication is Indication.TOTAL_PASSED:
        return
    against = (each.remedy for each in checks if each.status in {"FAILED", "UNKNOWN"} and each.remedy)
    raise NotPassedError(indication.value, sub_indication, next(against, ""))
