"""The key is not the issuer's: what a holder signs must not pass for what the authority signed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ca.lints.model import Lint

if TYPE_CHECKING:
    from ca.lints.model import LintSubject


def _holds(subject: LintSubject) -> bool:
    return subject.issuer is None or subject.certificate.spki != subject.issuer.spki or subject.certificate.is_ca


LINT = Lint(id="key-own", clause="RFC 5280 4.1.2.7", holds=_holds)
