"""The issuer is a certificate authority that may sign certificates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ca.lints.model import Lint

if TYPE_CHECKING:
    from ca.lints.model import LintSubject


def _holds(subject: LintSubject) -> bool:
    return subject.signer.is_ca and "keyCertSign" in (subject.signer.key_usage or ())


LINT = Lint(id="issuer-is-authority", clause="RFC 5280 4.2.1.3, 4.2.1.9", holds=_holds)
