"""A country is two capital letters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ca.lints.model import Lint
from trustkit.x509 import oids

if TYPE_CHECKING:
    from ca.lints.model import LintSubject

_LETTERS: Final = 2


def _holds(subject: LintSubject) -> bool:
    countries = [attribute.text for attribute in subject.attributes if attribute.oid == oids.COUNTRY]
    return all(len(text) == _LETTERS and text.isascii() and text.isalpha() and text.isupper() for text in countries)


LINT = Lint(id="name-country", clause="RFC 5280 A.1; ISO 3166-1", holds=_holds)
