"""No purpose stands twice, and none is any purpose."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ca.lints.model import Lint

if TYPE_CHECKING:
    from ca.lints.model import LintSubject


def _holds(subject: LintSubject) -> bool:
    purposes = subject.certificate.extended_key_usage or ()
    return len(set(purposes)) == len(purposes) and "anyExtendedKeyUsage" not in purposes


LINT = Lint(id="extended-key-usage-once", clause="RFC 5280 4.2.1.12", holds=_holds)
