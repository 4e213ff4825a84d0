"""``trustkit sign --level b-lta``: signed, complete, and under an archive time stamp, by the seal and by keys of one's own."""

from __future__ import annotations

from datetime import timedelta
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


@pytest.fixture
def secret(passphrase_file: Path) -> tuple[str, str]:
    return ("--passphrase-file", str(passphrase_file))


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
    words = ("sign", contract.parent, *LEVEL, *rest)
    assert [each["status"] for each in terminal.run(*words).objects()] == ["signed"]
    (out / ".trustkit-sign.jsonl").unlink()
    assert [each["status"] for each in terminal.run(*words).objects()] == ["already-signed"]
    other = ("sign", contract.parent, "--level", "b-lt", *rest)
    (out / ".trustkit-sign.jsonl").unlink()
    assert [each["code"] for each in terminal.run(*other).objects()] == ["app:output:exists"]


def test_own_keys_archive_by_the_authority_asked(
    terminal: Terminal, contract: Path, secret: tuple[str, str], tmp_path: Path
) -> None:
    world, now = PkiWorld(), SystemClock().now()
    official = make_person(world, tmp_path, "official")
    root, lists = tmp_path / "root.pem", tmp_path / "lists"
    root.write_bytes(encode_pem("CERTIFICATE", world.root.der))
    lists.mkdir()
    for issuer in (world.root, world.issuing):
        own = world.crl(issuer=issuer, this_update=now - timedelta(hours=1), next_update=now + timedelta(days=1))
        (lists / f"{issuer.certificate.serial:x}.crl").write_bytes(own.der)
    tsa = world.issue("tsa", usage=("digitalSignature",), purposes=("timeStamping",), not_before=FROM, not_after=UNTIL)
    bent = {"signer": tsa.signer, "certificate": tsa.certificate}
    own_key = (*LEVEL, *official.options, *secret)
    terminal.run("sign", contract, *own_key).require_refusal("app:call:usage", USAGE)
    with listening(lambda body: reply_to(world, parse_request(body), **bent)) as url:
        words = ("--trust", root, "--evidence", lists, "--tsa", url)
        assert terminal.run("sign", contract, *own_key, *words).status == 0
    signed = contract.with_name("contract.signed.pdf")
    assert [each.form for each in read_pdf(signed.read_bytes()).signatures] == FORMS
    (verdict,) = terminal.run("verify", signed, "--trust", root, "--offline", *JSON).objects()
    assert verdict["indication"] == "TOTAL-PASSED"
