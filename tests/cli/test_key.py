"""``trustkit key``: made, shown, converted, requested for, encrypted to; written closed, never over another file unasked."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

from tests.support.pki import PkiWorld
from trustkit.app.cli import key as key_commands
from trustkit.app.cli.key import FormChoice, KindChoice, ProtectionChoice
from trustkit.app.subject_text import parse_subject
from trustkit.app.wiring import open_authority
from trustkit.audit import trail
from trustkit.audit.events import EventType
from trustkit.crypto.public_key import KeyKind
from trustkit.crypto.sm2_cipher_forms import CFCA_ENCRYPTED_TYPES, CiphertextForm
from trustkit.crypto.sm2_ciphertext import parse_sm2_ciphertext
from trustkit.custody.containers import KeyFileForm, open_key_file
from trustkit.custody.passphrase import passphrase_from_file
from trustkit.custody.pbes2 import Protection
from trustkit.custody.pkcs8 import MIN_ITERATIONS
from trustkit.encoding.pem import encode_pem
from trustkit.errors import ErrorCode, TrustError
from trustkit.x509.extension_values import read_alternative_names
from trustkit.x509.name import display_name
from trustkit.x509.request import parse_request, verify_request

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.terminal import Ran, Terminal
    from trustkit.custody.private_key import PrivateKey

QUICK = ("--iterations", str(MIN_ITERATIONS))
USAGE, DATA, CONFLICT, DENIED, CONFIG = 64, 65, 73, 77, 78


def make(terminal: Terminal, out: Path, passphrase_file: Path, kind: str = "sm2", *options: str) -> Ran:
    return terminal.run("key", "make", kind, "--out", out, *QUICK, "--passphrase-file", passphrase_file, *options)


def key_in(path: Path, passphrase_file: Path) -> PrivateKey:
    return open_key_file(path.read_bytes(), lambda: passphrase_from_file(passphrase_file), plain=True).keys[0]


@pytest.mark.parametrize("kind", KeyKind)
def test_make_and_show(terminal: Terminal, tmp_path: Path, passphrase_file: Path, kind: KeyKind) -> None:
    out = tmp_path / "own.pem"
    ran = make(terminal, out, passphrase_file, kind.value, "--format", "json")
    assert ran.status == 0, ran.err
    (told,) = ran.objects()
    assert (told["kind"], told["form"], told["protected"]) == (kind.value, "pkcs8", True)
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    (shown,) = terminal.run("key", "show", out, "--passphrase-file", passphrase_file, "--format", "json").objects()
    assert {name: shown[name] for name in ("kind", "key_id", "spki_sm3")} == {
        name: told[name] for name in ("kind", "key_id", "spki_sm3")
    }
    (closed,) = terminal.run("key", "show", out, "--format", "json").objects()
    assert closed == {"form": "pkcs8", "protected": True}


def test_nothing_is_overwritten_unasked(terminal: Terminal, tmp_path: Path, passphrase_file: Path) -> None:
    out = tmp_path / "own.pem"
    assert make(terminal, out, passphrase_file).status == 0
    before = out.read_bytes()
    make(terminal, out, passphrase_file).require_refusal("app:output:exists", CONFLICT)
    assert out.read_bytes() == before
    assert make(terminal, out, passphrase_file, "sm2", "--replace").status == 0
    assert out.read_bytes() != before
    assert sorted(path.name for path in tmp_path.iterdir() if path != passphrase_file) == ["desk", "own.pem"]


def test_an_open_key_needs_to_be_said(terminal: Terminal, tmp_path: Path, passphrase_file: Path) -> None:
    out = tmp_path / "open.pem"
    terminal.run("key", "make", "sm2", "--out", out, "--to", "sec1").require_refusal("custody:container:plain", DENIED)
    assert not out.exists()
    assert terminal.run("key", "make", "sm2", "--out", out, "--to", "sec1", "--plain").status == 0
    convert = ("key", "convert", out, "--out", tmp_path / "closed.pem", *QUICK, "--passphrase-file", passphrase_file)
    terminal.run(*convert).require_refusal("custody:container:plain", DENIED)
    assert terminal.run(*convert, "--plain").status == 0
    out.chmod(0o644)
    terminal.run("key", "show", out, "--plain").require_refusal("custody:key:file-mode", CONFIG)


def test_a_key_is_told_in_the_language_of_the_terminal(
    terminal: Terminal, tmp_path: Path, passphrase_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "key.pem"
    assert "protected: True\nkind: sm2" in make(terminal, out, passphrase_file).out
    shown = terminal.run("key", "show", out, "--passphrase-file", passphrase_file).out
    assert "key id: " in shown
    assert "certificates" not in shown  # there are none
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    shown = terminal.run("key", "show", out, "--passphrase-file", passphrase_file).out
    assert "口令保护: 是\n密钥类型: sm2\n密钥标识: " in shown
    assert not any(word in shown for word in ("证书", "protected", "key id", "spki"))
    made = make(terminal, tmp_path / "other.pem", passphrase_file).out
    assert made.startswith("文件: ")


@pytest.mark.parametrize("form", [form for form in KeyFileForm if form is not KeyFileForm.ENVELOPED])
def test_convert_there_and_back(terminal: Terminal, tmp_path: Path, passphrase_file: Path, form: KeyFileForm) -> None:
    first, there, back = (tmp_path / name for name in ("first.pem", "there", "back.pem"))
    assert make(terminal, first, passphrase_file).status == 0
    key = key_in(first, passphrase_file)
    certificate = tmp_path / "own.cer"
    certificate.write_bytes(PkiWorld().issue("持有人", self_signed=True, signer=key.signer()).der)
    beside = ("--certificate", certificate) if form in {KeyFileForm.PKCS12, KeyFileForm.CFCA_SM2} else ()
    same = (*QUICK, "--passphrase-file", passphrase_file, "--plain")
    assert terminal.run("key", "convert", first, "--out", there, "--to", form.value, *beside, *same).status == 0
    (shown,) = terminal.run("key", "show", there, *same[2:], "--format", "json").objects()
    assert (shown["form"], shown["key_id"]) == (form.value, key.public_key.identifier.hex())
    assert len(shown["certificates"]) == len(beside) // 2
    assert terminal.run("key", "convert", there, "--out", back, *same).status == 0
    assert key_in(back, passphrase_file).public_key == key.public_key


def test_a_new_passphrase(terminal: Terminal, tmp_path: Path, passphrase_file: Path) -> None:
    first, second, new = tmp_path / "first.pem", tmp_path / "second.p12", tmp_path / "new"
    new.write_text("another long passphrase\n")
    new.chmod(0o600)
    assert make(terminal, first, passphrase_file).status == 0
    words = ("key", "convert", first, "--out", second, "--to", "pkcs12", *QUICK, "--passphrase-file", passphrase_file)
    assert terminal.run(*words, "--new-passphrase-file", new, "--protection", "aes").status == 0
    terminal.run("key", "show", second, "--passphrase-file", passphrase_file).require_refusal(
        "custody:passphrase:wrong", DENIED
    )
    assert terminal.run("key", "show", second, "--passphrase-file", new).status == 0


def test_request(terminal: Terminal, tmp_path: Path, passphrase_file: Path) -> None:
    key, out = tmp_path / "own.pem", tmp_path / "own.csr"
    assert make(terminal, key, passphrase_file).status == 0
    words = ("key", "request", key, "--out", out, "--passphrase-file", passphrase_file)
    subject = "C=CN, O=示例市政务服务管理局, CN=申请人"
    ran = terminal.run(*words, "--subject", subject, "--dns", "a.example.test", "--format", "json")
    assert ran.status == 0, ran.err
    assert ran.objects()[0]["subject"] == subject
    request = verify_request(parse_request(out.read_bytes()))
    assert request.public_key == key_in(key, passphrase_file).public_key
    assert b"a.example.test" in request.extensions["2.5.29.17"].value
    terminal.run(*words, "--subject", "CN=x", "--dns", "b").require_refusal("app:output:exists", CONFLICT)
    out.unlink()
    terminal.run(*words, "--subject", "X=1").require_refusal("app:call:usage", USAGE)
    assert not out.exists()


def test_request_for_names_of_every_kind(terminal: Terminal, tmp_path: Path, passphrase_file: Path) -> None:
    key, out = tmp_path / "own.pem", tmp_path / "own.csr"
    assert make(terminal, key, passphrase_file).status == 0
    words = ("key", "request", key, "--out", out, "--passphrase-file", passphrase_file, "--subject", "CN=x")
    names = (
        "--dns",
        "A.test",
        "--uri",
        "https://a.test/",
        "--ip",
        "192.0.2.1",
        "--ip",
        "2001:db8::1",
        "--email",
        "w@a.test",
    )
    assert terminal.run(*words, *names).status == 0
    request = verify_request(parse_request(out.read_bytes()))
    found = read_alternative_names(request.extensions["2.5.29.17"].value)
    assert [name.value for name in found] == [
        b"a.test", b"https://a.test/", bytes((192, 0, 2, 1)), bytes.fromhex("20010db8") + bytes(11) + b"\x01", b"w@a.test",
    ]  # fmt: skip
    out.unlink()
    for option, value in (
        ("--ip", "192.0.2"),
        ("--ip", "a.test"),
        ("--email", "nobody"),
        ("--dns", "192.0.2.1"),
        ("--uri", "x y"),
    ):
        terminal.run(*words, option, value).require_refusal("x509:name:malformed", DATA)
    terminal.run("key", "request", "--out", out, "--subject", "CN=x").require_refusal("app:call:usage", USAGE)
    terminal.run(*words, "--key-uri", "sdf:index=1").require_refusal("app:call:usage", USAGE)
    assert not out.exists()


def test_a_key_in_the_homes_keystore_is_told_in_the_trail(
    terminal: Terminal, home: Path, tmp_path: Path, passphrase_file: Path
) -> None:
    words = ("key", "make", "sm2", "--home", home, "--passphrase-file", passphrase_file)
    ran = terminal.run(*words, "--keep", "clerk", "--format", "json")
    assert ran.status == 0, ran.err
    (told,) = ran.objects()
    file = home / "keys" / "clerk.key.pem"
    assert (told["file"], stat.S_IMODE(file.stat().st_mode)) == (str(file), 0o600)
    assert key_in(file, passphrase_file).public_key.identifier.hex() == told["key_id"]
    with open_authority(home) as authority, authority.database.reading() as unit:
        event = trail.last_event(unit, EventType.KEY_CREATED, "clerk")
    assert event is not None
    assert event.facts["public_key_sm3"] == told["spki_sm3"]
    other = tmp_path / "other"
    other.write_text("quite another passphrase\n")
    other.chmod(0o600)
    before = sorted(path.name for path in (home / "keys").iterdir())
    for options, code, status in (
        (("--keep", "clerk"), "custody:key:exists", CONFLICT),
        (("--keep", "root-ca"), "app:call:usage", USAGE),
        (("--keep", "seal-0011"), "app:call:usage", USAGE),
        (("--keep", "ca-web"), "app:call:usage", USAGE),
        (("--keep", "recovery"), "app:call:usage", USAGE),
        (("--keep", "machines-0011"), "app:call:usage", USAGE),
        (("--keep", "../x"), "app:call:usage", USAGE),
        (("--keep", "x", "--out", tmp_path / "x"), "app:call:usage", USAGE),
        ((), "app:call:usage", USAGE),
        (("--keep", "x", "--passphrase-file", other), "custody:passphrase:wrong", DENIED),
    ):
        terminal.run(*words, *options).require_refusal(code, status)
    assert sorted(path.name for path in (home / "keys").iterdir()) == before


def test_a_key_goes_to_its_owner_in_an_envelope(terminal: Terminal, tmp_path: Path, passphrase_file: Path) -> None:
    signing, encryption, envelope, out = (tmp_path / name for name in ("sign.pem", "enc.pem", "enc.bin", "back.pem"))
    for path in (signing, encryption):
        assert make(terminal, path, passphrase_file).status == 0
    own, inner = key_in(signing, passphrase_file), key_in(encryption, passphrase_file)
    certificates = {}
    for name, key in (("signing", own), ("encryption", inner)):
        certificates[name] = tmp_path / f"{name}.cer"
        certificates[name].write_bytes(PkiWorld().issue(name, self_signed=True, signer=key.signer()).der)
    wrapping = ("key", "wrap", encryption, "--passphrase-file", passphrase_file, "--out", envelope)
    assert terminal.run(*wrapping, "--to", certificates["signing"]).status == 0
    unwrapping = (
        "key",
        "unwrap",
        envelope,
        "--key",
        signing,
        "--passphrase-file",
        passphrase_file,
        *QUICK,
        "--out",
        out,
    )
    ran = terminal.run(*unwrapping, "--certificate", certificates["encryption"], "--format", "json")
    assert ran.status == 0, ran.err
    assert key_in(out, passphrase_file).public_key == inner.public_key
    terminal.run(*unwrapping).require_refusal("app:output:exists", CONFLICT)
    out.unlink()
    both = ("--to", "pkcs12", "--certificate", certificates["encryption"])
    assert terminal.run(*unwrapping, *both).status == 0
    (shown,) = terminal.run("key", "show", out, "--passphrase-file", passphrase_file, "--format", "json").objects()
    assert (shown["form"], len(shown["certificates"])) == ("pkcs12", 1)
    out.unlink()
    terminal.run(*unwrapping, "--certificate", certificates["signing"]).require_refusal(
        "custody:envelope:mismatch", DATA
    )
    wrong = ("key", "unwrap", envelope, "--key", encryption, "--passphrase-file", passphrase_file, "--out", out)
    terminal.run(*wrong).require_refusal("crypto:decryption:failed", DATA)
    octets = envelope.read_bytes()
    for bad in (octets[:-1], octets + b"\x00", b"\x30\x00", b"garbage", octets * 40):
        envelope.write_bytes(bad)
        assert terminal.run(*unwrapping).status in {DATA, 66}
    rsa = tmp_path / "rsa.pem"
    assert make(terminal, rsa, passphrase_file, "rsa").status == 0
    (tmp_path / "rsa.cer").write_bytes(
        PkiWorld().issue("r", self_signed=True, signer=key_in(rsa, passphrase_file).signer()).der
    )
    envelope.unlink()
    terminal.run(*wrapping, "--to", tmp_path / "rsa.cer").require_refusal("app:call:usage", USAGE)
    assert not envelope.exists()
    by_rsa = ("key", "unwrap", rsa, "--key", rsa, "--passphrase-file", passphrase_file, "--out", out)
    terminal.run(*by_rsa).require_refusal("app:call:usage", USAGE)
    assert not out.exists()


def test_encrypt_and_decrypt_in_every_byte_order(terminal: Terminal, tmp_path: Path, passphrase_file: Path) -> None:
    key, public, secret = tmp_path / "own.pem", tmp_path / "own.pub", tmp_path / "secret"
    assert make(terminal, key, passphrase_file).status == 0
    opened = key_in(key, passphrase_file)
    public.write_bytes(encode_pem("PUBLIC KEY", opened.public_key.spki))
    secret.write_bytes("机密".encode())
    ciphertext = tmp_path / "cipher"
    assert terminal.run("key", "encrypt", secret, "--to", public, "--out", ciphertext).status == 0
    point, hash_, body, _ = parse_sm2_ciphertext(ciphertext.read_bytes())
    written = {
        CiphertextForm.ASN1: ciphertext.read_bytes(),
        CiphertextForm.C1C3C2: b"\x04" + point + hash_ + body,
        CiphertextForm.C1C3C2_BARE: point + hash_ + body,
        CiphertextForm.C1C2C3: b"\x04" + point + body + hash_,
        CiphertextForm.C1C2C3_BARE: point + body + hash_,
    }
    assert set(CFCA_ENCRYPTED_TYPES.values()) == set(written)
    for number, form in CFCA_ENCRYPTED_TYPES.items():
        (tmp_path / "in").write_bytes(written[form])
        for named in ("auto", form.value, str(number)):
            out = tmp_path / "out"
            words = ("key", "decrypt", tmp_path / "in", "--key", key, "--out", out, "--form", named, "--replace")
            ran = terminal.run(*words, "--passphrase-file", passphrase_file, "--format", "json")
            assert ran.status == 0, ran.err
            assert (ran.objects()[0]["form"], out.read_bytes()) == (form.value, secret.read_bytes())
    refused = (
        "key",
        "decrypt",
        tmp_path / "in",
        "--key",
        key,
        "--out",
        tmp_path / "no",
        "--passphrase-file",
        passphrase_file,
    )
    terminal.run(*refused, "--form", "asn1").require_refusal("crypto:ciphertext:malformed", DATA)
    terminal.run(*refused, "--form", "3").require_refusal("app:call:usage", USAGE)
    assert not (tmp_path / "no").exists()


def test_what_is_no_key_file(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(os.urandom(40))
    terminal.run("key", "show", tmp_path / "x").require_refusal("custody:container:malformed", DATA)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("CN=a", "CN=a"),
        ("cn=a,c=CN", "C=CN, CN=a"),
        (
            "C=CN, ST=甲省, L=乙市, O=丙局, OU=1199010000TRYQK01Q, CN=丁",
            "C=CN, ST=甲省, L=乙市, O=丙局, OU=1199010000TRYQK01Q, CN=丁",
        ),
        (r"CN=a\, b", r"CN=a\, b"),
        (r"CN=\E7\94\B2", "CN=甲"),
        (r"CN=a\=b", r"CN=a\=b"),
    ],
)
def test_subjects(text: str, shown: str) -> None:
    assert display_name(parse_subject(text)) == shown
    assert parse_subject(shown) == parse_subject(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "CN",
        "CN=",
        "X=1, CN=a",
        "CN=a, CN=b",
        "O=a",
        "CN=a,",
        ",CN=a",
        "CN=a\\",
        r"CN=\FF",
        "C=China, CN=a",
        "CN=" + "x" * 65,
        "CN=a, O=\x07",
        "x" * 3000,
    ],
)
def test_subjects_that_are_none(text: str) -> None:
    with pytest.raises(TrustError) as caught:
        parse_subject(text)
    assert caught.value.code in {ErrorCode.USAGE, ErrorCode.NAME_MALFORMED}


def test_the_choices_are_those_of_the_rooms() -> None:
    assert [*KindChoice] == [*KeyKind]
    assert [*FormChoice, KeyFileForm.ENVELOPED] == [*KeyFileForm]
    assert [*ProtectionChoice] == [*Protection]
    assert ", ".join(CiphertextForm) == key_commands._FORMS
