"""The serial number is a positive INTEGER."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ca.lints.model import Lint

if TYPE_CHECKING:
    from ca.lints.model import LintSubject


def _holds(subject: LintSubject) -> bool:
    return subject.certificate.serial > 0


LINT = Lint(id="serial-positive", clause="RFC 5280 4.1.2.2", holds=_holds)
