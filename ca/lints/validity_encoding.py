"""Times are UTCTime through 2049, GeneralizedTime from 2050, whole seconds in UTC."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ca.lints.model import Lint
from trustkit.encoding import der
from trustkit.encoding import der_write as w

if TYPE_CHECKING:
    from ca.lints.model import LintSubject


def _holds(subject: LintSubject) -> bool:
    tbs, certificate = subject.certificate.tbs, subject.certificate
    written = w.sequence(w.time(certificate.not_before), w.time(certificate.not_after))
    return der.octets(tbs, subject.fields[4]) == written


LINT = Lint(id="validity-encoding", clause="RFC 5280 4.1.2.5", holds=_holds)
