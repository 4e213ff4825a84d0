"""The subject key identifier is there, not critical, and derived from the key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ca.lints.model import Lint
from trustkit.x509 import oids

if TYPE_CHECKING:
    from ca.lints.model import LintSubject


def _holds(subject: LintSubject) -> bool:
    extension = subject.certificate.extensions.get(oids.SUBJECT_KEY_IDENTIFIER)
    right = subject.certificate.subject_key_id == subject.key.identifier
    return extension is not None and not extension.critical and right


LINT = Lint(id="subject-key-identifier", clause="RFC 5280 4.2.1.2", holds=_holds)
