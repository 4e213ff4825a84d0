"""The registration as its people meet it: two operators, a dual certificate, a lost key, custodians."""

from __future__ import annotations

import json
from base64 import b64decode
from typing import TYPE_CHECKING

import pytest

from ca.operators import key_digest
from tests.support.registration_desk import SECRET, Desk, holder_request, people_at, shared, staff
from trustkit.crypto.public_key import KeyKind
from trustkit.custody.passphrase import Passphrase
from trustkit.custody.private_key import generate_key
from trustkit.custody.software import open_container
from trustkit.encoding.pem import parse_pem
from trustkit.x509.certificate import parse_certificate
from trustkit.x509.general_name_build import alternative_names, dns_name
from trustkit.x509.name_build import build_name
from trustkit.x509.request_build import RequestSpec, assemble_request, build_request_info

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.terminal import Terminal


@pytest.fixture
def desk(terminal: Terminal, home: Path, passphrase_file: Path, tmp_path: Path) -> Desk:
    return people_at(terminal, home, passphrase_file, tmp_path / "people")


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
    early.require_refusal("ca:registration:state", 73)
    own = desk.ca("request", "approve", number, "--yes", *desk.by("maker"))
    own.require_refusal("ca:operator:role", 77)
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
    one.require_refusal("custody:share:too-few", 77)
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
    early.require_refusal("ca:escrow:retention", 77)


def test_who_is_not_enrolled_leaves_no_key_behind(desk: Desk) -> None:
    desk.enrol("checker", "registrar")
    desk.enrol("maker", "requester", by="checker")
    place = desk.key("second")
    made = ("operator", "add", "second", "--role", "registrar", "--key", place, "--key-passphrase-file", desk.secret)
    alone = desk.ca(*made, keys=True)
    alone.require_refusal("ca:operator:role", 77)
    asked = desk.ca(*made, "--by", desk.key("maker"), "--by-passphrase-file", desk.secret, keys=True)
    asked.require_refusal("ca:operator:role", 77)
    assert not place.exists()
    machines = desk.ca("operator", "add", "service", "--role", "requester", "--machines", keys=True)
    machines.require_refusal("ca:operator:role", 77)
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
    ran.require_refusal("app:call:usage", 64)
    assert "--fingerprint" in ran.err
    assert "--yes" not in ran.err


def test_what_registrars_agree_to_is_not_issued_past_them(desk: Desk) -> None:
    csr = holder_request(desk)
    words = ("issue", "--profile", "person", "--request", csr, "--out", desk.folder / "holder.cer", "--yes")
    assert desk.ca(*words, keys=True).status == 0  # nobody is there yet who could agree
    desk.enrol("checker", "registrar")
    other = ("issue", "--profile", "person", "--request", csr, "--out", desk.folder / "second.cer", "--yes")
    refused = desk.ca(*other, keys=True)
    refused.require_refusal("ca:registration:approvals", 77)
    batch = desk.folder / "batch"
    batch.mkdir()
    (batch / "one.csr").write_bytes(csr.read_bytes())
    many = ("issue-batch", batch, "--profile", "person", "--out", desk.folder / "made", "--yes")
    refused = desk.ca(*many, keys=True)
    refused.require_refusal("ca:registration:approvals", 77)


def test_a_revoked_custodian_opens_nothing(desk: Desk) -> None:
    custodians = staff(desk)
    shares = shared(desk, ("split", "root-ca"), custodians, 2)
    together = desk.sitting("root-ca", shares, "kim", "lan")
    desk.told("operator", "revoke", custodians["lan"], keys=True)
    refused = desk.ca("publish", *together, keys=True)
    refused.require_refusal("ca:operator:revoked", 77)


def test_statements_are_signed_without_the_home(desk: Desk) -> None:
    """On a machine of one's own: what the API answers goes in, what it takes comes out."""
    staff(desk)
    csr = holder_request(desk)
    number = str(desk.told("request", "submit", csr, "--profile", "person", "--yes", *desk.by("maker"))["request"])
    checker = next(str(each["operator"]) for each in desk.ca("operator", "list").objects() if each["name"] == "checker")
    answer = desk.folder / "answer.json"
    answer.write_text(desk.run("ca", "request", "show", number, "--home", desk.home, "--format", "json").out, "utf-8")
    by = ("--operator", checker, *desk.by("checker"), "--yes")
    ran = desk.run("ca", "statement", "decision", answer, "reject", "--reason", "wrong-name", *by)
    assert ran.status == 0, ran.err
    said = json.loads(b64decode(str(ran.objects()[0]["statement"])))
    assert (said["registration"], said["decision"], said["reason"]) == (number, "reject", "wrong-name")
    asking = desk.run("ca", "statement", "decision", answer, "approve", *by[:-1])
    asking.require_refusal("app:call:usage", 64)  # nobody sits there to be asked
    prose = desk.run("ca", "statement", "decision", answer, "approve", "--reason", "why-not", *by)
    prose.require_refusal("app:call:usage", 64)
    instance = ("--instance", "0123456789abcdef")
    ran = desk.run("ca", "statement", "removal", "op-zzzzzzzzzzzzz", *instance, *by)
    said = json.loads(b64decode(str(ran.objects()[0]["statement"])))
    assert (said["removed"], said["instance"]) == ("op-zzzzzzzzzzzzz", instance[1])
    body = desk.folder / "removal.json"
    body.write_text(ran.out, "utf-8")
    second = desk.run("ca", "statement", "second", body, "--operator", "op-aaaaaaaaaaaaa", *desk.by("maker"), "--yes")
    handed = second.objects()[0]["second"]
    assert isinstance(handed, dict)
    assert json.loads(b64decode(handed["statement"])) == {**said, "operator": "op-aaaaaaaaaaaaa"} | {
        "at": json.loads(b64decode(handed["statement"]))["at"]
    }
    told = desk.told("request", "reject", number, "--reason", "wrong-name", "--yes", *desk.by("checker"))
    assert told["state"] == "rejected"
    assert "(wrong-name)" in desk.run("ca", "request", "show", number, "--home", desk.home).out


def test_a_revocation_is_asked_for_by_one_and_approved_by_another(desk: Desk) -> None:
    staff(desk)
    csr = holder_request(desk)
    number = str(desk.told("request", "submit", csr, "--profile", "person", "--yes", *desk.by("maker"))["request"])
    desk.told("request", "approve", number, "--yes", *desk.by("checker"))
    serial = str(desk.told("request", "carry-out", number, "--yes", keys=True)["serial"])
    asked = desk.told("request", "revoke", serial, "--reason", "superseded", *desk.by("maker"))
    early = desk.ca("request", "carry-out", str(asked["request"]), "--yes", keys=True)
    early.require_refusal("ca:registration:state", 73)
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
