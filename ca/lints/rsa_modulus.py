"""An RSA modulus is of whole octets, odd, and has no small factor."""

from __future__ import annotations

from math import gcd, prod
from typing import TYPE_CHECKING, Final

from ca.lints.model import Lint
from trustkit.crypto.public_key import KeyKind, rsa_numbers

if TYPE_CHECKING:
    from ca.lints.model import LintSubject

_SMALL_PRIMES: Final = prod(n for n in range(2, 752) if all(n % d for d in range(2, int(n**0.5) + 1)))


def _holds(subject: LintSubject) -> bool:
    if subject.key.kind is not KeyKind.RSA:
        return True
    modulus = rsa_numbers(subject.key).n
    return modulus.bit_length() % 8 == 0 and gcd(modulus, _SMALL_PRIMES) == 1


LINT = Lint(id="rsa-modulus", clause="NIST SP 800-89 5.3.3", holds=_holds)
