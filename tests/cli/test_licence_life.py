"""What officials do to issued licences at the terminal, and what everybody is told of it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import zxingcpp
from PIL import Image

from esign.licence.changes import WITH_A_VERSION
from esign.licence.lifecycle import TRANSITIONS
from esign.licence.making import LicenceMaker
from esign.licence.types import licence_types
from tests.support.authority import SAMPLE, passphrase
from tests.support.source import ROOT
from trustkit.app.cli.licence_look import ListedState
from trustkit.app.licence_lines import public_status
from trustkit.app.wiring import open_authority
from trustkit.clock import CHINA, SystemClock, format_rfc3339
from trustkit.errors import TrustError
from trustkit.store import status_lists
from trustkit.store.licences import LicenceState

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.terminal import Ran, Terminal

DATA, USAGE, CONFLICT, FORBIDDEN = 65, 64, 73, 77


class Desk:
    """One home with its passphrase."""

    def __init__(self, terminal: Terminal, home: Path, passphrase_file: Path) -> None:
        self.terminal, self.home = terminal, home
        self.keys = ("--home", home, "--passphrase-file", passphrase_file, "--format", "json")

    def act(self, *words: str | Path) -> Ran:
        return self.terminal.run("licence", *words, *self.keys)

    def look(self, *words: str | Path) -> list[dict[str, Any]]:
        return self.terminal.run("licence", *words, "--home", self.home, "--format", "json").objects()

    def verdict(self, file: Path) -> tuple[str, str | None]:
        ran = self.terminal.run("verify", file, "--home", self.home, "--offline", "--format", "json")
        (told,) = ran.objects()
        return told["indication"], told["sub_indication"]

    def public(self, identifier: str) -> dict[str, object]:
        with open_authority(self.home) as opened:
            register = opened.register
            return public_status(register.licence_status(identifier), register.next_version, opened.clock.now())


@pytest.fixture
def desk(terminal: Terminal, home: Path, passphrase_file: Path) -> Desk:
    return Desk(terminal, home, passphrase_file)


def _coded(desk: Desk, one: str, tmp_path: Path) -> Path:
    """Make codes of a licence in force, and return the one in a text file."""
    code, picture = tmp_path / "code.txt", tmp_path / "code.png"
    (made,) = desk.act("code", one, "--out", code).objects()
    assert (made["octets"] <= 1200, made["carries_certificate"]) == (True, True)
    assert desk.verdict(code) == ("TOTAL-PASSED", None)
    desk.act("code", one, "--out", picture)
    scanned = zxingcpp.read_barcode(Image.open(picture))
    assert scanned is not None
    assert scanned.text.startswith("TKL1:")
    assert desk.verdict(picture) == ("TOTAL-PASSED", None)  # a photo of it is as good as its text
    desk.act("code", one, "--out", tmp_path / "code.gif").require_refusal("app:call:usage", USAGE)
    desk.act("code", one, "--out", code).require_refusal("app:output:exists", CONFLICT)
    words = desk.terminal.run("verify", code, "--offline", "--format", "json").out
    assert "INDETERMINATE" in words  # whoever trusts nobody is told that, and not that it is good
    return code


def test_a_licence_is_suspended_resumed_changed_lost_replaced_and_struck_off(desk: Desk, tmp_path: Path) -> None:
    first, second, third = (tmp_path / f"{number}.pdf" for number in (1, 2, 3))
    (issued,) = desk.act("issue", "--type", "business-licence", "--data", SAMPLE, "--out", first).objects()
    one = issued["identifier"]
    assert desk.verdict(first) == ("TOTAL-PASSED", None)

    code = _coded(desk, one, tmp_path)

    (told,) = desk.act("suspend", one, "--reason", "under-review", "--basis", "第一条").objects()
    assert desk.verdict(code) == ("INDETERMINATE", "LICENCE_SUSPENDED")
    desk.act("code", one, "--out", tmp_path / "2.txt").require_refusal("esign:licence:state", CONFLICT)
    assert (told["act"], told["standing"]) == ("suspend", "suspended")
    assert desk.verdict(first) == ("INDETERMINATE", "LICENCE_SUSPENDED")
    words = desk.terminal.run("verify", first, "--home", desk.home, "--offline").out
    assert "has suspended the licence" in words
    assert desk.public(one)["standing"] == "suspended"
    desk.act("suspend", one, "--reason", "other").require_refusal("esign:licence:state", CONFLICT)
    desk.act("resume", one, "--reason", "cleared")
    assert desk.verdict(first) == ("TOTAL-PASSED", None)

    changed = tmp_path / "changed.json"
    fields = {**json.loads(SAMPLE.read_bytes()), "address": "示例市新址路2号"}
    changed.write_text(json.dumps(fields, ensure_ascii=False), "utf-8")
    (next_one,) = desk.act("change", one, "--data", changed, "--reason", "changed", "--out", second).objects()
    two = next_one["identifier"]
    assert (next_one["supersedes"], two.split(".")[-2]) == (one, "002")
    assert two.rsplit(".", 2)[0] == one.rsplit(".", 2)[0]
    assert desk.verdict(first) == ("TOTAL-FAILED", "LICENCE_REVOKED")
    assert desk.verdict(second) == ("TOTAL-PASSED", None)
    assert (desk.public(one)["standing"], desk.public(one)["superseded_by"]) == ("superseded", two)
    assert (desk.public(two)["standing"], desk.public(two)["supersedes"]) == ("effective", one)
    twice = desk.act("change", one, "--data", changed, "--reason", "changed", "--out", third)
    twice.require_refusal("esign:licence:state", CONFLICT)

    desk.act("lose", two, "--reason", "stolen")
    assert desk.public(two)["standing"] == "lost"
    (replaced,) = desk.act("change", two, "--data", changed, "--reason", "reissued", "--out", third).objects()
    three = replaced["identifier"]
    assert desk.public(two)["superseded_by"] == three
    again = desk.act("change", two, "--data", changed, "--reason", "reissued", "--out", tmp_path / "4.pdf")
    again.require_refusal("esign:licence:state", CONFLICT)
    desk.act("cancel", three, "--reason", "holder-dissolved")
    assert desk.verdict(third) == ("TOTAL-FAILED", "LICENCE_REVOKED")

    assert [each["act"] for each in desk.look("history", one)] == ["suspend", "resume", "change"]
    assert desk.look("history", one)[0]["basis"] == "第一条"
    (shown,) = desk.look("show", two)
    assert [(each["version"], each["standing"]) for each in shown["versions"]][:3] == [
        (4, "abandoned"),
        (3, "cancelled"),
        (2, "lost"),
    ]
    told_trail = desk.terminal.run("audit", "list", "--home", desk.home, "--format", "json", "--limit", "500").out
    assert "第一条" not in told_trail
    assert told_trail.count('"esign:licence:coded"') == 2
    for kind in ("suspended", "resumed", "superseded", "lost", "reissued", "cancelled"):
        assert told_trail.count(f'"esign:licence:{kind}"') == 1, kind


def test_what_is_decided_for_later_takes_force_by_the_clock(desk: Desk, tmp_path: Path) -> None:
    (issued,) = desk.act("issue", "--type", "business-licence", "--data", SAMPLE, "--out", tmp_path / "1.pdf").objects()
    one, later = issued["identifier"], SystemClock().now() + timedelta(days=2)
    (told,) = desk.act("cancel", one, "--reason", "holder-request", "--effective", format_rfc3339(later)).objects()
    assert told["standing"] == "effective"
    assert desk.verdict(tmp_path / "1.pdf") == ("TOTAL-PASSED", None)
    desk.act("suspend", one, "--reason", "other").require_refusal("esign:licence-act:pending", CONFLICT)
    far = format_rfc3339(later + timedelta(days=400))
    desk.act("revoke", one, "--reason", "error", "--effective", far).require_refusal("esign:licence-act:time", USAGE)
    with open_authority(desk.home) as opened:
        row = opened.register.licence_status(one)
        assert public_status(row, opened.register.next_version, later)["standing"] == "cancelled"
        token = opened.publications().status_token(row.status_list)
        assert token is not None
        opened.unlock(passphrase())
    desk.act("revoke", one, "--reason", "unlawful")
    assert desk.verdict(tmp_path / "1.pdf") == ("TOTAL-FAILED", "LICENCE_REVOKED")


def test_licences_are_found_by_what_they_are_and_whose(desk: Desk, tmp_path: Path) -> None:
    holder, nobody = tmp_path / "holder", tmp_path / "nobody"
    holder.write_text(json.loads(SAMPLE.read_bytes())["credit_code"] + "\n", "ascii")
    nobody.write_text("91370100MA3EXAMP0X\n", "ascii")
    desk.terminal.run("licence", "list", "--holder-file", holder, "--home", desk.home).require_refusal(
        "esign:licence-holder:key", 78
    )
    order = ("issue", "--type", "business-licence", "--data", SAMPLE, "--idempotency-key", "counter-7/1")
    (first,) = desk.act(*order, "--out", tmp_path / "1.pdf").objects()
    (again,) = desk.act(*order, "--out", tmp_path / "2.pdf").objects()
    assert (again["identifier"], again["repeated"]) == (first["identifier"], True)
    assert (tmp_path / "1.pdf").read_bytes() == (tmp_path / "2.pdf").read_bytes()
    other = tmp_path / "other.json"
    other.write_text(json.dumps({**json.loads(SAMPLE.read_bytes()), "name": "别家公司"}, ensure_ascii=False), "utf-8")
    otherwise = ("issue", "--type", "business-licence", "--data", other, "--idempotency-key", "counter-7/1")
    desk.act(*otherwise, "--out", tmp_path / "3.pdf").require_refusal(
        "esign:licence-order:repeated-otherwise", CONFLICT
    )
    found = ((first["identifier"],), ())
    asked: tuple[tuple[tuple[str | Path, ...], int], ...] = (
        ((), 0),
        (("--type", "business-licence"), 0),
        (("--issuer", "1199010000TRYQK01Q", "--state", "issued"), 0),
        (("--holder-file", holder), 0),
        (("--holder-file", nobody), 1),
        (("--state", "revoked"), 1),
        (("--state", "expired"), 1),
        (("--until", "2020-01-01T00:00:00Z"), 1),
        (("--after", first["identifier"]), 1),
    )
    for words, which in asked:
        assert tuple(each["identifier"] for each in desk.look("list", *words)) == found[which], words


def test_what_begins_later_is_on_hold_until_then(desk: Desk, tmp_path: Path) -> None:
    begins = format_rfc3339(SystemClock().now() + timedelta(days=3))
    order = (
        "issue",
        "--type",
        "business-licence",
        "--data",
        SAMPLE,
        "--effective",
        begins,
        "--out",
        tmp_path / "1.pdf",
    )
    (issued,) = desk.act(*order).objects()
    assert desk.public(issued["identifier"])["standing"] == "issued"
    assert desk.verdict(tmp_path / "1.pdf") == ("INDETERMINATE", "LICENCE_SUSPENDED")
    with open_authority(desk.home) as opened, opened.database.reading() as unit:
        uri = opened.register.licence_status(issued["identifier"]).status_list
        latest = status_lists.find_latest_token(unit, uri)
        assert latest is not None
        assert format_rfc3339(latest.expires_at) <= begins
        assert status_lists.find_next_change(unit, uri, after=opened.clock.now()) is not None


def test_the_documents_own_days_are_judged_and_nothing_is_issued_that_is_over(desk: Desk, tmp_path: Path) -> None:
    today = SystemClock().now().astimezone(CHINA).date()
    fields = json.loads(SAMPLE.read_bytes())
    later, over = tmp_path / "later.json", tmp_path / "over.json"
    later.write_text(json.dumps({**fields, "term_start": str(today + timedelta(days=9))}, ensure_ascii=False), "utf-8")
    over.write_text(json.dumps({**fields, "term_end": str(today - timedelta(days=1))}, ensure_ascii=False), "utf-8")
    desk.act("issue", "--type", "business-licence", "--data", later, "--out", tmp_path / "1.pdf").objects()
    assert desk.verdict(tmp_path / "1.pdf")[0] == "INDETERMINATE"
    refused = desk.act("issue", "--type", "business-licence", "--data", over, "--out", tmp_path / "2.pdf")
    refused.require_refusal("esign:licence:data", DATA)


def test_a_change_keeps_its_holder_and_a_key_waits_for_its_licence(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusals: list[str] = []
    make = LicenceMaker.make

    def twice(self: LicenceMaker, order: Any, row: Any, *, at: Any) -> Any:
        with pytest.raises(TrustError) as caught:
            service.issue("business-licence", SAMPLE.read_bytes(), actor=opened.operator, repeat_key="k")
        refusals.append(caught.value.code.value)
        return make(self, order, row, at=at)

    other = tmp_path / "other.json"
    fields = {**json.loads(SAMPLE.read_bytes()), "credit_code": "1199010000TRYQK01Q"}
    other.write_text(json.dumps(fields, ensure_ascii=False), "utf-8")
    with open_authority(desk.home) as opened:
        service = opened.licences(opened.unlock(passphrase()))
        with monkeypatch.context() as patched:
            patched.setattr(LicenceMaker, "make", twice)
            issued = service.issue("business-licence", SAMPLE.read_bytes(), actor=opened.operator, repeat_key="k")
    assert refusals == ["esign:licence-order:undecided"]
    words = ("change", issued.identifier, "--data", other, "--reason", "changed", "--out", tmp_path / "2.pdf")
    desk.act(*words).require_refusal("esign:licence-change:holder", FORBIDDEN)


def test_the_catalogue_is_shown_with_its_marks(desk: Desk) -> None:
    found = {each["type"]: each for each in desk.look("types")}
    assert {name for name, each in found.items() if not each["issued"]} == {"resident-identity-card"}
    assert set(found) == set(licence_types(ROOT / "policies" / "licences"))
    food = found["food-operation-licence"]
    assert food["validity"] == {"kind": "term", "years": 5}
    assert {"code", "legal_basis"} <= set(food["unconfirmed"])
    (shown,) = desk.look("type", "food-operation-licence")
    assert shown == food
    told = desk.terminal.run("licence", "type", "resident-identity-card", "--home", desk.home).out
    assert "not issued here: " in told
    assert "not compared with the text in force" in told
    unknown = desk.terminal.run("licence", "type", "nothing", "--home", desk.home)
    unknown.require_refusal("esign:licence:type", unknown.status)


def test_the_words_of_commands_are_those_of_the_table_of_acts(terminal: Terminal) -> None:
    assert {each.value for each in ListedState} == {each.value for each in LicenceState} | {"expired"}
    for act, transition in TRANSITIONS.items():
        if act in WITH_A_VERSION:
            continue
        told = " ".join(terminal.run("licence", act.value, "--help").out.split())
        assert all(reason in told for reason in transition.reasons), act


def test_the_type_of_credentials_is_written(desk: Desk, tmp_path: Path) -> None:
    out = tmp_path / "type.json"
    written = desk.terminal.run(
        "licence", "credential-type", "business-licence", "--home", desk.home, "--out", out, "--format", "json"
    )
    (told,) = written.objects()
    assert (json.loads(out.read_bytes())["vct"], told["file"]) == (told["vct"], str(out))
    assert told["integrity"].startswith("sha256-")
    for name in ("resident-identity-card", "nothing", "../licences/permit"):
        refused = desk.terminal.run("licence", "credential-type", name, "--home", desk.home, "--out", tmp_path / "no")
        refused.require_refusal("esign:licence:type", 66)
