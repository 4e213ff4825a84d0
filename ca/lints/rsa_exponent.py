"""An RSA exponent is odd and above 2^16: smaller ones fail with padding that is not checked to its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ca.lints.model import Lint
from trustkit.crypto.public_key import KeyKind, rsa_numbers

if TYPE_CHECKING:
    from ca.lints.model import LintSubject

_FLOOR: Final = 1 << 16
_CEILING: Final = 1 << 256


def _holds(subject: LintSubject) -> bool:
    if subject.key.kind is not KeyKind.RSA:
        return True
    exponent = rsa_numbers(subject.key).e
    return exponent % 2 == 1 and _FLOOR < exponent < _CEILING


LINT = Lint(id="rsa-exponent", clause="FIPS 186-5 5.1; NIST SP 800-89 5.3.3", holds=_holds)
