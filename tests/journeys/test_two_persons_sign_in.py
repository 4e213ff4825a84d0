"""Two officials at a terminal: one proposes and is told that nothing is done yet, another signs in and approves."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.support.authority import SAMPLE
from tests.support.sign_in_place import Place, sign_in_place
from trustkit.app.exit_status import PROPOSED

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.terminal import Ran, Terminal

KIND: Final = "real-estate-certificate"
DATA: Final = SAMPLE.parents[1] / KIND / "sample.json"
MATTERS: Final = ("licence-issue", "licence-batch", "revocation")
FORBIDDEN, USAGE, DATA_ERROR, CONFLICT, MISSING = 77, 64, 65, 73, 66


class Counter:
    """One terminal, at which people sit in turn."""

    def __init__(self, terminal: Terminal, home: Path, place: Place, passphrase_file: Path) -> None:
        self.terminal, self.home, self.place = terminal, home, place
        self.keys = ("--home", home, "--format", "json")
        self.secret = ("--passphrase-file", passphrase_file)

    def sit(self, person: str) -> None:
        self.place.person, self.place.session = person, ""
        self.terminal.run("logout", "--home", self.home)
        ran = self.terminal.run("login", "--home", self.home)
        assert ran.status == 0, ran.err

    def run(self, *words: str | Path) -> Ran:
        return self.terminal.run("licence", *words, *self.keys)

    def act(self, *words: str | Path) -> Ran:
        return self.run(*words, *self.secret)

    def proposed(self, ran: Ran) -> dict[str, Any]:
        assert ran.status == PROPOSED, ran.err
        (told,) = ran.objects()
        assert (told["done"], told["state"]) == (False, "proposed")
        return told


@pytest.fixture
def counter(
    terminal: Terminal, home: Path, passphrase_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Counter]:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    with sign_in_place(home) as place:
        monkeypatch.setattr("webbrowser.open", place.browse)
        yield Counter(terminal, home, place, passphrase_file)


def test_issued_and_revoked_by_two(counter: Counter, tmp_path: Path) -> None:
    maker, checker, clerk = (
        counter.place.official(*MATTERS),
        counter.place.official(*MATTERS),
        counter.place.official("tax"),
    )
    issue = ("issue", "--type", KIND, "--data", DATA, "--out", tmp_path / "never.pdf")
    counter.sit(maker)
    told = counter.proposed(counter.act(*issue))
    number, digest = told["proposal"], told["order_sm3"]
    assert not (tmp_path / "never.pdf").exists()
    own = counter.act("approve", number, "--seen", digest, "--out", tmp_path / "1.pdf")
    own.require_refusal("esign:licence-proposal:same-person", FORBIDDEN)
    counter.sit(clerk)
    approve = ("approve", number, "--seen", digest, "--out", tmp_path / "1.pdf")
    counter.act(*approve).require_refusal("app:official:mandate", FORBIDDEN)

    counter.sit(checker)
    (listed,) = counter.run("proposals").objects()
    assert (listed["proposal"], listed["maker"], listed["state"]) == (number, maker, "proposed")
    shown = counter.run("proposals", number, "--data-out", tmp_path / "proposed.json")
    assert (tmp_path / "proposed.json").read_bytes() == DATA.read_bytes()
    assert (tmp_path / "proposed.json").stat().st_mode & 0o777 == 0o600
    assert shown.objects()[0]["order_sm3"] == digest
    assert json.loads(DATA.read_bytes())["number"] not in shown.out
    counter.run("proposals", "--data-out", tmp_path / "x").require_refusal("app:call:usage", USAGE)
    counter.run("proposals", "lp-none").require_refusal("esign:licence-proposal:missing", MISSING)
    unseen = counter.act("approve", number, "--out", tmp_path / "1.pdf")
    assert (unseen.status, unseen.out) == (USAGE, "")
    wrong = counter.act("approve", number, "--seen", "0" * 64, "--out", tmp_path / "1.pdf")
    wrong.require_refusal("esign:licence-proposal:otherwise", DATA_ERROR)
    counter.run("withdraw", number).require_refusal("esign:licence-proposal:not-maker", FORBIDDEN)
    ran = counter.act(*approve)
    assert ran.status == 0, ran.err
    identifier = ran.objects()[0]["identifier"]
    assert counter.terminal.run("verify", tmp_path / "1.pdf", "--home", counter.home, "--offline").status == 0
    counter.act(*approve[:-1], tmp_path / "2.pdf").require_refusal("esign:licence-proposal:state", CONFLICT)
    (done,) = counter.run("proposals", "--state", "done").objects()
    assert (done["licence"], done["checker"]) == (identifier, checker)

    told = counter.proposed(counter.act("revoke", identifier, "--reason", "error"))
    assert counter.terminal.run("verify", tmp_path / "1.pdf", "--home", counter.home, "--offline").status == 0
    counter.sit(maker)
    ran = counter.act("approve", told["proposal"], "--seen", told["order_sm3"])
    assert (ran.status, ran.objects()[0]["standing"]) == (0, "revoked")
    assert counter.terminal.run("verify", tmp_path / "1.pdf", "--home", counter.home, "--offline").status == 1


def test_refused_and_withdrawn(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    maker, checker = counter.place.official(*MATTERS), counter.place.official(*MATTERS)
    counter.sit(maker)
    issue = ("issue", "--type", KIND, "--data", DATA)
    first, second = (counter.proposed(counter.act(*issue))["proposal"] for _ in range(2))
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    told = counter.terminal.run("licence", *issue, "--home", counter.home, *counter.secret)
    assert told.status == PROPOSED
    assert told.out.startswith("尚未办理：")
    assert "trustkit licence approve lp-" in told.out
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    refuse = ("refuse", first, "--reason", "no ground")
    counter.run(*refuse).require_refusal("esign:licence-proposal:same-person", FORBIDDEN)
    assert counter.run("withdraw", second).objects() == [{"proposal": second, "state": "withdrawn"}]
    counter.sit(checker)
    assert counter.run(*refuse).objects() == [{"proposal": first, "state": "refused"}]
    counter.run(*refuse).require_refusal("esign:licence-proposal:state", CONFLICT)
    (shown,) = counter.run("proposals", first).objects()
    assert (shown["reason_refused"], shown["checker"]) == ("no ground", checker)
    counter.run("proposals", first, "--data-out", "x").require_refusal("esign:licence-proposal:state", CONFLICT)
    assert counter.run("list").objects() == []


def test_a_file_is_proposed_and_approved(counter: Counter, tmp_path: Path) -> None:
    maker, checker = counter.place.official(*MATTERS), counter.place.official(*MATTERS)
    fields, file = json.loads(DATA.read_bytes()), tmp_path / "rows.ndjson"
    lines = [json.dumps({**fields, "number": f"{fields['number']}{number}"}) for number in range(2)]
    file.write_text("\n".join(lines), "utf-8")
    counter.sit(maker)
    many = ("issue-many", file, "--type", KIND, "--jobs", "1")
    told = counter.proposed(counter.act(*many))
    assert told["act"] == "issue-many"
    approve = (*many, "--out-dir", tmp_path / "out", "--approve", told["proposal"], "--seen", told["order_sm3"])
    counter.sit(maker)
    counter.act(*approve).require_refusal("esign:licence-proposal:same-person", FORBIDDEN)
    counter.sit(checker)
    ran = counter.act(*approve)
    assert (ran.status, [each["status"] for each in ran.objects()]) == (0, ["issued", "issued"]), ran.err
    (shown,) = counter.run("proposals", told["proposal"]).objects()
    assert (shown["state"], shown["licences"]) == ("done", 2)
