"""``trustkit sign`` by several, ``encrypt``, ``decrypt``, ``bag``: the doors of messages, as people and programs use them."""

from __future__ import annotations

import stat
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.support.authority import PASSPHRASE
from tests.support.people import FROM, UNTIL, Person, make_person
from tests.support.pki import ENCRYPTION_USAGE, SIGNING_USAGE, PkiWorld
from tests.support.stamping import listening, reply_to
from trustkit.clock import SystemClock
from trustkit.cms.cosign import SigningParty
from trustkit.cms.oids import SIGNATURE_TIME_STAMP
from trustkit.cms.read import parse_signed_message
from trustkit.cms.sign_encrypt import sign_and_encrypt
from trustkit.crypto.digest import DigestAlgorithm
from trustkit.crypto.public_key import KeyKind
from trustkit.custody.passphrase import Passphrase
from trustkit.custody.pbes2 import Protection
from trustkit.custody.pkcs8 import MIN_ITERATIONS
from trustkit.custody.pkcs12 import Pkcs12Contents, write_pkcs12
from trustkit.custody.private_key import generate_key
from trustkit.encoding.pem import encode_pem
from trustkit.timestamp.read import parse_token
from trustkit.timestamp.request import parse_request
from trustkit.timestamp.verify import verify_token

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.terminal import Terminal

CONTENT = "会议纪要\n".encode() * 30
FAILED, OPEN, USAGE, UNTRUSTED, LATER = 1, 2, 64, 65, 75


@pytest.fixture(scope="module")
def world() -> PkiWorld:
    return PkiWorld()


@pytest.fixture(scope="module")
def people(world: PkiWorld, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Person]:
    folder = tmp_path_factory.mktemp("people")
    return {
        name: make_person(world, folder, name, usage, kind)
        for name, usage, kind in (
            ("official", SIGNING_USAGE, KeyKind.SM2),
            ("auditor", SIGNING_USAGE, KeyKind.EC_P256),
            ("reader", ENCRYPTION_USAGE, KeyKind.SM2),
            ("partner", ENCRYPTION_USAGE, KeyKind.RSA),
        )
    }


@dataclass(frozen=True)
class Desk:
    """A file to sign, the option that names the passphrase, and room for results."""

    file: Path
    secret: tuple[str, str]
    folder: Path


@pytest.fixture
def desk(tmp_path: Path, passphrase_file: Path) -> Desk:
    path = tmp_path / "minutes.txt"
    path.write_bytes(CONTENT)
    return Desk(path, ("--passphrase-file", str(passphrase_file)), tmp_path)


def test_several_sign_with_keys_of_their_own(terminal: Terminal, desk: Desk, people: dict[str, Person]) -> None:
    file, secret = desk.file, desk.secret
    keys = (*people["official"].options, *people["auditor"].options)
    (told,) = terminal.run("sign", file, *keys, *secret, "--format", "json").objects()
    assert told["file"] == f"{file}.p7s"
    (verdict,) = terminal.run("verify", told["file"], "--content", file, "--offline", "--format", "json").objects()
    assert {each["signer"].partition("CN=")[2][:8] for each in verdict["signatures"]} == {"official", "auditor"}
    assert verdict["indication"] == "INDETERMINATE"  # nobody is trusted here


def test_adding_and_countersigning(terminal: Terminal, desk: Desk, people: dict[str, Person]) -> None:
    file, secret, tmp_path = desk.file, desk.secret, desk.folder
    first, second, third = (tmp_path / name for name in ("first.p7s", "second.p7s", "third.p7s"))
    form = ("--form", "rfc5652")
    assert terminal.run("sign", file, *form, *people["official"].options, *secret, "--out", first).status == 0
    added = terminal.run("sign", file, "--add", first, *people["auditor"].options, *secret, "--out", second)
    assert added.status == 0
    assert len(parse_signed_message(second.read_bytes()).signers) == 2
    (earlier,) = parse_signed_message(first.read_bytes()).signers
    assert earlier in parse_signed_message(second.read_bytes()).signers
    seen = terminal.run(
        "sign", file, "--add", first, "--countersign", "1", *people["auditor"].options, *secret, "--out", third
    )
    assert seen.status == 0
    verdict = terminal.run("verify", third, "--content", file, "--offline", "--format", "json").out
    assert "countersigned, trust not judged" in verdict
    other = tmp_path / "other"
    other.write_bytes(b"other")
    refused = terminal.run("sign", other, "--add", first, *people["auditor"].options, *secret)
    refused.require_refusal("cms:digest:mismatch", UNTRUSTED)
    assert not other.with_name("other.p7s").exists()


def test_the_seal_signs_beside_others(terminal: Terminal, desk: Desk, home: Path, people: dict[str, Person]) -> None:
    file, secret, tmp_path = desk.file, desk.secret, desk.folder
    first, second = tmp_path / "first.p7s", tmp_path / "second.p7s"
    assert terminal.run("sign", file, *people["auditor"].options, *secret, "--out", first).status == 0
    keys = ("--home", str(home), *secret)
    assert terminal.run("sign", file, "--add", first, *keys, "--out", second).status == 0
    (verdict,) = terminal.run(
        "verify", second, "--content", file, "--home", home, "--offline", "--format", "json"
    ).objects()
    assert sorted(each["indication"] for each in verdict["signatures"]) == ["INDETERMINATE", "TOTAL-PASSED"]
    assert sorted(each["time_proved"] for each in verdict["signatures"]) == [False, True]


@pytest.mark.parametrize("reader", ["reader", "partner"])
@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--cipher", "aes256-cbc"),
        ("--cipher", "sm4-ctr", "--unauthenticated"),
        ("--by-key-identifier",),
    ],
    ids=" ".join,
)
def test_encrypting_to_several(
    terminal: Terminal, desk: Desk, people: dict[str, Person], reader: str, options: tuple[str, ...]
) -> None:  # fmt: skip
    file, secret = desk.file, desk.secret
    to = ("--to", people["reader"].certificate, "--to", people["partner"].certificate)
    (told,) = terminal.run("encrypt", file, *to, *options, "--format", "json").objects()
    assert told["recipients"] == 2
    (verdict,) = terminal.run("verify", told["file"], "--offline", "--format", "json").objects()
    assert (verdict["format"], verdict["sub_indication"]) == ("cms", "NOT_SIGNED")
    file.unlink()
    (opened,) = terminal.run(
        "decrypt", told["file"], "--key", people[reader].key, *secret, "--format", "json"
    ).objects()
    assert opened["file"] == str(file)
    assert opened["authenticated"] is told["authenticated"] is ("--cipher" not in options)
    assert opened["verdict"] is None
    assert file.read_bytes() == CONTENT
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_gbt_signed_and_encrypted_in_one(terminal: Terminal, desk: Desk, people: dict[str, Person]) -> None:
    file, secret, tmp_path = desk.file, desk.secret, desk.folder
    official, reader = people["official"], people["reader"]
    to = ("--encrypt-to", reader.certificate, "--form", "gbt35275")
    assert terminal.run("sign", file, *official.options, *to, *secret).status == 0
    message = file.with_name("minutes.txt.p7m")
    out = tmp_path / "opened"
    arguments = ("decrypt", message, "--key", reader.key, "--cert", reader.certificate, "--out", out, "--offline")
    ran = terminal.run(*arguments, *secret, "--format", "json")
    assert ran.status == OPEN  # signed, and nobody is trusted here
    (told,) = ran.objects()
    assert "official" in told["verdict"]["signatures"][0]["signer"]
    assert out.read_bytes() == CONTENT
    out.unlink()
    assert "official" in terminal.run(*arguments, *secret).out


def test_cms_signed_then_encrypted(terminal: Terminal, desk: Desk, home: Path, people: dict[str, Person]) -> None:
    file, secret, tmp_path = desk.file, desk.secret, desk.folder
    partner = people["partner"]
    keys = ("--home", str(home), *secret)
    assert terminal.run("sign", file, "--encrypt-to", partner.certificate, *keys).status == 0
    out = tmp_path / "signed.p7m"
    message = file.with_name("minutes.txt.p7m")
    assert terminal.run("decrypt", message, "--key", partner.key, "--out", out, *secret).status == 0
    assert terminal.run("verify", out, "--home", home, "--offline").status == 0


def test_content_of_a_wrong_signature_is_withheld(
    terminal: Terminal, desk: Desk, world: PkiWorld, people: dict[str, Person]
) -> None:
    secret, tmp_path = desk.secret, desk.folder
    official, reader = people["official"].member, people["reader"]
    party = SigningParty(signer=official.signer, certificate=official.certificate, attributes=None)
    octets = sign_and_encrypt(CONTENT, (party,), recipients=(reader.member.certificate,))
    assert world.root.der not in octets
    signature = octets[-40:-1]
    bent = tmp_path / "bent.p7m"
    bent.write_bytes(octets[:-40] + signature + bytes((octets[-1] ^ 1,)))
    ran = terminal.run("decrypt", bent, "--key", reader.key, *secret)
    ran.require_refusal("crypto:signature:wrong", UNTRUSTED)
    assert "withheld" in ran.err
    assert not (tmp_path / "bent").exists()


def test_bags(terminal: Terminal, desk: Desk, world: PkiWorld, people: dict[str, Person]) -> None:
    file, secret, tmp_path = desk.file, desk.secret, desk.folder
    lists = tmp_path / "list.crl"
    lists.write_bytes(encode_pem("X509 CRL", world.crl().der))
    anchors, bag = tmp_path / "anchors.p7b", tmp_path / "bag.p7b"
    root = tmp_path / "root.cer"
    root.write_bytes(world.root.der)
    (told,) = terminal.run("bag", people["official"].certificate, lists, "--out", bag, "--format", "json").objects()
    assert (told["certificates"], told["crls"]) == (2, 1)
    assert terminal.run("bag", root, "--out", anchors).status == 0
    assert terminal.run("verify", bag, "--offline").status == OPEN
    assert terminal.run("sign", file, *people["official"].options, *secret).status == 0
    at = ("--at", "2026-12-01T00:00:00Z", "--offline", "--format", "json")
    signed = file.with_name("minutes.txt.p7s")
    (verdict,) = terminal.run("verify", signed, "--content", file, "--trust", anchors, "--evidence", bag, *at).objects()
    assert verdict["signatures"][0]["sub_indication"] == "TRY_LATER"  # the root's own list is missing, and nothing else
    (untrusted,) = terminal.run("verify", signed, "--content", file, "--evidence", bag, *at).objects()
    assert untrusted["signatures"][0]["sub_indication"] == "NO_CERTIFICATE_CHAIN_FOUND"
    refused = terminal.run("verify", signed, "--content", file, "--trust", signed, *at)
    refused.require_refusal("x509:certificate:malformed", UNTRUSTED)


def test_refusals(terminal: Terminal, desk: Desk, world: PkiWorld, people: dict[str, Person]) -> None:
    file, secret, tmp_path = desk.file, desk.secret, desk.folder
    official, reader, partner = people["official"], people["reader"], people["partner"]
    expired, lone = _person_until(world, tmp_path), tmp_path / "lone.cer"
    lone.write_bytes(partner.member.der)
    cases: tuple[tuple[tuple[str | Path, ...], str], ...] = (
        (("encrypt", file, "--to", official.certificate), "x509:certificate:purpose"),
        (("encrypt", file, "--to", expired), "x509:certificate:expired"),
        (("encrypt", file, "--to", partner.certificate, "--form", "gbt35275"), "crypto:algorithm:mismatch"),
        (("encrypt", file, "--to", reader.certificate, "--trust", lone), "x509:path:no-anchor"),
        (("encrypt", file, "--to", file), "x509:certificate:malformed"),
        (("encrypt", file, "--to", reader.certificate, "--cipher", "sm4-ctr"), "app:call:usage"),
        (("encrypt", file, "--to", reader.certificate, "--unauthenticated"), "app:call:usage"),
        (("sign", file, "--key", official.key, *secret), "app:call:usage"),
        (("sign", file, "--countersign", "1", *official.options), "app:call:usage"),
        (("sign", file, "--add", file, "--attached", *official.options), "app:call:usage"),
        (("sign", file, "--key", official.key, "--cert", reader.certificate, *secret), "app:call:usage"),
        (("sign", file, *people["auditor"].options, "--form", "gbt35275", *secret), "crypto:algorithm:mismatch"),
        (("decrypt", file, "--key", reader.key, *secret), "encoding:der:malformed"),
        (("decrypt", file, "--key", people["auditor"].key, *secret), "encoding:der:malformed"),
        (("decrypt", file, "--key", tmp_path / "absent", *secret), "custody:key:missing"),
    )
    for arguments, code in cases:
        ran = terminal.run(*arguments)
        assert ran.code == code, (arguments, ran.err)
        assert ran.out == ""
    assert sorted(path.name for path in file.parent.glob("minutes*")) == ["minutes.txt"]


def _person_until(world: PkiWorld, folder: Path) -> Path:
    member = world.issue("expired", usage=ENCRYPTION_USAGE, not_before=FROM, not_after=datetime(2021, 1, 1, tzinfo=UTC))
    path = folder / "expired.cer"
    path.write_bytes(member.der)
    return path


def test_key_files_that_hold_their_certificates(
    terminal: Terminal, desk: Desk, world: PkiWorld, people: dict[str, Person]
) -> None:
    """Of PKCS#12 with both certificates of GB/T 20518 the fitting one serves; nothing beside it is needed."""
    file, secret = desk.file, desk.secret
    signing, reading = generate_key(KeyKind.SM2), generate_key(KeyKind.SM2)
    both = [
        world.issue(name, usage=usage, signer=key.signer(), not_before=FROM, not_after=UNTIL)
        for name, usage, key in (("签名", SIGNING_USAGE, signing), ("加密", ENCRYPTION_USAGE, reading))
    ]
    container = desk.folder / "both.p12"
    contents = Pkcs12Contents(keys=(reading, signing), certificates=(both[1].der, both[0].der))
    container.touch(mode=0o600)
    container.write_bytes(
        write_pkcs12(contents, Passphrase(PASSPHRASE), iterations=MIN_ITERATIONS, protection=Protection.SM)
    )
    certificate = desk.folder / "reading.cer"
    certificate.write_bytes(both[1].der)
    arguments = ("--key", container, "--encrypt-to", certificate, "--form", "gbt35275", *secret)
    assert terminal.run("sign", file, *arguments).status == 0
    out = desk.folder / "opened"
    message = file.with_name("minutes.txt.p7m")
    ran = terminal.run("decrypt", message, "--key", container, "--out", out, "--offline", *secret)
    assert ran.status == OPEN
    assert "签名" in ran.out
    assert out.read_bytes() == CONTENT
    reader = people["reader"]
    refused = terminal.run("sign", file, *reader.options, *secret)
    refused.require_refusal("x509:certificate:purpose", UNTRUSTED)


def test_a_stranger_opens_nothing(terminal: Terminal, desk: Desk, people: dict[str, Person]) -> None:
    file, secret = desk.file, desk.secret
    message = file.with_name("minutes.txt.p7m")
    assert terminal.run("encrypt", file, "--to", people["reader"].certificate).status == 0
    out = file.with_name("opened")
    ran = terminal.run("decrypt", message, "--key", people["partner"].key, "--out", out, *secret)
    assert ran.code == "cms:recipient:none"
    ran = terminal.run("decrypt", message, "--key", people["official"].key, "--out", out, *secret)
    ran.require_refusal("crypto:decryption:failed", UNTRUSTED)
    assert not out.exists()


@dataclass(frozen=True)
class Stamped(Desk):
    """The same desk, with words that sign by the official's own key."""

    official: Person
    out: Path

    @property
    def words(self) -> tuple[str | Path, ...]:
        return ("sign", self.file, *self.official.options, *self.secret, "--out", self.out)


@pytest.fixture
def stamped(desk: Desk, people: dict[str, Person]) -> Stamped:
    return Stamped(desk.file, desk.secret, desk.folder, people["official"], desk.folder / "stamped")


@pytest.mark.parametrize("form", ["rfc5652", "gbt35275"])
def test_signatures_by_own_keys_are_stamped_elsewhere(
    terminal: Terminal, stamped: Stamped, world: PkiWorld, form: str
) -> None:
    with listening(lambda body: reply_to(world, parse_request(body))) as url:
        tsa = ("--tsa", url, "--tsa-digest", "sha256", "--tsa-policy", "1.2.9")
        assert terminal.run(*stamped.words, "--form", form, *tsa).status == 0
    (signer,) = parse_signed_message(stamped.out.read_bytes()).signers
    ((token,),) = (signer.unsigned_attributes[SIGNATURE_TIME_STAMP],)
    told = verify_token(parse_token(token), data=signer.signature)
    assert (told.policy, told.imprint_algorithm) == ("1.2.9", DigestAlgorithm.SHA256)


def test_a_stamp_by_whom_the_anchors_trust(terminal: Terminal, stamped: Stamped, world: PkiWorld) -> None:
    root, lists = stamped.folder / "root.pem", stamped.folder / "lists"
    root.write_bytes(encode_pem("CERTIFICATE", world.root.der))
    lists.mkdir()
    now = SystemClock().now()
    for issuer in (world.root, world.issuing):
        own = world.crl(issuer=issuer, this_update=now - timedelta(hours=1), next_update=now + timedelta(days=1))
        (lists / f"{issuer.certificate.serial:x}.crl").write_bytes(own.der)
    tsa = world.issue(
        "tsa", usage=("digitalSignature",), purposes=("timeStamping",), not_before=FROM, not_after=UNTIL
    )  # fmt: skip
    trusted = ("--trust", root, "--evidence", lists)
    bent = {"signer": tsa.signer, "certificate": tsa.certificate}
    with listening(lambda body: reply_to(world, parse_request(body), **bent)) as url:
        assert terminal.run(*stamped.words, "--tsa", url, *trusted).status == 0
    told = terminal.run("verify", stamped.out, "--content", stamped.file, "--offline", *trusted)
    assert (told.status, "TOTAL-PASSED" in told.out) == (0, True)


def test_a_signature_without_the_stamp_asked_for_is_not_written(
    terminal: Terminal, stamped: Stamped, world: PkiWorld
) -> None:
    other, words = stamped.folder / "other.pem", stamped.words
    other.write_bytes(encode_pem("CERTIFICATE", PkiWorld().root.der))
    with listening(lambda body: reply_to(world, parse_request(body), nonce=1)) as url:
        terminal.run(*words, "--tsa", url).require_refusal("timestamp:response:mismatch", UNTRUSTED)
    with listening(lambda body: reply_to(world, parse_request(body))) as url:
        terminal.run(*words, "--tsa", url, "--trust", other).require_refusal("timestamp:authority:untrusted", UNTRUSTED)
    terminal.run(*words, "--tsa", url).require_refusal("timestamp:authority:unreachable", LATER)
    terminal.run(*words, "--tsa", "ftp://tsa.example/").require_refusal("app:call:usage", USAGE)
    terminal.run("sign", stamped.file, *stamped.secret, "--tsa", url).require_refusal("app:call:usage", USAGE)
    terminal.run(*words, "--tsa-digest", "sm3").require_refusal("app:call:usage", USAGE)
    assert not stamped.out.exists()
