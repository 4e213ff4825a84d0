"""The unique identifiers of issuer and subject are absent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ca.lints.model import Lint

if TYPE_CHECKING:
    from ca.lints.model import LintSubject

_MEMBERS: Final = 8  # version to extensions


def _holds(subject: LintSubject) -> bool:
    return len(subject.fields) == _MEMBERS


LINT = Lint(id="unique-identifiers", clause="RFC 5280 4.1.2.8", holds=_holds)
