"""The serial number has room for 64 random bits: a shorter one can be foreseen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ca.lints.model import Lint

if TYPE_CHECKING:
    from ca.lints.model import LintSubject

_MIN_BITS: Final = 64


def _holds(subject: LintSubject) -> bool:
    return subject.certificate.serial.bit_length() > _MIN_BITS


LINT = Lint(id="serial-entropy", clause="CA/Browser Forum Baseline Requirements 7.1", holds=_holds)
