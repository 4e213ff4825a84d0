"""The algorithm is written as its standard says: no parameters for SM2, ECDSA and Ed25519, NULL for RSA."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ca.lints.model import Lint
from trustkit.crypto.suites import suite_from_algorithm
from trustkit.encoding import der

if TYPE_CHECKING:
    from ca.lints.model import LintSubject


def _holds(subject: LintSubject) -> bool:
    certificate = subject.certificate
    suite = suite_from_algorithm(
        certificate.signature_oid, certificate.signature_parameters, key=subject.signer.public_key
    )
    return der.octets(certificate.tbs, subject.fields[2]) == suite.algorithm_identifier()


LINT = Lint(id="algorithm-form", clause="RFC 5280 4.1.1.2; RFC 4055 5; RFC 5758 3.2; RFC 8410 3", holds=_holds)
