"""The alternative names are of kinds the profile allows, and there where it demands them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ca.lints.model import Lint
from ca.order_rules import require_names
from trustkit.x509 import oids

if TYPE_CHECKING:
    from ca.lints.model import LintSubject


def _holds(subject: LintSubject) -> bool:
    require_names(subject.profile, subject.alternative_names)
    return subject.alternative_names != () or oids.SUBJECT_ALT_NAME not in subject.certificate.extensions


LINT = Lint(id="alternative-name-kinds", clause="RFC 5280 4.2.1.6; GB/T 20518-2018", holds=_holds)
