"""``trustkit ca``: authorities, requests, batches, searches and states as an operator meets them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ca.known_keys import DIGEST_SIZE, known_digest
from trustkit.app.home import POLICIES
from trustkit.app.issuing_rules import KNOWN_KEYS
from trustkit.crypto.public_key import KeyKind
from trustkit.custody.private_key import generate_key
from trustkit.encoding.pem import encode_pem, parse_pem
from trustkit.x509.certificate import parse_certificate
from trustkit.x509.general_name_build import alternative_names, dns_name
from trustkit.x509.name_build import build_name
from trustkit.x509.request import parse_request
from trustkit.x509.request_build import REQUEST_LABEL, RequestSpec, assemble_request, build_request_info

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.terminal import Ran, Terminal

USAGE, DENIED, CONFIG, OWN = 64, 77, 78, 6  # exit status; certificates a new home has
NAMES = ("--subject", "O=示范局", "--subject", "CN=示范网络 CA")


def write_request(path: Path, name: str = "a.example.cn") -> Path:
    key = generate_key(KeyKind.SM2).signer()
    wish = (alternative_names((dns_name(name),)),)
    info = build_request_info(RequestSpec(subject_der=b"\x30\x00", spki=key.public_key.spki, extensions=wish))
    path.write_bytes(encode_pem(REQUEST_LABEL, assemble_request(info, key.suite, key.sign(info))))
    return path


def list_key(home: Path, request: Path) -> Path:
    """Put the key of a request on the home's list of known keys, among others."""
    key = parse_request(parse_pem(request.read_bytes())[0].der).public_key
    digests = sorted((known_digest(key), b"\0" * DIGEST_SIZE, b"\xff" * DIGEST_SIZE))
    place = home / POLICIES / KNOWN_KEYS
    place.write_bytes(b"".join(digest + b"\x03" for digest in digests))
    return place


class Office:
    """An operator in one home."""

    def __init__(self, terminal: Terminal, home: Path, passphrase_file: Path) -> None:
        self.terminal, self.home, self.passphrase_file = terminal, home, passphrase_file

    def ask(self, *words: str | Path) -> Ran:
        return self.terminal.run("ca", *words, "--home", self.home)

    def act(self, *words: str | Path) -> Ran:
        return self.ask(*words, "--passphrase-file", self.passphrase_file)


@pytest.fixture
def office(terminal: Terminal, home: Path, passphrase_file: Path) -> Office:
    return Office(terminal, home, passphrase_file)


def test_no_certificate_for_a_key_that_others_have(office: Office, tmp_path: Path) -> None:
    listed, other, out = (
        write_request(tmp_path / "listed.csr"),
        write_request(tmp_path / "other.csr"),
        tmp_path / "x.pem",
    )
    said = office.terminal.run("doctor", "--home", office.home)
    assert "no list at policies/known-keys.dat" in said.out
    place = list_key(office.home, listed)
    assert "3 are refused" in office.terminal.run("doctor", "--home", office.home).out
    wish = ("issue", "--profile", "tls-server", "--days", "30", "--yes", "--out", out)
    refused = office.act(*wish, "--request", listed)
    refused.require_refusal("ca:key:known", DENIED)
    assert not out.exists()
    assert office.act(*wish, "--request", other).status == 0
    place.write_bytes(place.read_bytes()[:-1])
    broken = office.act(*wish[:-1], tmp_path / "y.pem", "--request", write_request(tmp_path / "third.csr"))
    broken.require_refusal("ca:key:list", CONFIG)
    assert "ca:key:list" in office.terminal.run("doctor", "--home", office.home).out


def test_a_request_becomes_a_certificate_that_is_shown_suspended_and_resumed(office: Office, tmp_path: Path) -> None:
    out = tmp_path / "a.pem"
    request = write_request(tmp_path / "a.csr")
    issued = office.act("issue", "--profile", "tls-server", "--request", request, "--days", "30", "--yes", "--out", out)
    assert (issued.status, issued.err) == (0, "")
    certificate = parse_certificate(parse_pem(out.read_bytes())[0].der)
    serial = f"{certificate.serial:x}"
    assert serial in issued.out
    shown = office.ask("show", serial, "--format", "json").objects()[0]
    assert (shown["alternative_names"], shown["state"], shown["ca"]) == (["a.example.cn"], "valid", "issuing")
    for act, state in (("suspend", "suspended"), ("resume", "valid")):
        assert office.act(act, serial).status == 0
        found = office.ask("list", "--state", state, "--profile", "tls-server", "--format", "json").objects()
        assert [row["serial"] for row in found] == [serial]
    assert office.act("resume", serial).status != 0
    assert office.ask("list", "--expires-before", "2020-01-01T00:00:00Z", "--format", "json").objects() == []
    assert len(office.ask("list", "--issuer", "root", "--format", "json").objects()) == 2


def test_nobody_is_given_one_of_the_home_s_own_certificates(office: Office, tmp_path: Path) -> None:
    """Whoever had one for OCSP could call every certificate good, and the home would take it for its newest."""
    key = generate_key(KeyKind.SM2).signer()
    subject = build_name((("C", "CN"), ("O", "某局"), ("CN", "某局")))
    info = build_request_info(RequestSpec(subject_der=subject, spki=key.public_key.spki))
    request = tmp_path / "ocsp.csr"
    request.write_bytes(assemble_request(info, key.suite, key.sign(info)))
    refused = office.act(
        *("issue", "--profile", "ocsp", "--request", request, "--yes", "--out", tmp_path / "ocsp.pem"),
    )
    refused.require_refusal("ca:order:not-allowed", refused.status)


def test_another_hierarchy_is_made_shown_and_renewed(office: Office) -> None:
    made = office.act("create", "web", "--profile", "root", "--keys", "ecdsa-p256", *NAMES, "--yes", "--format", "json")
    assert (made.status, made.err) == (0, "")
    below = office.act("create", "web-issuing", "--under", "web", "--profile", "subordinate-ca", "--keys", "ed25519", "--subject", "O=示范局", "--subject", "CN=示范签发 CA", "--yes")  # fmt: skip
    assert below.status == 0
    tree = office.ask("tree", "--format", "json").objects()
    assert [(row["name"], row["parent"]) for row in tree][2:] == [("web", None), ("web-issuing", "web")]
    assert "  web-issuing" in office.ask("tree").out
    renewed = office.act("renew", "web", "--yes", "--format", "json").objects()[0]
    assert len(renewed["links"]) == 2
    assert office.act("renew", "root", "--same-key", "--yes").status == 0
    assert office.act("renew", "issuing", "--same-key", "--yes").status == 0
    assert office.act("cross-certify", "web", "--by", "root", "--yes").status == 0


def test_a_folder_and_a_table_of_requests(office: Office, tmp_path: Path) -> None:
    folder = tmp_path / "requests"
    folder.mkdir()
    for name in ("a", "b"):
        write_request(folder / f"{name}.csr", f"{name}.example.cn")
    done = office.act("issue-batch", folder, "--profile", "tls-server", "--out", tmp_path / "made", "--yes")
    assert (done.status, done.err) == (0, "")
    assert sorted(path.name for path in (tmp_path / "made").iterdir()) == ["a.pem", "b.pem"]
    for name in ("c", "d"):
        write_request(folder / f"{name}.csr")
    table = folder / "table.csv"
    table.write_text("request,O,CN,san\nc.csr,示范局,服务丙,dns:c.example.cn\nd.csr,示范局,服务丁,\n", "utf-8")
    done = office.act("issue-batch", table, "--profile", "tls-client", "--out", tmp_path / "more", "--yes")
    assert (done.status, done.err) == (0, "")
    found = parse_certificate(parse_pem((tmp_path / "more" / "c.pem").read_bytes())[0].der)
    assert found.subject == "C=CN, O=示范局, CN=服务丙"


@pytest.mark.parametrize(
    "text", ["request,CN\n../a.csr,x\n", "CN\nx\n", "request\n", "request,CN\na.csr,x\na.csr,y\n", "\x00", "request,CN\nnone.csr,x\n"]
)  # fmt: skip
def test_a_table_that_is_none_issues_nothing(office: Office, tmp_path: Path, text: str) -> None:
    write_request(tmp_path / "a.csr")
    (tmp_path / "table.csv").write_text(text, "utf-8")
    done = office.act(
        "issue-batch", tmp_path / "table.csv", "--profile", "tls-client", "--out", tmp_path / "o", "--yes"
    )
    assert done.status != 0
    assert len(office.ask("list", "--format", "json").objects()) == OWN
    assert not (tmp_path / "o").exists()


def test_nothing_is_signed_unasked(office: Office, tmp_path: Path) -> None:
    request = write_request(tmp_path / "a.csr")
    assert office.act("issue", "--profile", "tls-server", "--request", request).status == USAGE
    assert office.act("create", "web", "--profile", "root", *NAMES).status == USAGE
    assert office.act("renew", "root").status == USAGE
    assert (
        office.act("issue", "--profile", "tls-server", "--request", request, "--subject", "CN", "--yes").status == USAGE
    )
    assert len(office.ask("list", "--format", "json").objects()) == OWN


def test_profiles_are_listed(office: Office) -> None:
    found = {row["name"]: row for row in office.ask("profiles", "--format", "json").objects()}
    assert found["official"]["title_zh"] == "公务人员签名证书"
    assert "tls-server" in office.ask("profiles").out
