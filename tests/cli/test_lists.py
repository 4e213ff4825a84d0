"""Revocation lists in a home as operators and relying parties meet them: divided, with deltas, for every authority, after kill -9."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from ca import list_publication
from esign.pdf.read import read_pdf
from tests.cli.test_ca import NAMES, Office, write_request
from tests.support.authority import SAMPLE, passphrase
from tests.support.terminal import ROOT, environment
from tests.support.web import Visitor
from trustkit.app.diagnosis import diagnose
from trustkit.app.keys import LICENCE_KEYS, KeyName
from trustkit.app.wiring import open_authority
from trustkit.audit import trail
from trustkit.audit.events import EventType
from trustkit.clock import SystemClock
from trustkit.encoding.pem import parse_pem
from trustkit.x509 import oids
from trustkit.x509.certificate import Certificate, parse_certificate
from trustkit.x509.crl import parse_crl
from trustkit.x509.crl_extensions import issuing_distribution_point

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.terminal import Terminal

JSON = ("--format", "json")
FAILED = 1


@pytest.fixture
def office(terminal: Terminal, home: Path, passphrase_file: Path) -> Office:
    return Office(terminal, home, passphrase_file)


@pytest.fixture
def divided(office: Office) -> Office:
    """Give an office whose lists are divided in two and have deltas, and so long that a revocation makes a delta alone."""
    settings = office.home / "settings.toml"
    text = settings.read_text("utf-8")
    assert "[publication]\n" not in text
    settings.write_text(text + "\n[publication]\ncrl_partitions = 2\ncrl_deltas = true\n", "utf-8")
    assert office.act("publish").status == 0
    return office


def _issue(office: Office, folder: Path, *options: str, name: str = "a") -> Certificate:
    out = folder / f"{name}.pem"
    request = write_request(folder / f"{name}.csr")
    done = office.act("issue", "--profile", "tls-server", "--request", request, *options, "--yes", "--out", out)
    assert done.status == 0, done.err
    return parse_certificate(parse_pem(out.read_bytes())[0].der)


def _findings(office: Office) -> dict[str, tuple[str, bool]]:
    return {each.what: (each.found, each.broken) for each in diagnose(office.home, SystemClock())}


def test_divided_lists_with_deltas_from_issuance_to_verdict(
    divided: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert divided.act("renew", "seal", "--yes").status == 0
    file = tmp_path / "seal.cer"
    with open_authority(divided.home) as authority:
        certificate = authority.certificate(KeyName.SEAL)
    file.write_bytes(certificate.der)
    part = f"2-{certificate.serial % 2}"
    base = "http://127.0.0.1:8440/v1/crls/issuing"
    assert certificate.crl_urls == (f"{base}/{part}.crl",)
    monkeypatch.setattr(list_publication, "AT_ONCE", -1)
    assert divided.act("revoke", f"{certificate.serial:x}", "--reason", "keyCompromise").status == 0
    folder = tmp_path / "published"
    assert divided.ask("export", folder).status == 0
    names = {path.name for path in folder.iterdir()}
    assert {f"issuing-{part}.crl", f"issuing-{part}-delta.crl", "issuing-delta.crl"} <= names
    assert not any(name.startswith("root-2") for name in names)  # a root's few certificates are never divided
    full, delta = folder / f"issuing-{part}.crl", folder / f"issuing-{part}-delta.crl"
    assert parse_crl(full.read_bytes()).revoked_entry(certificate.serial) is None
    told = parse_crl(delta.read_bytes())
    assert told.revoked_entry(certificate.serial) is not None
    away = ("--trust", folder / "root.cer", "--evidence", folder / "issuing.cer", "--evidence", folder / "root.crl")
    asked = ("verify", file, *away, "--offline", "--evidence", full)
    run = divided.terminal.run
    assert run(*asked, *JSON).objects()[0]["indication"] == "TOTAL-PASSED"  # all that is known without the delta
    ran = run(*asked, "--evidence", delta, *JSON)
    assert (ran.status, ran.objects()[0]["sub_indication"]) == (FAILED, "REVOKED")
    (verdict,) = run("verify", file, "--home", divided.home, "--offline", *JSON).objects()
    assert verdict["sub_indication"] == "REVOKED"


def test_a_list_of_a_part_tells_the_home_what_the_long_one_does_not_yet(
    divided: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = divided.home / "settings.toml"
    settings.write_text(settings.read_text("utf-8").replace("crl_deltas = true", "crl_deltas = false"), "utf-8")
    assert divided.act("renew", "seal", "--yes").status == 0
    with open_authority(divided.home) as authority:
        certificate = authority.certificate(KeyName.SEAL)
    file = divided.home.with_name("seal.cer")
    file.write_bytes(certificate.der)
    monkeypatch.setattr(list_publication, "AT_ONCE", -1)
    assert divided.act("revoke", f"{certificate.serial:x}", "--reason", "superseded").status == 0
    with open_authority(divided.home) as authority:
        assert not parse_crl(authority.publications().crl("issuing") or b"").revoked_entry(certificate.serial)
    (verdict,) = divided.terminal.run("verify", file, "--home", divided.home, "--offline", *JSON).objects()
    assert verdict["sub_indication"] == "REVOKED"
    (row,) = divided.ask("list", "--state", "revoked", *JSON).objects()
    assert row["pending"] is False  # the list its certificate names tells it


def test_a_licence_carries_the_lists_of_its_own_certificates_alone(divided: Office, tmp_path: Path) -> None:
    assert divided.act("create", "web", "--profile", "root", "--keys", "ecdsa-p256", *NAMES, "--yes").status == 0
    issue = ("licence", "issue", "--type", "business-licence", "--data", SAMPLE, "--home", divided.home)
    given = ("--passphrase-file", divided.passphrase_file)
    carried: list[set[tuple[bytes, ...]]] = []
    for name in ("before", "after"):
        if name == "after":  # certificates made before the lists were divided keep their place in the list of all
            for part in ("seal", "timestamping", "status"):
                assert divided.act("renew", part, "--yes").status == 0
        out = tmp_path / f"{name}.pdf"
        done = divided.terminal.run(*issue, *given, "--out", out)
        assert done.status == 0, done.err
        lists = [parse_crl(der) for der in read_pdf(out.read_bytes()).embedded_evidence.crls]
        points = ((each.issuer_der, each.extensions.get(oids.ISSUING_DISTRIBUTION_POINT)) for each in lists)
        carried.append({(issuer, b"" if point is None else point.value) for issuer, point in points})
        folder = tmp_path / name
        assert divided.ask("export", folder).status == 0
        away = ("verify", out, "--trust", folder / "root.cer", "--evidence", folder / "status-list-1.jwt", "--offline")
        (verdict,) = divided.terminal.run(*away, *JSON).objects()
        assert verdict["indication"] == "TOTAL-PASSED", verdict
    with open_authority(divided.home) as authority:
        serials = [authority.certificate(name).serial for name in LICENCE_KEYS]
        root, issuing = (authority.certificate(name).subject_der for name in (KeyName.ROOT, KeyName.ISSUING))
    base = "http://127.0.0.1:8440/v1/crls/issuing"
    parts = {issuing_distribution_point(f"{base}/2-{serial % 2}.crl") for serial in serials}
    assert carried[0] == {(root, b""), (issuing, b"")}
    assert {issuer for issuer, _ in carried[1]} == {root, issuing}
    assert all(any(point in part for part in parts) for issuer, point in carried[1] if issuer == issuing)
    assert {point for issuer, point in carried[1] if issuer == root} == {b""}


def test_a_licence_by_a_seal_of_an_earlier_key_carries_what_its_lists_are_proved_with(
    office: Office, tmp_path: Path
) -> None:
    """The issuing CA's lists are signed by its new key at once; the seal's certificate is of the old one."""
    assert office.act("renew", "issuing", "--yes").status == 0
    out, folder = tmp_path / "licence.pdf", tmp_path / "published"
    issue = ("licence", "issue", "--type", "business-licence", "--data", SAMPLE, "--home", office.home)
    done = office.terminal.run(*issue, "--passphrase-file", office.passphrase_file, "--out", out)
    assert done.status == 0, done.err
    assert office.ask("export", folder).status == 0
    away = ("verify", out, "--trust", folder / "root.cer", "--evidence", folder / "status-list-1.jwt", "--offline")
    (verdict,) = office.terminal.run(*away, *JSON).objects()
    assert verdict["indication"] == "TOTAL-PASSED", verdict


def test_every_list_has_a_validator(divided: Office, tmp_path: Path) -> None:
    certificate = _issue(divided, tmp_path)
    part = f"2-{certificate.serial % 2}"
    others = f"2-{1 - certificate.serial % 2}"
    changing = ("issuing.crl", "issuing/delta.crl", f"issuing/{part}.crl", f"issuing/{part}-delta.crl")
    lasting = (f"issuing/{others}.crl", "root.crl", "root/delta.crl")
    with open_authority(divided.home) as authority:
        visitor = Visitor.of(authority)
        seen = {}
        for path in (*changing, *lasting):
            answer = visitor.get(f"/v1/crls/{path}")
            assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pkix-crl"), path
            assert int(answer.headers["content-length"]) == len(answer.content)
            parse_crl(answer.content)
            seen[path] = answer.headers
        by_tag = {path: {"If-None-Match": headers["etag"]} for path, headers in seen.items()}
        by_date = {path: {"If-Modified-Since": headers["last-modified"]} for path, headers in seen.items()}
        for conditions in (by_tag, by_date):
            for path, condition in conditions.items():
                again = visitor.get(f"/v1/crls/{path}", headers=condition)
                assert (again.status_code, again.content) == (304, b""), (path, condition)
                assert again.headers["etag"] == seen[path]["etag"]
        stale = {"If-None-Match": '"other"', **by_date["root.crl"]}  # RFC 9110 13.2.2: the tag goes first
        assert visitor.get("/v1/crls/root.crl", headers=stale).status_code == 200
        assert visitor.get("/v1/crls/root.crl", headers={"If-Modified-Since": "yesterday"}).status_code == 200
    assert divided.act("revoke", f"{certificate.serial:x}", "--reason", "superseded").status == 0
    with open_authority(divided.home) as authority:
        visitor = Visitor.of(authority)
        for conditions in (by_tag, by_date):
            for path, condition in conditions.items():
                expected = 200 if path in changing else 304
                assert visitor.get(f"/v1/crls/{path}", headers=condition).status_code == expected, (path, condition)
        for wrong in ("other.crl", "issuing/2-2.crl", "issuing/4-1.crl", "issuing/x.crl", "root/2-0.crl"):
            assert visitor.get(f"/v1/crls/{wrong}").status_code == 404, wrong


def test_every_authority_of_a_home_publishes(divided: Office, tmp_path: Path) -> None:
    made = divided.act("create", "web", "--profile", "root", "--keys", "ecdsa-p256", *NAMES, "--yes")
    below = divided.act(
        "create", "web-issuing", "--under", "web", "--profile", "subordinate-ca", "--keys", "ecdsa-p256",
        "--subject", "O=示范局", "--subject", "CN=示范签发 CA", "--yes",
    )  # fmt: skip
    assert (made.status, below.status) == (0, 0)
    certificate = _issue(divided, tmp_path, "--ca", "web-issuing")
    assert certificate.crl_urls[0].endswith(f"/v1/crls/web-issuing/2-{certificate.serial % 2}.crl")
    published = divided.act("publish", *JSON).objects()
    scopes = {(each["name"], each["scope"]) for each in published if each["kind"] == "crl"}
    assert {("web", "1-0"), ("web-issuing", "1-0"), ("web-issuing", "2-0"), ("web-issuing", "2-1")} <= scopes
    assert ("web", "2-0") not in scopes
    deltas = divided.act("publish", "--delta", *JSON).objects()
    assert {each["name"] for each in deltas} == {"root", "issuing", "web", "web-issuing"}
    assert all(each["base"] for each in deltas)
    assert divided.act("revoke", f"{certificate.serial:x}", "--reason", "superseded").status == 0
    with open_authority(divided.home) as authority:
        answer = Visitor.of(authority).get(f"/v1/crls/web-issuing/2-{certificate.serial % 2}.crl")
    assert parse_crl(answer.content).revoked_entry(certificate.serial) is not None
    found = _findings(divided)
    assert not any(found[f"CRL {name}"][1] for name in ("root", "issuing", "web", "web-issuing"))


_REVOKE_AND_HANG = """
import sys, time
from pathlib import Path
from ca.list_publication import ListPublisher
from trustkit.app.wiring import open_authority
from trustkit.custody.passphrase import Passphrase

def hang(self, scope, kind):
    print("committed", flush=True)
    time.sleep(600)

ListPublisher._make = hang
with open_authority(Path(sys.argv[1])) as authority:
    keys = authority.unlock(Passphrase(sys.argv[2].encode()))
    authority.revoke_certificate(keys, sys.argv[3], reason="keyCompromise")
"""


def _revoke_and_be_killed(home: Path, serial: str) -> None:
    """Kill -9 a process of its own after its revocation is committed, before any list is made."""
    secret = passphrase().reveal().decode()
    with subprocess.Popen(
        [sys.executable, "-c", _REVOKE_AND_HANG, str(home), secret, serial],
        stdout=subprocess.PIPE, cwd=ROOT, env=environment(),
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stdout.readline() == b"committed\n"
        os.kill(process.pid, signal.SIGKILL)
        assert process.wait(30) == -signal.SIGKILL


@pytest.mark.parametrize("only_due", [True, False], ids=["renewal", "publish"])
def test_a_kill_between_a_revocation_and_its_list_loses_nothing(
    office: Office, tmp_path: Path, *, only_due: bool
) -> None:
    certificate = _issue(office, tmp_path)
    serial = f"{certificate.serial:x}"
    _revoke_and_be_killed(office.home, serial)
    (row,) = office.ask("list", "--profile", "tls-server", *JSON).objects()
    assert (row["serial"], row["state"], row["pending"]) == (serial, "revoked", True)
    assert "revoked, on no list yet" in office.ask("list").out
    found, broken = _findings(office)["CRL issuing"]
    assert broken
    assert "1 revoked and on no list yet" in found
    with open_authority(office.home) as authority:
        assert not parse_crl(authority.publications().crl("issuing") or b"").revoked_entry(certificate.serial)
        authority.publish(authority.unlock(passphrase()), only_due=only_due)
        entry = parse_crl(authority.publications().crl("issuing") or b"").revoked_entry(certificate.serial)
        assert entry is not None
        with authority.database.reading() as unit:
            told = [each.type for each in trail.list_events(unit, after=0, limit=500)]
    assert told.count(EventType.CERTIFICATE_REVOKED) == 1
    (row,) = office.ask("list", "--profile", "tls-server", *JSON).objects()
    assert (row["state"], row["pending"]) == ("revoked", False)
    assert not _findings(office)["CRL issuing"][1]
