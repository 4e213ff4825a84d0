"""``trustkit trust-list``: made, added by its key, shown, fetched, and what a verdict makes of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.authority import SAMPLE
from trustkit.app.trust_lists import FOLDER
from verifier.fetch import HttpFetcher

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.terminal import Terminal

URI = "http://127.0.0.1:9/list.jwt"  # nobody answers there


def _plan(place: Path, code: str, *types: str) -> Path:
    place.write_text(json.dumps({"uri": URI, "issuers": [{"code": code, "types": list(types)}]}), "utf-8")
    return place


def test_a_home_issues_whatever_a_list_says_of_it(
    terminal: Terminal, home: Path, passphrase_file: Path, tmp_path: Path
) -> None:
    """The issuer's own check is of form, signature and status; the verdict names the list."""
    keys = ("--home", home, "--passphrase-file", passphrase_file, "--format", "json")
    look = ("--home", home, "--format", "json")
    file, licence, code = tmp_path / "list.jwt", tmp_path / "1.pdf", tmp_path / "1.txt"
    plan = _plan(tmp_path / "plan.json", "110000", "11100000MB0143028R001")
    (made,) = terminal.run("trust-list", "make", plan, "--out", file, *keys).objects()
    terminal.run("trust-list", "add", file, "--name", "a", "--key", made["key"], *look).objects()
    words = ("licence", "issue", "--type", "business-licence", "--data", SAMPLE, "--out", licence)
    (issued,) = terminal.run(*words, *keys).objects()
    terminal.run("licence", "code", issued["identifier"], "--out", code, *keys).objects()
    for each in (licence, code):
        (verdict,) = terminal.run("verify", each, "--offline", *look).objects()
        checks: dict[str, Any] = {check["id"]: check for check in verdict["checks"]}
        assert checks["licence:entitlement:listed"]["code"] == "esign:trust-list:unlisted"


@pytest.mark.parametrize("good", [True, False], ids=["entitled", "not entitled"])
def test_a_list_decides_on_licences(
    terminal: Terminal,
    home: Path,
    passphrase_file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    good: bool,
) -> None:
    keys = ("--home", home, "--passphrase-file", passphrase_file, "--format", "json")
    look = ("--home", home, "--format", "json")
    licence = tmp_path / "1.pdf"
    words = ("licence", "issue", "--type", "business-licence", "--data", SAMPLE, "--out", licence)
    (issued,) = terminal.run(*words, *keys).objects()
    _, _, _, _, _, kind, issuer, *_ = issued["identifier"].split(".")
    file = tmp_path / "list.jwt"
    plan = _plan(tmp_path / "plan.json", issuer, kind if good else kind[:-1] + "9")
    (made,) = terminal.run("trust-list", "make", plan, "--out", file, *keys).objects()
    assert (made["uri"], made["issuers"], made["next_key"]) == (URI, 1, None)

    wrong = terminal.run("trust-list", "add", file, "--name", "a", "--key", "00" * 32, *look)
    assert (wrong.code, wrong.out) == ("esign:trust-list:signer", "")
    (added,) = terminal.run("trust-list", "add", file, "--name", "a", "--key", made["key"], *look).objects()
    assert added["number"] == made["number"]
    for shown in ("a", file):
        (told,) = terminal.run("trust-list", "show", shown, *look).objects()
        assert [each["code"] for each in told["entries"]] == [issuer]
    terminal.run("trust-list", "show", "b", *look).require_refusal("esign:trust-list:missing", 66)
    assert terminal.run("trust-list", "fetch", "a", *look).code == "verifier:evidence:refused"
    monkeypatch.setattr(HttpFetcher, "fetch", lambda _fetcher, _uri: file.read_bytes())
    pins = home / FOLDER / "a.keys.json"
    pins.write_text(json.dumps({"keys": [made["key"], "00" * 32]}), "utf-8")  # of an edition before
    (fetched,) = terminal.run("trust-list", "fetch", "a", *look).objects()
    assert json.loads(pins.read_bytes()) == {"keys": [made["key"]]}
    assert (fetched["is_new"], fetched["number"]) == (False, made["number"])

    (verdict,) = terminal.run("verify", licence, "--offline", *look).objects()
    assert verdict["indication"] == ("TOTAL-PASSED" if good else "TOTAL-FAILED")
    checks: dict[str, Any] = {each["id"]: each for each in verdict["checks"]}
    assert checks["licence:entitlement:listed"]["status"] == ("PASSED" if good else "FAILED")
    trail = terminal.run("audit", "list", "--home", home, "--format", "json", "--limit", "100").out
    assert (trail.count('"esign:trust-list:made"'), trail.count('"esign:trust-list:taken"')) == (1, 1)
