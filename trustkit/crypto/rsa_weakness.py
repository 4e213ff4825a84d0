"""The form that certain chips gave their RSA keys, which can be factored (ROCA, CVE-2017-15361).

Both primes were k·M + (65537^a mod M) with M a product of the first primes, so that the modulus is a power of 65537 modulo M.
A modulus of two random primes is so for all primes here by chance less than once in 2^100.
"""

from __future__ import annotations

from functools import cache
from math import gcd, lcm
from typing import TYPE_CHECKING, Final

from trustkit.crypto.public_key import KeyKind, rsa_numbers
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from trustkit.crypto.public_key import PublicKey

_BASE: Final = 65537
_LAST: Final = (
    167  # M of the shortest keys ends here (Nemec et al., CCS 2017, 2.1); that of longer ones is a multiple of it
)


@cache
def _logarithms() -> tuple[tuple[int, dict[int, int]], ...]:
    """Return, for each odd prime of M, the powers of the base with their exponents; the table's length is the order."""
    found = []
    for prime in (n for n in range(3, _LAST + 1) if all(n % d for d in range(2, n))):
        powers: dict[int, int] = {}
        value = 1
        while value not in powers:
            powers[value] = len(powers)
            value = value * _BASE % prime
        found.append((prime, powers))
    return tuple(found)


def has_roca_form(modulus: int) -> bool:
    """Tell whether one exponent makes the modulus a power of the base modulo every prime of M."""
    exponent, step = 0, 1  # what is known: the exponent modulo `step`
    for prime, powers in _logarithms():
        wanted = powers.get(modulus % prime)
        if wanted is None:
            return False
        order = len(powers)
        shared = gcd(step, order)
        if (wanted - exponent) % shared:
            return False
        exponent += step * (
            (wanted - exponent) // shared * pow(step // shared, -1, order // shared) % (order // shared)
        )
        step = lcm(step, order)
    return True


def require_no_known_weakness(key: PublicKey) -> None:
    """Raise KEY_WEAK for an RSA key of that form. Any other key passes."""
    if key.kind is KeyKind.RSA and has_roca_form(rsa_numbers(key).n):
        raise TrustError(ErrorCode.KEY_WEAK, "the modulus has the form that can be factored (ROCA)")
