"""The key is strong enough, a point of its curve, and of a kind the profile is for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ca.lints.model import Lint

if TYPE_CHECKING:
    from ca.lints.model import LintSubject


def _holds(subject: LintSubject) -> bool:
    return subject.key.kind.value in subject.profile.key_kinds


LINT = Lint(id="key-kind", clause="GB/T 20518-2018; RFC 5280 4.1.2.7", holds=_holds)
