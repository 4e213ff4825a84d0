"""``trustkit encrypt --form ofd``, ``decrypt`` of OFD, and ``sign --form ofd-file-list``, as people and programs use them."""

from __future__ import annotations

import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from esign.ofd.archive_write import pack_files
from esign.ofd.encryption_model import ENCRYPTIONS_NAME, MAP_NAME, SEED_NAME
from esign.ofd.integrity_read import read_integrity
from esign.ofd.package import open_package
from tests.support.authority import PASSPHRASE
from tests.support.ofd_attacks.documents import PAGE, licence
from tests.support.ofd_attacks.library import Library
from tests.support.people import Person, make_person
from tests.support.pki import ENCRYPTION_USAGE, SIGNING_USAGE
from tests.support.stamping import listening, reply_to
from tests.unit.ofd.test_encryption import KEY, PARAMETERS, by_hand, user
from trustkit.crypto.cipher import encrypt
from trustkit.crypto.kdf import derive_sm2
from trustkit.crypto.public_key import KeyKind
from trustkit.timestamp.request import parse_request

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.terminal import Terminal

FAILED, OPEN, USAGE, UNTRUSTED = 1, 2, 64, 65


@pytest.fixture(scope="module")
def library() -> Library:
    return Library()


@pytest.fixture(scope="module")
def people(library: Library, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Person]:
    folder = tmp_path_factory.mktemp("people")
    return {
        name: make_person(library.world, folder, name, usage, kind)
        for name, usage, kind in (
            ("official", SIGNING_USAGE, KeyKind.SM2),
            ("reader", ENCRYPTION_USAGE, KeyKind.SM2),
            ("other", ENCRYPTION_USAGE, KeyKind.SM2),
            ("partner", ENCRYPTION_USAGE, KeyKind.RSA),
        )
    }


@dataclass(frozen=True)
class Desk:
    """An OFD, the option that names the passphrase, and room for results."""

    file: Path
    secret: tuple[str, str]


@pytest.fixture
def desk(tmp_path: Path, passphrase_file: Path, library: Library) -> Desk:
    path = tmp_path / "licence.ofd"
    path.write_bytes(library.sealed)
    return Desk(path, ("--passphrase-file", str(passphrase_file)))


def parts(path: Path) -> dict[str, bytes]:
    package = open_package(path.read_bytes())
    return {name: package.octets(name) for name in package.names}


def encrypted(terminal: Terminal, desk: Desk, people: dict[str, Person], *readers: str) -> Path:
    to = [word for each in readers for word in ("--to", str(people[each].certificate))]
    (told,) = terminal.run("encrypt", desk.file, *to, "--form", "ofd", "--format", "json").objects()
    assert (told["form"], told["cipher"], told["authenticated"], told["recipients"]) == (
        "ofd",
        "sm4-cbc",
        False,
        len(readers),
    )
    assert told["file"] == str(desk.file.with_name("licence.encrypted.ofd"))
    return desk.file.with_name("licence.encrypted.ofd")


def test_an_ofd_stays_one_and_each_recipient_reads_it(
    terminal: Terminal, desk: Desk, people: dict[str, Person], library: Library
) -> None:
    path = encrypted(terminal, desk, people, "reader", "other")
    assert {ENCRYPTIONS_NAME, SEED_NAME, MAP_NAME} < set(parts(path))
    assert PAGE not in parts(path)
    for reader in ("reader", "other"):
        out = desk.file.with_name(f"{reader}.ofd")
        ran = terminal.run("decrypt", path, "--key", people[reader].key, *desk.secret, "--out", out, "--format", "json")
        (told,) = ran.objects()
        assert told["files"] == len(library.parts("sealed"))
        assert parts(out) == library.parts("sealed")
        assert stat.S_IMODE(out.stat().st_mode) == 0o600


def test_what_a_verifier_says_of_an_encrypted_one(terminal: Terminal, desk: Desk, people: dict[str, Person]) -> None:
    path = encrypted(terminal, desk, people, "reader")
    (told,) = terminal.run("verify", path, "--offline", "--format", "json").objects()
    assert (told["format"], told["indication"], told["sub_indication"]) == (
        "ofd",
        "INDETERMINATE",
        "FORMAT_NOT_SUPPORTED",
    )
    assert told["checks"][-1]["code"] == "esign:ofd:encrypted"
    assert "users=1" in told["checks"][-1]["detail"]
    assert "trustkit decrypt" in told["checks"][-1]["remedy"]  # it may well be signed


def test_what_was_done_is_told_in_chinese(
    terminal: Terminal, desk: Desk, people: dict[str, Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    told = terminal.run("encrypt", desk.file, "--to", people["reader"].certificate, "--form", "ofd").out
    path = desk.file.with_name("licence.encrypted.ofd")
    told += terminal.run("decrypt", path, "--key", people["reader"].key, *desk.secret).out
    signing = ("--form", "ofd-file-list", *people["official"].options, *desk.secret)
    told += terminal.run("sign", desk.file, *signing).out
    for words in ("关于接收方，以下情况未知：", "加密本身无法显示途中是否被改动", "已解密 ", "仅证明没有增减文件"):
        assert words in told


def test_opened_files_have_a_name_of_their_own(terminal: Terminal, desk: Desk, people: dict[str, Person]) -> None:
    path = encrypted(terminal, desk, people, "reader")
    terminal.run("decrypt", path, "--key", people["reader"].key, *desk.secret)
    assert parts(desk.file.with_name("licence.opened.ofd"))


def test_a_password_is_asked_for_only_where_somebody_says_so(terminal: Terminal, desk: Desk, tmp_path: Path) -> None:
    made = by_hand(licence(), user(encrypt(PARAMETERS, derive_sm2(PASSPHRASE, 16), KEY)), case=' EncryptCaseId="1.1.1"')
    path = tmp_path / "under-password.ofd"
    path.write_bytes(pack_files(made))
    assert terminal.run("decrypt", path, "--by-password", *desk.secret).status == 0
    assert parts(tmp_path / "under-password.opened.ofd") == licence()


def test_a_document_whose_signature_is_wrong_is_withheld(
    terminal: Terminal, desk: Desk, people: dict[str, Person], library: Library
) -> None:
    desk.file.write_bytes(pack_files({**library.parts("sealed"), PAGE: b"<x/>"}))
    path = encrypted(terminal, desk, people, "reader")
    terminal.run("decrypt", path, "--key", people["reader"].key, *desk.secret).require_refusal(
        "esign:ofd:digest", UNTRUSTED
    )
    assert not desk.file.with_name("licence.opened.ofd").exists()


def test_refusals(terminal: Terminal, desk: Desk, people: dict[str, Person], tmp_path: Path) -> None:
    path = encrypted(terminal, desk, people, "reader")
    text = tmp_path / "text"
    text.write_bytes(b"text")
    torn = tmp_path / "torn.ofd"
    torn.write_bytes(path.read_bytes()[:1000])
    to = ("--to", str(people["reader"].certificate), "--out", str(tmp_path / "out"))
    key = ("--key", str(people["reader"].key), *desk.secret)
    rows: list[tuple[tuple[object, ...], str]] = [
        (("encrypt", desk.file, *to, "--form", "ofd", "--cipher", "sm4-gcm"), "app:call:usage"),
        (("encrypt", desk.file, *to, "--form", "ofd", "--by-key-identifier"), "app:call:usage"),
        (("encrypt", text, *to, "--form", "ofd"), "esign:ofd:zip"),
        (("encrypt", path, *to, "--form", "ofd"), "esign:ofd:encrypted"),
        (("encrypt", desk.file, "--to", people["partner"].certificate, "--form", "ofd", "--out", tmp_path / "out"), "crypto:algorithm:mismatch"),
        (("decrypt", path, "--by-password", *key), "app:call:usage"),
        (("decrypt", text, "--by-password", *desk.secret), "app:call:usage"),
        (("decrypt", path, *desk.secret), "app:call:usage"),
        (("decrypt", desk.file, *key), "app:call:usage"),  # nothing in it is encrypted
        (("decrypt", torn, *key), "esign:ofd:zip"),
        (("decrypt", path, "--key", people["other"].key, *desk.secret), "cms:recipient:none"),
        (("decrypt", path, "--key", people["partner"].key, *desk.secret), "crypto:key:unsupported"),
        (("decrypt", path, "--by-password", *desk.secret), "cms:recipient:none"),
        (("sign", text, "--form", "ofd-file-list", *people["official"].options, *desk.secret), "esign:ofd:zip"),
        (("sign", path, "--form", "ofd-file-list", *people["official"].options, *desk.secret), "esign:ofd:encrypted"),
        (("sign", desk.file, "--form", "ofd-file-list", "--attached", *people["official"].options, *desk.secret), "app:call:usage"),
        (("sign", desk.file, "--form", "ofd-file-list", "--reason", "x", *people["official"].options, *desk.secret), "app:call:usage"),
    ]  # fmt: skip
    for words, code in rows:
        ran = terminal.run(*(str(word) for word in words))
        assert ran.code == code, (words, ran.err)
        assert ran.status != 0
    assert not (tmp_path / "out").exists()


# --- the list of files


def _verdict(terminal: Terminal, path: Path, *words: str) -> dict[str, object]:
    (told,) = terminal.run("verify", path, "--offline", "--format", "json", *words).objects()
    return told


def test_a_list_signed_by_a_key_of_ones_own_and_stamped(
    terminal: Terminal, desk: Desk, people: dict[str, Person], library: Library
) -> None:
    words = ("--form", "ofd-file-list", *people["official"].options, *desk.secret)
    with listening(lambda body: reply_to(library.world, parse_request(body))) as url:
        assert terminal.run("sign", desk.file, *words, "--tsa", url).status == 0
    path = desk.file.with_name("licence.protected.ofd")
    assert set(parts(path)) == {*library.parts("sealed"), "OFDEntries.xml", "signedvalue.dat"}
    told = _verdict(terminal, path)
    assert [each["form"] for each in told["signatures"]] == ["ofd-seal-v4", "ofd-file-list"]  # type: ignore[attr-defined]


def test_the_seal_signs_a_list_and_smuggling_shows(terminal: Terminal, desk: Desk, home: Path) -> None:
    assert terminal.run("sign", desk.file, "--form", "ofd-file-list", "--home", home, *desk.secret).status == 0
    path = desk.file.with_name("licence.protected.ofd")
    assert read_integrity(open_package(path.read_bytes())) is not None
    trusted = ("--home", str(home))
    signature = _verdict(terminal, path, *trusted)["signatures"][-1]  # type: ignore[index]
    assert (signature["form"], signature["indication"], signature["time_proved"]) == (
        "ofd-file-list",
        "TOTAL-PASSED",
        True,
    )
    assert "holds no digests" in "".join(check["detail"] for check in signature["checks"])
    path.write_bytes(pack_files({**parts(path), "Doc_0/Res/payload.bin": b"MZ"}))
    told = _verdict(terminal, path, *trusted)
    assert told["indication"] == "TOTAL-FAILED"
    assert told["signatures"][-1]["checks"][0]["code"] == "esign:ofd:file-set"  # type: ignore[index]
    trail = terminal.run("audit", "list", "--home", home, "--format", "json").out
    assert '"form": "ofd-file-list"' in trail or '"form":"ofd-file-list"' in trail


def test_a_list_alone_makes_nothing_signed(terminal: Terminal, desk: Desk, home: Path) -> None:
    desk.file.write_bytes(
        pack_files(
            licence()
            | {
                "OFD.xml": licence()["OFD.xml"].replace(
                    b"<ofd:Signatures>Doc_0/Signs/Signatures.xml</ofd:Signatures>", b""
                )
            }
        )
    )
    assert terminal.run("sign", desk.file, "--form", "ofd-file-list", "--home", home, *desk.secret).status == 0
    told = _verdict(terminal, desk.file.with_name("licence.protected.ofd"), "--home", str(home))
    assert (told["indication"], told["sub_indication"]) == ("INDETERMINATE", "NOT_SIGNED")
