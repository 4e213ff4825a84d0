"""Bent files of a shared key, of sittings and of sealed secrets: only what was written is read, and nothing else opens."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from functools import cache

from hypothesis import given
from hypothesis import strategies as st

from tests.support.mutations import bent_elements, bent_octets
from tests.support.pki import PkiWorld
from trustkit.app.sittings import Sitting, encode_sitting, parse_sitting
from trustkit.crypto.public_key import KeyKind
from trustkit.crypto.sm2_ciphertext import parse_sm2_ciphertext, possible_forms
from trustkit.crypto.sm2_encrypt import encrypt_sm2
from trustkit.custody.decryption import open_sm2
from trustkit.custody.key_set import Custodian, encode_key_set, parse_key_set
from trustkit.custody.key_sharing import SharedKey, share_key
from trustkit.custody.private_key import PrivateKey, generate_key
from trustkit.custody.sealed import open_sealed, seal
from trustkit.custody.share_files import contribute, open_share, parse_share_file
from trustkit.errors import ErrorCode, TrustError

BOUND, SECRET = b"what it is for", b"the secret"


@cache
def custodian() -> PrivateKey:
    return generate_key(KeyKind.SM2)


@cache
def shared() -> SharedKey:
    keys = (custodian().public_key, generate_key(KeyKind.SM2).public_key)
    people = tuple(Custodian(id=f"op-{number}", key=key) for number, key in enumerate(keys))
    return share_key(generate_key(KeyKind.SM2), name="root-ca", custodians=people, threshold=2)


@cache
def contribution() -> bytes:
    file = parse_share_file(shared().shares[0])
    return contribute(file, custodian().decryptor(), sitting="st-1", recipient=custodian().public_key)


@cache
def sitting() -> bytes:
    return encode_sitting(
        Sitting(
            id="st-1",
            key="root-ca",
            set_id=shared().key_set.set_id,
            purpose="sign-crl",
            expires_at=PkiWorld.START + timedelta(hours=1),
            public_key=custodian().public_key,
        )
    )


@given(st.data())
def test_shares(data: st.DataObject) -> None:
    good = data.draw(st.sampled_from((shared().shares[0], contribution())))
    octets = data.draw(bent_octets(good) | st.binary(max_size=60))
    with suppress(TrustError):
        opened = open_share(parse_share_file(octets), custodian().decryptor())
        assert opened == open_share(parse_share_file(good), custodian().decryptor())


@given(st.data())
def test_key_sets(data: st.DataObject) -> None:
    octets = data.draw(bent_octets(encode_key_set(shared().key_set)) | st.binary(max_size=60))
    try:
        found = parse_key_set(octets)
    except TrustError as error:
        assert error.code is ErrorCode.KEY_SET_MALFORMED  # noqa: PT017 - reading may succeed
    else:
        assert encode_key_set(found) == octets


@given(st.data())
def test_sittings(data: st.DataObject) -> None:
    octets = data.draw(bent_octets(sitting()) | st.binary(max_size=60))
    try:
        found = parse_sitting(octets)
    except TrustError as error:
        assert error.code is ErrorCode.SHARE_MALFORMED  # noqa: PT017 - reading may succeed
    else:
        assert encode_sitting(found) == octets


@cache
def sealed() -> bytes:
    return seal(custodian().public_key, SECRET, bound=BOUND)


@given(st.data())
def test_sealed_secrets(data: st.DataObject) -> None:
    with suppress(TrustError):
        bent = data.draw(bent_elements(sealed()) | bent_octets(sealed()) | st.binary(max_size=60))
        assert open_sealed(custodian().decryptor(), bent, bound=BOUND) == SECRET


@cache
def ciphertexts() -> tuple[bytes, ...]:
    written = encrypt_sm2(custodian().public_key, SECRET)
    point, mac, body, _ = parse_sm2_ciphertext(written)
    return written, b"\x04" + point + mac + body, point + mac + body, b"\x04" + point + body + mac


@given(st.data())
def test_ciphertexts_of_every_form(data: st.DataObject) -> None:
    octets = data.draw(bent_octets(data.draw(st.sampled_from(ciphertexts()))) | st.binary(max_size=150))
    for form in possible_forms(octets):
        parse_sm2_ciphertext(octets, form)
    with suppress(TrustError):
        assert open_sm2(custodian().decryptor(), octets).plaintext == SECRET
