"""A certificate does not outlive its issuer, nor begin before it by more than clocks differ."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ca.lints.model import Lint
from ca.order_rules import BACKDATING

if TYPE_CHECKING:
    from ca.lints.model import LintSubject


def _holds(subject: LintSubject) -> bool:
    issuer, certificate = subject.signer, subject.certificate
    return issuer.not_before - BACKDATING <= certificate.not_before and certificate.not_after <= issuer.not_after


LINT = Lint(id="validity-within-issuer", clause="RFC 5280 4.1.2.5, 6.1", holds=_holds)
