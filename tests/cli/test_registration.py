"""The registration as its people meet it: two operators, a dual certificate, a lost key, custodians; and a shared root key."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from ca.operators import key_digest
from trustkit.crypto.public_key import KeyKind
from trustkit.custody.passphrase import Passphrase
from trustkit.custody.pkcs8 import MIN_ITERATIONS
from trustkit.custody.private_key import generate_key
from trustkit.custody.software import SoftwareKeystore, open_container, seal_container
from trustkit.encoding.pem import parse_pem
from trustkit.x509.certificate import parse_certificate
from trustkit.x509.general_name_build import alternative_names, dns_name
from trustkit.x509.name_build import build_name
from trustkit.x509.request_build import RequestSpec, assemble_request, build_request_info

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.terminal import Ran, Terminal

SECRET = b"an operator's own words"


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A terminal at a home, with operators' keys in a folder."""

    terminal: Terminal
    home: Path
    folder: Path
    passphrase: Path

    @property
    def secret(self) -> Path:
        return self.folder / "secret"

    def run(self, *words: str | Path) -> Ran:
        return self.terminal.run(*words)

    def ca(self, *words: str | Path, keys: bool = False) -> Ran:
        opening = ("--passphrase-file", self.passphrase) if keys else ()
        return self.run("ca", *words, "--home", self.home, *opening, "--format", "json")

    def told(self, *words: str | Path, keys: bool = False) -> dict[str, object]:
        ran = self.ca(*words, keys=keys)
        assert ran.status == 0, ran.err
        return ran.objects()[0]

    def enrol(self, name: str, role: str, by: str | None = None) -> str:
        sponsor = ("--by", self.key(by), "--by-passphrase-file", self.secret) if by else ()
        made = ("--key", self.key(name), "--key-passphrase-file", self.secret)
        return str(self.told("operator", "add", name, "--role", role, *made, *sponsor, keys=True)["operator"])

    def key(self, name: str | None) -> Path:
        return self.folder / f"{name}.pem"

    def by(self, name: str) -> tuple[str | Path, ...]:
        return ("--as", self.key(name), "--as-passphrase-file", self.secret)

    def sitting(self, key: str, shares: dict[str, Path], *names: str, purpose: str = "test-it") -> list[str | Path]:
        """Begin a sitting and let these custodians contribute; return the options of the command that uses it."""
        place = self.folder / f"sitting-{len(list(self.folder.iterdir()))}.json"
        begun = self.told("ceremony", "begin", key, "--purpose", purpose, "--out", place, keys=True)
        options: list[str | Path] = []
        for name in names:
            out = place.with_name(f"{place.stem}-{name}.json")
            ran = self.run(
                *("ca", "ceremony", "contribute", place, "--share", shares[name], *self.by(name)),
                *("--fingerprint", str(begun["fingerprint"]), "--out", out),
            )
            assert ran.status == 0, ran.err
            options += ["--contribution", out]
        return options


@pytest.fixture(autouse=True)
def _quick_containers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let keys be derived with few iterations: a dozen people would cost minutes."""
    for function in (seal_container, SoftwareKeystore.__init__):
        monkeypatch.setitem(function.__kwdefaults__ or {}, "iterations", MIN_ITERATIONS)


@pytest.fixture
def desk(terminal: Terminal, home: Path, passphrase_file: Path, tmp_path: Path) -> Desk:
    folder = tmp_path / "people"
    folder.mkdir(mode=0o700)
    (folder / "secret").touch(mode=0o600)
    (folder / "secret").write_bytes(SECRET)
    return Desk(terminal=terminal, home=home, folder=folder, passphrase=passphrase_file)


def shared(desk: Desk, command: tuple[str, ...], people: dict[str, str], threshold: int) -> dict[str, Path]:
    """Share a key among custodians; return each one's share file."""
    out = desk.folder / f"shares-{'-'.join(command)}"
    custodians = [word for each in people.values() for word in ("--custodian", each)]
    told = desk.told("ceremony", *command, *custodians, "--threshold", str(threshold), "--out", out, "--yes", keys=True)
    key = told["key"]
    return {name: out / f"{key}-share-{n}-{people[name]}.json" for n, name in enumerate(people, 1)}


def staff(desk: Desk) -> dict[str, str]:
    desk.enrol("checker", "registrar")
    for name, role in (("second", "registrar"), ("maker", "requester"), ("auditor", "auditor")):
        desk.enrol(name, role, by="checker")
    return {name: desk.enrol(name, "custodian", by="checker") for name in ("kim", "lan", "min")}


def holder_request(desk: Desk) -> Path:
    out = desk.folder / "holder.csr"
    ran = desk.run(
        *(
            "ca",
            "holder",
            "request",
            "--subject",
            "C=CN",
            "--subject",
            "CN=张示范",
            "--subject",
            "serialNumber=R-2026-17",
        ),
        *("--key", desk.key("holder"), "--out", out, "--passphrase-file", desk.secret),
    )
    assert ran.status == 0, ran.err
    return out


def issue_dual(desk: Desk, custodians: dict[str, str]) -> tuple[str, dict[str, Path]]:
    """Ask for a dual certificate, approve it and carry it out; return the encryption certificate's serial and the shares."""
    csr = holder_request(desk)
    refused = desk.ca("request", "submit", csr, "--profile", "person", "--dual", "--yes", *desk.by("maker"))
    assert refused.code == "custody:key:missing"  # no recovery key yet: nothing is promised that cannot be kept
    shares = shared(desk, ("recovery-key",), custodians, 2)

    number = str(
        desk.told("request", "submit", csr, "--profile", "person", "--dual", "--yes", *desk.by("maker"))["request"]
    )
    early = desk.ca("request", "carry-out", number, "--yes", keys=True)
    early.require_refusal("ca:registration:state", early.status)
    own = desk.ca("request", "approve", number, "--yes", *desk.by("maker"))
    own.require_refusal("ca:operator:role", own.status)
    assert "张示范" in desk.run("ca", "request", "show", number, "--home", desk.home).out
    assert desk.told("request", "approve", number, "--yes", *desk.by("checker"))["state"] == "approved"
    response = desk.folder / "response.pem"
    done = desk.told("request", "carry-out", number, "--yes", "--out", response, keys=True)
    assert done["state"] == "done"
    again = desk.folder / "again.pem"
    desk.told("request", "response", number, "--out", again)
    assert again.read_bytes() == response.read_bytes()

    return str(done["encryption_serial"]), shares


def test_a_dual_certificate_is_asked_for_approved_issued_lost_and_recovered(desk: Desk) -> None:
    custodians = staff(desk)
    serial, shares = issue_dual(desk, custodians)
    response = desk.folder / "response.pem"
    place = desk.folder / "installed"
    options = ("--key", desk.key("holder"), "--passphrase-file", desk.secret, "--new-passphrase-file", desk.secret)
    ran = desk.run("ca", "holder", "install-response", response, *options, "--out", place)
    assert ran.status == 0, ran.err
    original = open_container((place / "encryption.key.pem").read_bytes(), Passphrase(SECRET))
    (place / "encryption.key.pem").unlink()  # the holder loses it

    asked = desk.told(
        *("recover", "request", serial, "--reason", "key-lost", "--basis", "档案 2026-17"),
        *("--recipient", place / "signing.cer.pem", *desk.by("maker")),
    )
    recovery = str(asked["request"])
    assert asked["needed"] == 2
    shown = desk.told("request", "show", recovery)
    holder = parse_certificate(parse_pem((place / "signing.cer.pem").read_bytes())[0].der)
    assert shown["recipient_sm3"] == key_digest(holder.public_key)  # approvers see whom the key goes to
    for name in ("checker", "second"):
        desk.told("request", "approve", recovery, "--yes", *desk.by(name))
    envelope = desk.folder / "recovered.der"
    one = desk.ca(
        *("recover", "open", recovery, *desk.sitting("recovery", shares, "kim", purpose="recover-key")),
        *("--out", envelope, "--yes"),
        keys=True,
    )
    one.require_refusal("custody:share:too-few", one.status)
    assert not envelope.exists()
    desk.told(
        *("recover", "open", recovery, *desk.sitting("recovery", shares, "kim", "min", purpose="recover-key")),
        *("--out", envelope, "--yes"),
        keys=True,
    )
    ran = desk.run(
        *("ca", "holder", "open-envelope", envelope, *options, "--certificate", place / "encryption.cer.pem"),
        *("--out", desk.folder / "recovered.pem"),
    )
    assert ran.status == 0, ran.err
    recovered = open_container((desk.folder / "recovered.pem").read_bytes(), Passphrase(SECRET))
    assert recovered.private_key_info() == original.private_key_info()

    listed = desk.ca("recover", "list", *desk.by("auditor")).objects()
    assert [line["serial"] for line in listed] == [serial]
    trail = desk.run("audit", "list", "--home", desk.home, "--limit", "500").out
    for word in ("ca:escrow:kept", "ca:escrow:opened", "custody:sitting:joined", custodians["kim"], custodians["min"]):
        assert word in trail
    assert "张示范" not in trail
    early = desk.ca("recover", "destroy", serial, "--reason", "ended", "--basis", "办法", *desk.by("maker"))
    early.require_refusal("ca:escrow:retention", early.status)


def test_who_is_not_enrolled_leaves_no_key_behind(desk: Desk) -> None:
    desk.enrol("checker", "registrar")
    desk.enrol("maker", "requester", by="checker")
    place = desk.key("second")
    made = ("operator", "add", "second", "--role", "registrar", "--key", place, "--key-passphrase-file", desk.secret)
    alone = desk.ca(*made, keys=True)
    alone.require_refusal("ca:operator:role", alone.status)
    asked = desk.ca(*made, "--by", desk.key("maker"), "--by-passphrase-file", desk.secret, keys=True)
    asked.require_refusal("ca:operator:role", asked.status)
    assert not place.exists()
    machines = desk.ca("operator", "add", "service", "--role", "requester", "--machines", keys=True)
    machines.require_refusal("ca:operator:role", machines.status)
    desk.told("operator", "add", "service", "--role", "requester", "--machines", *agreed(desk), keys=True)
    desk.enrol("second", "registrar", by="checker")


def agreed(desk: Desk) -> tuple[str | Path, ...]:
    return ("--by", desk.key("checker"), "--by-passphrase-file", desk.secret)


def test_a_custodian_without_a_terminal_is_told_what_to_give(desk: Desk) -> None:
    custodians = staff(desk)
    shares = shared(desk, ("split", "root-ca"), custodians, 2)
    place = desk.folder / "sitting.json"
    desk.told("ceremony", "begin", "root-ca", "--purpose", "test-it", "--out", place, keys=True)
    words = (
        "ca",
        "ceremony",
        "contribute",
        place,
        "--share",
        shares["kim"],
        *desk.by("kim"),
        "--out",
        desk.folder / "c",
    )
    ran = desk.run(*words)
    ran.require_refusal("app:call:usage", ran.status)
    assert "--fingerprint" in ran.err
    assert "--yes" not in ran.err


def test_a_shared_root_key_signs_when_enough_custodians_sit_together(desk: Desk) -> None:
    custodians = staff(desk)
    shares = shared(desk, ("split", "root-ca"), custodians, 2)
    assert not (desk.home / "keys" / "root-ca.key.pem").exists()
    listed = {line["name"]: line["kind"] for line in desk.ca("publish", keys=True).objects()}
    assert listed["root"] == "waiting"  # everything else is published without custodians
    again = desk.ca(
        *("ceremony", "split", "root-ca", "--custodian", custodians["kim"], "--custodian", custodians["lan"]),
        *("--threshold", "2", "--out", desk.folder / "more", "--yes"),
        keys=True,
    )
    again.require_refusal("custody:key:shared", again.status)

    together = desk.sitting("root-ca", shares, "lan", "min")
    published = desk.ca("publish", *together, keys=True).objects()
    assert [line["kind"] for line in published if line["name"] == "root"] == ["crl"]
    replayed = desk.ca("publish", *together, keys=True)
    replayed.require_refusal("custody:sitting:over", replayed.status)

    issuing = next(line for line in desk.ca("list").objects() if line["profile"] == "issuing-ca")
    alone = desk.ca("revoke", str(issuing["serial"]), "--reason", "superseded", keys=True)
    alone.require_refusal("custody:key:shared", alone.status)
    assert (
        desk.told("ceremony", "rehearse", *desk.sitting("root-ca", shares, "kim", "min"), keys=True)["opened"] is True
    )

    fresh = {name: custodians[name] for name in ("kim", "lan")}
    out = desk.folder / "anew"
    options = [word for each in fresh.values() for word in ("--custodian", each)]
    desk.told(
        *("ceremony", "reshare", *desk.sitting("root-ca", shares, "kim", "lan", purpose="reshare"), *options),
        *("--threshold", "2", "--out", out, "--yes"),
        keys=True,
    )
    begun = desk.folder / "after.json"
    sitting = desk.told("ceremony", "begin", "root-ca", "--purpose", "test-it", "--out", begun, keys=True)
    old = desk.run(
        *("ca", "ceremony", "contribute", begun, "--share", shares["kim"], *desk.by("kim")),
        *("--fingerprint", str(sitting["fingerprint"]), "--out", desk.folder / "x.json"),
    )
    old.require_refusal("custody:share:foreign", old.status)
    assert desk.told("ceremony", "end", str(sitting["sitting"]))["state"] == "over"


def test_a_revoked_custodian_opens_nothing(desk: Desk) -> None:
    custodians = staff(desk)
    shares = shared(desk, ("split", "root-ca"), custodians, 2)
    together = desk.sitting("root-ca", shares, "kim", "lan")
    desk.told("operator", "revoke", custodians["lan"], keys=True)
    refused = desk.ca("publish", *together, keys=True)
    refused.require_refusal("ca:operator:revoked", refused.status)


def test_a_revocation_is_asked_for_by_one_and_approved_by_another(desk: Desk) -> None:
    staff(desk)
    csr = holder_request(desk)
    number = str(desk.told("request", "submit", csr, "--profile", "person", "--yes", *desk.by("maker"))["request"])
    desk.told("request", "approve", number, "--yes", *desk.by("checker"))
    serial = str(desk.told("request", "carry-out", number, "--yes", keys=True)["serial"])
    asked = desk.told("request", "revoke", serial, "--reason", "superseded", *desk.by("maker"))
    early = desk.ca("request", "carry-out", str(asked["request"]), "--yes", keys=True)
    early.require_refusal("ca:registration:state", early.status)
    desk.told("request", "approve", str(asked["request"]), "--yes", *desk.by("second"))
    assert desk.told("request", "carry-out", str(asked["request"]), "--yes", keys=True)["state"] == "done"
    states = {line["serial"]: line["state"] for line in desk.ca("list").objects()}
    assert states[serial] == "revoked"
    listed = desk.ca("request", "list", "--state", "done").objects()
    assert len(listed) == 2
    assert "requester" in desk.run("ca", "operator", "list", "--home", desk.home).out


def test_who_decides_sees_every_name_that_will_be_certified(desk: Desk) -> None:
    staff(desk)
    key = generate_key(KeyKind.SM2).signer()
    hidden = alternative_names((dns_name("bank.example.cn"), dns_name("a.example.cn")))
    subject = build_name((("O", "某局"), ("CN", "a.example.cn")))
    info = build_request_info(RequestSpec(subject_der=subject, spki=key.public_key.spki, extensions=(hidden,)))
    csr = desk.folder / "server.csr"
    csr.write_bytes(assemble_request(info, key.suite, key.sign(info)))
    asked = desk.told("request", "submit", csr, "--profile", "tls-server", "--yes", *desk.by("maker"))
    shown = desk.ca("request", "show", str(asked["request"])).out
    assert "bank.example.cn, a.example.cn" in shown


def test_requests_are_refused_by_name_before_anybody_has_to_look(desk: Desk) -> None:
    staff(desk)
    csr = holder_request(desk)
    forged = desk.folder / "forged.csr"
    block = parse_pem(csr.read_bytes())[0].der
    forged.write_bytes(block[:-1] + bytes((block[-1] ^ 1,)))
    for words, code in (
        ((forged, "--profile", "person"), "crypto:signature:wrong"),
        ((desk.secret, "--profile", "person"), "x509:request:invalid"),
        ((csr, "--profile", "root-ca"), "ca:profile:invalid"),
        ((csr, "--profile", "../seal"), "app:call:usage"),
        ((csr, "--profile", "seal"), "ca:profile:invalid"),
        ((csr, "--profile", "ocsp"), "ca:profile:invalid"),
        ((csr, "--profile", "device", "--dual"), "ca:registration:policy"),
    ):
        ran = desk.ca("request", "submit", *words, "--yes", *desk.by("maker"))
        ran.require_refusal(code, ran.status)
    assert json.loads(desk.ca("request", "list").out or "[]") == []
