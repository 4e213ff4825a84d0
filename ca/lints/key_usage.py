"""Key usage is there, critical, and what the profile says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ca.lints.model import Lint
from trustkit.x509 import oids

if TYPE_CHECKING:
    from ca.lints.model import LintSubject


def _holds(subject: LintSubject) -> bool:
    extension = subject.certificate.extensions.get(oids.KEY_USAGE)
    return extension is not None and extension.critical and subject.certificate.key_usage == subject.profile.key_usage


LINT = Lint(id="key-usage", clause="RFC 5280 4.2.1.3; GB/T 20518-2018", holds=_holds)
