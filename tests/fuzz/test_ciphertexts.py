"""Bent SM2 ciphertexts of every form, and bent references to keys in modules: opened as written, or refused with our error."""

from __future__ import annotations

from contextlib import suppress
from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.examples import scaled
from tests.support.mutations import bent_elements, bent_octets
from trustkit.crypto.public_key import KeyKind
from trustkit.crypto.sm2_ciphertext import parse_sm2_ciphertext, possible_forms
from trustkit.crypto.sm2_encrypt import encrypt_sm2
from trustkit.custody.decryption import open_sm2
from trustkit.custody.module_reference import encode_reference, open_reference
from trustkit.custody.module_uri import Pkcs11Uri
from trustkit.custody.passphrase import Passphrase
from trustkit.custody.pkcs8 import MIN_ITERATIONS
from trustkit.custody.private_key import PrivateKey, generate_key
from trustkit.encoding.pem import parse_pem
from trustkit.errors import TrustError

SECRET = b"the secret"
URI, PIN, PASSPHRASE = Pkcs11Uri(library="/a.so", token="t", label="k"), b"123456", Passphrase(b"correct horse battery")
COUNT = b"\x02\x02\x27\x10"  # 10,000 iterations; a larger number would be honest work, and slow here


@cache
def recipient() -> PrivateKey:
    return generate_key(KeyKind.SM2)


@cache
def ciphertexts() -> tuple[bytes, ...]:
    written = encrypt_sm2(recipient().public_key, SECRET)
    point, mac, body, _ = parse_sm2_ciphertext(written)
    return written, b"\x04" + point + mac + body, point + mac + body, b"\x04" + point + body + mac


@given(st.data())
def test_ciphertexts_of_every_form(data: st.DataObject) -> None:
    octets = data.draw(bent_octets(data.draw(st.sampled_from(ciphertexts()))) | st.binary(max_size=150))
    for form in possible_forms(octets):
        parse_sm2_ciphertext(octets, form)
    with suppress(TrustError):
        assert open_sm2(recipient().decryptor(), octets).plaintext == SECRET


@cache
def reference() -> bytes:
    (block,) = parse_pem(encode_reference(URI, Passphrase(PIN), PASSPHRASE, iterations=MIN_ITERATIONS))
    return block.der


@settings(max_examples=scaled(60))
@given(st.data())
def test_references_to_keys_in_modules(data: st.DataObject) -> None:
    octets = data.draw(bent_elements(reference()) | bent_octets(reference()) | st.binary(max_size=80))
    if octets.count(COUNT) != 1:
        return
    with suppress(TrustError):
        uri, _ = open_reference(octets, PASSPHRASE)
        assert uri == URI
