"""The signature algorithm is one of the issuer's kind of key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ca.lints.model import Lint
from trustkit.crypto.suites import suite_from_algorithm

if TYPE_CHECKING:
    from ca.lints.model import LintSubject


def _holds(subject: LintSubject) -> bool:
    certificate, key = subject.certificate, subject.signer.public_key
    suite = suite_from_algorithm(certificate.signature_oid, certificate.signature_parameters, key=key)
    return suite.key_kind is key.kind


LINT = Lint(id="algorithm-of-key", clause="RFC 5280 4.1.1.2; GB/T 20518-2018", holds=_holds)
