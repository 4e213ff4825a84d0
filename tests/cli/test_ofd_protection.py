"""``trustkit encrypt --form ofd``, ``decrypt`` of OFD, and ``sign --form ofd-file-list``, as people and programs use them."""

from __future__ import annotations

import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from esign.ofd.archive_write import pack_files
from esign.ofd.encryption_model import ENCRYPTIONS_NAME, MAP_NAME, SEED_NAME
from esign.ofd.integrity_read import read_integrity
from esign.ofd.integrity_verify import verify_integrity
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


def test_refusals(terminal: Terminal, desk: Desk, people: dict[str, Person], tmp_path: Path) -> None:
    path = encrypted(terminal, desk, people, "reader")
    text = tmp_path / "text"
    text.write_bytes(b"text")
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


def test_the_list_of_files_is_signed(
    terminal: Terminal, desk: Desk, people: dict[str, Person], library: Library, home: Path
) -> None:
    path = desk.file.with_name("licence.protected.ofd")
    form = ("--form", "ofd-file-list")
    with listening(lambda body: reply_to(library.world, parse_request(body))) as url:
        assert (
            terminal.run("sign", desk.file, *form, *people["official"].options, *desk.secret, "--tsa", url).status == 0
        )
    assert set(parts(path)) == {*library.parts("sealed"), "OFDEntries.xml", "signedvalue.dat"}
    by_the_seal = desk.file.with_name("sealed-list.ofd")
    assert terminal.run("sign", path, *form, "--home", home, *desk.secret, "--out", by_the_seal).status == 0
    for each, files in ((path, len(library.parts("sealed"))), (by_the_seal, len(library.parts("sealed")))):
        package = open_package(each.read_bytes())
        found = read_integrity(package)
        assert found is not None
        verified = verify_integrity(package, found)
        assert verified.files == files
        assert len(verified.signers[0].timestamp_tokens) == 1
    assert "ofd-file-list" in terminal.run("audit", "list", "--home", home, "--format", "json").out
