"""``trustkit licence issue --as``: a licence as OFD, or as both, judged as anybody would, and exported again."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from esign.licence import making
from esign.licence.ofd_making import licence_ofd
from esign.ofd.read import read_ofd
from tests.support.authority import SAMPLE, for_one_person
from tests.support.home_seal import seal_of_home
from trustkit.clock import CHINA, SystemClock
from trustkit.errors import ErrorCode

if TYPE_CHECKING:
    from pathlib import Path

    from esign.ofd.write import WrittenOfd
    from tests.support.terminal import Terminal
    from trustkit.app.authority import Authority

USAGE, MISSING, CONFLICT = 64, 66, 73


@pytest.fixture
def ours(authority: Authority, passphrase_file: Path) -> tuple[str, ...]:
    for_one_person(authority.settings.home, "real-estate-certificate")
    return ("--home", str(authority.settings.home), "--passphrase-file", str(passphrase_file))


@pytest.fixture
def seal(authority: Authority, tmp_path: Path) -> Path:
    """Give a seal by the home's maker, which its registry does not know."""
    return seal_of_home(authority, tmp_path / "own.esl")


def _issue(*more: str | Path) -> tuple[str | Path, ...]:
    return ("licence", "issue", "--type", "business-licence", "--data", SAMPLE, *more)


def test_one_licence_in_both_formats(terminal: Terminal, ours: tuple[str, ...], seal: Path, tmp_path: Path) -> None:
    out = tmp_path / "licence.pdf"
    ran = terminal.run(*_issue("--as", "both", "--esl", seal, "--out", out, "--format", "json", *ours))
    assert ran.status == 0, ran.err
    (told,) = ran.objects()
    ofd = out.with_suffix(".ofd")
    assert told["files"] == [str(out), str(ofd)]
    assert [each["format"] for each in told["documents"]] == ["pdf", "ofd"]
    trusted = terminal.run("verify", out, ofd, *ours[:2], "--offline", "--format", "json")
    assert trusted.status == 0, trusted.out
    first, second = trusted.objects()
    assert [first["indication"], second["indication"]] == ["TOTAL-PASSED"] * 2
    assert second["uncovered"] == []
    (metadata,) = read_ofd(ofd.read_bytes()).attached("licence.json")
    assert json.loads(read_ofd(ofd.read_bytes()).package.octets(str(metadata.file)))["ZZBS"] == told["identifier"]
    for kind, path in (("pdf", out), ("ofd", ofd)):
        again = tmp_path / f"again.{kind}"
        words = ("licence", "export", told["identifier"], "--as", kind, "--out", again, *ours[:2])
        assert terminal.run(*words).status == 0
        assert again.read_bytes() == path.read_bytes()
    tampered = tmp_path / "tampered.ofd"
    tampered.write_bytes(ofd.read_bytes().replace(b"PK\x01\x02", b"PK\x01\x03", 1))
    assert terminal.run("verify", tampered, *ours[:2], "--offline").status != 0


def test_nothing_is_issued_that_could_not_be_written(
    terminal: Terminal, ours: tuple[str, ...], seal: Path, tmp_path: Path
) -> None:
    both = _issue("--as", "both", "--esl", seal, *ours)
    for name in ("licence", "licence.ofd"):  # both documents would have one name
        terminal.run(*both, "--out", tmp_path / name).require_refusal("app:call:usage", USAGE)
    (tmp_path / "licence.ofd").write_bytes(b"of somebody else")
    terminal.run(*both, "--out", tmp_path / "licence.pdf").require_refusal("app:output:exists", CONFLICT)
    trail = terminal.run("audit", "list", *ours[:2], "--format", "json").objects()
    assert not [each for each in trail if each["type"].startswith("esign:licence")]


def test_a_licence_as_ofd_alone_and_its_revocation(
    terminal: Terminal, ours: tuple[str, ...], seal: Path, tmp_path: Path
) -> None:
    out = tmp_path / "licence.ofd"
    ran = terminal.run(*_issue("--as", "ofd", "--esl", seal, "--out", out, "--format", "json", *ours))
    assert ran.status == 0, ran.err
    identifier = ran.objects()[0]["identifier"]
    terminal.run("licence", "export", identifier, "--as", "pdf", *ours[:2]).require_refusal(
        "esign:licence:missing", MISSING
    )
    assert terminal.run("licence", "revoke", identifier, "--reason", "cancelled", *ours).status == 0
    assert terminal.run("verify", out, *ours[:2], "--offline").status == 1
    trail = terminal.run("audit", "list", *ours[:2], "--format", "json").objects()
    (issued,) = [each for each in trail if each["type"] == "esign:licence:issued"]
    assert "ofd" in json.dumps(issued)


def test_without_a_seal_there_is_no_ofd(terminal: Terminal, ours: tuple[str, ...], seal: Path) -> None:
    terminal.run(*_issue("--as", "ofd", *ours)).require_refusal("esign:seal:none-fits", MISSING)
    terminal.run(*_issue("--esl", seal, *ours)).require_refusal("app:call:usage", USAGE)
    trail = terminal.run("audit", "list", *ours[:2], "--format", "json").objects()
    assert not [each for each in trail if each["type"].startswith("esign:licence")]


def test_a_licence_that_does_not_pass_the_verifier_is_not_issued(
    terminal: Terminal, ours: tuple[str, ...], seal: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def written(*words: object) -> WrittenOfd:
        made = licence_ofd(*words)  # type: ignore[arg-type] # as it is asked
        first, *others = made.files
        return replace(made, files=(replace(first, digest=bytes(32)), *others))

    monkeypatch.setattr(making, "licence_ofd", written)
    out = tmp_path / "licence.ofd"
    ran = terminal.run(*_issue("--as", "ofd", "--esl", seal, "--out", out, *ours))
    assert ran.status != 0
    assert ErrorCode.LICENCE_SELF_CHECK.value in ran.err
    assert not out.exists()
    monkeypatch.undo()
    assert terminal.run(*_issue("--as", "ofd", "--esl", seal, "--out", out, *ours)).status == 0


TYPES = (
    "birth-certificate",
    "construction-permit",
    "food-operation-licence",
    "permit",
    "physician-qualification",
    "real-estate-certificate",
    "road-transport-licence",
)


def _in_force(sample: Path, out: Path) -> Path:
    """Write a sample whose term, where it has one, is that of a licence in force whenever these tests run."""
    today = SystemClock().now().astimezone(CHINA).date()
    fields = json.loads(sample.read_bytes())
    term = {"valid_from": today - timedelta(days=1), "valid_to": today + timedelta(days=300)}
    fields |= {key: str(day) for key, day in term.items() if key in fields}
    out.write_text(json.dumps(fields, ensure_ascii=False), "utf-8")
    return out


def test_every_type_is_issued_judged_and_refused_when_tampered_with(
    terminal: Terminal, ours: tuple[str, ...], seal: Path, tmp_path: Path
) -> None:
    documents: list[Path] = []
    for name in TYPES:
        out = tmp_path / f"{name}.pdf"
        data = _in_force(SAMPLE.parents[1] / name / "sample.json", tmp_path / f"{name}.json")
        told: tuple[str | Path, ...] = ("--as", "both", "--esl", seal, "--out", out, *ours)
        ran = terminal.run("licence", "issue", "--type", name, "--data", data, *told)
        assert ran.status == 0, (name, ran.err)
        documents += [out, out.with_suffix(".ofd")]
    ran = terminal.run("verify", *documents, *ours[:2], "--offline", "--format", "json")
    assert ran.status == 0, ran.out
    assert [each["indication"] for each in ran.objects()] == ["TOTAL-PASSED"] * 2 * len(TYPES)
    for each in documents:
        octets = bytearray(each.read_bytes())
        octets[len(octets) // 3] ^= 1
        each.write_bytes(octets)
    ran = terminal.run("verify", *documents, *ours[:2], "--offline", "--format", "json")
    assert "TOTAL-PASSED" not in {each.get("indication") for each in ran.objects()}
    card = SAMPLE.parents[1] / "resident-identity-card" / "sample.json"
    refused = terminal.run("licence", "issue", "--type", "resident-identity-card", "--data", card, *ours)
    refused.require_refusal("esign:licence:type", MISSING)
    assert "the police issue it" in refused.err
