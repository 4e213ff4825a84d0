"""Each attribute has its string type: PrintableString for countries, IA5String for mail, UTF8String else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ca.lints.model import Lint
from trustkit.x509.name_build import FORMS_BY_OID

if TYPE_CHECKING:
    from ca.lints.model import LintSubject


def _holds(subject: LintSubject) -> bool:
    forms = ((attribute, FORMS_BY_OID.get(attribute.oid)) for attribute in subject.attributes)
    return all(form is not None and attribute.tag == form.tag for attribute, form in forms)


LINT = Lint(id="name-strings", clause="RFC 5280 4.1.2.4, A.1; GB/T 20518-2018", holds=_holds)
