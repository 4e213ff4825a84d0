"""Other implementations open the key containers we write: BouncyCastle, and GmSSL where `gmssl-pyx` is installed."""

from __future__ import annotations

import ctypes
import importlib.util
import shutil
import subprocess
from pathlib import Path

import pytest

from trustkit.crypto.public_key import KeyKind
from trustkit.custody.passphrase import Passphrase
from trustkit.custody.pkcs8 import MIN_ITERATIONS, encrypt_private_key
from trustkit.custody.private_key import PrivateKey, generate_key
from trustkit.custody.private_key_info import parse_private_key_info, sm2_scalar

pytestmark = pytest.mark.interop

SOURCE = Path(__file__).parent / "bouncycastle" / "OpenKey.java"
JARS = tuple(Path("/usr/share/java") / name for name in ("bcprov.jar", "bcpkix.jar", "bcutil.jar"))
PASSPHRASE = "correct horse 电子证照 battery"
KEY_SIZE, SCALAR = 512, slice(96, 128)  # GmSSL's SM2_KEY: a point in three coordinates, then d in 64-bit limbs


def container_of(key: PrivateKey) -> bytes:
    return encrypt_private_key(key.private_key_info(), Passphrase(PASSPHRASE.encode()), iterations=MIN_ITERATIONS)


def scalar_of(key: PrivateKey) -> bytes:
    return sm2_scalar(parse_private_key_info(key.private_key_info()))[0]


def open_with_bouncycastle(container: bytes, passphrase: str, folder: Path) -> subprocess.CompletedProcess[str]:
    missing = [str(jar) for jar in JARS if not jar.exists()]
    missing += [] if shutil.which("javac") else ["javac"]
    if missing:
        pytest.skip(f"BouncyCastle or a JDK is missing: {', '.join(missing)} (make interop installs them)")
    path = folder / "key.der"
    path.write_bytes(container)
    command = ["java", "-cp", ":".join(map(str, JARS)), str(SOURCE), str(path)]
    return subprocess.run(command, input=passphrase, capture_output=True, encoding="utf-8", check=False)


def test_bouncycastle_opens_our_container(tmp_path: Path) -> None:
    key = generate_key(KeyKind.SM2)
    ran = open_with_bouncycastle(container_of(key), PASSPHRASE, tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert bytes.fromhex(ran.stdout.strip()) == scalar_of(key)


def test_bouncycastle_does_not_open_it_with_another_passphrase(tmp_path: Path) -> None:
    ran = open_with_bouncycastle(container_of(generate_key(KeyKind.SM2)), "another passphrase", tmp_path)
    assert ran.returncode != 0


def test_gmssl_opens_our_container() -> None:
    found = importlib.util.find_spec("gmssl_pyx.gmsslext") if importlib.util.find_spec("gmssl_pyx") else None
    if found is None or found.origin is None:
        pytest.skip("gmssl-pyx is not installed: pip install gmssl-pyx to have GmSSL's opinion")
    gmssl = ctypes.CDLL(found.origin)
    key = generate_key(KeyKind.SM2)
    container = container_of(key)
    opened = ctypes.create_string_buffer(KEY_SIZE)
    source = ctypes.create_string_buffer(container, len(container))
    cursor, left = ctypes.c_void_p(ctypes.addressof(source)), ctypes.c_size_t(len(container))
    attributes, size = ctypes.c_void_p(), ctypes.c_size_t()
    answer = gmssl.sm2_private_key_info_decrypt_from_der(
        *(opened, ctypes.byref(attributes), ctypes.byref(size), ctypes.c_char_p(PASSPHRASE.encode())),
        *(ctypes.byref(cursor), ctypes.byref(left)),
    )
    assert answer == 1
    assert opened.raw[SCALAR][::-1] == scalar_of(key)
