"""An RSA modulus is not of two primes so near each other that Fermat's method finds them in a hundred rounds."""

from __future__ import annotations

from math import isqrt
from typing import TYPE_CHECKING, Final

from ca.lints.model import Lint
from trustkit.crypto.public_key import KeyKind, rsa_numbers

if TYPE_CHECKING:
    from ca.lints.model import LintSubject

_ROUNDS: Final = 100


def _holds(subject: LintSubject) -> bool:
    if subject.key.kind is not KeyKind.RSA:
        return True
    modulus = rsa_numbers(subject.key).n
    half_sum = isqrt(modulus - 1) + 1  # the least a with a² not below n; n = a² - b² = (a - b)(a + b)
    return all(isqrt(rest) ** 2 != rest for rest in ((half_sum + n) ** 2 - modulus for n in range(_ROUNDS)))


LINT = Lint(id="rsa-close-primes", clause="CA/Browser Forum Baseline Requirements 6.1.1.3", holds=_holds)
