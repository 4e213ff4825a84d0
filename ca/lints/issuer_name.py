"""The issuer is named octet for octet as in its own certificate, and not empty."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ca.lints.model import EMPTY_NAME, Lint

if TYPE_CHECKING:
    from ca.lints.model import LintSubject


def _holds(subject: LintSubject) -> bool:
    issuer = subject.certificate.issuer_der
    return issuer == subject.signer.subject_der and issuer != EMPTY_NAME


LINT = Lint(id="issuer-name", clause="RFC 5280 4.1.2.4", holds=_holds)
