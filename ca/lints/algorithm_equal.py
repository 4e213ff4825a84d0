"""The algorithm that is signed and the one beside the signature are the same octets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ca.lints.model import Lint
from trustkit.encoding import der

if TYPE_CHECKING:
    from ca.lints.model import LintSubject


def _holds(subject: LintSubject) -> bool:
    whole = subject.certificate.der
    _, beside, _ = der.children(whole, der.read_tlv(whole, 0, len(whole)))
    return der.octets(subject.certificate.tbs, subject.fields[2]) == der.octets(whole, beside)


LINT = Lint(id="algorithm-equal", clause="RFC 5280 4.1.1.2", holds=_holds)
