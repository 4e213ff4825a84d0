"""An RSA modulus has not the form that certain chips gave their keys, which can be factored (ROCA, CVE-2017-15361)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ca.lints.model import Lint
from trustkit.crypto.public_key import KeyKind, rsa_numbers
from trustkit.crypto.rsa_weakness import has_roca_form

if TYPE_CHECKING:
    from ca.lints.model import LintSubject


def _holds(subject: LintSubject) -> bool:
    return subject.key.kind is not KeyKind.RSA or not has_roca_form(rsa_numbers(subject.key).n)


LINT = Lint(id="rsa-roca", clause="CA/Browser Forum Baseline Requirements 6.1.1.3; CVE-2017-15361", holds=_holds)
