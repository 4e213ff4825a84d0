"""Public keys no passkey is made with: of an algorithm that was not offered, too short, or no key at all."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest

from tests.support.authenticator import Authenticator
from tests.support.factors import NOON, refusal
from trustkit.identity_codes import IdentityCode

if TYPE_CHECKING:
    from tests.support.factors import FactorDesk

# COSE (RFC 9053): kind, algorithm, then what the kind has.
KEYS: list[tuple[str, dict[int, object]]] = [
    ("secp256k1", {1: 2, 3: -47, -1: 8, -2: b"\x01" * 32, -3: b"\x02" * 32}),
    ("HMAC with a key everybody sees", {1: 4, 3: 5, -1: b"k" * 32}),
    ("RSA with SHA-1", {1: 3, 3: -65535, -1: b"\xff" * 256, -2: b"\x01\x00\x01"}),
    ("RSA of 1024 bits", {1: 3, 3: -257, -1: b"\xff" * 128, -2: b"\x01\x00\x01"}),
    ("RSA without end", {1: 3, 3: -257, -1: b"\xff" * 4096, -2: b"\x01\x00\x01"}),
    ("an algorithm of another type", {1: 2, 3: "ES256", -1: 1, -2: b"\x01" * 32, -3: b"\x02" * 32}),
]


@pytest.mark.parametrize(("name", "cose"), KEYS, ids=[each[0] for each in KEYS])
def test_no_passkey_is_made_with_it(desk: FactorDesk, name: str, cose: dict[int, object]) -> None:
    options = desk.passkeys.begin(desk.enroller(), account="li.hua", now=NOON)
    body = Authenticator(cose=cose).create(options)[1]
    refused = refusal(partial(desk.passkeys.finish, desk.enroller(), body, now=NOON))
    assert refused is IdentityCode.FACTOR_PASSKEY_KEY, name


def test_a_point_that_is_not_on_its_curve_is_no_key(desk: FactorDesk) -> None:
    options = desk.passkeys.begin(desk.enroller(), account="li.hua", now=NOON)
    cose = {1: 2, 3: -7, -1: 1, -2: b"\x01" * 32, -3: b"\x02" * 32}
    body = Authenticator(cose=cose).create(options)[1]
    refused = refusal(partial(desk.passkeys.finish, desk.enroller(), body, now=NOON))
    assert refused in {IdentityCode.FACTOR_PASSKEY_KEY, IdentityCode.FACTOR_PASSKEY_MALFORMED}
