from __future__ import annotations

import dataclasses
import threading
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.sdf_device import ACCESS_CODE, compile_device
from trustkit.crypto.sm2_encrypt import encrypt_sm2
from trustkit.crypto.suites import SignatureSuite
from trustkit.crypto.verify import verify_signature
from trustkit.custody.decryption import decrypt_sm2
from trustkit.custody.module_uri import SdfUri, parse_module_uri
from trustkit.custody.passphrase import Passphrase
from trustkit.custody.sdf_key import SdfDecryptor, SdfSigner
from trustkit.custody.sdf_library import MAX_CIPHER, MAX_SESSIONS, open_device
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from trustkit.error_family import Code

pytestmark = pytest.mark.interop

PIN = Passphrase(ACCESS_CODE)


@pytest.fixture(scope="module", params=[64, 32], ids=["wide", "narrow"])
def uri(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> SdfUri:
    library = compile_device(tmp_path_factory.mktemp("sdf"), element=request.param)
    found = parse_module_uri(f"sdf:index=1?module-path={library}&ecc-bits={request.param * 8}")
    assert isinstance(found, SdfUri)
    return found


def test_signs_what_the_public_verifier_accepts(uri: SdfUri) -> None:
    signer = SdfSigner.open(uri, PIN)
    messages = [b"", b"licence", b"x" * 100_000]
    for message, signature in zip(messages, signer.sign_batch(messages), strict=True):
        verify_signature(suite=SignatureSuite.SM2_SM3, key=signer.public_key, message=message, signature=signature)


def test_decrypts_what_was_encrypted_to_its_key(uri: SdfUri) -> None:
    decryptor = SdfDecryptor.open(uri, PIN)
    for plaintext in (b"k", b"sixteen octets..", bytes(range(256)) * 4):
        assert decrypt_sm2(decryptor, encrypt_sm2(decryptor.public_key, plaintext)) == plaintext


def test_an_index_holds_two_pairs(uri: SdfUri) -> None:
    assert SdfSigner.open(uri, PIN).public_key != SdfDecryptor.open(uri, PIN).public_key


def test_says_what_device_it_is_without_passing_on_control_characters(uri: SdfUri) -> None:
    told = open_device(uri.library, uri.ecc_bits).describe()
    assert told == {"issuer": "trustkit tests", "name": "device.c", "serial": "20261125001"}


def test_a_changed_ciphertext_does_not_open(uri: SdfUri) -> None:
    decryptor = SdfDecryptor.open(uri, PIN)
    sealed = bytearray(encrypt_sm2(decryptor.public_key, b"sixteen octets.."))
    sealed[-1] ^= 1
    assert refused(lambda: decrypt_sm2(decryptor, bytes(sealed))) is ErrorCode.DECRYPTION_FAILED
    assert decrypt_sm2(decryptor, encrypt_sm2(decryptor.public_key, b"again")) == b"again"


def test_a_ciphertext_larger_than_a_device_takes_is_refused(uri: SdfUri) -> None:
    decryptor = SdfDecryptor.open(uri, PIN)
    sealed = encrypt_sm2(decryptor.public_key, bytes(range(1, 256)) * 5)
    assert len(sealed) > MAX_CIPHER
    assert refused(lambda: decrypt_sm2(decryptor, sealed)) is ErrorCode.CIPHERTEXT_TOO_LARGE


def test_more_threads_than_sessions_sign_at_once(uri: SdfUri) -> None:
    signer = SdfSigner.open(uri, PIN)
    failures: list[Exception] = []

    def work(number: int) -> None:
        try:
            for turn in range(5):
                message = f"{number}/{turn}".encode()
                verify_signature(
                    suite=signer.suite, key=signer.public_key, message=message, signature=signer.sign(message)
                )
        except Exception as error:  # noqa: BLE001 - told by the main thread
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(2 * MAX_SESSIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures


@pytest.mark.parametrize(
    ("kind", "changes", "pin", "code"),
    [
        (SdfSigner, {}, b"wrong", ErrorCode.MODULE_PIN),
        (SdfDecryptor, {}, b"wrong", ErrorCode.MODULE_PIN),
        (SdfSigner, {"index": 9}, ACCESS_CODE, ErrorCode.KEY_MISSING),
        (SdfDecryptor, {"index": 2}, ACCESS_CODE, ErrorCode.KEY_MISSING),
        (SdfSigner, {"library": "/usr/lib/nothing.so"}, ACCESS_CODE, ErrorCode.MODULE_LIBRARY),
        (SdfSigner, {"library": "/lib/x86_64-linux-gnu/libz.so.1"}, ACCESS_CODE, ErrorCode.MODULE_LIBRARY),
    ],
    ids=["wrong code", "wrong code to decrypt", "no such index", "no encryption pair", "no library", "another library"],
)
def test_refusals(
    uri: SdfUri, kind: type[SdfSigner | SdfDecryptor], changes: dict[str, Any], pin: bytes, code: Code
) -> None:
    place = dataclasses.replace(uri, **changes)
    assert refused(lambda: use(kind.open(place, Passphrase(pin)))) is code


@pytest.mark.parametrize(
    ("variation", "element", "stated", "code"),
    [
        ("SIGNS_WITH_ANOTHER_KEY", 64, 512, ErrorCode.MODULE_SELF_CHECK),
        ("BROKEN", 64, 512, ErrorCode.MODULE_UNREACHABLE),
        ("", 32, 512, ErrorCode.MODULE_SELF_CHECK),
        ("", 64, 256, ErrorCode.KEY_MALFORMED),
    ],
    ids=["another key signs", "no answer", "narrow taken for wide", "wide taken for narrow"],
)
def test_devices_that_must_not_be_used(tmp_path: Path, variation: str, element: int, stated: int, code: Code) -> None:
    library = compile_device(tmp_path, *filter(None, [variation]), element=element)
    place = SdfUri(library=str(library), index=1, ecc_bits=stated)
    assert refused(lambda: SdfSigner.open(place, PIN)) is code


def test_a_device_that_cannot_decrypt_says_so(tmp_path: Path) -> None:
    library = compile_device(tmp_path, "WITHOUT_DECRYPT")
    place = SdfUri(library=str(library), index=1)
    assert SdfSigner.open(place, PIN).sign(b"still signs")
    assert refused(lambda: SdfDecryptor.open(place, PIN)) is ErrorCode.KEY_UNSUPPORTED


def test_a_library_that_others_can_write_is_not_loaded(tmp_path: Path) -> None:
    library = compile_device(tmp_path)
    library.chmod(0o777)
    assert refused(lambda: SdfSigner.open(SdfUri(library=str(library), index=1), PIN)) is ErrorCode.MODULE_LIBRARY


def use(key: SdfSigner | SdfDecryptor) -> bytes:
    if isinstance(key, SdfSigner):
        return key.sign(b"message")
    return decrypt_sm2(key, encrypt_sm2(key.public_key, b"message"))


def refused(act: Callable[[], object]) -> Code:
    with pytest.raises(TrustError) as caught:
        act()
    return caught.value.code
