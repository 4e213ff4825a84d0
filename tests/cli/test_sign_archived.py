"""``trustkit sign --level b-lta``: signed, complete, and under an archive time stamp, by the seal and by keys of one's own."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import chain, repeat
from typing import TYPE_CHECKING

import pytest

from esign.pdf.model import SignatureForm
from esign.pdf.read import read_pdf
from tests.support.people import FROM, UNTIL, make_person
from tests.support.pki import PkiWorld
from tests.support.stamping import listening, reply_to
from tests.unit.verifier.licences import page as plain_page
from trustkit.clock import SystemClock
from trustkit.encoding.pem import encode_pem
from trustkit.timestamp.request import parse_request

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.terminal import Terminal

USAGE = 64
LEVEL, JSON = ("--level", "b-lta"), ("--format", "json")
FORMS = [SignatureForm.CMS, SignatureForm.RFC3161]


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return plain_page(tmp_path_factory.mktemp("page"), name="notes.json")


@pytest.fixture
def contract(tmp_path: Path, page: bytes) -> Path:
    (tmp_path / "in").mkdir()
    path = tmp_path / "in" / "contract.pdf"
    path.write_bytes(page)
    return path


@pytest.mark.parametrize("form", ["pades", "gbt35275-pdf"])
def test_the_seal_signs_and_its_home_archives(
    terminal: Terminal, home: Path, contract: Path, secret: tuple[str, str], form: str
) -> None:
    own = ("--home", home, *secret)
    ran = terminal.run("sign", contract, *LEVEL, "--form", form, "--certify", "no-changes", *own, *JSON)
    (told,) = ran.objects()
    signed = contract.with_name("contract.signed.pdf")
    assert told["level"] == "b-lta"
    pdf = read_pdf(signed.read_bytes())
    assert [each.form for each in pdf.signatures] == FORMS
    assert pdf.signatures[-1].covers_whole_file
    (verdict,) = terminal.run("verify", signed, "--home", home, "--offline", *JSON).objects()
    assert verdict["indication"] == "TOTAL-PASSED"
    (prospect,) = terminal.run("renew", signed, "--dry-run", "--home", home, *JSON).objects()
    assert (prospect["status"], prospect["prospect"]["proof"]) == ("not-due", "archive-stamp")
    trail = terminal.run("audit", "list", "--home", home, *JSON).objects()
    assert [each["type"] for each in trail].count("ca:timestamp:issued") == 2


def test_a_batch_knows_what_it_archived(
    terminal: Terminal, home: Path, contract: Path, secret: tuple[str, str]
) -> None:
    out = contract.parent.with_name("out")
    rest = ("--out-dir", out, "--home", home, *secret, *JSON)
    words = ("sign", contract.parent, *LEVEL, "--certify", "form-filling", *rest)
    assert [each["status"] for each in terminal.run(*words).objects()] == ["signed"]
    (out / ".trustkit-sign.jsonl").unlink()
    assert [each["status"] for each in terminal.run(*words).objects()] == ["already-signed"]
    for more in (("--level", "b-lt"), (*LEVEL, "--certify", "no-changes")):
        (out / ".trustkit-sign.jsonl").unlink()
        other = ("sign", contract.parent, *more, *rest)
        assert [each["code"] for each in terminal.run(*other).objects()] == ["app:output:exists"]


def test_own_keys_archive_by_the_authority_asked(
    terminal: Terminal, contract: Path, secret: tuple[str, str], tmp_path: Path
) -> None:
    world, now = PkiWorld(), SystemClock().now()
    official = make_person(world, tmp_path, "official")
    root, lists = tmp_path / "root.pem", tmp_path / "lists"
    root.write_bytes(encode_pem("CERTIFICATE", world.root.der))
    lists.mkdir()
    kept = _lists(world, now)
    stranger = PkiWorld(organisation="别处市政务服务管理局")
    strange = (*_lists(stranger, now), stranger.root.der, stranger.issuing.der, stranger.signer.der)
    for number, der in enumerate((*kept, *strange)):
        (lists / f"{number}.der").write_bytes(der)
    tsa = world.issue("tsa", usage=("digitalSignature",), purposes=("timeStamping",), not_before=FROM, not_after=UNTIL)
    bent = {"signer": tsa.signer, "certificate": tsa.certificate}
    own_key = (*LEVEL, *official.options, *secret)
    terminal.run("sign", contract, *own_key).require_refusal("app:call:usage", USAGE)
    with listening(lambda body: reply_to(world, parse_request(body), **bent)) as url:
        words = ("--trust", root, "--evidence", lists, "--tsa", url)
        assert terminal.run("sign", contract, *own_key, *words).status == 0
    signed = contract.with_name("contract.signed.pdf")
    pdf = read_pdf(signed.read_bytes())
    assert [each.form for each in pdf.signatures] == FORMS
    inside = pdf.embedded_evidence
    assert set(inside.crls) == set(kept)  # and nothing of those that nobody needs
    assert not set(inside.certificates) & set(strange)
    assert {official.member.der, tsa.der, world.root.der, world.issuing.der} <= set(inside.certificates)
    (verdict,) = terminal.run("verify", signed, "--trust", root, "--offline", *JSON).objects()
    assert verdict["indication"] == "TOTAL-PASSED"


@pytest.mark.parametrize("level", ["b-lt", "b-lta"])
def test_an_authority_may_stamp_by_several_units(
    terminal: Terminal, contract: Path, secret: tuple[str, str], tmp_path: Path, level: str
) -> None:
    world, elsewhere, now = PkiWorld(), PkiWorld(organisation="别处市政务服务管理局"), SystemClock().now()
    official = make_person(world, tmp_path, "official")
    trust, lists = tmp_path / "trust", tmp_path / "lists"
    trust.mkdir()
    lists.mkdir()
    bends, units = [], []
    for number, each in enumerate((world, elsewhere)):
        (trust / f"{number}.der").write_bytes(each.root.der)
        for index, der in enumerate((*_lists(each, now), each.issuing.der)):
            (lists / f"{number}-{index}.der").write_bytes(der)
        unit = each.issue(
            "unit", usage=("digitalSignature",), purposes=("timeStamping",), not_before=FROM, not_after=UNTIL
        )
        units.append(unit.der)
        above = (each.issuing.certificate,)
        bends.append({"signer": unit.signer, "certificate": unit.certificate, "chain": above})
    turns = chain(bends, repeat(bends[1]))  # the first answers once, before the file is there
    with listening(lambda body: reply_to(world, parse_request(body), **next(turns))) as url:
        own = (*official.options, *secret)
        ran = terminal.run(
            "sign", contract, "--level", level, *own, "--trust", trust, "--evidence", lists, "--tsa", url
        )
    assert ran.status == 0, ran.err
    signed = contract.with_name("contract.signed.pdf")
    (verdict,) = terminal.run("verify", signed, "--trust", trust, "--offline", *JSON).objects()
    assert verdict["indication"] == "TOTAL-PASSED"
    pdf = read_pdf(signed.read_bytes())
    assert len(pdf.signatures) == (1 if level == "b-lt" else 2)
    assert set(units) <= set(pdf.embedded_evidence.certificates)


def test_lists_of_the_authority_that_stamps_are_kept_and_those_of_earlier_signatures(
    terminal: Terminal, contract: Path, secret: tuple[str, str], tmp_path: Path
) -> None:
    """Two signers of two authorities, each in a run of his own, stamped by a third: each file has what its signatures need."""
    now = SystemClock().now()
    worlds = [PkiWorld(organisation=f"第{number}市政务服务管理局") for number in range(4)]
    trust, lists = tmp_path / "trust", tmp_path / "lists"
    trust.mkdir()
    lists.mkdir()
    needed = [set(_lists(world, now)) for world in worlds]
    for number, world in enumerate(worlds):
        (trust / f"{number}.der").write_bytes(world.root.der)
        for each, der in enumerate((*needed[number], world.issuing.der)):
            (lists / f"{number}-{each}.der").write_bytes(der)
    tsa = worlds[2].issue(
        "tsa", usage=("digitalSignature",), purposes=("timeStamping",), not_before=FROM, not_after=UNTIL
    )
    bent = {"signer": tsa.signer, "certificate": tsa.certificate}
    people = [make_person(world, tmp_path, f"official{number}") for number, world in enumerate(worlds[:2])]
    with listening(lambda body: reply_to(worlds[2], parse_request(body), **bent)) as url:
        words = ("--level", "b-lt", "--trust", trust, "--evidence", lists, "--tsa", url, *secret)
        first, second = tmp_path / "first.pdf", tmp_path / "second.pdf"
        assert terminal.run("sign", contract, *people[0].options, *words, "--out", first).status == 0
        assert set(read_pdf(first.read_bytes()).embedded_evidence.crls) == needed[0] | needed[2]
        assert terminal.run("sign", first, *people[1].options, *words, "--out", second).status == 0
    assert set(read_pdf(second.read_bytes()).embedded_evidence.crls) == needed[0] | needed[1] | needed[2]
    (verdict,) = terminal.run("verify", second, "--trust", trust, "--offline", *JSON).objects()
    assert verdict["indication"] == "TOTAL-PASSED"


def _lists(world: PkiWorld, now: datetime) -> tuple[bytes, ...]:
    since = now.replace(microsecond=0) - timedelta(hours=1)
    issuers = (world.root, world.issuing)
    return tuple(
        world.crl(issuer=each, revoked={}, this_update=since, next_update=since + timedelta(days=1)).der
        for each in issuers
    )
