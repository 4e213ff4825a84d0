"""Each attribute is a relative distinguished name of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ca.lints.model import Lint
from trustkit.x509.name import parse_name

if TYPE_CHECKING:
    from ca.lints.model import LintSubject


def _holds(subject: LintSubject) -> bool:
    return all(len(rdn) == 1 for rdn in parse_name(subject.certificate.subject_der))


LINT = Lint(id="name-grouping", clause="GB/T 20518-2018", holds=_holds)
