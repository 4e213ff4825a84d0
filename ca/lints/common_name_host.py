"""The common name of a TLS server is one of its alternative names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ca.lints.model import Lint
from trustkit.x509 import oids

if TYPE_CHECKING:
    from ca.lints.model import LintSubject


def _holds(subject: LintSubject) -> bool:
    if "serverAuth" not in (subject.certificate.extended_key_usage or ()):
        return True
    names = {name.text for name in subject.alternative_names}
    return all(each.text.lower() in names for each in subject.attributes if each.oid == oids.COMMON_NAME)


LINT = Lint(id="common-name-host", clause="CA/Browser Forum Baseline Requirements 7.1.4.3", holds=_holds)
