from __future__ import annotations

import dataclasses
import subprocess
import threading
from functools import partial
from typing import TYPE_CHECKING, Any

import pkcs11
import pytest
from pkcs11.exceptions import DeviceError

from tests.support.pki import ENCRYPTION_USAGE, PkiWorld
from tests.support.softhsm import LIBRARY, PIN, make_tokens
from trustkit.cms.encrypt import encrypt_message
from trustkit.cms.envelope_model import EnvelopedMessage
from trustkit.cms.message_read import parse_message
from trustkit.cms.model import Dialect
from trustkit.cms.open import Opener, open_message
from trustkit.crypto.cipher_suites import CipherSuite
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.crypto.public_key import KeyKind
from trustkit.crypto.rsa_oaep import OaepParameters, encrypt_oaep
from trustkit.crypto.suites import SignatureSuite
from trustkit.crypto.verify import verify_signature
from trustkit.custody import pkcs11_token
from trustkit.custody.module_signer import open_module_decryptor
from trustkit.custody.module_uri import Pkcs11Uri, parse_module_uri
from trustkit.custody.passphrase import Passphrase
from trustkit.custody.pkcs11_decryptor import Pkcs11OaepDecryptor
from trustkit.custody.pkcs11_ecdh import Pkcs11EcdhKey
from trustkit.custody.pkcs11_key import KeyUse, list_keys, make_key
from trustkit.custody.pkcs11_signer import Pkcs11Signer
from trustkit.custody.pkcs11_token import open_token
from trustkit.custody.private_key import generate_key
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from trustkit.crypto.public_key import PublicKey
    from trustkit.error_family import Code

pytestmark = pytest.mark.interop

TOKEN = "trustkit token"
KINDS = (KeyKind.RSA, KeyKind.EC_P256, KeyKind.EC_P384)


@pytest.fixture(scope="module")
def token(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pkcs11Uri]:
    configuration = make_tokens(tmp_path_factory.mktemp("softhsm"), TOKEN, "another")
    patch = pytest.MonkeyPatch()
    patch.setenv("SOFTHSM2_CONF", str(configuration))
    pkcs11.unload(str(LIBRARY.resolve()))
    place = parse_module_uri(f"pkcs11:token=trustkit%20token?module-path={LIBRARY}")
    assert isinstance(place, Pkcs11Uri)
    opened = open_token(place, Passphrase(PIN))
    for kind in KINDS:
        make_key(opened, dataclasses.replace(place, label=kind.value), kind)
    yield place
    opened.close()
    pkcs11.unload(str(LIBRARY.resolve()))
    patch.undo()


@pytest.mark.parametrize("suite", [suite for suite in SignatureSuite if suite.key_kind in KINDS])
def test_signs_what_the_public_verifier_accepts(token: Pkcs11Uri, suite: SignatureSuite) -> None:
    signer = Pkcs11Signer.open(dataclasses.replace(token, label=suite.key_kind.value), Passphrase(PIN), suite)
    messages = [b"", b"licence", b"x" * 100_000]
    for message, signature in zip(messages, signer.sign_batch(messages), strict=True):
        verify_signature(suite=suite, key=signer.public_key, message=message, signature=signature)
    usual = Pkcs11Signer.open(dataclasses.replace(token, label=suite.key_kind.value), Passphrase(PIN))
    signature = usual.sign_digest(suite, digest(suite.digest, b"licence"))
    verify_signature(suite=suite, key=usual.public_key, message=b"licence", signature=signature)


@pytest.mark.parametrize("kind", KINDS)
def test_the_private_half_stays_where_it_is(token: Pkcs11Uri, kind: KeyKind) -> None:
    (found,) = [key for key in list_keys(open_token(token, Passphrase(PIN))) if key.label == kind.value]
    assert not found.extractable
    assert found.public_key is not None
    assert found.public_key.kind is kind


def test_a_key_is_found_by_its_id_too(token: Pkcs11Uri) -> None:
    by_id = dataclasses.replace(token, id=KeyKind.EC_P256.value.encode())
    by_label = dataclasses.replace(token, label=KeyKind.EC_P256.value)
    pin = Passphrase(PIN)
    assert Pkcs11Signer.open(by_id, pin).public_key == Pkcs11Signer.open(by_label, pin).public_key


def test_many_threads_sign_at_once(token: Pkcs11Uri) -> None:
    signer = Pkcs11Signer.open(dataclasses.replace(token, label="ec-p256"), Passphrase(PIN))
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

    threads = [threading.Thread(target=work, args=(number,)) for number in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures


# The binding tells of the search it could not end in the session that was lost; nobody can catch that.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_lost_session_is_opened_anew(token: Pkcs11Uri) -> None:
    signer = Pkcs11Signer.open(dataclasses.replace(token, label="ec-p256"), Passphrase(PIN))
    opened = open_token(token, Passphrase(PIN))
    assert opened._login is not None
    opened._login.close()  # as a network module does that was restarted
    assert signer.sign(b"again")


def test_a_token_that_stays_away_is_told(token: Pkcs11Uri, monkeypatch: pytest.MonkeyPatch) -> None:
    signer = Pkcs11Signer.open(dataclasses.replace(token, label="ec-p256"), Passphrase(PIN))

    def away(*_: object) -> None:
        raise DeviceError

    monkeypatch.setattr("trustkit.custody.pkcs11_signer.find_private_key", away)
    assert refused(lambda: signer.sign(b"message")) is ErrorCode.MODULE_UNREACHABLE


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"label": "nothing"}, ErrorCode.KEY_MISSING),
        ({}, ErrorCode.MODULE_URI),
        ({"label": "rsa", "token": "nowhere"}, ErrorCode.MODULE_TOKEN),
        ({"label": "rsa", "token": "", "serial": "0000"}, ErrorCode.MODULE_TOKEN),
        ({"label": "rsa", "library": "/usr/lib/nothing.so"}, ErrorCode.MODULE_LIBRARY),
        ({"label": "rsa", "library": "/lib/x86_64-linux-gnu/libz.so.1"}, ErrorCode.MODULE_LIBRARY),
    ],
    ids=["no such key", "no key named", "no such token", "no such serial", "no library", "another library"],
)
def test_refusals(token: Pkcs11Uri, changes: dict[str, Any], code: Code) -> None:
    assert refused(lambda: Pkcs11Signer.open(dataclasses.replace(token, **changes), Passphrase(PIN))) is code


def test_a_wrong_pin_is_refused_and_told_as_such(token: Pkcs11Uri) -> None:
    other = dataclasses.replace(token, token="another", label="rsa")
    assert refused(lambda: Pkcs11Signer.open(other, Passphrase(b"000000"))) is ErrorCode.MODULE_PIN


def test_a_wrong_pin_does_not_ride_on_a_log_in_of_this_process(token: Pkcs11Uri) -> None:
    assert refused(lambda: open_token(token, Passphrase(b"000000"))) is ErrorCode.MODULE_PIN


def test_a_key_of_another_kind_than_the_suite_is_refused(token: Pkcs11Uri) -> None:
    place = dataclasses.replace(token, label="rsa")
    suite = SignatureSuite.ECDSA_P256_SHA256
    assert refused(lambda: Pkcs11Signer.open(place, Passphrase(PIN), suite)) is ErrorCode.ALGORITHM_MISMATCH


@pytest.mark.parametrize(
    ("label", "kind", "code"),
    [
        ("rsa", KeyKind.RSA, ErrorCode.KEY_EXISTS),
        ("", KeyKind.RSA, ErrorCode.MODULE_URI),
        ("sm2", KeyKind.SM2, ErrorCode.KEY_UNSUPPORTED),
    ],
)
def test_keys_that_are_not_made(token: Pkcs11Uri, label: str, kind: KeyKind, code: Code) -> None:
    opened = open_token(token, Passphrase(PIN))
    assert refused(lambda: make_key(opened, dataclasses.replace(token, label=label), kind)) is code


def test_a_pair_that_does_not_belong_together_is_found_out(token: Pkcs11Uri, monkeypatch: pytest.MonkeyPatch) -> None:
    pin = Passphrase(PIN)
    make_key(open_token(token, pin), dataclasses.replace(token, label="second"), KeyKind.EC_P256)
    stranger = Pkcs11Signer.open(dataclasses.replace(token, label="second"), pin).public_key
    monkeypatch.setattr("trustkit.custody.pkcs11_signer.find_public_key", lambda *_: stranger)
    place = dataclasses.replace(token, label="ec-p256")
    assert refused(lambda: Pkcs11Signer.open(place, pin)) is ErrorCode.MODULE_SELF_CHECK


def test_openssl_reads_the_signature(token: Pkcs11Uri, tmp_path: Path) -> None:
    signer = Pkcs11Signer.open(dataclasses.replace(token, label="rsa"), Passphrase(PIN), SignatureSuite.RSA_PSS_SHA256)
    (tmp_path / "key.der").write_bytes(signer.public_key.spki)
    (tmp_path / "message").write_bytes(b"licence")
    (tmp_path / "signature").write_bytes(signer.sign(b"licence"))
    command = ["openssl", "dgst", "-sha256", "-sigopt", "rsa_padding_mode:pss", "-keyform", "DER"]
    command += ["-verify", "key.der", "-signature", "signature", "message"]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.stdout.strip() == "Verified OK", ran.stderr


LETTERS = "letters"
SHA1 = OaepParameters(DigestAlgorithm.SHA1, DigestAlgorithm.SHA1)


@pytest.fixture(scope="module")
def letters(token: Pkcs11Uri) -> Pkcs11Uri:
    place = dataclasses.replace(token, label=LETTERS)
    make_key(open_token(place, Passphrase(PIN)), place, KeyKind.RSA, KeyUse.DECRYPT)
    return place


def test_opens_what_was_sealed_to_its_key(letters: Pkcs11Uri) -> None:
    decryptor = Pkcs11OaepDecryptor.open(letters, Passphrase(PIN))
    for plaintext in (b"", b"k" * 16, b"x" * 300):
        sealed = encrypt_oaep(decryptor.public_key, plaintext, SHA1)
        assert decryptor.decrypt_oaep(sealed, SHA1) == plaintext


def test_what_does_not_open_has_one_answer(letters: Pkcs11Uri) -> None:
    decryptor = Pkcs11OaepDecryptor.open(letters, Passphrase(PIN))
    sealed = encrypt_oaep(decryptor.public_key, b"k" * 16, SHA1)
    stranger = generate_key(KeyKind.RSA).public_key
    bent = bytes((sealed[0], sealed[1] ^ 1)) + sealed[2:]
    others = (bent, sealed[:-1], b"", sealed + b"\0", encrypt_oaep(stranger, b"k" * 16, SHA1), b"\xff" * len(sealed))
    for wrong in others:
        assert refused(partial(decryptor.decrypt_oaep, wrong, SHA1)) is ErrorCode.DECRYPTION_FAILED
    assert decryptor.decrypt_oaep(sealed, SHA1) == b"k" * 16


def test_a_hash_the_module_does_not_do_is_told(letters: Pkcs11Uri) -> None:
    decryptor = Pkcs11OaepDecryptor.open(letters, Passphrase(PIN))
    sealed = encrypt_oaep(decryptor.public_key, b"k" * 16, OaepParameters())
    try:
        assert decryptor.decrypt_oaep(sealed, OaepParameters()) == b"k" * 16  # SoftHSM from 2.7 on
    except TrustError as error:
        assert error.code is ErrorCode.ALGORITHM_UNKNOWN  # noqa: PT017 - either way is right


@pytest.mark.parametrize("label", ["rsa", "ec-p256"])
def test_a_key_for_signing_opens_nothing(token: Pkcs11Uri, label: str) -> None:
    place = dataclasses.replace(token, label=label)
    assert refused(lambda: Pkcs11OaepDecryptor.open(place, Passphrase(PIN))) is ErrorCode.KEY_UNSUPPORTED


def test_a_key_for_opening_signs_nothing(letters: Pkcs11Uri) -> None:
    assert refused(lambda: Pkcs11Signer.open(letters, Passphrase(PIN))) is ErrorCode.KEY_UNSUPPORTED
    assert refused(lambda: Pkcs11OaepDecryptor.open(dataclasses.replace(letters, label="none"), Passphrase(PIN))) is (
        ErrorCode.KEY_MISSING
    )
    assert refused(lambda: Pkcs11OaepDecryptor.open(dataclasses.replace(letters, label=""), Passphrase(PIN))) is (
        ErrorCode.MODULE_URI
    )


def test_a_decryptor_of_another_pair_is_found_out(letters: Pkcs11Uri, monkeypatch: pytest.MonkeyPatch) -> None:
    stranger = generate_key(KeyKind.RSA).public_key
    monkeypatch.setattr("trustkit.custody.pkcs11_opening.find_public_key", lambda *_: stranger)
    assert refused(lambda: Pkcs11OaepDecryptor.open(letters, Passphrase(PIN))) is ErrorCode.MODULE_SELF_CHECK


def test_a_token_that_stays_away_opens_nothing(letters: Pkcs11Uri, monkeypatch: pytest.MonkeyPatch) -> None:
    decryptor = Pkcs11OaepDecryptor.open(letters, Passphrase(PIN))

    def away(*_: object) -> None:
        raise DeviceError

    monkeypatch.setattr("trustkit.custody.pkcs11_opening.find_private_key", away)
    assert refused(lambda: decryptor.decrypt_oaep(b"x" * 384, SHA1)) is ErrorCode.MODULE_UNREACHABLE


CURVED = (KeyKind.EC_P256, KeyKind.EC_P384)


@pytest.fixture(scope="module")
def curved(token: Pkcs11Uri) -> dict[KeyKind, Pkcs11Uri]:
    places = {kind: dataclasses.replace(token, label=f"letters {kind.value}") for kind in CURVED}
    for kind, place in places.items():
        make_key(open_token(place, Passphrase(PIN)), place, kind, KeyUse.DECRYPT)
    return places


@pytest.mark.parametrize("kind", CURVED)
def test_agrees_on_what_the_other_side_has(curved: dict[KeyKind, Pkcs11Uri], kind: KeyKind) -> None:
    key = Pkcs11EcdhKey.open(curved[kind], Passphrase(PIN))
    for _ in range(16):  # some coordinates begin with a zero octet, sooner or later
        other = generate_key(kind)
        assert key.shared_secret(other.public_key) == other.ecdh_key().shared_secret(key.public_key)
    stranger = generate_key(CURVED[kind is KeyKind.EC_P256]).public_key
    for wrong in (stranger, generate_key(KeyKind.SM2).public_key, generate_key(KeyKind.RSA).public_key):
        assert refused(partial(key.shared_secret, wrong)) is ErrorCode.DECRYPTION_FAILED
    off = dataclasses.replace(stranger, kind=kind, subject_public_key=key.public_key.subject_public_key[:-1] + b"\1")
    assert refused(partial(key.shared_secret, off)) is ErrorCode.DECRYPTION_FAILED


@pytest.mark.parametrize("suite", [CipherSuite.AES128_CBC, CipherSuite.AES256_GCM, CipherSuite.SM4_GCM])
@pytest.mark.parametrize("kind", CURVED)
def test_opens_messages_to_a_curve_on_the_token(
    curved: dict[KeyKind, Pkcs11Uri], kind: KeyKind, suite: CipherSuite
) -> None:
    pin, world = Passphrase(PIN), PkiWorld(kind=KeyKind.EC_P256)
    key = open_module_decryptor(curved[kind], pin)
    assert isinstance(key, Pkcs11EcdhKey)
    certificate = world.issue("x", usage=ENCRYPTION_USAGE, signer=_Named(key.public_key)).certificate
    other = world.issue("y", usage=ENCRYPTION_USAGE, kind=kind).certificate
    message = parse_message(encrypt_message(b"letter", (other, certificate), dialect=Dialect.RFC5652, suite=suite))
    assert isinstance(message, EnvelopedMessage)
    for named in (certificate, None):
        assert open_message(message, Opener(ec=key), certificate=named).content == b"letter"
    assert refused(lambda: open_message(message, Opener(ec=key), certificate=other)) is ErrorCode.DECRYPTION_FAILED


def test_a_key_is_for_one_use(token: Pkcs11Uri, curved: dict[KeyKind, Pkcs11Uri], letters: Pkcs11Uri) -> None:
    pin = Passphrase(PIN)
    signing = dataclasses.replace(token, label="ec-p256")
    assert refused(lambda: Pkcs11EcdhKey.open(signing, pin)) is ErrorCode.KEY_UNSUPPORTED
    assert refused(lambda: open_module_decryptor(signing, pin)) is ErrorCode.KEY_UNSUPPORTED
    assert refused(lambda: Pkcs11EcdhKey.open(letters, pin)) is ErrorCode.KEY_UNSUPPORTED
    assert refused(lambda: Pkcs11Signer.open(curved[KeyKind.EC_P256], pin)) is ErrorCode.KEY_UNSUPPORTED
    assert isinstance(open_module_decryptor(letters, pin), Pkcs11OaepDecryptor)
    for label, code in (("", ErrorCode.MODULE_URI), ("none", ErrorCode.KEY_MISSING)):
        place = dataclasses.replace(letters, label=label)
        assert refused(partial(Pkcs11EcdhKey.open, place, pin)) is code
        assert refused(partial(open_module_decryptor, place, pin)) is code


def test_a_curve_of_another_pair_is_found_out(
    curved: dict[KeyKind, Pkcs11Uri], monkeypatch: pytest.MonkeyPatch
) -> None:
    stranger = generate_key(KeyKind.EC_P256).public_key
    monkeypatch.setattr("trustkit.custody.pkcs11_opening.find_public_key", lambda *_: stranger)
    assert refused(lambda: Pkcs11EcdhKey.open(curved[KeyKind.EC_P256], Passphrase(PIN))) is ErrorCode.MODULE_SELF_CHECK


def test_a_token_that_stays_away_agrees_on_nothing(
    curved: dict[KeyKind, Pkcs11Uri], monkeypatch: pytest.MonkeyPatch
) -> None:
    key = Pkcs11EcdhKey.open(curved[KeyKind.EC_P256], Passphrase(PIN))

    def away(*_: object) -> None:
        raise DeviceError

    monkeypatch.setattr("trustkit.custody.pkcs11_opening.find_private_key", away)
    other = generate_key(KeyKind.EC_P256).public_key
    assert refused(lambda: key.shared_secret(other)) is ErrorCode.MODULE_UNREACHABLE


class _Named:
    """Stands where a certificate is made for a key that signs nothing."""

    def __init__(self, public_key: PublicKey) -> None:
        self.public_key, self.suite = public_key, SignatureSuite.ECDSA_P256_SHA256

    def sign(self, message: bytes, /) -> bytes:
        raise AssertionError(message)


def test_nothing_shows_the_pin(token: Pkcs11Uri) -> None:
    opened = open_token(token, Passphrase(PIN))
    signer = Pkcs11Signer.open(dataclasses.replace(token, label="rsa"), Passphrase(PIN))
    assert PIN.decode() not in repr(opened) + repr(signer) + repr(pkcs11_token._opened)


def refused(act: Callable[[], object]) -> Code:
    with pytest.raises(TrustError) as caught:
        act()
    return caught.value.code
