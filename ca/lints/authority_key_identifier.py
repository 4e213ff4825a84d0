"""The authority key identifier is the issuer's subject key identifier; only a root may leave it out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ca.lints.model import Lint
from trustkit.x509 import oids

if TYPE_CHECKING:
    from ca.lints.model import LintSubject


def _holds(subject: LintSubject) -> bool:
    extension = subject.certificate.extensions.get(oids.AUTHORITY_KEY_IDENTIFIER)
    if extension is None:
        return subject.issuer is None
    return not extension.critical and subject.certificate.authority_key_id == subject.signer.subject_key_id


LINT = Lint(id="authority-key-identifier", clause="RFC 5280 4.2.1.1", holds=_holds)
