"""The key usages let the purposes be carried out: each of them signs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ca.lints.model import Lint

if TYPE_CHECKING:
    from ca.lints.model import LintSubject

_SIGN: Final = frozenset(
    {
        "serverAuth",
        "clientAuth",
        "codeSigning",
        "timeStamping",
        "ocspSigning",
        "statusSigning",
        "sealMaking",
        "documentSigning",
    }
)


def _holds(subject: LintSubject) -> bool:
    purposes = set(subject.certificate.extended_key_usage or ())
    usage = subject.certificate.key_usage or frozenset()
    return not purposes & _SIGN or bool(usage & {"digitalSignature", "nonRepudiation"})


LINT = Lint(
    id="extended-key-usage-consistent", clause="RFC 5280 4.2.1.12; RFC 6960 4.2.2.2; RFC 3161 2.3", holds=_holds
)
