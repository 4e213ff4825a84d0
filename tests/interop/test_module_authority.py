"""An authority whose keys are in modules: SoftHSM and a GM/T 0018 device, through the real command line."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import pkcs11
import pytest

from tests.support.pki import ENCRYPTION_USAGE, PkiWorld
from tests.support.sdf_device import ACCESS_CODE, compile_device
from tests.support.softhsm import LIBRARY, PIN, make_tokens
from tests.support.terminal import terminal
from trustkit.cms.encrypt import encrypt_message
from trustkit.cms.model import Dialect
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.custody.module_signer import open_module_decryptor
from trustkit.custody.module_uri import Pkcs11Uri, parse_module_uri
from trustkit.custody.passphrase import Passphrase
from trustkit.custody.pkcs11_token import open_token
from trustkit.encoding.pem import encode_pem, parse_pem
from trustkit.errors import ErrorCode
from trustkit.x509.certificate import parse_certificate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.pki import Member
    from tests.support.terminal import Terminal
    from trustkit.crypto.public_key import PublicKey
    from trustkit.custody.port import Signer

__all__ = ["terminal"]

pytestmark = pytest.mark.interop
TOKEN = f"pkcs11:token=authority;object=KEY?module-path={LIBRARY}"
FORBIDDEN, USAGE = 77, 64


@pytest.fixture
def pin_file(tmp_path: Path) -> Path:
    path = tmp_path / "pin"
    path.write_bytes(PIN)
    path.chmod(0o600)
    return path


@pytest.fixture
def token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("SOFTHSM2_CONF", str(make_tokens(tmp_path, "authority")))
    pkcs11.unload(str(LIBRARY.resolve()))
    yield TOKEN
    open_token(Pkcs11Uri(library=str(LIBRARY), token="authority"), Passphrase(PIN)).close()
    pkcs11.unload(str(LIBRARY.resolve()))


@pytest.fixture
def keys(home: Path, passphrase_file: Path) -> tuple[str | Path, ...]:
    return ("--home", home, "--passphrase-file", passphrase_file)


def test_an_authority_with_its_key_on_a_token(
    terminal: Terminal, keys: tuple[str | Path, ...], token: str, pin_file: Path, tmp_path: Path
) -> None:
    uri = token.replace("KEY", "tls")
    made = terminal.run("module", "make-key", uri, "--kind", "ec-p256", "--pin-file", pin_file, "--format", "json")
    assert made.status == 0, made.err
    home = keys[:2]
    create: tuple[str, ...] = (
        "ca",
        "create",
        "tls",
        "--under",
        "root",
        "--profile",
        "subordinate-ca",
        "--subject",
        "C=CN",
    )
    create += ("--subject", "O=示范局", "--subject", "CN=示范网络 CA", "--key-uri", uri, "--yes")
    assert terminal.run(*create, "--pin-file", pin_file, *keys).status == 0
    folder = tmp_path / "published"
    assert terminal.run("ca", "publish", *keys).status == 0
    assert terminal.run("ca", "export", folder, *home).status == 0
    authority = parse_certificate((folder / "tls.cer").read_bytes())
    (listed,) = terminal.run("module", "keys", uri, "--pin-file", pin_file, "--format", "json").objects()
    assert listed["kind"] == authority.public_key.kind.value == "ec-p256"
    assert listed["guarded"] == "yes"
    command = ["openssl", "crl", "-inform", "DER", "-in", str(folder / "tls.crl"), "-noout", "-CAfile", "tls.pem"]
    (folder / "tls.pem").write_bytes(_pem(folder / "tls.cer"))
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert "verify OK" in ran.stderr + ran.stdout
    trail = terminal.run("audit", "list", *home, "--format", "json")
    assert PIN.decode() not in trail.out


def _pem(der: Path) -> bytes:
    command = ["openssl", "x509", "-inform", "DER", "-in", str(der)]
    return subprocess.run(command, capture_output=True, check=True).stdout


def test_a_seal_whose_key_is_in_a_device_signs(
    terminal: Terminal, keys: tuple[str | Path, ...], tmp_path: Path
) -> None:
    library = compile_device(tmp_path)
    code = tmp_path / "code"
    code.write_bytes(ACCESS_CODE)
    code.chmod(0o600)
    uri = f"sdf:index=1?module-path={library}"
    renewed = terminal.run("ca", "renew", "seal", "--key-uri", uri, "--pin-file", code, "--yes", *keys)
    assert renewed.status == 0, renewed.err
    (tmp_path / "text").write_bytes("照面".encode())
    signed = terminal.run("sign", tmp_path / "text", "--attach", *keys)
    assert signed.status == 0, signed.err
    assert terminal.run("verify", tmp_path / "text.p7m", *keys[:2], "--offline").status == 0


def test_letters_to_keys_in_modules_are_opened(terminal: Terminal, token: str, pin_file: Path, tmp_path: Path) -> None:
    """OpenSSL seals to a token's RSA key and to one of P-256, we to a device's SM2 key; all are opened where the keys are."""
    uri, curve = token.replace("KEY", "letters"), token.replace("KEY", "letters-p256")
    pin = ("--pin-file", pin_file)
    for kind, named in (("rsa", uri), ("ec-p256", curve)):
        assert terminal.run("module", "make-key", named, "--kind", kind, "--use", "decrypt", *pin).status == 0
    library, code = compile_device(tmp_path), tmp_path / "code"
    code.write_bytes(ACCESS_CODE)
    code.chmod(0o600)
    device = f"sdf:index=1?module-path={library}"
    world, text = PkiWorld(), tmp_path / "letter.txt"
    text.write_bytes("密件".encode())
    rows = ((uri, pin_file, "rsa_padding_mode:oaep"), (curve, pin_file, "ecdh_kdf_md:sha256"), (device, code, ""))
    for number, (place, secret, option) in enumerate(rows):
        key = open_module_decryptor(parse_module_uri(place), Passphrase(secret.read_bytes())).public_key
        certificate = tmp_path / f"{number}.pem"
        certificate.write_bytes(encode_pem("CERTIFICATE", certificate_of(world, key).certificate.der))
        sealed = tmp_path / f"{number}.p7m"
        if option:
            command = [
                "openssl",
                "cms",
                "-encrypt",
                "-binary",
                "-in",
                str(text),
                "-outform",
                "DER",
                "-out",
                str(sealed),
            ]
            command += ["-aes-256-cbc", "-recip", str(certificate), "-keyopt", option]
            subprocess.run(command, capture_output=True, check=True)
        else:
            sealed.write_bytes(
                encrypt_message(text.read_bytes(), (certificate_of(world, key).certificate,), dialect=Dialect.GBT35275)
            )
        out = tmp_path / f"{number}.txt"
        opened = terminal.run("decrypt", sealed, "--key-uri", place, "--pin-file", secret, "--out", out)
        assert opened.status == 0, opened.err
        assert out.read_bytes() == text.read_bytes()
        assert out.stat().st_mode & 0o777 == 0o600
        wrong = tmp_path / f"{number - 1}.pem"
        if wrong.exists():
            asked = ("decrypt", sealed, "--key-uri", place, "--pin-file", secret, "--cert", wrong)
            terminal.run(*asked, "--out", tmp_path / "no").require_refusal("app:call:usage", USAGE)
    terminal.run("decrypt", sealed, "--out", tmp_path / "no").require_refusal("app:call:usage", USAGE)
    both = ("decrypt", sealed, "--key", text, "--key-uri", uri, "--out", tmp_path / "no")
    terminal.run(*both).require_refusal("app:call:usage", USAGE)


@dataclass(frozen=True)
class Named:
    """The public half of a key that nothing else is known of."""

    public_key: PublicKey


def certificate_of(world: PkiWorld, key: PublicKey) -> Member:
    """Return an encryption certificate of a public key alone."""
    return world.issue("reader", usage=ENCRYPTION_USAGE, signer=cast("Signer", Named(key)))


def test_a_certificate_for_a_key_that_was_made_on_a_token(
    terminal: Terminal, keys: tuple[str | Path, ...], token: str, pin_file: Path, tmp_path: Path
) -> None:
    uri, request, out = token.replace("KEY", "web"), tmp_path / "web.csr", tmp_path / "web.pem"
    module = ("--key-uri", uri, "--pin-file", pin_file)
    made = terminal.run("key", "make", "ec-p256", *module, "--format", "json")
    assert made.status == 0, made.err
    terminal.run("key", "make", "ec-p256", *module).require_refusal("custody:key:exists", 73)
    other = ("--key-uri", token.replace("KEY", "other"), "--pin-file", pin_file)
    assert terminal.run("key", "make", "sm2", *other).code == ErrorCode.KEY_UNSUPPORTED
    words = ("key", "request", *module, "--out", request, "--subject", "CN=www.example.cn", "--dns", "www.example.cn")
    assert terminal.run(*words).status == 0
    issue = ("ca", "issue", "--profile", "tls-server", "--request", request, "--out", out, "--yes", *keys)
    assert terminal.run(*issue).status == 0
    certificate = parse_certificate(parse_pem(out.read_bytes())[0].der)
    assert digest(DigestAlgorithm.SM3, certificate.public_key.spki).hex() == made.objects()[0]["public_key_sm3"]


def test_refusals(terminal: Terminal, keys: tuple[str | Path, ...], token: str, pin_file: Path, tmp_path: Path) -> None:
    renew = ("ca", "renew", "seal", "--pin-file", pin_file, *keys, "--yes", "--key-uri")
    terminal.run(*renew, token.replace("KEY", "nothing")).require_refusal("custody:key:missing", 66)
    terminal.run(*renew, "pkcs11:object=seal").require_refusal("custody:module:uri", USAGE)
    terminal.run(*renew, token.replace("authority", "elsewhere")).require_refusal("custody:module:token", 78)
    terminal.run(*renew, token, "--same-key").require_refusal("app:call:usage", USAGE)
    wrong = tmp_path / "wrong"
    wrong.write_bytes(b"000000")
    wrong.chmod(0o600)
    seal = token.replace("KEY", "seal")
    made = terminal.run("module", "make-key", seal, "--kind", "rsa", "--pin-file", wrong)
    made.require_refusal("custody:module:pin", FORBIDDEN)
    (seal_row,) = terminal.run("ca", "list", *keys[:2], "--profile", "seal", "--format", "json").objects()
    assert seal_row["state"] == "issued"
