"""``trustkit licence issue-many``: checked first, each row issued once, gone on with after kill -9."""

from __future__ import annotations

import csv
import fcntl
import json
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Final

import pytest

from tests.support.authority import SAMPLE, for_one_person
from tests.support.terminal import environment
from trustkit.app.licence_batch import LOCK, SUMMARY
from trustkit.encoding.check_characters import organisation_check_character, uscc_check_character

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.terminal import Ran, Terminal

USAGE, DATA, MISSING, CONFLICT = 64, 65, 66, 73
FIELDS: Final = {key: value for key, value in json.loads(SAMPLE.read_bytes()).items() if key != "$comment"}


def _company(order: int) -> dict[str, str]:
    organisation = f"MA7TR{order:03d}"
    body = f"91990100{organisation}{organisation_check_character(organisation)}"
    return {**FIELDS, "credit_code": body + uscc_check_character(body), "name": f"示例第{order}号有限公司"}


@pytest.fixture
def many(terminal: Terminal, home: Path, passphrase_file: Path, tmp_path: Path) -> Callable[..., Ran]:
    """Give the act of issuing rows into a folder; a file that is there stays as it is."""

    def act(name: str, *more: str | Path) -> Ran:
        keys = ("--home", home, "--passphrase-file", passphrase_file, "--format", "json")
        where = ("--type", "business-licence", "--out-dir", tmp_path / "out")
        return terminal.run("licence", "issue-many", tmp_path / name, *where, *keys, *more)

    return act


def _write(path: Path, count: int) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        table = csv.DictWriter(file, FIELDS)
        table.writeheader()
        table.writerows(_company(order) for order in range(count))


def _summary(folder: Path) -> list[dict[str, str]]:
    with (folder / SUMMARY).open(encoding="ascii", newline="") as file:
        return list(csv.DictReader(file))


def _register(terminal: Terminal, home: Path) -> list[str]:
    rows = terminal.run("licence", "list", "--home", home, "--limit", "1000", "--format", "json").objects()
    return [row["identifier"] for row in rows if row["state"] == "issued"]


def test_each_row_is_one_licence_however_often_it_is_asked_for(
    many: Callable[..., Ran], terminal: Terminal, home: Path, tmp_path: Path
) -> None:
    _write(tmp_path / "rows.csv", 2)
    checked = many("rows.csv", "--check")
    assert (checked.status, checked.objects()) == (0, [{"rows": 2, "faulty": 0}])
    assert _register(terminal, home) == []
    first = many("rows.csv", "--jobs", "1")
    assert (first.status, [(each["row"], each["status"]) for each in first.objects()]) == (
        0,
        [(2, "issued"), (3, "issued")],
    )
    issued = {each["identifier"] for each in first.objects()}
    assert set(_register(terminal, home)) == issued
    out = tmp_path / "out"
    for identifier in issued:
        assert terminal.run("verify", out / f"{identifier}.pdf", "--home", home, "--offline").status == 0
    assert [(each["row"], each["identifier"]) for each in _summary(out)] == [
        (str(each["row"]), each["identifier"]) for each in first.objects()
    ]
    assert "示例" not in (out / SUMMARY).read_text("utf-8")

    # the same rows as lines of JSON with one more, one document lost
    lines = [json.dumps(_company(order)) for order in range(3)]
    (tmp_path / "rows.ndjson").write_text("\n".join(lines), "utf-8")
    lost = out / f"{first.objects()[0]['identifier']}.pdf"
    whole = lost.read_bytes()
    lost.unlink()
    again = many("rows.ndjson", "--jobs", "1")
    told = {each["row"]: each for each in again.objects()}
    assert {row: each["status"] for row, each in told.items()} == {
        1: "already-issued",
        2: "already-issued",
        3: "issued",
    }
    assert {told[1]["identifier"], told[2]["identifier"]} == issued
    assert lost.read_bytes() == whole
    assert len(_register(terminal, home)) == 3

    # a file under a document's name that is not it was not written by us, and is told
    lost.write_bytes(b"")
    told = {each["row"]: each for each in many("rows.ndjson", "--jobs", "1").objects()}
    assert [(each["row"], each["code"]) for each in told.values() if each["status"] == "failed"] == [
        (1, "app:output:exists")
    ]
    lost.unlink()
    assert many("rows.ndjson", "--jobs", "1").status == 0
    assert lost.read_bytes() == whole

    # under another name of the batch it is another licence
    (tmp_path / "one.ndjson").write_text(lines[0], "utf-8")
    other = many("one.ndjson", "--batch", "second", "--jobs", "1")
    assert other.objects()[0]["status"] == "issued"
    assert other.objects()[0]["identifier"] not in issued


def test_a_row_that_is_wrong_keeps_all_from_being_issued(
    many: Callable[..., Ran], terminal: Terminal, home: Path, tmp_path: Path
) -> None:
    lines = [
        json.dumps(each) for each in (_company(0), {**_company(1), "credit_code": "91990100MA7TR0010Z"}, _company(0))
    ]
    (tmp_path / "rows.ndjson").write_text("\n".join(lines), "utf-8")
    for more in ((), ("--check",)):
        ran = many("rows.ndjson", *more)
        assert (ran.status, ran.code) == (DATA, "esign:licence-rows:faulty")
        assert [(each["row"], each["field"], each["code"]) for each in ran.objects()] == [
            (2, "credit_code", "esign:holder:code"),
            (3, None, "esign:licence-rows:twice"),
        ]
        assert all(each["remedy"]["zh"] and each["remedy"]["en"] for each in ran.objects())
        assert "91990100" not in ran.out + ran.err
    assert _register(terminal, home) == []
    assert not (tmp_path / "out").exists()


def test_refusals_of_a_whole_run(
    many: Callable[..., Ran], terminal: Terminal, home: Path, secret: tuple[str, str], tmp_path: Path
) -> None:
    _write(tmp_path / "rows.csv", 1)
    many("rows.csv", "--esl", "no.esl").require_refusal("app:call:usage", USAGE)
    many("rows.csv", "--batch", "n" * 65).require_refusal("app:call:usage", USAGE)
    many("rows.csv", "--type", "no-such").require_refusal("esign:licence:type", MISSING)
    many("rows.csv", "--as", "ofd").require_refusal("esign:seal:none-fits", MISSING)
    without = ("licence", "issue-many", tmp_path / "rows.csv", "--type", "business-licence", "--home", home, *secret)
    terminal.run(*without).require_refusal("app:call:usage", USAGE)
    (tmp_path / "out").mkdir()
    with (tmp_path / "out" / LOCK).open("wb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        many("rows.csv").require_refusal("app:batch:running", CONFLICT)
    assert _register(terminal, home) == []


def test_a_row_that_fails_costs_no_other(
    many: Callable[..., Ran], terminal: Terminal, home: Path, tmp_path: Path
) -> None:
    _write(tmp_path / "one.csv", 1)
    _write(tmp_path / "two.csv", 2)
    (first,) = many("one.csv", "--jobs", "1").objects()
    document = tmp_path / "out" / first["files"][0]
    document.unlink()
    document.mkdir()  # where the document was, nothing can be written any more
    ran = many("two.csv", "--jobs", "1")
    assert (ran.status, [each["status"] for each in ran.objects()]) == (1, ["failed", "issued"])
    assert [each["code"] for each in _summary(tmp_path / "out")] == ["app:output:exists", ""]
    assert len(_register(terminal, home)) == 2
    document.rmdir()
    assert [each["status"] for each in many("two.csv", "--jobs", "1").objects()] == ["already-issued", "already-issued"]
    assert document.is_file()


def test_what_is_typed_otherwise_and_says_the_same_is_one_licence(
    many: Callable[..., Ran], terminal: Terminal, home: Path, tmp_path: Path
) -> None:
    for_one_person(home, "real-estate-certificate")
    sample = json.loads((SAMPLE.parents[1] / "real-estate-certificate" / "sample.json").read_bytes())
    typed = {key: value.replace(" | ", "|") if isinstance(value, str) else value for key, value in sample.items()}
    assert typed != sample
    (tmp_path / "both.ndjson").write_text(f"{json.dumps(sample)}\n{json.dumps(typed)}", "utf-8")
    ran = many("both.ndjson", "--type", "real-estate-certificate")
    assert (ran.status, [(each["row"], each["code"]) for each in ran.objects()]) == (
        DATA,
        [(2, "esign:licence-rows:twice")],
    )
    for name, row in (("one.ndjson", sample), ("two.ndjson", typed)):
        (tmp_path / name).write_text(json.dumps(row), "utf-8")
        assert many(name, "--type", "real-estate-certificate", "--jobs", "1").status == 0
    assert len(_register(terminal, home)) == 1


def test_a_licence_of_several_is_found_by_each_of_them(
    many: Callable[..., Ran], terminal: Terminal, home: Path, tmp_path: Path
) -> None:
    for_one_person(home, "real-estate-certificate")
    sample = SAMPLE.parents[1] / "real-estate-certificate" / "sample.json"
    (tmp_path / "rows.ndjson").write_text(json.dumps(json.loads(sample.read_bytes())), "utf-8")
    (issued,) = many("rows.ndjson", "--type", "real-estate-certificate").objects()
    one_more = "990100198109120024"
    for code, found in (("990100198003070014", 1), (one_more, 1), (f"990100198003070014、{one_more}", 0)):
        (tmp_path / "holder").write_text(code, "utf-8")
        for more in ((), ("--state", "issued")):
            words = ("licence", "list", "--holder-file", tmp_path / "holder", *more, "--home", home, "--format", "json")
            ran = terminal.run(*words)
            if found:
                assert [each["identifier"] for each in ran.objects()] == [issued["identifier"]]
            else:
                ran.require_refusal("esign:holder:code", DATA)


@pytest.mark.slow
def test_a_killed_run_is_gone_on_with(
    many: Callable[..., Ran], terminal: Terminal, home: Path, secret: tuple[str, str], tmp_path: Path
) -> None:
    """kill -9 twice while licences are issued by two processes: at the end each row is one licence with its document."""
    _write(tmp_path / "rows.csv", 40)
    words = ("--type", "business-licence", "--out-dir", tmp_path / "out", "--home", home, *secret, "--jobs", "2")
    command = [sys.executable, "-m", "trustkit.app", "licence", "issue-many", tmp_path / "rows.csv", *words]
    told: dict[int, str] = {}
    for _ in range(2):
        with subprocess.Popen(
            [*map(str, command), "--format", "json"], stdout=subprocess.PIPE, env=environment(), start_new_session=True
        ) as run:
            assert run.stdout is not None
            for _ in range(len(told) + 9):
                each = json.loads(run.stdout.readline())
                assert told.setdefault(each["row"], each["identifier"]) == each["identifier"]
            run.send_signal(signal.SIGKILL)
        with (tmp_path / "out" / LOCK).open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # until the workers have ended
    ran = many("rows.csv", "--jobs", "2")
    assert ran.status == 0, ran
    found = {each["row"]: each["identifier"] for each in ran.objects()}
    assert len(found) == 40
    assert told.items() <= found.items()
    assert sorted(_register(terminal, home)) == sorted(found.values())
    assert {path.stem for path in (tmp_path / "out").glob("*.pdf")} == set(found.values())
