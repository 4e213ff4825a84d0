"""``trustkit init`` and the state of a home: every refusal by its code, and nothing half-made left behind."""

from __future__ import annotations

import io
import os
import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Final

import psycopg
import pytest

from tests.support import postgres
from tests.support.authority import NAME, PASSPHRASE, USCC, make_home
from trustkit.app.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.terminal import Terminal

CONFIG, USAGE, CONFLICT, DATA, UNREADABLE, DENIED, DISK, BUSY = 78, 64, 73, 65, 66, 77, 74, 75


def _init(home: Path, passphrase_file: Path, **options: str) -> list[str | Path]:
    told = {"--name": NAME, "--uscc": USCC, **{f"--{name.replace('_', '-')}": value for name, value in options.items()}}
    pairs = [part for pair in told.items() for part in pair]
    return ["init", *pairs, "--home", home, "--passphrase-file", passphrase_file]


def test_an_authority_comes_up_and_all_is_well(terminal: Terminal, tmp_path: Path, passphrase_file: Path) -> None:
    home = tmp_path / "made" / "home"
    ran = terminal.run(*_init(home, passphrase_file), "--format", "json")
    assert (ran.status, ran.err) == (0, "")
    (made,) = ran.objects()
    assert [each["profile"] for each in made["certificates"]] == [
        "root-ca",
        "issuing-ca",
        "seal",
        "timestamping",
        "status",
        "ocsp",
    ]
    assert all(NAME in each["subject"] for each in made["certificates"])
    assert [entry.name for entry in home.parent.iterdir()] == ["home"]
    for folder, names, files in os.walk(home):
        for entry in (*names, *files):
            if entry.endswith(".key.pem") or entry in {"keys", "home"}:
                assert os.stat(os.path.join(folder, entry)).st_mode & 0o077 == 0, entry  # noqa: PTH116, PTH118 - os.walk
    ran = terminal.run("doctor", "--home", home, "--format", "json")
    findings = {each["what"]: each for each in ran.objects()}
    assert ran.status == 0, [each for each in findings.values() if not each["ok"]]
    assert {"trustkit", "python", "SM2 engine", "font", "store", "free disk", "CRL root", "status list 1"} <= set(
        findings
    )
    assert all(
        each["reason"] is None for each in terminal.run("ca", "list", "--home", home, "--format", "json").objects()
    )
    before = sorted(home.rglob("*"))
    terminal.run(*_init(home, passphrase_file)).require_refusal("app:home:exists", CONFLICT)
    assert sorted(home.rglob("*")) == before


def test_the_address_follows_the_port_unless_it_is_given(
    terminal: Terminal, tmp_path: Path, passphrase_file: Path
) -> None:
    for name, options, url in (
        ("one", {"port": "9555"}, "http://127.0.0.1:9555"),
        ("other", {"port": "9555", "base_url": "https://ca.example.test/"}, "https://ca.example.test"),
    ):
        ran = terminal.run(*_init(tmp_path / name, passphrase_file, **options))
        assert ran.status == 0, ran.err
        settings = load_settings(tmp_path / name)
        assert (settings.server.port, settings.server.base_url) == (9555, url)
        assert "trustkit ca renew seal-maker" in ran.out


REFUSED: Final = {
    "wrong check character": ({"uscc": USCC[:-1] + "A"}, "esign:holder:code", DATA),
    "no code at all": ({"uscc": ""}, "esign:holder:code", DATA),
    "too long a code": ({"uscc": USCC * 2}, "esign:holder:code", DATA),
    "no name": ({"name": " "}, "app:authority:name", USAGE),
    "a name no seal bears": ({"name": "某" * 41}, "app:authority:name", USAGE),
    "a name with a line end": ({"name": "某市\n某局"}, "app:authority:name", USAGE),
    "a glyph no font has": ({"name": "某局\U0001f600"}, "esign:font:glyph-missing", DATA),
    "no URL": ({"base_url": "ftp://example.test"}, "app:settings:malformed", CONFIG),
    "a URL with a user": ({"base_url": "http://a:b@example.test"}, "app:settings:malformed", CONFIG),
    "a URL with a space": ({"base_url": "http://exa mple.test"}, "app:settings:malformed", CONFIG),
    "a URL with a port too many": ({"base_url": "http://example.test:99999"}, "app:settings:malformed", CONFIG),
    "a URL beyond ASCII": ({"base_url": "http://示例.test"}, "app:settings:malformed", CONFIG),
    "a URL with port 0": ({"base_url": "http://example.test:0"}, "app:settings:malformed", CONFIG),
    "port 0": ({"port": "0"}, "app:settings:malformed", CONFIG),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_no_authority_is_made_of(terminal: Terminal, tmp_path: Path, passphrase_file: Path, name: str) -> None:
    options, code, status = REFUSED[name]
    terminal.run(*_init(tmp_path / "new" / "home", passphrase_file, **options)).require_refusal(code, status)
    assert not list(tmp_path.glob("new/*"))
    assert not list(tmp_path.glob("new/.*"))


def test_unknown_words_are_usage(terminal: Terminal, tmp_path: Path, passphrase_file: Path) -> None:
    for options in ({"keys": "md5"}, {"port": "http"}, {"format": "xml"}):
        ran = terminal.run(*_init(tmp_path / "home", passphrase_file, **options))
        assert ran.status == USAGE
        assert not (tmp_path / "home").exists()
    assert terminal.run("init").status == USAGE
    assert terminal.run().status == USAGE
    assert terminal.run("frobnicate").status == USAGE


def _files(folder: Path) -> dict[str, tuple[Path, str, int]]:
    """Passphrase files that are refused, each with its code and exit status."""
    contents = {
        "short": b"eleven char",
        "empty": b"",
        "a line end alone": b"\n",
        "huge": b"x" * 5000,
        "picture": b"\x89PNG\r\n\x1a\n\0\0\0 and so on",
        "open": PASSPHRASE,
    }
    for name, data in contents.items():
        (folder / name).touch(mode=0o600)
        (folder / name).write_bytes(data)
    (folder / "open").chmod(0o640)
    (folder / "link").symlink_to(folder / "short")
    os.mkfifo(folder / "pipe", 0o600)
    (folder / "folder").mkdir(mode=0o700)
    return {
        "short": (folder / "short", "custody:passphrase:weak", CONFIG),
        "empty": (folder / "empty", "custody:passphrase:file", CONFIG),
        "a line end alone": (folder / "a line end alone", "custody:passphrase:file", CONFIG),
        "huge": (folder / "huge", "custody:passphrase:file", CONFIG),
        "open to others": (folder / "open", "custody:key:file-mode", CONFIG),
        "link": (folder / "link", "custody:passphrase:file", CONFIG),
        "pipe": (folder / "pipe", "custody:passphrase:file", CONFIG),
        "folder": (folder / "folder", "custody:passphrase:file", CONFIG),
        "picture": (folder / "picture", "custody:passphrase:file", CONFIG),
        "within a file": (folder / "short" / "x", "custody:passphrase:file", CONFIG),
        "absent": (folder / "absent", "custody:passphrase:missing", CONFIG),
    }


def test_passphrase_files_that_are_refused(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "p").mkdir()
    for name, (path, code, status) in _files(tmp_path / "p").items():
        ran = terminal.run(*_init(tmp_path / "home", path))
        assert (ran.code, ran.status) == (code, status), (name, ran.err)
        ran.require_refusal(code, status)
        assert "eleven char" not in ran.err
    assert [entry.name for entry in tmp_path.iterdir() if "home" in entry.name] == []


def test_a_passphrase_comes_from_one_place(
    terminal: Terminal, tmp_path: Path, passphrase_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = _init(tmp_path / "home", passphrase_file)
    terminal.run(*arguments, "--passphrase-fd", "0").require_refusal("app:call:usage", USAGE)
    monkeypatch.setenv("TRUSTKIT_PASSPHRASE", PASSPHRASE.decode())
    monkeypatch.setattr("sys.stdin", io.StringIO(PASSPHRASE.decode()))
    terminal.run(*arguments[:-2]).require_refusal("custody:passphrase:missing", CONFIG)
    terminal.run(*arguments[:-2], "--passphrase-fd", "999").require_refusal("custody:passphrase:missing", CONFIG)


@pytest.mark.parametrize("part", ["settings.toml", "instance", "keys", "policies", "store.sqlite"])
def test_half_a_home_says_what_is_missing(
    terminal: Terminal, home: Path, tmp_path: Path, passphrase_file: Path, part: str
) -> None:
    aside = tmp_path / "aside"
    aside.mkdir()
    for piece in home.glob(f"{part}*"):
        shutil.move(piece, aside)
    before = sorted(entry.name for entry in home.iterdir())
    for arguments in (("ca", "list"), ("licence", "list"), ("audit", "list"), ("licence", "recover")):
        ran = terminal.run(*arguments, "--home", home)
        ran.require_refusal("app:home:incomplete", CONFIG)
        assert part.split(".", maxsplit=1)[0] in ran.err
    if part != "store.sqlite":
        terminal.run(*_init(home, passphrase_file)).require_refusal("app:home:incomplete", CONFIG)
    assert sorted(entry.name for entry in home.iterdir()) == before
    assert terminal.run("doctor", "--home", home).status == 1


SETTINGS: Final = {
    "unknown key": (("engine =", "colour = 1\nengine ="), "app:settings:unknown-key"),
    "unknown section": (("[server]", "[colours]\n[server]"), "app:settings:unknown-key"),
    "wrong type": (("port = 8440", 'port = "8440"'), "app:settings:malformed"),
    "not TOML": (("[server]", "[server"), "app:settings:malformed"),
    "production over http": (("production = false", "production = true"), "app:settings:insecure"),
    "unknown engine": (('engine = "auto"', 'engine = "magic"'), "app:settings:malformed"),
}


@pytest.mark.parametrize("name", SETTINGS)
def test_settings_that_are_refused(terminal: Terminal, home: Path, passphrase_file: Path, name: str) -> None:
    (old, new), code = SETTINGS[name]
    path = home / "settings.toml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    terminal.run("ca", "list", "--home", home).require_refusal(code, CONFIG)
    terminal.run("serve", "--home", home).require_refusal(code, CONFIG)
    signing = ("ca", "publish", "--home", home, "--passphrase-file", passphrase_file)
    terminal.run(*signing).require_refusal(code, CONFIG)


def test_a_home_of_somebody_else(terminal: Terminal, home: Path, tmp_path: Path, passphrase_file: Path) -> None:
    (home / "instance").write_text("0123456789abcdef\n", "ascii")
    terminal.run("ca", "list", "--home", home).require_refusal("store:database:foreign", CONFIG)
    home.chmod(0o755)
    terminal.run("ca", "list", "--home", home).require_refusal("app:home:mode", CONFIG)
    terminal.run("ca", "list", "--home", passphrase_file).require_refusal("app:home:missing", CONFIG)
    terminal.run("ca", "list").require_refusal("app:home:missing", CONFIG)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter").touch()
    terminal.run(*_init(tmp_path / "full", passphrase_file)).require_refusal("app:home:incomplete", CONFIG)
    assert [entry.name for entry in (tmp_path / "full").iterdir()] == ["letter"]


def test_a_store_that_is_no_store(terminal: Terminal, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = {
        "sqlite:///:memory:": ("app:settings:malformed", CONFIG),
        "mysql://root:geheim@localhost/x": ("app:settings:malformed", CONFIG),
        "no url geheim": ("app:settings:malformed", CONFIG),
        "postgresql://root:geheim@127.0.0.1:1/x": ("store:database:unreachable", BUSY),
    }
    for url, (code, status) in rows.items():
        monkeypatch.setenv("TRUSTKIT_DATABASE_URL", url)
        ran = terminal.run("ca", "list", "--home", home)
        ran.require_refusal(code, status)
        assert "geheim" not in ran.err
    monkeypatch.delenv("TRUSTKIT_DATABASE_URL")
    for path in home.glob("store.sqlite*"):
        path.unlink()
    (home / "store.sqlite").write_bytes(b"not a database" * 1000)
    terminal.run("ca", "list", "--home", home).require_refusal("store:database:unreachable", BUSY)


def test_keys_that_others_may_read(terminal: Terminal, home: Path, passphrase_file: Path) -> None:
    key = home / "keys" / "seal.key.pem"
    key.chmod(0o644)
    signing = ("ca", "publish", "--home", home, "--passphrase-file", passphrase_file)
    terminal.run(*signing).require_refusal("custody:key:file-mode", CONFIG)
    key.chmod(0o600)
    passphrase_file.write_bytes(b"another passphrase")
    ran = terminal.run(*signing)
    ran.require_refusal("custody:passphrase:wrong", DENIED)
    assert "another passphrase" not in ran.err
    key.write_bytes(b"-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n")
    terminal.run(*signing).require_refusal("custody:container:malformed", DATA)
    key.unlink()
    terminal.run(*signing).require_refusal("custody:key:missing", UNREADABLE)


def _empty_file(place: Path) -> None:
    place.touch()


def _other_program(place: Path) -> None:
    with closing(sqlite3.connect(place)) as connection:
        connection.execute("CREATE TABLE letters (text)")
        connection.execute("CREATE TABLE alembic_version (version_num)")
        connection.execute("INSERT INTO alembic_version VALUES ('0000')")
        connection.commit()


@pytest.mark.parametrize("made", [_empty_file, _other_program])
def test_the_file_of_another_program_is_left_as_it_is(
    terminal: Terminal,
    home: Path,
    tmp_path: Path,
    passphrase_file: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    made: Callable[[Path], None],
) -> None:
    place = tmp_path / "other.sqlite"
    made(place)
    before = place.read_bytes()
    monkeypatch.setenv("TRUSTKIT_DATABASE_URL", f"sqlite:///{place}")
    terminal.run("ca", "list", "--home", home).require_refusal("store:database:foreign", CONFIG)
    terminal.run("ca", "publish", "--home", home, "--passphrase-file", passphrase_file).require_refusal(
        "store:database:foreign", CONFIG
    )
    if before:  # an empty file is a database nobody lives in
        terminal.run(*_init(tmp_path / "new", passphrase_file)).require_refusal("store:database:foreign", CONFIG)
        assert not (tmp_path / "new").exists()
    assert place.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir() if entry.name.startswith("other.sqlite")] == ["other.sqlite"]


def _tables(url: str) -> list[str]:
    with psycopg.connect(url) as connection:
        rows = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        return [name for (name,) in rows.fetchall()]


@pytest.mark.parametrize("statement", ["", "CREATE TABLE letters (text text)"])
def test_a_postgresql_database_that_is_not_ours_is_left_as_it_is(
    terminal: Terminal,
    home: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    statement: str,
) -> None:
    for url in postgres.fresh_url(migrated=False):
        if statement:
            with psycopg.connect(url) as connection:
                connection.execute(statement.encode())
        before = _tables(url)
        monkeypatch.setenv("TRUSTKIT_DATABASE_URL", url)
        terminal.run("ca", "list", "--home", home).require_refusal("store:database:foreign", CONFIG)
        assert _tables(url) == before
        new, weak = tmp_path / "new", tmp_path / "weak"
        weak.touch(mode=0o600)
        weak.write_bytes(b"eleven char")
        code = "store:database:foreign" if statement else "custody:passphrase:weak"
        terminal.run(*_init(new, weak)).require_refusal(code, CONFIG)
        assert _tables(url) == before
        assert not new.exists()


def test_a_postgresql_database_belongs_to_one_home(
    terminal: Terminal, tmp_path: Path, passphrase_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for url in postgres.fresh_url(migrated=True):  # the schema alone is nobody's yet
        monkeypatch.setenv("TRUSTKIT_DATABASE_URL", url)
        make_home(tmp_path / "first")
        entries = terminal.run("ca", "list", "--home", tmp_path / "first", "--format", "json").objects()
        again = terminal.run(*_init(tmp_path / "second", passphrase_file))
        again.require_refusal("store:database:foreign", CONFIG)
        assert not (tmp_path / "second").exists()
        assert terminal.run("ca", "list", "--home", tmp_path / "first", "--format", "json").objects() == entries
