"""Shares, sets, sittings, responses, statements and sealed secrets: any octets end in our own refusal, and only that."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from ca.response import CsrResponse, encode_response, parse_response
from ca.statements import SignedStatement, sign_statement, verify_statement
from tests.support.mutations import bent_elements, bent_octets
from tests.support.pki import PkiWorld
from trustkit.app.sittings import Sitting, encode_sitting, parse_sitting
from trustkit.crypto.contexts import Context
from trustkit.crypto.public_key import KeyKind
from trustkit.custody.key_set import Custodian, encode_key_set, parse_key_set
from trustkit.custody.key_sharing import share_key
from trustkit.custody.private_key import generate_key
from trustkit.custody.sealed import open_sealed, seal
from trustkit.custody.share_files import parse_share_file
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable

    from trustkit.error_family import Code

PEOPLE = tuple(generate_key(KeyKind.SM2) for _ in range(2))
MADE = share_key(
    generate_key(KeyKind.SM2),
    name="root-ca",
    custodians=[Custodian(id=f"op-{n}", key=key.public_key) for n, key in enumerate(PEOPLE)],
    threshold=2,
)
SITTING = encode_sitting(
    Sitting(
        id="st-abcdefghjkmnp",
        key="root-ca",
        set_id="ab" * 16,
        purpose="sign-crl",
        expires_at=datetime(2026, 12, 1, tzinfo=UTC),
        public_key=PEOPLE[0].public_key,
    )
)
STATEMENT = sign_statement(Context.DECISION, {"decision": "approve"}, PEOPLE[0].signer())
RESPONSE = encode_response(CsrResponse(signing=(PkiWorld().root.certificate,)))
SEALED = seal(PEOPLE[0].public_key, b"secret", bound=b"bound")


def survives(parse: Callable[[bytes], object], data: bytes, good: bytes, *codes: Code) -> None:
    """A parser gives a value for what it was given, or one of its own refusals."""
    assert refused_by(lambda: parse(data)) in {None, *(codes if data != good else ())}


def refused_by(act: Callable[[], object]) -> Code | None:
    try:
        act()
    except TrustError as error:
        return error.code
    return None


@given(st.one_of(bent_octets(MADE.shares[0]), st.binary(max_size=200)))
def test_share_files(data: bytes) -> None:
    survives(parse_share_file, data, MADE.shares[0], ErrorCode.SHARE_MALFORMED)


@given(st.one_of(bent_octets(encode_key_set(MADE.key_set)), st.binary(max_size=200)))
def test_key_sets(data: bytes) -> None:
    survives(parse_key_set, data, encode_key_set(MADE.key_set), ErrorCode.KEY_SET_MALFORMED)


@given(st.one_of(bent_octets(SITTING), st.binary(max_size=200)))
def test_sittings(data: bytes) -> None:
    survives(parse_sitting, data, SITTING, ErrorCode.SHARE_MALFORMED)


@given(st.one_of(bent_octets(RESPONSE), bent_elements(RESPONSE), st.binary(max_size=200)))
def test_responses(data: bytes) -> None:
    survives(parse_response, data, RESPONSE, ErrorCode.RESPONSE_MALFORMED)


@given(body=st.one_of(bent_octets(STATEMENT.body), st.binary(max_size=100)), signature=bent_octets(STATEMENT.signature))
def test_statements_hold_as_they_were_signed_and_in_no_other_form(body: bytes, signature: bytes) -> None:
    given_ = SignedStatement(body=body, signature=signature)
    code = refused_by(lambda: verify_statement(Context.DECISION, given_, PEOPLE[0].public_key))
    assert code is (None if given_ == STATEMENT else ErrorCode.STATEMENT_WRONG)


@settings(deadline=None)
@given(st.one_of(bent_octets(SEALED), bent_elements(SEALED)))
def test_sealed_secrets_open_whole_or_not_at_all(data: bytes) -> None:
    codes = {
        ErrorCode.CIPHERTEXT_MALFORMED,
        ErrorCode.CIPHERTEXT_TOO_LARGE,
        ErrorCode.DECRYPTION_FAILED,
        ErrorCode.ALGORITHM_UNKNOWN,
        ErrorCode.ALGORITHM_WEAK,
    }
    opened: list[bytes] = []
    code = refused_by(lambda: opened.append(open_sealed(PEOPLE[0].decryptor(), data, bound=b"bound")))
    assert code in codes or opened == [b"secret"]
