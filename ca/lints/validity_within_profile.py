"""A certificate lives at most as long as its profile allows."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from ca.lints.model import Lint

if TYPE_CHECKING:
    from ca.lints.model import LintSubject


def _holds(subject: LintSubject) -> bool:
    certificate = subject.certificate
    return certificate.not_after - certificate.not_before <= timedelta(days=subject.profile.days)


LINT = Lint(id="validity-within-profile", clause="GB/T 20518-2018", holds=_holds)
