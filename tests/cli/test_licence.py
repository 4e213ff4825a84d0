"""``trustkit licence``, ``ca``, ``audit`` and ``sign`` on a home: what they do, print and refuse."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.support.authority import SAMPLE
from trustkit.crypto.digest import DigestAlgorithm, digest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.terminal import Ran, Terminal

USAGE, DATA, UNREADABLE, CONFLICT, DISK = 64, 65, 66, 73, 74
LICENCE: Final = json.loads(SAMPLE.read_bytes())


@pytest.fixture
def issue(terminal: Terminal, home: Path, passphrase_file: Path, tmp_path: Path) -> Callable[..., Ran]:
    """Give the act of issuing from `data`: an object, or the octets of a file."""

    def act(data: object = LICENCE, *more: str | Path, kind: str = "business-licence") -> Ran:
        path = tmp_path / "data.json"
        path.write_bytes(data if isinstance(data, bytes) else json.dumps(data, ensure_ascii=False).encode())
        told = ("--home", home, "--passphrase-file", passphrase_file, "--format", "json")
        return terminal.run("licence", "issue", "--type", kind, "--data", path, *told, *more)

    return act


def _register(terminal: Terminal, home: Path) -> list[dict[str, Any]]:
    return terminal.run("licence", "list", "--home", home, "--format", "json").objects()


def _trail(terminal: Terminal, home: Path) -> list[str]:
    listed = terminal.run("audit", "list", "--home", home, "--format", "json").objects()
    return [entry["type"] for entry in listed if entry["type"] != "audit:trail:read"]


def test_issue_list_export_revoke(
    terminal: Terminal, issue: Callable[..., Ran], home: Path, passphrase_file: Path, tmp_path: Path
) -> None:
    out = tmp_path / "licence.pdf"
    (told,) = issue(LICENCE, "--out", out).objects()
    document = out.read_bytes()
    assert told["document_sm3"] == digest(DigestAlgorithm.SM3, document).hex()
    assert told["file"] == str(out)
    (row,) = _register(terminal, home)
    assert (row["identifier"], row["state"], row["document_sm3"]) == (
        told["identifier"],
        "issued",
        told["document_sm3"],
    )
    issue(LICENCE, "--out", out).require_refusal("app:output:exists", CONFLICT)
    assert out.read_bytes() == document
    assert len(_register(terminal, home)) == 1
    copy = tmp_path / "copy.pdf"
    assert terminal.run("licence", "export", told["identifier"], "--out", copy, "--home", home).status == 0
    assert copy.read_bytes() == document
    again = terminal.run("licence", "export", told["identifier"], "--out", copy, "--home", home)
    again.require_refusal("app:output:exists", CONFLICT)
    terminal.run("licence", "export", "no-such", "--home", home).require_refusal("esign:licence:missing", UNREADABLE)
    keys = ("--home", home, "--passphrase-file", passphrase_file)
    wrong = terminal.run("licence", "revoke", told["identifier"], "--reason", "dislike", *keys)
    wrong.require_refusal("app:call:usage", USAGE)
    missing = terminal.run("licence", "revoke", "no-such", "--reason", "cancelled", *keys)
    missing.require_refusal("esign:licence:missing", UNREADABLE)
    done = terminal.run("licence", "revoke", told["identifier"], "--reason", "unlawful", *keys, "--format", "json")
    assert done.objects()[0]["reason"] == "unlawful"
    twice = terminal.run("licence", "revoke", told["identifier"], "--reason", "unlawful", *keys)
    twice.require_refusal("esign:licence:state", CONFLICT)
    assert terminal.run("verify", out, "--home", home, "--offline").status == 1
    assert _register(terminal, home)[0]["state"] == "revoked"
    assert terminal.run("licence", "recover", "--home", home, "--format", "json").objects() == [{"abandoned": []}]


def test_words_for_people(terminal: Terminal, home: Path, passphrase_file: Path, tmp_path: Path) -> None:
    keys = ("--home", home, "--passphrase-file", passphrase_file)
    out = tmp_path / "out.pdf"
    rows: tuple[tuple[tuple[str | Path, ...], str], ...] = (
        (("licence", "issue", "--type", "business-licence", "--data", SAMPLE, "--out", out, *keys), "Issued 1.2.156"),
        (("licence", "list", "--home", home, "--limit", "10000"), "issued"),
        (("licence", "recover", "--home", home), "0 unfinished"),
        (("ca", "list", "--home", home), "root-ca"),
        (("ca", "publish", *keys), "CRL of root"),
        (("audit", "list", "--home", home, "--limit", "10000"), "esign:licence:issued"),
        (("audit", "list", "--home", home, "--type", "ca:crl:published"), "ca:crl:published"),
        (("doctor", "--home", home), "all is well"),
    )
    for arguments, told in rows:
        ran = terminal.run(*arguments)
        assert (ran.status, ran.err) == (0, ""), ran
        assert told in ran.out
    assert "张示例" not in terminal.run("licence", "list", "--home", home).out


def test_words_for_machines(terminal: Terminal, home: Path, passphrase_file: Path, tmp_path: Path) -> None:
    """What acts say is JSON on request, one object a line, each act with what it made."""
    keys = ("--home", home, "--passphrase-file", passphrase_file, "--format", "json")
    (tmp_path / "text").write_bytes(b"content")
    (signed,) = terminal.run("sign", tmp_path / "text", *keys).objects()
    assert signed == {
        "file": str(tmp_path / "text.p7s"),
        "form": "rfc5652",
        "attached": False,
        "encrypted": False,
        "octets": (tmp_path / "text.p7s").stat().st_size,
    }
    published = terminal.run("ca", "publish", *keys).objects()
    assert [(row["kind"], row["name"]) for row in published[:2]] == [("crl", "root"), ("crl", "issuing")]
    assert [row["kind"] for row in published[2:]] == ["status-list"]
    exported = terminal.run("ca", "export", tmp_path / "all", "--home", home, "--format", "json").objects()
    assert {row["file"] for row in exported} == {str(path) for path in (tmp_path / "all").iterdir()}
    serial = {row["profile"]: row["serial"] for row in terminal.run("ca", "list", *keys[:2], *keys[4:]).objects()}
    revoked = terminal.run("ca", "revoke", serial["timestamping"], "--reason", "superseded", *keys).objects()
    stamping = serial["timestamping"]
    told = {"serial": stamping, "reason": "superseded", "revoked_with_it": [], "to_renew": ["timestamping"]}
    assert revoked == [told]


def _with(**changed: object) -> dict[str, object]:
    return {**LICENCE, **changed}


def _without(key: str) -> dict[str, object]:
    return {name: value for name, value in LICENCE.items() if name != key}


DEEP: Final = b'{"name": ' + b"[" * 5000 + b"]" * 5000 + b"}"
REFUSED: Final[dict[str, tuple[object, str]]] = {
    "missing field": (_without("name"), "esign:licence:data"),
    "unknown field": (_with(colour="red"), "esign:licence:data"),
    "empty": (_with(name=""), "esign:licence:data"),
    "too long": (_with(name="某" * 2000), "esign:licence:data"),
    "number": (_with(name=7), "esign:licence:data"),
    "null": (_with(name=None), "esign:licence:data"),
    "list": (_with(name=["某"]), "esign:licence:data"),
    "object": (_with(name={"a": "b"}), "esign:licence:data"),
    "control character": (_with(name="某\x07司"), "esign:licence:data"),
    "text turned around": (_with(name="某\u202e司"), "esign:licence:data"),
    "no such date": (_with(established_on="2026-02-30"), "esign:licence:data"),
    "other form of date": (_with(established_on="2026/03/18"), "esign:licence:data"),
    "wrong check character": (_with(credit_code="91330105MA2CFLDG4C"), "esign:holder:code"),
    "wrong code length": (_with(credit_code="91330105"), "esign:holder:code"),
    "no glyph": (_with(name="某\U0001f600司"), "esign:font:glyph-missing"),
    "no object": ([LICENCE], "esign:licence:data"),
    "duplicate key": (b'{"name": "a", "name": "b"}', "encoding:json:duplicate-key"),
    "deep": (DEEP, "encoding:json:depth"),
    "not JSON": (b"name: a", "encoding:json:malformed"),
    "NaN": (b'{"name": NaN}', "encoding:json:malformed"),
    "not UTF-8": ('{"name": "公司"}'.encode("gbk"), "encoding:json:malformed"),
    "lone surrogate": (b'{"name": "\\ud800"}', "encoding:json:malformed"),
    "truncated": (json.dumps(LICENCE).encode()[:-5], "encoding:json:malformed"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_data_that_is_refused(
    terminal: Terminal, issue: Callable[..., Ran], home: Path, tmp_path: Path, name: str
) -> None:
    data, code = REFUSED[name]
    before = _trail(terminal, home)
    ran = issue(data, "--out", tmp_path / "out.pdf")
    ran.require_refusal(code, DATA)
    for value in ("某", "91330105MA2CFLDG4C", "杭州"):
        assert value not in ran.err
    assert _register(terminal, home) == []
    assert _trail(terminal, home) == before
    assert not (tmp_path / "out.pdf").exists()


def test_other_refusals_of_an_issuance(
    terminal: Terminal, issue: Callable[..., Ran], home: Path, passphrase_file: Path, tmp_path: Path
) -> None:
    out = ("--out", tmp_path / "out.pdf")
    issue(LICENCE, *out, kind="driving-licence").require_refusal("esign:licence:type", UNREADABLE)
    issue(LICENCE, *out, kind="../../certificates").require_refusal("esign:licence:type", UNREADABLE)
    issue(b"", *out).require_refusal("app:input:empty", UNREADABLE)
    issue(b" " * 2_000_000, *out).require_refusal("app:input:too-large", UNREADABLE)
    issue(LICENCE, "--out", tmp_path / "no" / "such" / "place.pdf").require_refusal("app:disk:unwritable", DISK)
    issue(LICENCE, "--out", SAMPLE / "x.pdf").require_refusal("app:disk:unwritable", DISK)
    passphrase_file.write_bytes(b"not the passphrase")
    issue(LICENCE, *out).require_refusal("custody:passphrase:wrong", 77)
    assert _register(terminal, home) == []
    assert "esign:licence:intended" not in _trail(terminal, home)


def test_a_policy_somebody_broke(issue: Callable[..., Ran], home: Path) -> None:
    path = home / "policies" / "licences" / "business-licence" / "type.toml"
    path.write_text(path.read_text("utf-8") + "\ncolour = 1\n", "utf-8")
    ran = issue()
    assert (ran.code, ran.status) == ("esign:licence:policy", 78)
    assert "colour" in ran.err


@pytest.mark.parametrize("form", ["rfc5652", "gbt35275"])
@pytest.mark.parametrize("attached", [False, True])
def test_sign_and_verify(
    terminal: Terminal, home: Path, passphrase_file: Path, tmp_path: Path, form: str, *, attached: bool
) -> None:
    content = tmp_path / "minutes.txt"
    content.write_bytes(b"we met")
    keys = ("--home", home, "--passphrase-file", passphrase_file)
    options = ("--form", form, *(("--attached",) if attached else ()))
    assert terminal.run("sign", content, *options, *keys).status == 0
    message = content.with_name("minutes.txt" + (".p7m" if attached else ".p7s"))
    given = () if attached else ("--content", content)
    ran = terminal.run("verify", message, *given, "--home", home, "--offline", "--format", "json")
    (verdict,) = ran.objects()
    assert (ran.status, verdict["format"]) == (0, "cms"), verdict
    assert verdict["signatures"][0]["time_proved"]
    signed = _trail(terminal, home).count("esign:message:signed")
    terminal.run("sign", content, *options, *keys).require_refusal("app:output:exists", CONFLICT)
    assert _trail(terminal, home).count("esign:message:signed") == signed  # nothing was signed for nobody
    if not attached:
        (tmp_path / "other").write_bytes(b"we did not meet")
        assert terminal.run("verify", message, "--content", tmp_path / "other", "--home", home).status == 1
    terminal.run("sign", tmp_path / "absent", *keys).require_refusal("app:input:unreadable", UNREADABLE)


def test_what_relying_parties_need(
    terminal: Terminal, issue: Callable[..., Ran], home: Path, tmp_path: Path, passphrase_file: Path
) -> None:
    document, folder = tmp_path / "licence.pdf", tmp_path / "published"
    issue(LICENCE, "--out", document)
    assert terminal.run("ca", "export", folder, "--home", home).status == 0
    assert {path.name for path in folder.iterdir()} == {
        *("root.cer", "root.crl", "issuing.cer", "issuing.crl", "status-list-1.jwt", "status-list-1.cwt"),
    }
    assert terminal.run("ca", "export", folder, "--home", home).status == 0  # writes them again
    away = ("--trust", folder / "root.cer", "--evidence", folder, "--offline")
    assert terminal.run("verify", document, *away).status == 0
    assert terminal.run("verify", document, "--trust", folder / "root.cer", "--offline").status == 2
    terminal.run("ca", "export", document / "x", "--home", home).require_refusal("app:disk:unwritable", DISK)
    keys = ("--home", home, "--passphrase-file", passphrase_file)
    rows = terminal.run("ca", "list", "--home", home, "--format", "json").objects()
    serial = {row["profile"]: row["serial"] for row in rows}
    revoke = ("ca", "revoke", serial["timestamping"].upper())
    terminal.run(*revoke, "--reason", "dislike", *keys).require_refusal("app:call:usage", USAGE)
    for wrong in ("00ff", "not hexadecimal", "-1", "f" * 5000):
        ran = terminal.run("ca", "revoke", "--reason", "superseded", *keys, "--", wrong)
        ran.require_refusal("ca:serial:missing", UNREADABLE)
    assert terminal.run(*revoke, "--reason", "superseded", *keys).status == 0
    terminal.run(*revoke, "--reason", "superseded", *keys).require_refusal("ca:serial:revoked-already", CONFLICT)
    states = {
        row["profile"]: row["state"] for row in terminal.run("ca", "list", "--home", home, "--format", "json").objects()
    }
    assert states == {
        "root-ca": "issued",
        "issuing-ca": "issued",
        "seal": "issued",
        "timestamping": "revoked",
        "status": "issued",
        "ocsp": "issued",
    }


@pytest.mark.parametrize("profile", ["seal", "timestamping"])
def test_nothing_is_signed_with_a_revoked_certificate(
    terminal: Terminal, issue: Callable[..., Ran], home: Path, passphrase_file: Path, profile: str
) -> None:
    keys = ("--home", home, "--passphrase-file", passphrase_file)
    rows = terminal.run("ca", "list", "--home", home, "--format", "json").objects()
    serial = next(row["serial"] for row in rows if row["profile"] == profile)
    assert terminal.run("ca", "revoke", serial, "--reason", "keyCompromise", *keys).status == 0
    before = _trail(terminal, home)
    issue(LICENCE).require_refusal("ca:certificate:unfit", CONFLICT)
    terminal.run("sign", SAMPLE, "--out", home / "out", *keys).require_refusal("ca:certificate:unfit", CONFLICT)
    assert _trail(terminal, home) == before
    broken = [each for each in terminal.run("doctor", "--home", home, "--format", "json").objects() if not each["ok"]]
    assert [each["what"] for each in broken] == [f"certificate {profile}"]
    assert terminal.run("ca", "publish", *keys).status == 0  # revocation must go on being told


def test_reading_the_trail(terminal: Terminal, home: Path) -> None:
    first = terminal.run("audit", "list", "--home", home, "--limit", "3", "--format", "json").objects()
    assert [entry["sequence"] for entry in first] == [1, 2, 3]
    rest = terminal.run("audit", "list", "--home", home, "--after", "3", "--format", "json").objects()
    assert rest[0]["sequence"] == 4
    assert [entry["type"] for entry in rest].count("audit:trail:read") == 1  # the first reading
    wrong = terminal.run("audit", "list", "--home", home, "--type", "no:such:type")
    wrong.require_refusal("app:call:usage", USAGE)
    for arguments in (("--limit", "0"), ("--limit", "10001"), ("--after", "-1"), ("--after", "many")):
        assert terminal.run("audit", "list", "--home", home, *arguments).status == USAGE
    assert terminal.run("audit", "list", "--home", home, "--after", str(10**30)).status in {0, USAGE}
