"""What people type and browsers send to prove a factor: read, or refused with our own error; and nothing bent proves anything."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st

from idp.factors.breached import BreachedList
from idp.factors.passkey_attestation import AttestationPolicy
from idp.factors.passkey_model import RelyingParty
from idp.factors.passkey_read import parse_assertion, parse_registration, read_attestation, read_authenticator_data
from idp.factors.passkey_verify import verify_assertion, verify_registration
from idp.factors.recovery import parse_recovery_code
from idp.factors.totp_codes import parse_code
from tests.support.authenticator import Authenticator
from tests.support.factors import NOON
from tests.support.mutations import bent_octets
from trustkit.encoding.text64 import decode_base64url, encode_base64url
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity_codes import IdentityCode

CHALLENGE = "A" * 43
OPTIONS = {"challenge": CHALLENGE, "user": {"id": "AAAA"}}
PARTY = RelyingParty(id="login.example.gov.cn", name="x", origins=frozenset({"https://login.example.gov.cn"}))


@cache
def answers() -> tuple[bytes, bytes, bytes]:
    """Return a registration, an assertion by it, and its public key."""
    device, made = Authenticator().create(OPTIONS)
    registration = verify_registration(
        parse_registration(made), PARTY, challenge=CHALLENGE, attestation=AttestationPolicy(), now=NOON
    )
    return made, device.use(OPTIONS), registration.key


def judged_assertion(octets: bytes) -> None:
    """Read and judge an assertion; what passes says what was signed."""
    found = parse_assertion(octets)
    verified = verify_assertion(found, PARTY, challenge=CHALLENGE, key=answers()[2], need_verified=False)
    good = parse_assertion(answers()[1])
    assert bytes(found.authenticator) == bytes(good.authenticator)
    assert (found.client.digest, verified.counter, verified.user_verified) == (good.client.digest, 1, True)


def judged_registration(octets: bytes) -> None:
    """Read and judge a registration; what passes is for us and answers us."""
    found = parse_registration(octets)
    made = verify_registration(found, PARTY, challenge=CHALLENGE, attestation=AttestationPolicy(), now=NOON)
    assert found.client.challenge == CHALLENGE
    assert made.credential == found.credential


@given(st.data())
def test_a_bent_answer_proves_nothing_else(data: st.DataObject) -> None:
    made, used, _ = answers()
    for judge, good in ((judged_registration, made), (judged_assertion, used)):
        try:
            judge(data.draw(bent_octets(good)))
        except TrustError as error:
            assert error.code is not ErrorCode.BUG  # noqa: PT017 - whatever else the code
            assert error.code.value.startswith("idp:factor-")  # noqa: PT017 - as above


@given(st.data())
def test_bent_members_behind_good_json_are_refused_alike(data: st.DataObject) -> None:
    made, used, _ = answers()
    for judge, good in ((judged_registration, made), (judged_assertion, used)):
        body = json.loads(good)
        name = data.draw(st.sampled_from(sorted(set(body["response"]) - {"transports"})))
        octets = decode_base64url(body["response"][name])
        body["response"][name] = encode_base64url(data.draw(bent_octets(octets)))
        try:
            judge(json.dumps(body).encode())
        except TrustError as error:
            assert error.code.value.startswith("idp:factor-")  # noqa: PT017 - whatever else the code


@given(st.binary(max_size=300))
def test_any_octets_are_no_attestation_or_one(octets: bytes) -> None:
    for read in (read_attestation, read_authenticator_data):
        try:
            read(octets)
        except TrustError as error:
            assert error.code is IdentityCode.FACTOR_PASSKEY_MALFORMED  # noqa: PT017 - the one there is


def test_deep_and_long_cbor_is_refused() -> None:
    for octets in (b"\x81" * 30_000, b"\xbb" + b"\xff" * 8, b"\x9b" + b"\x7f" * 8, b"\x5b" + b"\xff" * 8 + b"x"):
        for read in (read_attestation, read_authenticator_data):
            try:
                read(octets)
            except TrustError as error:
                assert error.code is IdentityCode.FACTOR_PASSKEY_MALFORMED  # noqa: PT017 - the one there is
            else:
                raise AssertionError(octets[:9])


@given(st.text(max_size=80))
def test_any_text_is_a_code_or_none(text: str) -> None:
    for parse, letters in ((parse_code, 6), (parse_recovery_code, 16)):
        try:
            found = parse(text)
        except TrustError as error:
            assert error.code is IdentityCode.FACTOR_CODE_FORM  # noqa: PT017 - the one there is
            continue
        assert len(found) == letters
        assert found.isascii()
        assert parse(found) == found


@given(st.binary(min_size=1, max_size=400))
def test_any_file_is_a_list_or_none(octets: bytes) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "list"
        path.write_bytes(octets)
        try:
            breached = BreachedList.open(path)
        except TrustError as error:
            assert error.code is IdentityCode.FACTOR_PASSWORD_LIST  # noqa: PT017 - the one there is
            return
        try:
            breached.holds("password")
        except TrustError as error:
            assert error.code is IdentityCode.FACTOR_PASSWORD_LIST  # noqa: PT017 - the one there is
        finally:
            breached.close()
