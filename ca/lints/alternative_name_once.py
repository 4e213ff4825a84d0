"""No alternative name stands twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ca.lints.model import Lint

if TYPE_CHECKING:
    from ca.lints.model import LintSubject


def _holds(subject: LintSubject) -> bool:
    return len(set(subject.alternative_names)) == len(subject.alternative_names)


LINT = Lint(id="alternative-name-once", clause="RFC 5280 4.2.1.6", holds=_holds)
