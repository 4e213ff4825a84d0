"""A key is used for what its kind can do: Ed25519 signs, RSA does not agree on keys, ECDSA curves encrypt nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ca.lints.model import Lint
from trustkit.crypto.public_key import KeyKind

if TYPE_CHECKING:
    from ca.lints.model import LintSubject

_ENCRYPTS: Final = frozenset({"keyEncipherment", "dataEncipherment"})
_NEVER: Final = {
    KeyKind.ED25519: _ENCRYPTS | {"keyAgreement"},
    KeyKind.RSA: frozenset({"keyAgreement"}),
    KeyKind.EC_P256: _ENCRYPTS,
    KeyKind.EC_P384: _ENCRYPTS,
}


def _holds(subject: LintSubject) -> bool:
    usage = subject.certificate.key_usage or frozenset()
    return not usage & _NEVER.get(subject.key.kind, frozenset())


LINT = Lint(id="key-usage-of-kind", clause="RFC 3279 2.3.1; RFC 8410 5; RFC 8813 3", holds=_holds)
