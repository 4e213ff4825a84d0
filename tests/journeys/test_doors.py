"""No door of the terminal opens to who did not sign in: every command of the table, run as the real program runs it."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import pytest

from tests.support.authority import SAMPLE, passphrase
from tests.support.registration_desk import Desk, holder_request, people_at
from tests.support.sign_in_place import Place, sign_in_place
from tests.support.signed_pdf import sample_page
from trustkit.app.cli.doors import DOORS, Free, Late
from trustkit.app.cli.main import command_tree
from trustkit.app.wiring import open_authority
from trustkit.audit import trail
from trustkit.audit.events import EventType
from trustkit.errors import ErrorCode, TrustError
from trustkit.store.administrators import Office

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.terminal import Terminal

CODE, FORBIDDEN = "app:official:sign-in", 77
ASKED = ("apply", "--kind", "contract", "--name", "示例市市场监督管理局合同专用章", "--own", "--line", "合同专用章")


@pytest.fixture
def place(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    with sign_in_place(home) as found:
        found.administrator(Office.SECURITY)  # so that the terminal's operator is not asked to begin
        yield found


@pytest.fixture
def desk(terminal: Terminal, home: Path, passphrase_file: Path, tmp_path: Path) -> Desk:
    return people_at(terminal, home, passphrase_file, tmp_path / "people")


def entries(place: Place) -> list[trail.TrailEntry]:
    with place.identity.database.reading() as unit:
        return [each for each in trail.list_events(unit, limit=1000) if each.type != EventType.SERVICE_STARTED.value]


def told(place: Place) -> int:
    return len(entries(place))


def words_for(command: Any, file: Path) -> list[str]:
    """Return the least a command takes: a value of its kind for each thing that is required."""
    given: list[str] = []
    for each in command.params:
        if each.required:
            written = each.type_descriptor.annotation
            kind = next(iter(get_args(written)), written)
            text = next(iter(kind)).value if issubclass(kind, Enum) else str(file) if kind is Path else "2"
            given += [text] if each.param_type_name == "argument" else [each.opts[0], text]
    return given


def asked(desk: Desk, *words: str | Path) -> str:
    ran = desk.run(*words, "--yes", "--home", desk.home, *desk.by("maker"), "--format", "json")
    assert ran.status == 0, ran.err
    return str(ran.objects()[0]["request"])


def leaf(name: str) -> Any:
    command: Any = command_tree()
    for word in name.split():
        command = command.commands[word]
    return command


@pytest.mark.slow
def test_what_asks_first_asks_before_anything_else(
    terminal: Terminal, home: Path, place: Place, passphrase_file: Path
) -> None:
    before = told(place)
    asking = [name for name, door in DOORS.items() if not isinstance(door, Free | Late)]
    assert len(asking) > 40
    for name in asking:
        ran = terminal.run(*name.split(), *words_for(leaf(name), passphrase_file), "--home", home)
        assert (ran.code, ran.status) == (CODE, FORBIDDEN), f"{name}: {ran.err}"
    assert told(place) == before


def test_what_asks_late_asks_before_any_key_is_opened(
    desk: Desk, home: Path, place: Place, tmp_path: Path, passphrase_file: Path
) -> None:
    letter, folder = tmp_path / "letter.pdf", tmp_path / "letters"
    folder.mkdir()
    for file in (letter, folder / "a.pdf"):
        file.write_bytes(sample_page(tmp_path))
    with open_authority(home) as authority:
        serial = authority.register.list_certificates()[0].serial
        before = told(place)
        with pytest.raises(TrustError) as forgotten:
            authority.unlock(passphrase())
    assert forgotten.value.code is ErrorCode.BUG
    csr = holder_request(desk)
    requests = tmp_path / "requests"
    requests.mkdir()
    (requests / "a.pem").write_bytes(csr.read_bytes())
    for words in (
        ("sign", letter),
        ("sign", folder, "--out-dir", tmp_path / "out"),
        ("renew", letter, "--in-place"),
        ("timestamp", letter),
        ("licence", "issue", "--type", "business-licence", "--data", SAMPLE),
        ("licence", "revoke", "1.2.3", "--reason", "error"),
        ("licence", "suspend", "1.2.3", "--reason", "other"),
        ("licence", "resume", "1.2.3", "--reason", "other"),
        ("licence", "cancel", "1.2.3", "--reason", "other"),
        ("licence", "lose", "1.2.3", "--reason", "lost"),
        ("licence", "check", "1.2.3", "--reason", "annual"),
        ("ca", "create", "other", "--profile", "root", "--subject", "O=示例", "--subject", "CN=other", "--yes"),
        ("ca", "cross-certify", "root", "--by", "issuing", "--yes"),
        ("ca", "issue", "--request", csr, "--profile", "person", "--yes"),
        ("ca", "issue-batch", requests, "--profile", "person", "--out", tmp_path / "made", "--yes"),
        ("ca", "suspend", serial),
        ("ca", "resume", serial),
        ("ca", "revoke", serial, "--reason", "superseded"),
        ("ca", "renew", "seal", "--yes"),
        ("ca", "renew", "issuing", "--yes"),
        ("key", "make", "sm2", "--keep", "letters"),
    ):
        ran = desk.run(*words, "--home", home, "--passphrase-file", passphrase_file)
        assert (ran.code, ran.status) == (CODE, FORBIDDEN), f"{words}: {ran.err}"
    assert told(place) == before


def test_what_the_registration_agreed_to_asks_an_official_too(
    desk: Desk, home: Path, tmp_path: Path, passphrase_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.enrol("checker", "registrar")
    desk.enrol("maker", "requester", by="checker")
    desk.told("renew", "seal-maker", "--yes", keys=True)
    csr = holder_request(desk)
    seals = [asked(desk, "seal", *ASKED) for _ in range(2)]
    certificates = [asked(desk, "ca", "request", "submit", csr, "--profile", "person") for _ in range(2)]
    by, where = ("--yes", *desk.by("checker")), ("--home", home)
    for group, number in (("seal", seals[0]), ("ca request", certificates[0])):
        assert desk.run(*group.split(), "approve", number, *by, *where).status == 0
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    keys, share = ("--yes", "--passphrase-file", passphrase_file), tmp_path / "share"
    share.write_text("{}", "utf-8")
    acts: tuple[tuple[str | Path, ...], ...] = (
        ("seal", "approve", seals[1], *by),
        ("ca", "request", "approve", certificates[1], *by),
        ("seal", "make", seals[0], *keys),
        ("ca", "request", "carry-out", certificates[0], *keys),
    )
    with sign_in_place(home) as place:
        monkeypatch.setattr("webbrowser.open", place.browse)
        before = told(place)
        for words in (
            *acts,
            ("ca", "recover", "open", certificates[0], *keys, "--contribution", share, "--out", tmp_path / "opened"),
        ):
            ran = desk.run(*words, *where)
            assert (ran.code, ran.status) == (CODE, FORBIDDEN), f"{words}: {ran.err}"
        assert told(place) == before
        person = place.official("registration", "seal-make")
        assert desk.run("login", *where).status == 0
        for words in acts[:3]:
            assert desk.run(*words, *where).status == 0, words
        refused = desk.run(*acts[3], *where)
        assert (refused.code, refused.status) == ("app:official:mandate", FORBIDDEN)
        # A change of a made seal is a revocation, and stepped up for by itself.
        number = desk.run("seal", "list", *where, "--format", "json").objects()[0]["seal"]
        suspend = ("seal", "suspend", number, "--reason", "other", *desk.by("maker"))
        assert desk.run(*suspend, *where).code == "app:official:mandate"
        place.mandate(person, "revocation")
        assert desk.run(*suspend, *where).status == 0
        assert desk.run("seal", "lost", number, *desk.by("maker"), *where).code == "app:official:step-up"
        acted = [str(each.facts["act"]) for each in entries(place) if each.actor == person and "act" in each.facts]
        assert acted == ["registration", "registration", "seal-make", "revocation"]
