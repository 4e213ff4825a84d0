"""No attribute but units and domain components stands twice: readers show only one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ca.lints.model import Lint
from trustkit.x509 import oids

if TYPE_CHECKING:
    from ca.lints.model import LintSubject

_REPEATABLE: Final = frozenset({oids.UNIT, "0.9.2342.19200300.100.1.25"})


def _holds(subject: LintSubject) -> bool:
    once = [attribute.oid for attribute in subject.attributes if attribute.oid not in _REPEATABLE]
    return len(set(once)) == len(once)


LINT = Lint(id="name-once", clause="GB/T 20518-2018; RFC 5280 4.1.2.4", holds=_holds)
