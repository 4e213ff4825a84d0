"""The purposes are the profile's; the extension is critical exactly for a time-stamping authority."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ca.lints.model import Lint
from trustkit.x509 import oids

if TYPE_CHECKING:
    from ca.lints.model import LintSubject


def _holds(subject: LintSubject) -> bool:
    extension = subject.certificate.extensions.get(oids.EXTENDED_KEY_USAGE)
    purposes = subject.profile.extended_key_usage
    if not purposes:
        return extension is None
    named = subject.certificate.extended_key_usage == purposes
    return extension is not None and named and extension.critical == ("timeStamping" in purposes)


LINT = Lint(id="extended-key-usage", clause="RFC 5280 4.2.1.12; RFC 3161 2.3", holds=_holds)
