"""Mutated key containers: opened, or refused with a code of ours; never another exception, never a key of someone else."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from ca.response import CsrResponse, encode_response, install_response, parse_response
from tests.support.examples import scaled
from tests.support.mutations import bent_elements, bent_octets
from tests.support.pki import PkiWorld
from trustkit.crypto.public_key import KeyKind
from trustkit.custody.agreement_files import parse_answer, parse_confirmation, parse_offer, parse_pending
from trustkit.custody.agreement_run import KnownPeer, answer, finish, offer
from trustkit.custody.containers import KeyFile, KeyFileForm, open_key_file, recognise_key_file, write_key_file
from trustkit.custody.enveloped_key import unwrap_key, wrap_key
from trustkit.custody.passphrase import Passphrase
from trustkit.custody.pkcs8 import MIN_ITERATIONS, encrypt_private_key
from trustkit.custody.private_key import PrivateKey, generate_key, load_private_key
from trustkit.custody.private_key_info import parse_private_key_info
from trustkit.custody.software import open_container
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable

PASSPHRASE = Passphrase(b"correct horse battery")
CODES = {
    ErrorCode.KEY_CONTAINER_MALFORMED,
    ErrorCode.PASSPHRASE_WRONG,
    ErrorCode.ALGORITHM_UNKNOWN,
    ErrorCode.ALGORITHM_WEAK,
    ErrorCode.KEY_UNSUPPORTED,
    ErrorCode.KEY_MALFORMED,
    ErrorCode.KEY_WEAK,
}
CHANGES = st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=3)


@cache
def key_of(kind: KeyKind) -> PrivateKey:
    return generate_key(kind)


@cache
def container() -> bytes:
    info = key_of(KeyKind.SM2).private_key_info()
    return encrypt_private_key(info, PASSPHRASE, iterations=MIN_ITERATIONS)


def changed(good: bytes, changes: list[tuple[int, int]]) -> bytes:
    data = bytearray(good)
    for position, value in changes:
        data[position % len(data)] = value
    return bytes(data)


@settings(max_examples=scaled(60))
@given(CHANGES, st.integers(0, 3))
def test_containers(changes: list[tuple[int, int]], cut: int) -> None:
    good = container()
    count = good.index(b"\x02\x02\x27\x10")  # 10,000 iterations; a larger number would be honest work, and slow here
    safe = [(position, value) for position, value in changes if not count <= position % len(good) < count + 4]
    data = changed(good, safe)[: len(good) - cut]
    code = None
    try:
        found = open_container(data, PASSPHRASE).public_key
    except TrustError as error:
        code = error.code
    assert code in CODES or found == key_of(KeyKind.SM2).public_key


@settings(max_examples=scaled(60))
@given(st.sampled_from([kind for kind in KeyKind if kind is not KeyKind.RSA]), CHANGES)  # loading RSA tests its primes
def test_private_key_info(kind: KeyKind, changes: list[tuple[int, int]]) -> None:
    data = changed(key_of(kind).private_key_info(), changes)
    code = None
    try:
        load_private_key(parse_private_key_info(data))
    except TrustError as error:
        code = error.code
    assert code is None or code in CODES


@given(st.binary(max_size=300))
def test_noise(data: bytes) -> None:
    code = None
    try:
        open_container(data, PASSPHRASE)
    except TrustError as error:
        code = error.code
    assert code in CODES


@cache
def enveloped() -> bytes:
    return wrap_key(key_of(KeyKind.SM2), recipient().public_key)


@cache
def recipient() -> PrivateKey:
    return generate_key(KeyKind.SM2)


@given(st.data())
def test_enveloped_keys(data: st.DataObject) -> None:
    bent = data.draw(bent_elements(enveloped()) | bent_octets(enveloped()))
    try:
        found = unwrap_key(bent, recipient().decryptor())
    except TrustError:
        return
    assert found.public_key == key_of(KeyKind.SM2).public_key


@cache
def key_file(form: KeyFileForm) -> bytes:
    file = KeyFile(
        form=form,
        keys=(key_of(KeyKind.SM2),),
        certificates=(PkiWorld().issue("x", self_signed=True, signer=key_of(KeyKind.SM2).signer()).der,),
    )
    plain = form in {KeyFileForm.SEC1, KeyFileForm.PKCS8_PLAIN}
    data = write_key_file(file, PASSPHRASE, plain=plain, iterations=MIN_ITERATIONS)
    return recognise_key_file(data).der


@settings(max_examples=scaled(80), deadline=None)
@given(st.sampled_from([form for form in KeyFileForm if form is not KeyFileForm.ENVELOPED]), st.data())
def test_key_files(form: KeyFileForm, data: st.DataObject) -> None:
    good = key_file(form)
    bent = data.draw(bent_elements(good) | bent_octets(good))
    try:
        found = open_key_file(bent, lambda: PASSPHRASE, plain=True)
    except TrustError:
        return
    assert found.keys


@given(st.binary(max_size=300))
def test_noise_as_a_key_file(data: bytes) -> None:
    try:
        open_key_file(data, lambda: PASSPHRASE, plain=True)
    except TrustError as error:
        assert error.code in CODES | {ErrorCode.INPUT_TOO_LARGE, ErrorCode.DER_NOT_DER}  # noqa: PT017 - a set of codes


@cache
def responses() -> tuple[bytes, ...]:
    """Return an answer to a request of the recipient's: with a signing certificate, and with an encryption key too."""
    world = PkiWorld()
    signing = world.issue("x", signer=recipient().signer()).certificate
    encryption = world.issue("x", signer=key_of(KeyKind.SM2).signer()).certificate
    dual = CsrResponse(signing=(signing,), enveloped_key=enveloped(), encryption=(encryption,))
    return encode_response(CsrResponse(signing=(signing,))), encode_response(dual)


@given(st.data())
def test_responses_to_requests(data: st.DataObject) -> None:
    good = data.draw(st.sampled_from(responses()))
    bent = data.draw(bent_elements(good) | bent_octets(good) | st.binary(max_size=60))
    try:
        found = install_response(parse_response(bent), recipient())
    except TrustError:
        return
    assert found.signing.public_key == recipient().public_key
    assert found.encryption_key is None or found.encryption_key.public_key == key_of(KeyKind.SM2).public_key


ALICE, BOB = (generate_key(KeyKind.SM2) for _ in range(2))
BEGUN = datetime(2026, 12, 1, tzinfo=UTC)


@cache
def agreement() -> tuple[tuple[Callable[[bytes], object], bytes], ...]:
    """Return each kind of file of a key agreement, with its parser."""
    a, b = (KnownPeer(public_key=key.public_key, identity=b"1") for key in (ALICE, BOB))
    offered = offer(ALICE, b, identity=b"1", now=BEGUN)
    answered = answer(BOB, offered.message, a, identity=b"1", now=BEGUN)
    done = finish(ALICE, offered.pending, answered.message, now=BEGUN, size=16)
    return (
        (parse_offer, offered.message),
        (parse_answer, answered.message),
        (parse_confirmation, done.message),
        (parse_pending, offered.pending.encode()),
        (parse_pending, answered.pending.encode()),
    )


@settings(max_examples=scaled(60))
@given(CHANGES, st.integers(0, 4), st.integers(0, 3))
def test_agreement_files(changes: list[tuple[int, int]], which: int, cut: int) -> None:
    parse, good = agreement()[which]
    data = changed(good, changes)[: len(good) - cut]
    try:
        found = parse(data)
    except TrustError as error:
        assert error.code is ErrorCode.AGREEMENT_MALFORMED  # noqa: PT017 - one outcome of two
    else:
        assert found.encode() == data  # type: ignore[attr-defined]
