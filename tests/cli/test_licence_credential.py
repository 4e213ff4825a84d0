"""``trustkit licence credential`` and its like at the terminal: set up, issued to files, listed, ended, and what is refused."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from esign.credential.changes import REASONS, CredentialAct
from esign.credential.suites import CredentialSuite
from tests.support.authority import SAMPLE
from tests.support.credential_desk import WALLET, issuing_home, wallet_key
from tests.support.wallet_proof import key_proof
from trustkit.app.cli import licence_credential
from trustkit.app.home import TRUST
from trustkit.clock import SystemClock

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.terminal import Ran, Terminal

USAGE, CONFIG, MISSING, CONFLICT, DATA = 64, 78, 66, 73, 65


@pytest.fixture
def keys(tmp_path: Path) -> dict[CredentialSuite, Path]:
    """Give the wallet's public keys as files."""
    found = {suite: tmp_path / f"{suite.value}.jwk" for suite in CredentialSuite}
    for suite, path in found.items():
        path.write_text(json.dumps(dict(wallet_key(suite).members)), "utf-8")
    return found


def test_issue_list_and_end(
    terminal: Terminal, tmp_path: Path, passphrase_file: Path, keys: dict[CredentialSuite, Path]
) -> None:
    home = issuing_home(tmp_path / "home", suites=tuple(CredentialSuite))
    told = ("--home", home, "--format", "json")
    secret = ("--passphrase-file", passphrase_file)
    pdf = tmp_path / "licence.pdf"
    issue = ("licence", "issue", "--type", "business-licence", "--data", SAMPLE, "--out", pdf)
    (licence,) = terminal.run(*issue, *told, *secret).objects()
    identifier = licence["identifier"]

    def credential(*words: str | Path) -> Ran:
        return terminal.run("licence", "credential", identifier, *words, "--out", tmp_path, *told, *secret)

    sm2, es256 = keys.values()
    one_key = credential("--holder-key", sm2, "--suite", "both")
    one_key.require_refusal("credential:holder-key:unfit", USAGE)
    credential("--holder-key", sm2, "--holder-key", sm2).require_refusal("credential:holder-key:unfit", USAGE)
    secret_key = tmp_path / "private.jwk"
    secret_key.write_text(json.dumps({**wallet_key(CredentialSuite.ES256).members, "d": "AA"}), "utf-8")
    credential("--holder-key", secret_key).require_refusal("jose:jwk:malformed", DATA)

    issued = credential("--holder-key", sm2, "--holder-key", es256, "--suite", "both").objects()
    assert [each["suite"] for each in issued] == ["sm2", "es256"]
    for each in issued:
        target = tmp_path / f"{identifier}.{each['suite']}.sd-jwt"
        assert (each["file"], target.stat().st_mode & 0o777) == (str(target), 0o600)
        (verdict,) = terminal.run("verify", target, "--offline", *told).objects()
        assert (verdict["indication"], verdict["licence"]["identifier"]) == ("TOTAL-PASSED", identifier)
    credential("--holder-key", sm2).require_refusal("app:output:exists", CONFLICT)
    credential("--suite", "sm2").require_refusal("credential:holder-key:unfit", USAGE)
    _prove(terminal, home, tmp_path, passphrase_file, identifier)

    number = issued[1]["number"]
    done = terminal.run("licence", "credential-revoke", number, "--reason", "key-compromise", *told, *secret)
    assert done.objects()[0]["state"] == "revoked"
    twice = terminal.run("licence", "credential-suspend", number, "--reason", "other", *told, *secret)
    twice.require_refusal("credential:state:ended", CONFLICT)
    wrong = terminal.run("licence", "credential-resume", number, "--reason", "dislike", *told, *secret)
    wrong.require_refusal("app:call:usage", USAGE)
    unknown = terminal.run("licence", "credential-revoke", "0" * 32, "--reason", "other", *told, *secret)
    unknown.require_refusal("credential:number:missing", MISSING)
    listed = terminal.run("licence", "credentials", identifier, *told).objects()
    assert {each["suite"]: each["state"] for each in listed} == {"sm2": "issued", "es256": "revoked"}
    assert "云杉" not in json.dumps(listed, ensure_ascii=False)
    (failed,) = terminal.run("verify", tmp_path / f"{identifier}.es256.sd-jwt", "--offline", *told).objects()
    assert (failed["indication"], failed["sub_indication"]) == ("TOTAL-FAILED", "LICENCE_REVOKED")
    missing = terminal.run("licence", "credentials", "no-such", "--home", home)
    missing.require_refusal("esign:licence:missing", MISSING)
    shown = terminal.run("licence", "credentials", identifier, "--home", home).out
    assert "key-compromise" in shown


def _prove(terminal: Terminal, home: Path, folder: Path, passphrase_file: Path, identifier: str) -> None:
    """Issue to a key the wallet proves to have, and to none whose proof is another's."""
    file, out = folder / "proof.jwt", folder / "proved"
    out.mkdir()
    told = ("--out", out, "--home", home, "--passphrase-file", passphrase_file, "--format", "json")

    def issue(*words: str) -> Ran:
        return terminal.run("licence", "credential", identifier, "--holder-proof", file, *words, *told)

    signer, seconds = WALLET[CredentialSuite.ES256].signer(), int(SystemClock().now().timestamp())
    for issuer, nonce, code, status in (
        ("https://other.test", "n-1", "credential:proof:audience", DATA),
        ("http://127.0.0.1:8440", "n-2", "credential:proof:nonce", DATA),
    ):
        file.write_text(key_proof(signer, issuer=issuer, nonce=nonce, seconds=seconds), "ascii")
        issue("--nonce", "n-1").require_refusal(code, status)
    file.write_text(key_proof(signer, issuer="http://127.0.0.1:8440", nonce="n-1", seconds=seconds) + "\n", "ascii")
    issue().require_refusal("app:call:usage", USAGE)
    issue("--nonce", "").require_refusal("app:call:usage", USAGE)
    (issued,) = issue("--nonce", "n-1").objects()
    listed = terminal.run("audit", "list", "--home", home, "--format", "json", "--limit", "500").objects()
    told_of = [each["facts"] for each in listed if each["object_id"] == issued["number"]]
    assert told_of[0]["possession"] == "proved"


def test_set_up_from_nothing_and_once(
    terminal: Terminal, home: Path, passphrase_file: Path, keys: dict[CredentialSuite, Path], tmp_path: Path
) -> None:
    told = ("--home", home, "--passphrase-file", passphrase_file, "--format", "json")
    issue = ("licence", "issue", "--type", "business-licence", "--data", SAMPLE, "--out", tmp_path / "licence.pdf")
    (licence,) = terminal.run(*issue, *told).objects()
    key = keys[CredentialSuite.ES256]
    early = terminal.run("licence", "credential", licence["identifier"], "--holder-key", key, "--out", tmp_path, *told)
    early.require_refusal("credential:keys:unfit", CONFIG)
    made = terminal.run("licence", "credential-setup", "--suite", "es256", "--yes", *told).objects()
    assert {each["under"] for each in made} == {"credential-es256"}
    assert (home / TRUST / "credential-es256-root.cer").is_file()
    again = terminal.run("licence", "credential-setup", "--suite", "es256", "--yes", *told).objects()
    assert again == [{"made": []}]
    late = terminal.run("licence", "credential", licence["identifier"], "--holder-key", key, "--out", tmp_path, *told)
    assert late.status == 0
    looked = terminal.run("doctor", "--home", home, "--format", "json").objects()
    told_of = {each["what"]: each["ok"] for each in looked if "credential" in each["what"]}
    assert told_of["certificate credential (es256)"] is told_of["certificate credential-status (es256)"] is True
    assert not [what for what in told_of if "sm2" in what]
    names = {each["name"] for each in terminal.run("ca", "tree", "--home", home, "--format", "json").objects()}
    assert {"credential-es256-root", "credential-es256"} <= names


def test_the_words_of_commands_are_those_of_the_acts() -> None:
    for name, _, reasons in licence_credential._COMMANDS:
        assert reasons.removesuffix(".").split(", ") == list(REASONS[CredentialAct(name)])
    assert {name for name, _, _ in licence_credential._COMMANDS} == {each.value for each in CredentialAct}
