"""``trustkit renew``: what it tells of files, what it renews, what it leaves alone, and what it refuses."""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from esign.pdf.read import read_pdf
from tests.support.pki import PkiWorld
from tests.support.signed_pdf import replace_page_content, sign_sample, update
from tests.support.stamping import listening, reply_to
from tests.unit.verifier.licences import page as plain_page
from trustkit.clock import SystemClock
from trustkit.encoding.pem import encode_pem
from trustkit.timestamp.request import parse_request

if TYPE_CHECKING:
    from tests.support.authority import Issued
    from tests.support.terminal import Terminal

USAGE, CONFLICT, CONFIG = 64, 73, 78
FAR = ("--within", "3600d")  # further than the seal's own certificate, which every B-T without lists rests on
JSON = ("--format", "json")


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return plain_page(tmp_path_factory.mktemp("page"))


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("renew")


@pytest.fixture
def made(terminal: Terminal, pristine_home: Path, shelf: Path, page: bytes, secret: tuple[str, str]) -> Path:
    """A folder with a home whose time-stamp authority lasts longer than its seal, and a file that seal signed at B-T: made by the first to ask."""
    home, plain, out = shelf / "home", shelf / "plain.pdf", shelf / "contract.pdf"
    if not out.exists():
        shutil.copytree(pristine_home, home, dirs_exist_ok=True)
        profile = home / "policies" / "certificates" / "timestamping.toml"
        profile.write_text(profile.read_text("utf-8").replace("days = 1825", "days = 2500"), "utf-8")
        assert terminal.run("ca", "renew", "timestamping", "--yes", "--home", home, *secret).status == 0
        plain.write_bytes(page)
        assert terminal.run("sign", plain, "--out", out, "--home", home, *secret).status == 0
    return shelf


@pytest.fixture
def home(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made / "home", tmp_path / "home")
    return tmp_path / "home"


@pytest.fixture
def signed(made: Path, tmp_path: Path) -> Path:
    """A file that the home's seal signed, in a folder of its own."""
    (tmp_path / "estate").mkdir()
    return Path(shutil.copy(made / "contract.pdf", tmp_path / "estate"))


def test_it_only_tells_with_dry_run(terminal: Terminal, home: Path, signed: Path) -> None:
    before = signed.read_bytes()
    ran = terminal.run("renew", signed.parent, "--dry-run", *FAR, "--home", home, *JSON)
    (told,) = ran.objects()
    assert (ran.status, told["status"], told["indication"], told["out"]) == (2, "due", "TOTAL-PASSED", None)
    prospect = told["prospect"]
    assert prospect["proof"] == "signature-stamp"
    assert {each["kind"] for each in prospect["because"]} == {"certificate"}
    assert [each["form"] for each in prospect["lost"]] == ["pades"]
    assert datetime.fromisoformat(prospect["good_until"]) > SystemClock().now() + timedelta(days=1000)
    assert signed.read_bytes() == before
    usual = terminal.run("renew", signed, "--dry-run", "--home", home, *JSON)
    assert (usual.status, usual.objects()[0]["status"]) == (0, "not-due")


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        ("en_US.UTF-8", ("good until", "stop passing", "left alone: it is neither PDF nor OFD")),
        ("zh_CN.UTF-8", ("有效至", "如不处理", "跳过：既不是 PDF 也不是 OFD")),
    ],
)
def test_people_read_a_table_in_their_language(
    terminal: Terminal,
    home: Path,
    signed: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    locale: str,
    words: tuple[str, ...],
) -> None:
    monkeypatch.setenv("LC_ALL", locale)
    (signed.parent / "notes.txt").write_bytes(b"notes")
    told = terminal.run("renew", signed.parent, "--dry-run", *FAR, "--home", home).out
    assert [word for word in words if word not in told] == []
    assert "TOTAL-PASSED" in told


def test_a_due_file_is_renewed_in_place_and_then_is_not_due(
    terminal: Terminal, home: Path, signed: Path, secret: tuple[str, str]
) -> None:
    before = signed.read_bytes()
    signed.chmod(0o640)
    words = ("renew", signed, "--in-place", *FAR, "--home", home, *secret, *JSON)
    (told,) = terminal.run(*words).objects()
    assert (told["status"], told["out"]) == ("renewed", str(signed))
    assert told["renewed"]["proof"] == "archive-stamp"
    assert told["renewed"]["good_until"] > told["prospect"]["good_until"]
    after = signed.read_bytes()
    assert after.startswith(before)
    assert signed.stat().st_mode & 0o777 == 0o640
    assert [each.field_name for each in read_pdf(after).signatures][-1] == "Archive1"
    assert list(signed.parent.iterdir()) == [signed]
    (verdict,) = terminal.run("verify", signed, "--home", home, "--offline", *JSON).objects()
    assert verdict["indication"] == "TOTAL-PASSED"
    again = terminal.run("renew", signed, "--in-place", "--all", "--home", home, *secret, *JSON)
    assert (again.status, again.objects()[0]["status"]) == (
        0,
        "not-longer",
    )  # the same authority ends when it ends, and not soon
    assert signed.read_bytes() == after
    trail = terminal.run("audit", "list", "--home", home, *JSON).objects()
    assert [each["type"] for each in trail if each["type"].startswith("esign:pdf:renewed")] == ["esign:pdf:renewed"]
    assert signed.name not in str(trail)


def test_one_file_that_fails_stops_no_other(
    terminal: Terminal, home: Path, signed: Path, tmp_path: Path, *, secret: tuple[str, str], page: bytes
) -> None:
    estate = signed.parent
    (estate / "b").mkdir()
    shutil.copy(signed, estate / "b" / "again.pdf")
    (estate / "changed.pdf").write_bytes(update(signed.read_bytes(), replace_page_content))
    (estate / "torn.pdf").write_bytes(signed.read_bytes()[:-300])
    (estate / "stranger.pdf").write_bytes(sign_sample(PkiWorld(), page))
    (estate / "plain.pdf").write_bytes(page)
    (estate / "notes.txt").write_bytes(b"notes")
    out = tmp_path / "renewed"
    words = ("renew", estate, "--out-dir", out, *FAR, "--home", home, *secret, *JSON)
    before = {path: path.read_bytes() for path in estate.rglob("*") if path.is_file()}
    ran = terminal.run(*words)
    told = {each["file"].removeprefix(f"{estate}/"): each for each in ran.objects()}
    assert ran.status == 1
    assert {name: each["status"] for name, each in told.items()} == {
        "notes.txt": "left-alone",
        "contract.pdf": "renewed",
        "b/again.pdf": "renewed",
        "changed.pdf": "not-passing",
        "stranger.pdf": "not-passing",
        "plain.pdf": "not-passing",
        "torn.pdf": "failed",
    }
    assert (told["changed.pdf"]["indication"], told["plain.pdf"]["sub_indication"]) == ("TOTAL-FAILED", "NOT_SIGNED")
    assert told["torn.pdf"]["code"] == "esign:pdf:malformed"
    assert sorted(path.relative_to(out).as_posix() for path in out.rglob("*.pdf")) == ["b/again.pdf", "contract.pdf"]
    assert {path: path.read_bytes() for path in estate.rglob("*") if path.is_file()} == before
    once_more = {each["file"].removeprefix(f"{estate}/"): each["status"] for each in terminal.run(*words).objects()}
    assert (once_more["contract.pdf"], once_more["b/again.pdf"]) == ("already-renewed", "already-renewed")
    (out / "contract.pdf").write_bytes(signed.read_bytes() + b"%")
    assert terminal.run(*words[:1], signed, *words[2:]).objects()[0]["code"] == "app:output:exists"


def test_an_authority_elsewhere_stamps_for_who_trusts_it(
    terminal: Terminal, home: Path, signed: Path, tmp_path: Path
) -> None:
    world = PkiWorld()
    now = SystemClock().now()
    anchor, lists = tmp_path / "anchor.pem", tmp_path / "lists"
    anchor.write_bytes(encode_pem("CERTIFICATE", world.root.der))
    lists.mkdir()
    (lists / "issuing.pem").write_bytes(encode_pem("CERTIFICATE", world.issuing.der))
    for name, issuer in (("root", world.root), ("issuing", world.issuing)):
        crl = world.crl(
            issuer=issuer, revoked={}, this_update=now - timedelta(days=1), next_update=now + timedelta(days=9)
        )
        (lists / f"{name}.crl").write_bytes(crl.der)
    out = tmp_path / "out"
    with listening(lambda body: reply_to(world, parse_request(body))) as url:
        words = ("renew", signed, "--out-dir", out, *FAR, "--home", home, "--tsa", url, "--tsa-digest", "sha256", *JSON)
        untrusted = terminal.run(*words)
        assert (untrusted.status, untrusted.objects()[0]["code"]) == (1, "timestamp:authority:untrusted")
        assert not out.exists()
        (told,) = terminal.run(*words, "--trust", anchor, "--evidence", lists).objects()
    # that authority ends before the seal's own certificate: nothing would be won
    assert told["status"] == "not-longer"


def test_an_authority_that_does_not_answer_fails_the_file(terminal: Terminal, home: Path, signed: Path) -> None:
    with listening(lambda _: b"", status=503) as url:
        ran = terminal.run("renew", signed, "--in-place", *FAR, "--home", home, "--tsa", url, *JSON)
    assert (ran.status, ran.objects()[0]["code"]) == (1, "timestamp:authority:unreachable")


def test_licences_are_renewed_too(terminal: Terminal, issued: Issued, secret: tuple[str, str], tmp_path: Path) -> None:
    words = ("renew", issued.document, "--home", issued.home, *JSON)
    (told,) = terminal.run(*words, "--dry-run", *FAR).objects()
    assert (told["indication"], told["prospect"]["proof"]) == ("TOTAL-PASSED", "signature-stamp")
    (told,) = terminal.run(*words, "--out-dir", tmp_path / "out", "--all", *secret).objects()
    assert told["status"] in {"renewed", "not-longer"}  # stamped by the same authority, which ends when it ends


REFUSED: dict[str, tuple[tuple[str, ...], str, int]] = {
    "nowhere to go": ((), "app:call:usage", USAGE),
    "two places": (("--in-place", "--dry-run"), "app:call:usage", USAGE),
    "no days": (("--dry-run", "--within", "soon"), "app:call:usage", USAGE),
    "months": (("--dry-run", "--within", "6m"), "app:call:usage", USAGE),
    "too far": (("--dry-run", "--within", "99999999999d"), "app:call:usage", USAGE),
    "digest of nobody": (("--in-place", "--tsa-digest", "sm3"), "app:call:usage", USAGE),
    "policy of nobody": (("--in-place", "--tsa-policy", "1.2.3"), "app:call:usage", USAGE),
    "all and some": (("--dry-run", "--all", "--within", "30d"), "app:call:usage", USAGE),
    "asked and not asked": (("--dry-run", "--tsa", "http://127.0.0.1:1/"), "app:call:usage", USAGE),
    "a unit for nothing": (("--dry-run", "--unit", "web"), "app:call:usage", USAGE),
    "no address": (("--in-place", "--tsa", "tsa.example"), "app:call:usage", USAGE),
    "two authorities": (("--in-place", "--tsa", "http://127.0.0.1:1/", "--unit", "web"), "app:call:usage", USAGE),
    "no such unit": (("--in-place", "--unit", "web"), "ca:certificate:unfit", CONFLICT),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refusals(terminal: Terminal, home: Path, signed: Path, secret: tuple[str, str], name: str) -> None:
    words, code, status = REFUSED[name]
    before = signed.read_bytes()
    ran = terminal.run("renew", signed, *words, "--home", home, *secret)
    ran.require_refusal(code, status)
    assert name != "no address" or "--tsa takes" in ran.err
    assert signed.read_bytes() == before


def test_no_home_no_stamp(terminal: Terminal, tmp_path: Path, signed: Path, secret: tuple[str, str]) -> None:
    ran = terminal.run("renew", signed, "--in-place", "--home", tmp_path / "nowhere", *secret)
    ran.require_refusal("app:home:missing", CONFIG)
    missing = terminal.run("renew", tmp_path / "nowhere.pdf", "--dry-run", *JSON)
    assert (missing.status, missing.objects()[0]["code"]) == (1, "app:input:unreadable")
