"""The serial number takes at most 20 octets, its sign bit included."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ca.lints.model import Lint

if TYPE_CHECKING:
    from ca.lints.model import LintSubject

_MAX_BITS: Final = 20 * 8


def _holds(subject: LintSubject) -> bool:
    return subject.certificate.serial.bit_length() < _MAX_BITS


LINT = Lint(id="serial-length", clause="RFC 5280 4.1.2.2", holds=_holds)
