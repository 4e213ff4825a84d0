"""The key's algorithm is written in its one standard form: NULL for RSA, a named curve else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ca.lints.model import Lint
from trustkit.crypto.public_key import EC_PUBLIC_KEY, RSA_ENCRYPTION, SM2_CURVE, KeyKind
from trustkit.encoding import der_write as w

if TYPE_CHECKING:
    from ca.lints.model import LintSubject

_PREFIXES: Final = {
    KeyKind.SM2: w.sequence(w.oid(EC_PUBLIC_KEY), w.oid(SM2_CURVE)),
    KeyKind.RSA: w.sequence(w.oid(RSA_ENCRYPTION), w.null()),
}
_AFTER_HEADER: Final = (2, 3, 4)  # the length of SubjectPublicKeyInfo takes one to three octets


def _holds(subject: LintSubject) -> bool:
    key = subject.key
    return key.kind not in _PREFIXES or key.spki.find(_PREFIXES[key.kind]) in _AFTER_HEADER


LINT = Lint(id="key-form", clause="RFC 3279 2.3.1; RFC 5480 2.1; GB/T 35276-2017", holds=_holds)
