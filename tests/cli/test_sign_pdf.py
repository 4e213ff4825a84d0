"""``trustkit sign`` of one PDF: with the seal, with keys of one's own, in every form and level, and what is refused."""

# pyHanko ships its types with gaps:
# mypy: allow-untyped-calls

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from pyhanko.sign.fields import SigFieldSpec

from esign.pdf.model import CertificationLevel, FieldLock, LockAction
from esign.pdf.read import read_pdf
from esign.pdf.verify import verify_pdf_signature
from tests.support.people import FROM, UNTIL, Person, make_person
from tests.support.pki import PkiWorld
from tests.support.signed_forms import with_fields, with_texts
from tests.support.signed_pdf import sample_page
from tests.support.stamping import listening, reply_to
from trustkit.clock import SystemClock
from trustkit.crypto.public_key import KeyKind
from trustkit.encoding.pem import encode_pem
from trustkit.timestamp.request import parse_request

if TYPE_CHECKING:
    from pathlib import Path

    from esign.pdf.model import UnverifiedPdf
    from tests.support.terminal import Ran, Terminal

CONFLICT, USAGE, DATA, MISSING = 73, 64, 65, 66


@pytest.fixture(scope="module")
def world() -> PkiWorld:
    return PkiWorld()


@pytest.fixture(scope="module")
def official(world: PkiWorld, tmp_path_factory: pytest.TempPathFactory) -> Person:
    return make_person(world, tmp_path_factory.mktemp("official"), "official")


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return sample_page(tmp_path_factory.mktemp("page"))


@pytest.fixture
def contract(tmp_path: Path, page: bytes) -> Path:
    path = tmp_path / "contract.pdf"
    path.write_bytes(page)
    return path


def read_back(path: Path) -> UnverifiedPdf:
    pdf = read_pdf(path.read_bytes())
    for signature in pdf.signatures:
        verify_pdf_signature(pdf, signature)
    return pdf


def test_the_seal_signs_inside_the_file_and_tells_the_trail(
    terminal: Terminal, home: Path, contract: Path, page: bytes, secret: tuple[str, str]
) -> None:
    words = ("--reason", "同意", "--location", "示例市", "--contact", "12345", "--format", "json")
    (told,) = terminal.run("sign", contract, "--home", home, *secret, *words).objects()
    signed = contract.with_name("contract.signed.pdf")
    assert told == {"file": str(signed), "form": "pades", "level": "b-t", "octets": signed.stat().st_size}
    assert contract.read_bytes() == page
    (signature,) = read_back(signed).signatures
    assert (signature.reason, signature.location, signature.certification) == ("同意", "示例市", None)
    (verdict,) = terminal.run("verify", signed, "--home", home, "--offline", "--format", "json").objects()
    assert verdict["signatures"][0]["indication"] == "TOTAL-PASSED"
    trail = terminal.run("audit", "list", "--home", home, "--format", "json").objects()
    acts = [event for event in trail if event["type"].startswith("esign:pdf")]
    assert [event["type"] for event in acts] == ["esign:pdf:intended", "esign:pdf:signed"]
    assert {event["object_id"] for event in acts} == {acts[0]["object_id"]}
    assert "contract" not in str(acts)
    terminal.run("sign", contract, "--home", home, *secret).require_refusal("app:output:exists", CONFLICT)


def test_the_seal_signs_with_all_that_judging_takes(
    terminal: Terminal, home: Path, contract: Path, secret: tuple[str, str]
) -> None:
    words = ("--level", "b-lt", "--certify", "form-filling", "--home", home)
    assert terminal.run("sign", contract, *words, *secret).status == 0
    pdf = read_back(contract.with_name("contract.signed.pdf"))
    assert pdf.signatures[0].certification is CertificationLevel.FORM_FILLING
    assert len(pdf.embedded_evidence.crls) == 2
    assert len(pdf.embedded_evidence.certificates) == 4


def test_what_cannot_be_signed_is_refused_before_the_key_is_used(
    terminal: Terminal, home: Path, contract: Path, secret: tuple[str, str]
) -> None:
    last = contract.with_name("last.pdf")
    own = ("--home", home, *secret)
    assert terminal.run("sign", contract, "--certify", "no-changes", *own, "--out", last).status == 0
    terminal.run("sign", last, *own).require_refusal("esign:pdf:forbids", CONFLICT)
    trail = terminal.run("audit", "list", "--home", home, "--format", "json").objects()
    assert sum(event["type"] == "esign:pdf:intended" for event in trail) == 1


@pytest.mark.parametrize("form", ["pades", "gbt35275-pdf"])
def test_own_keys_sign_without_a_stamp(
    terminal: Terminal, contract: Path, official: Person, secret: tuple[str, str], form: str
) -> None:
    out = contract.with_name("out.pdf")
    assert terminal.run("sign", contract, "--form", form, *official.options, *secret, "--out", out).status == 0
    pdf = read_back(out)
    octets = verify_pdf_signature(pdf, pdf.signatures[0]).octets
    assert (octets.form, octets.certificate) == (form.removesuffix("-pdf"), official.member.certificate)
    assert octets.timestamp_tokens == ()


def test_several_sign_in_their_fields_in_turn(
    terminal: Terminal, contract: Path, world: PkiWorld, official: Person, secret: tuple[str, str]
) -> None:
    auditor = make_person(world, contract.parent, "auditor", kind=KeyKind.EC_P256)
    contract.write_bytes(with_fields(contract.read_bytes(), SigFieldSpec("甲方"), SigFieldSpec("乙方")))
    both, out = (*official.options, *auditor.options), contract.with_name("out.pdf")
    words = ("--field", "乙方", "--field", "甲方", "--lock-all", "--then-only", "no-changes", "--out", out)
    assert terminal.run("sign", contract, *both, *secret, *words).status == 0
    first, second = read_back(out).signatures
    assert (first.field_name, second.field_name) == ("乙方", "甲方")
    lock = FieldLock(action=LockAction.ALL, level=CertificationLevel.NO_CHANGES)
    assert (first.lock, second.lock) == (None, lock)
    refused = terminal.run("sign", contract, *both, *secret, "--field", "甲方", "--out", out)
    refused.require_refusal("app:output:exists", CONFLICT)
    other = ("--out", contract.with_name("other.pdf"))
    one = terminal.run("sign", contract, *both, *secret, "--field", "甲方", *other)
    one.require_refusal("app:call:usage", USAGE)
    terminal.run("sign", contract, *official.options, *secret, *other).require_refusal("app:call:usage", USAGE)
    missing = terminal.run("sign", contract, *official.options, *secret, "--field", "丙方", *other)
    missing.require_refusal("esign:pdf:field", MISSING)
    assert "甲方" in missing.err


@pytest.mark.parametrize(
    "case",
    [
        (("--lock", "one"), FieldLock(action=LockAction.INCLUDE, fields=("one",))),
        (("--lock", "two", "--lock", "one"), FieldLock(action=LockAction.INCLUDE, fields=("two", "one"))),
        (("--lock-all-but", "one"), FieldLock(action=LockAction.EXCLUDE, fields=("one",))),
    ],
)
def test_locks(
    terminal: Terminal,
    contract: Path,
    official: Person,
    secret: tuple[str, str],
    case: tuple[tuple[str, ...], FieldLock],
) -> None:
    words, lock = case
    contract.write_bytes(with_texts(contract.read_bytes(), "one", "two"))
    assert terminal.run("sign", contract, *official.options, *secret, *words).status == 0
    assert read_back(contract.with_name("contract.signed.pdf")).signatures[0].lock == lock


def test_own_keys_with_a_stamp_and_all_that_judging_takes(
    terminal: Terminal, contract: Path, world: PkiWorld, official: Person, secret: tuple[str, str]
) -> None:
    root, lists, now = contract.with_name("root.pem"), contract.with_name("lists"), SystemClock().now()
    root.write_bytes(encode_pem("CERTIFICATE", world.root.der))
    lists.mkdir()
    for issuer in (world.root, world.issuing):
        own = world.crl(issuer=issuer, this_update=now - timedelta(hours=1), next_update=now + timedelta(days=1))
        (lists / f"{issuer.certificate.serial:x}.crl").write_bytes(own.der)
    tsa = world.issue("tsa", usage=("digitalSignature",), purposes=("timeStamping",), not_before=FROM, not_after=UNTIL)
    bent = {"signer": tsa.signer, "certificate": tsa.certificate}
    stamped, complete = contract.with_name("stamped.pdf"), contract.with_name("complete.pdf")
    own_key = (*official.options, *secret)
    with listening(lambda body: reply_to(world, parse_request(body), **bent)) as url:
        assert terminal.run("sign", contract, *own_key, "--tsa", url, "--out", stamped).status == 0
        words = ("--tsa", url, "--level", "b-lt", "--out", complete, "--trust", root)
        terminal.run("sign", contract, *own_key, *words).require_refusal("timestamp:authority:untrusted", DATA)
        ran = terminal.run("sign", contract, *own_key, *words, "--evidence", lists)
        assert ran.status == 0, ran.err
    assert read_back(stamped).embedded_evidence.crls == ()
    assert len(read_back(complete).embedded_evidence.crls) == 2
    (verdict,) = terminal.run("verify", complete, "--trust", root, "--offline", "--format", "json").objects()
    assert verdict["signatures"][0]["indication"] == "TOTAL-PASSED"


def test_a_pdf_becomes_a_message_where_words_say_so(
    terminal: Terminal, contract: Path, official: Person, secret: tuple[str, str]
) -> None:
    for words, name in ((("--form", "rfc5652"), "contract.pdf.p7s"), (("--attached",), "contract.pdf.p7m")):
        assert terminal.run("sign", contract, *words, *official.options, *secret).status == 0
        assert contract.with_name(name).is_file()


WORDS: list[tuple[str, ...]] = [
    ("--lock", "a", "--lock-all"),
    ("--then-only", "no-changes"),
    ("--form", "rfc5652", "--reason", "r"),
    ("--form", "pades", "--attached"),
    ("--reason", "r", "--attached"),
    ("--level", "b-t"),
    ("--level", "b-lt"),
    ("--out-dir", "a", "--out", "b"),
    ("--out-dir", "a", "--form", "rfc5652"),
    ("--out-dir", "a", "--attached"),
    ("--lock", "nobody"),
]


@pytest.mark.parametrize("words", WORDS, ids=[" ".join(words) for words in WORDS])
def test_words_that_do_not_go_together(
    terminal: Terminal, contract: Path, official: Person, secret: tuple[str, str], words: tuple[str, ...]
) -> None:
    ran: Ran = terminal.run("sign", contract, *official.options, *secret, *words)
    ran.require_refusal("app:call:usage", USAGE)
    assert list(contract.parent.glob("*.signed.pdf")) == []


def test_what_is_no_pdf_is_told_so(
    terminal: Terminal, tmp_path: Path, official: Person, secret: tuple[str, str]
) -> None:
    text = tmp_path / "text"
    text.write_bytes(b"no PDF")
    ran = terminal.run("sign", text, "--form", "pades", *official.options, *secret)
    ran.require_refusal("esign:pdf:malformed", DATA)
    terminal.run("sign", tmp_path / "absent", *secret).require_refusal("app:input:unreadable", MISSING)


def test_the_help_stands_in_groups(terminal: Terminal) -> None:
    told = terminal.run("sign", "--help").out
    headings = ("What comes out:", "Who signs:", "PDF: what the signature says", "Many files:", "Messages (for files")
    places = [told.index(heading) for heading in headings]
    assert places == sorted(places)
    assert told.index("--out-dir") > told.index("Many files:")
