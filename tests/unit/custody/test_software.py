from __future__ import annotations

import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from trustkit.crypto.public_key import KeyKind
from trustkit.crypto.suites import SignatureSuite
from trustkit.crypto.verify import verify_signature
from trustkit.custody.passphrase import Passphrase
from trustkit.custody.pkcs8 import MIN_ITERATIONS
from trustkit.custody.software import SoftwareKeystore, open_container
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from pathlib import Path

PASSPHRASE = Passphrase(b"correct horse battery")
MESSAGE = b"message"


@pytest.fixture
def keystore(tmp_path: Path) -> SoftwareKeystore:
    return SoftwareKeystore(tmp_path / "keys", iterations=MIN_ITERATIONS)


def test_the_count_of_iterations_is_high() -> None:
    told = "from trustkit.custody.software import SoftwareKeystore, seal_container as s; print(SoftwareKeystore.__init__.__kwdefaults__, s.__kwdefaults__)"
    ran = subprocess.run((sys.executable, "-c", told), capture_output=True, text=True, check=True, timeout=60)
    assert ran.stdout.split() == ["{'iterations':", "600000}"] * 2


@pytest.mark.parametrize("kind", KeyKind)
def test_create_and_open(keystore: SoftwareKeystore, kind: KeyKind) -> None:
    made = keystore.create("issuing-ca", kind, PASSPHRASE)
    opened = keystore.open("issuing-ca", PASSPHRASE)
    assert opened.public_key == made.public_key
    signature = opened.sign(MESSAGE)
    verify_signature(suite=made.suite, key=made.public_key, message=MESSAGE, signature=signature)


def test_another_suite_of_the_kind(keystore: SoftwareKeystore) -> None:
    keystore.create("a", KeyKind.RSA, PASSPHRASE)
    assert keystore.open("a", PASSPHRASE, suite=SignatureSuite.RSA_PSS_SHA384).suite is SignatureSuite.RSA_PSS_SHA384
    with pytest.raises(TrustError) as caught:
        keystore.open("a", PASSPHRASE, suite=SignatureSuite.SM2_SM3)
    assert caught.value.code is ErrorCode.ALGORITHM_MISMATCH


def test_files_and_names(keystore: SoftwareKeystore, tmp_path: Path) -> None:
    assert keystore.names() == ()
    for name in ("b", "a"):
        keystore.create(name, KeyKind.SM2, PASSPHRASE)
    folder = tmp_path / "keys"
    (folder / "Notes.txt").write_text("not a key")
    (folder / "Bad Name.key.pem").write_text("not a key of ours")
    assert keystore.names() == ("a", "b")
    path = folder / "a.key.pem"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_bytes().startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----\n")


def test_a_name_is_taken_once(keystore: SoftwareKeystore, tmp_path: Path) -> None:
    made = keystore.create("a", KeyKind.SM2, PASSPHRASE)
    for passphrase in (PASSPHRASE, Passphrase(b"another passphrase")):
        with pytest.raises(TrustError) as caught:
            keystore.create("a", KeyKind.SM2, passphrase)
        assert caught.value.code is ErrorCode.KEY_EXISTS
    assert keystore.open("a", PASSPHRASE).public_key == made.public_key
    assert len(list((tmp_path / "keys").iterdir())) == 1


@pytest.mark.parametrize("name", ["", "A", "a b", "../a", "a/b", "-a", ".a", "a.key", "x" * 64, "密钥", "a\n"])
def test_names_refused(keystore: SoftwareKeystore, name: str) -> None:
    with pytest.raises(TrustError) as caught:
        keystore.create(name, KeyKind.SM2, PASSPHRASE)
    assert caught.value.code is ErrorCode.USAGE
    with pytest.raises(TrustError) as caught:
        keystore.open(name, PASSPHRASE)
    assert caught.value.code is ErrorCode.USAGE


def test_opening_refuses(keystore: SoftwareKeystore, tmp_path: Path) -> None:
    with pytest.raises(TrustError) as caught:
        keystore.open("a", PASSPHRASE)
    assert caught.value.code is ErrorCode.KEY_MISSING
    keystore.create("a", KeyKind.SM2, PASSPHRASE)
    for name, passphrase, code in (
        ("b", PASSPHRASE, ErrorCode.KEY_MISSING),
        ("a", Passphrase(b"correct horse batterx"), ErrorCode.PASSPHRASE_WRONG),
        ("a", Passphrase(b"x"), ErrorCode.PASSPHRASE_WRONG),
    ):
        with pytest.raises(TrustError) as caught:
            keystore.open(name, passphrase)
        assert caught.value.code is code
    (tmp_path / "keys" / "a.key.pem").chmod(0o644)
    with pytest.raises(TrustError) as caught:
        keystore.open("a", PASSPHRASE)
    assert caught.value.code is ErrorCode.KEY_FILE_MODE
    (tmp_path / "keys").chmod(0o750)
    for act in (keystore.names, lambda: keystore.open("a", PASSPHRASE)):
        with pytest.raises(TrustError) as caught:
            act()
        assert caught.value.code is ErrorCode.KEY_FILE_MODE


def test_a_weak_passphrase_makes_nothing(keystore: SoftwareKeystore, tmp_path: Path) -> None:
    with pytest.raises(TrustError) as caught:
        keystore.create("a", KeyKind.SM2, Passphrase(b"elevenchars"))
    assert caught.value.code is ErrorCode.PASSPHRASE_WEAK
    assert not (tmp_path / "keys").exists()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"nonsense",
        b"-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n",
        b"-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAA=\n-----END ENCRYPTED PRIVATE KEY-----\n",
        b"-----BEGIN ENCRYPTED PRIVATE KEY-----\n***\n-----END ENCRYPTED PRIVATE KEY-----\n",
        b"-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAA=\n-----END ENCRYPTED PRIVATE KEY-----\n" * 2,
    ],
)
def test_containers_refused(data: bytes) -> None:
    with pytest.raises(TrustError) as caught:
        open_container(data, PASSPHRASE)
    assert caught.value.code is ErrorCode.KEY_CONTAINER_MALFORMED
