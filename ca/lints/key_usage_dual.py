"""Signing and encryption have certificates of their own: an encryption key may be in escrow, a signing key never."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ca.lints.model import Lint
from ca.profile_rules import ENCRYPTION_USAGES, SIGNING_USAGES

if TYPE_CHECKING:
    from ca.lints.model import LintSubject


def _holds(subject: LintSubject) -> bool:
    usage = subject.certificate.key_usage or frozenset()
    return not (usage & SIGNING_USAGES and usage & ENCRYPTION_USAGES)


LINT = Lint(id="key-usage-dual", clause="GB/T 20518-2018", holds=_holds)
