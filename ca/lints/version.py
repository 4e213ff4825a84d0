"""A certificate with extensions says version 3."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ca.lints.model import Lint

if TYPE_CHECKING:
    from ca.lints.model import LintSubject

_VERSION_3: Final = 3


def _holds(subject: LintSubject) -> bool:
    return subject.certificate.version == _VERSION_3


LINT = Lint(id="version", clause="RFC 5280 4.1.2.1", holds=_holds)
