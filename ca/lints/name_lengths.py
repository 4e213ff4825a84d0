"""No attribute is empty or longer than its upper bound."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ca.lints.model import Lint
from trustkit.x509.name_build import FORMS_BY_OID

if TYPE_CHECKING:
    from ca.lints.model import LintSubject


def _holds(subject: LintSubject) -> bool:
    return all(
        attribute.oid in FORMS_BY_OID and 0 < len(attribute.text) <= FORMS_BY_OID[attribute.oid].limit
        for attribute in subject.attributes
    )


LINT = Lint(id="name-lengths", clause="RFC 5280 A.1", holds=_holds)
