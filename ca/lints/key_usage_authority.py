"""Who is a certificate authority signs certificates, and nobody else does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ca.lints.model import Lint

if TYPE_CHECKING:
    from ca.lints.model import LintSubject


def _holds(subject: LintSubject) -> bool:
    usage = subject.certificate.key_usage or frozenset()
    return subject.certificate.is_ca == ("keyCertSign" in usage)


LINT = Lint(id="key-usage-authority", clause="RFC 5280 4.2.1.3, 4.2.1.9", holds=_holds)
