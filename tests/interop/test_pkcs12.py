"""BouncyCastle opens our PKCS#12 containers: SM2 and classical keys, under AES; under the SM algorithms it proves the code."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.pki import PkiWorld
from trustkit.crypto.public_key import KeyKind
from trustkit.custody.passphrase import Passphrase
from trustkit.custody.pbes2 import MIN_ITERATIONS, Protection
from trustkit.custody.pkcs12 import Pkcs12Contents, write_pkcs12
from trustkit.custody.private_key import generate_key

pytestmark = pytest.mark.interop

SOURCE = Path(__file__).parent / "bouncycastle" / "OpenPkcs12.java"
JARS = tuple(Path("/usr/share/java") / name for name in ("bcprov.jar", "bcpkix.jar", "bcutil.jar"))
PASSPHRASE = "correct horse battery"


def test_bouncycastle_opens_ours(tmp_path: Path) -> None:
    missing = [str(jar) for jar in JARS if not jar.exists()]
    missing += [] if shutil.which("javac") else ["javac"]
    if missing:
        pytest.skip(f"BouncyCastle or a JDK is missing: {', '.join(missing)} (make interop installs them)")
    files, expected = [], []
    for kind in (KeyKind.SM2, KeyKind.EC_P256, KeyKind.RSA):
        for protection in Protection:
            key = generate_key(kind)
            certificate = PkiWorld(kind=kind).issue("持有人", self_signed=True, signer=key.signer()).der
            contents = Pkcs12Contents((key,), (certificate,), "签名密钥")
            files.append(tmp_path / f"{kind.value}-{protection.value}.p12")
            files[-1].write_bytes(
                write_pkcs12(
                    contents, Passphrase(PASSPHRASE.encode()), protection=protection, iterations=MIN_ITERATIONS
                )
            )
            expected.append("OK code" if protection is Protection.SM else f"OK 1 {key.private_key_info().hex()}")
    command = ["java", "-cp", ":".join(map(str, JARS)), str(SOURCE)]
    done = subprocess.run([*command, PASSPHRASE, *map(str, files)], capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == expected
    wrong = subprocess.run([*command, "another", str(files[0])], capture_output=True, encoding="utf-8", check=False)
    assert wrong.stdout.startswith("REFUSED")
