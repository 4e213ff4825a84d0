"""The policies are the profile's, each once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ca.lints.model import Lint
from trustkit.x509 import oids
from trustkit.x509.policy_values import read_certificate_policies

if TYPE_CHECKING:
    from ca.lints.model import LintSubject


def _holds(subject: LintSubject) -> bool:
    extension = subject.certificate.extensions.get(oids.CERTIFICATE_POLICIES)
    found = () if extension is None else tuple(oid for oid, _ in read_certificate_policies(extension.value))
    return found == subject.profile.policies and len(set(found)) == len(found)


LINT = Lint(id="policies", clause="RFC 5280 4.2.1.4", holds=_holds)
