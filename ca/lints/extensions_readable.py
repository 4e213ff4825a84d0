"""Every extension we know can be read, and nothing in the certificate had to be forgiven."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ca.lints.model import Lint

if TYPE_CHECKING:
    from ca.lints.model import LintSubject


def _holds(subject: LintSubject) -> bool:
    return not subject.certificate.unreadable and not subject.certificate.notes


LINT = Lint(id="extensions-readable", clause="RFC 5280 4.2", holds=_holds)
