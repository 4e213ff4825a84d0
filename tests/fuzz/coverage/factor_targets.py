"""Targets: what browsers send of passkeys, and what people type."""

from __future__ import annotations

from fido2 import cbor

from idp.factors.passkey_read import read_attestation, read_authenticator_data
from idp.factors.recovery import parse_recovery_code
from idp.factors.totp_codes import parse_code
from tests.fuzz import test_factors
from tests.fuzz.coverage.target import Target
from tests.support.authenticator import Authenticator


def _attestation(data: bytes) -> None:
    found = read_attestation(data)
    assert (found.fmt, bytes(found.auth_data)) == (read_attestation(data).fmt, bytes(read_attestation(data).auth_data))


def _authenticator_data(data: bytes) -> None:
    assert bytes(read_authenticator_data(data)) == data


def _codes(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    parse = parse_code if len(data) % 2 else parse_recovery_code
    assert parse(parse(text)) == parse(text)


def _plain() -> bytes:
    return Authenticator()._data(0)


TARGETS = (
    Target(
        name="passkey-new",
        act=test_factors.judged_registration,
        seeds=lambda: test_factors.answers()[:1],
        binary=False,
    ),
    Target(
        name="passkey-use",
        act=test_factors.judged_assertion,
        seeds=lambda: test_factors.answers()[1:2],
        binary=False,
    ),
    Target(
        name="attestation",
        act=_attestation,
        seeds=lambda: (cbor.encode({"fmt": "none", "attStmt": {}, "authData": _plain()}),),
        binary=False,
    ),
    Target(name="authenticator-data", act=_authenticator_data, seeds=lambda: (_plain(),), binary=False),
    Target(name="typed-codes", act=_codes, seeds=lambda: (b"287 082", b"K7QF-2M9D-K7QF-2M9D"), binary=False),
)
