"""No extension stands there but those a rule above looks at and those the profile lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ca.lints.model import Lint
from trustkit.x509 import oids

if TYPE_CHECKING:
    from ca.lints.model import LintSubject

_LINTED: Final = frozenset(
    {
        oids.SUBJECT_KEY_IDENTIFIER,
        oids.AUTHORITY_KEY_IDENTIFIER,
        oids.KEY_USAGE,
        oids.EXTENDED_KEY_USAGE,
        oids.BASIC_CONSTRAINTS,
        oids.SUBJECT_ALT_NAME,
        oids.NAME_CONSTRAINTS,
        oids.CERTIFICATE_POLICIES,
        oids.CRL_DISTRIBUTION_POINTS,
        oids.FRESHEST_CRL,
        oids.AUTHORITY_INFO_ACCESS,
        oids.OCSP_NO_CHECK,
    }
)


def _holds(subject: LintSubject) -> bool:
    return set(subject.certificate.extensions) <= _LINTED | subject.profile.extensions


LINT = Lint(id="extensions-allowed", clause="RFC 5280 4.2; GB/T 20518-2018", holds=_holds)
