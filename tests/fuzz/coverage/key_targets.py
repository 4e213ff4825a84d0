"""Targets: key containers of every form, enveloped and sealed keys, public keys, ciphertexts, shares."""

from __future__ import annotations

from unittest import mock

from tests.fuzz import test_ciphertexts, test_custody, test_registration
from tests.fuzz.coverage.target import Target
from tests.fuzz.test_crypto import SIGNATURE, SPKI
from trustkit.crypto import kdf
from trustkit.crypto.public_key import KeyKind, parse_public_key
from trustkit.crypto.sm2 import encode_sm2_signature, parse_sm2_signature
from trustkit.crypto.sm2_ciphertext import parse_sm2_ciphertext, possible_forms
from trustkit.custody import pbes2, pkcs12
from trustkit.custody.containers import KeyFileForm, open_key_file
from trustkit.custody.decryption import open_sm2
from trustkit.custody.enveloped_key import unwrap_key
from trustkit.custody.key_set import encode_key_set, parse_key_set
from trustkit.custody.module_reference import open_reference
from trustkit.custody.private_key import load_private_key
from trustkit.custody.private_key_info import parse_private_key_info
from trustkit.custody.sealed import open_sealed
from trustkit.custody.share_files import open_share, parse_share_file

ITERATIONS = 20_000  # the right number of millions is honest work, and would take all of the time


def _key_file(data: bytes) -> None:
    with mock.patch.object(pbes2, "MAX_ITERATIONS", ITERATIONS), mock.patch.object(kdf, "MAX_ITERATIONS", ITERATIONS):
        assert open_key_file(data, lambda: test_custody.PASSPHRASE, plain=True).keys


def _key_file_seeds() -> tuple[bytes, ...]:
    return tuple(test_custody.key_file(form) for form in KeyFileForm if form is not KeyFileForm.ENVELOPED)


def _pkcs12(data: bytes) -> None:
    """Read a container whose code is right whatever is changed in it."""
    with (
        mock.patch.object(pkcs12, "verify_mac_data"),
        mock.patch.object(pbes2, "MAX_ITERATIONS", ITERATIONS),
        mock.patch.object(kdf, "MAX_ITERATIONS", ITERATIONS),
    ):
        assert pkcs12.open_pkcs12(data, test_custody.PASSPHRASE).keys


def _reference(data: bytes) -> None:
    with mock.patch.object(pbes2, "MAX_ITERATIONS", ITERATIONS), mock.patch.object(kdf, "MAX_ITERATIONS", ITERATIONS):
        open_reference(data, test_ciphertexts.PASSPHRASE)


def _private_key(data: bytes) -> None:
    key = load_private_key(parse_private_key_info(data))
    assert load_private_key(parse_private_key_info(key.private_key_info())).public_key == key.public_key


def _private_key_seeds() -> tuple[bytes, ...]:
    return tuple(test_custody.key_of(kind).private_key_info() for kind in KeyKind)


def _enveloped_key(data: bytes) -> None:
    unwrap_key(data, test_custody.recipient().decryptor())


def _sealed(data: bytes) -> None:
    assert open_sealed(test_registration.PEOPLE[0].decryptor(), data, bound=b"bound") == b"secret"


def _public_key(data: bytes) -> None:
    assert parse_public_key(data).spki == data


def _public_key_seeds() -> tuple[bytes, ...]:
    return (SPKI, *(test_custody.key_of(kind).public_key.spki for kind in KeyKind))


def _signature(data: bytes) -> None:
    assert encode_sm2_signature(*parse_sm2_signature(data)) == data


def _ciphertext(data: bytes) -> None:
    for form in possible_forms(data):
        parse_sm2_ciphertext(data, form)
    open_sm2(test_ciphertexts.recipient().decryptor(), data)


def _share(data: bytes) -> None:
    open_share(parse_share_file(data), test_registration.PEOPLE[0].decryptor())


def _key_set(data: bytes) -> None:
    assert encode_key_set(parse_key_set(data)) == data


TARGETS = (
    Target(name="key-file", act=_key_file, seeds=_key_file_seeds),
    Target(name="pkcs12", act=_pkcs12, seeds=lambda: (test_custody.key_file(KeyFileForm.PKCS12),)),
    Target(name="private-key", act=_private_key, seeds=_private_key_seeds),
    Target(name="enveloped-key", act=_enveloped_key, seeds=lambda: (test_custody.enveloped(),)),
    Target(name="sealed", act=_sealed, seeds=lambda: (test_registration.SEALED,)),
    Target(name="module-reference", act=_reference, seeds=lambda: (test_ciphertexts.reference(),)),
    Target(name="public-key", act=_public_key, seeds=_public_key_seeds),
    Target(name="sm2-signature", act=_signature, seeds=lambda: (SIGNATURE,), max_length=200),
    Target(name="sm2-ciphertext", act=_ciphertext, seeds=test_ciphertexts.ciphertexts, max_length=2048),
    Target(name="share", act=_share, seeds=lambda: test_registration.MADE.shares[:1], binary=False),
    Target(name="key-set", act=_key_set, seeds=lambda: (encode_key_set(test_registration.MADE.key_set),), binary=False),
)
